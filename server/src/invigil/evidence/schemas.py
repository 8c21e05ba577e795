"""What the wire carries (docs/spec/wire.md §5 and §6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from invigil.attempts.schemas import AttemptSummary
from invigil.kit.wire import B64, SOME_ID, IdText, Message, NoteText, UnixMs, example

MAX_LEAVES = 5000
"""A request or a page holds at most so many leaves."""


class WrapStored(Message):
    """`attempt.age` is stored; `new` is false when it was before."""

    stored: bool = True
    new: bool


class LogAppend(Message):
    """Leaves from index `from` on, and a checkpoint for the log that ends with them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"from": 7, "leaves": ["aW52aWdpbC92MS9zZWdtZW50Cg=="], "checkpoint": "…"}]
        },
    )

    start: Annotated[int, Field(alias="from", ge=0, lt=2**31)]
    leaves: Annotated[list[B64], Field(max_length=MAX_LEAVES)]
    checkpoint: NoteText


class LogCosigned(
    Message,
    json_schema_extra=example(
        {"size": 8, "receipt": f"invigil/attempt/{SOME_ID}\n8\n…\n\n— invigil/demo/server …\n"}
    ),
):
    """The size of the stored log and its checkpoint with both signature lines."""

    size: int
    receipt: NoteText


class LogState(Message):
    """Where a device goes on."""

    size: int
    checkpoint: NoteText | None
    closed: bool


class Reached(Message):
    """How many bytes arrived, and the server's time (Unix ms)."""

    bytes: int
    server_time: UnixMs


class Evidence(Message):
    """What a reviewer needs first: the sealed key and the last receipt."""

    attempt: AttemptSummary
    wrap: B64 | None
    log_size: int
    checkpoint: NoteText | None
    epoch: int | None


class LeafPage(Message):
    """Leaves from index `from` on, of a log of `size` leaves whose last receipt is `checkpoint`."""

    model_config = ConfigDict(populate_by_name=True)

    start: Annotated[int, Field(alias="from")]
    leaves: list[B64]
    size: int
    checkpoint: NoteText | None


class SealedSummary(Message):
    """The latest sealed summary of an attempt, and the key it is sealed under."""

    attempt: IdText
    wrap: B64
    index: int
    file: B64


class SummaryPage(Message):
    """A page of summaries. `next` is the cursor of the next one; None at the end."""

    summaries: list[SealedSummary]
    next: str | None
