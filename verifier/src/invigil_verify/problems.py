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
Reason = Literal["rolled-back", "not-logged", "expired", "revoked", "wrong-root", "wrong-scope"]
"""Why a chain of trust breaks: only with kind `untrusted`."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its kind, the segment it concerns if any, and a sentence."""

    kind: Kind
    sentence: str
    stream: str | None = None
    index: int | None = None
    reason: Reason | None = None

    @property
    def where(self) -> str:
        """`camera-12`, `camera`, or an empty string where no stream is concerned."""
        return "-".join(str(part) for part in (self.stream, self.index) if part is not None)


class Refused(Exception):
    """A text, note or file that breaks a rule; carries the problem it is."""

    def __init__(self, kind: Kind, sentence: str, reason: Reason | None = None) -> None:
        super().__init__(sentence)
        self.kind: Kind = kind
        self.sentence = sentence
        self.reason: Reason | None = reason

    def at(self, stream: str | None = None, index: int | None = None) -> Problem:
        """The same as a problem of one segment, or of the whole attempt."""
        return Problem(self.kind, self.sentence, stream, index, self.reason)


class NotAnExportError(Exception):
    """The file cannot be read as an export at all: exit status 2."""
