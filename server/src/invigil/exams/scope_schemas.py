"""An exam's scope keys over the wire (wire.md §6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from invigil.keys.agefile import MAX_FILE_BYTES
from invigil.keys.schemas import RevocationView
from invigil.kit.wire import B64, SOME_AGE_FILE, SOME_ID, Message, Named, NoteText, UnixMs, example

A_MEMBER = {
    "note": f"invigil/v1/member-add\ndemo\nexam/{SOME_ID}\n1\n…\n",
    "blind": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "wrap": SOME_AGE_FILE,
}


class WaitingReader(Message):
    """Certified staff of the exam without a wrap, with the statement that says so.

    `staff_key` is null when the root itself lists the person; `revocations` are all about them.
    """

    person: Named
    staff_key: NoteText | None
    staff_key_blind: B64 | None
    revocations: list[RevocationView]


class EpochView(Message):
    """An epoch of an exam's key. `my_wrap` is the caller's, null for who cannot read it."""

    epoch: int
    scope_epoch: NoteText
    expires: UnixMs
    members: list[Named]
    my_wrap: B64 | None
    waiting: list[WaitingReader]


class ScopeView(Message):
    """The exam's key, epoch by epoch. `waiting`: certified staff of the exam without a wrap."""

    scope: str
    epochs: list[EpochView]


class ReadExam(Message):
    """An exam that a person can read, or whose newest key they signed.

    `signed`: nothing can be recorded once that person's keys are ended, until the key is renewed.
    `alone`: nobody else can open some of its recordings.
    """

    exam: Named
    signed: bool
    alone: bool


class Readership(Message):
    """What rests on a person's keys."""

    exams: list[ReadExam]


class NewMemberView(Message, json_schema_extra=example(A_MEMBER)):
    """A member-add statement with its blind, and the wrap it names."""

    note: NoteText
    blind: B64
    wrap: Annotated[B64, Field(max_length=2 * MAX_FILE_BYTES)]


class NewEpoch(
    Message,
    json_schema_extra=example(
        {
            "scope_epoch": f"invigil/v1/scope-epoch\ndemo\nexam/{SOME_ID}\n1\n…\n",
            "members": [A_MEMBER],
        }
    ),
):
    """A scope-epoch statement and its first members."""

    scope_epoch: NoteText
    members: Annotated[list[NewMemberView], Field(min_length=1, max_length=200)]
