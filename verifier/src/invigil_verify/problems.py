"""The verifier's vocabulary of what can be wrong (sealed.md §9)."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "missing",
    "tampered",
    "truncated",
    "reordered",
    "replayed",
    "forged",
    "forked",
    "wrong-key",
    "wrong-recipient",
    "untrusted",
    "downgrade",
    "unsupported-version",
    "malformed",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its kind, the segment it concerns if any, and a sentence."""

    kind: Kind
    sentence: str
    stream: str | None = None
    index: int | None = None

    @property
    def where(self) -> str:
        """`camera-12`, or an empty string where no segment is concerned."""
        return "" if self.stream is None else f"{self.stream}-{self.index}"


class Refused(Exception):  # noqa: N818  the specification's word
    """A text, note or file that breaks a rule; carries the problem it is."""

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind: Kind = kind
        self.sentence = sentence

    def at(self, stream: str | None = None, index: int | None = None) -> Problem:
        """The same as a problem of one segment, or of the whole attempt."""
        return Problem(self.kind, self.sentence, stream, index)


class NotAnExportError(Exception):
    """The file cannot be read as an export at all: exit status 2."""
