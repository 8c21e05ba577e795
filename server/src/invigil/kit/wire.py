"""Building blocks of what goes over the wire."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from invigil.kit.ids import ID_PATTERN
from invigil.kit.signing import NoteMalformedError, decode_base64


class Message(BaseModel):
    """Base of requests and answers: no unknown members, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(members: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return how the API's description shows a message.

    It stands in the class line: `class Invite(Message, json_schema_extra=example({…}))`.
    """
    return {"examples": [members]}


SOME_ID = "01kbsnw0000000000000000000"
SOME_AGE_FILE = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCg=="


def _decode(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return decode_base64(str(value))
    except NoteMalformedError as error:
        raise ValueError("not standard base64 with padding") from error


B64 = Annotated[
    bytes,
    PlainValidator(_decode),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str),
    WithJsonSchema({"type": "string", "format": "byte"}),
]
"""Bytes, as standard base64 in JSON."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


NO_NUL = AfterValidator(_without_nul)
"""For texts that reach the database: PostgreSQL has no NUL in a text, and says so with the text."""

UnixMs = Annotated[int, Field(description="Unix milliseconds", examples=[1795428000000])]
IdText = Annotated[str, Field(pattern=ID_PATTERN, examples=["01kbsnw0000000000000000000"])]
MAX_NOTE_CHARS = 64 * 1024
NoteText = Annotated[
    str, Field(max_length=MAX_NOTE_CHARS, description="A C2SP signed note"), NO_NUL
]


class Named(Message):
    """Somebody or something, by id and name."""

    id: IdText
    name: str


class InstitutionView(Message):
    """The institution an answer is about."""

    slug: str
    name: str
