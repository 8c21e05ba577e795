"""The leaves of an attempt's log: grammar and rules (sealed.md §7)."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from invigil_verify.notes import Vkey
from invigil_verify.problems import Kind, Problem, Refused
from invigil_verify.text import (
    INSTITUTION,
    LEAF_CAP,
    SCOPE,
    SEGMENT_CAP,
    STREAM,
    ULID,
    VERSION,
    Lines,
    b64,
    fields,
    integer,
    matching,
)

CAUSES = ("crash", "disk-full", "device-lost", "share-stopped", "paused", "closed-tab")


@dataclass(frozen=True)
class Open:
    """Leaf 0: what the attempt is bound to."""

    institution: str
    attempt: str
    scope: str
    epoch: int
    wrap_sha256: bytes
    attempt_key: Vkey
    device_key: Vkey
    opened: int
    keylog_size: int
    keylog_root: bytes
    nonce: bytes


@dataclass(frozen=True)
class Segment:
    """One sealed file: its place, times in ms since the opening, length in bytes and hash."""

    attempt: str
    stream: str
    index: int
    t0: int
    t1: int
    is_whole: bool
    length: int
    sha256: bytes


@dataclass(frozen=True)
class Gap:
    """A declared interruption, ms since the opening."""

    attempt: str
    start: int
    end: int
    cause: str


@dataclass(frozen=True)
class Close:
    """The last leaf: how many files each stream has."""

    attempt: str
    closed: int
    counts: dict[str, int]


Leaf = Open | Segment | Gap | Close


def parse(raw: bytes) -> Leaf:
    """Read one leaf; `Refused` as malformed or unsupported-version."""
    readers: dict[str, Callable[[Lines], Leaf]] = {
        "invigil/v1/open": _open,
        "invigil/v1/segment": _segment,
        "invigil/v1/gap": _gap,
        "invigil/v1/close": _close,
    }
    head, lines = Lines.of(raw, cap=LEAF_CAP, first=tuple(readers))
    leaf = readers[head](lines)
    lines.end()
    return leaf


def _open(lines: Lines) -> Open:
    institution = matching(INSTITUTION, lines.take())
    attempt = matching(ULID, lines.take())
    scope, epoch = fields(lines.take(), 2)
    wrap_sha256 = b64(lines.take(), 32)
    attempt_key = Vkey.parse(lines.take(), name=f"invigil/{institution}/attempt/{attempt}")
    device_key = Vkey.parse(lines.take(), name=f"invigil/{institution}/device/{attempt}")
    opened = integer(lines.take())
    size, seen = fields(lines.take(), 2)
    nonce = b64(lines.take(), 16)
    matching(VERSION, lines.take())
    return Open(
        institution,
        attempt,
        matching(SCOPE, scope),
        integer(epoch, least=1),
        wrap_sha256,
        attempt_key,
        device_key,
        opened,
        integer(size),
        b64(seen, 32),
        nonce,
    )


def _segment(lines: Lines) -> Segment:
    attempt, stream = matching(ULID, lines.take()), matching(STREAM, lines.take())
    index = integer(lines.take())
    t0, t1, form = fields(lines.take(), 3)
    if form not in ("whole", "delta"):
        raise Refused("malformed", f"{form!r} is neither whole nor delta.")
    if integer(t1) < integer(t0):
        raise Refused("malformed", "A segment ends before it begins.")
    length = integer(lines.take())
    if length > SEGMENT_CAP:
        raise Refused("malformed", f"A file of {length} bytes is over the cap of {SEGMENT_CAP}.")
    sha256 = b64(lines.take(), 32)
    return Segment(
        attempt, stream, index, integer(t0), integer(t1), form == "whole", length, sha256
    )


def _gap(lines: Lines) -> Gap:
    attempt = matching(ULID, lines.take())
    start, end, cause = fields(lines.take(), 3)
    if cause not in CAUSES:
        raise Refused("malformed", f"{cause!r} is not a cause of a gap.")
    if integer(end) < integer(start):
        raise Refused("malformed", "A gap ends before it begins.")
    return Gap(attempt, integer(start), integer(end), cause)


def _close(lines: Lines) -> Close:
    attempt, closed = matching(ULID, lines.take()), integer(lines.take())
    line = lines.take()
    pairs = [part.partition("=") for part in line.split(" ")] if line else []
    streams = [matching(STREAM, name) for name, _, _ in pairs]
    if not all(a < b for a, b in pairwise(streams)):
        raise Refused("malformed", "A close's streams are not sorted.")
    return Close(attempt, closed, {name: integer(count, least=1) for name, _, count in pairs})


@dataclass
class History:
    """The leaves read in order against the rules; problems are collected, reading goes on."""

    attempt: str
    segments: list[Segment] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    close: Close | None = None
    problems: list[Problem] = field(default_factory=list)
    size: int = 1
    """Leaves taken, the opening among them."""
    _places: list[int] = field(default_factory=list)
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _next: dict[str, int] = field(default_factory=dict)
    _last_t0: dict[str, int] = field(default_factory=dict)

    def under(self, size: int) -> list[Segment]:
        """The segments among the first `size` leaves."""
        return self.segments[: bisect_left(self._places, size)]

    def skip(self, refused: Refused) -> None:
        """A leaf that cannot be read has its place in the count all the same."""
        sentence = f"Leaf {self.size}: {refused.sentence}"
        self.problems.append(Problem(refused.kind, sentence))
        self.size += 1

    def append(self, leaf: Leaf) -> None:
        """Take leaf 1, 2, … and note each rule it breaks."""
        self._take(leaf)
        self.size += 1

    def _take(self, leaf: Leaf) -> None:
        if self.close is not None:
            self._wrong("reordered", "A leaf stands after the close.")
        if leaf.attempt != self.attempt:
            self._wrong("replayed", "A leaf is another attempt's.")
            return
        if isinstance(leaf, Open):
            self._wrong("reordered", "The opening stands a second time.")
        elif isinstance(leaf, Segment):
            self._segment(leaf)
        elif isinstance(leaf, Gap):
            self.gaps.append(leaf)
        else:
            self._close(leaf)

    def _wrong(self, kind: Kind, sentence: str, segment: Segment | None = None) -> None:
        stream, index = (None, None) if segment is None else (segment.stream, segment.index)
        self.problems.append(Problem(kind, sentence, stream, index))

    def _segment(self, leaf: Segment) -> None:
        due = self._next.get(leaf.stream, 0)
        if (leaf.stream, leaf.index) in self._seen:
            self._wrong("replayed", "An index stands twice.", leaf)
            return
        self._seen.add((leaf.stream, leaf.index))
        if leaf.index != due:
            self._wrong("reordered", f"Index {leaf.index} stands where {due} is due.", leaf)
        if leaf.t0 < self._last_t0.get(leaf.stream, 0):
            self._wrong("reordered", "Times run backwards.", leaf)
        if leaf.index == 0 and not leaf.is_whole:
            self._wrong("malformed", "A stream's first file must be whole.", leaf)
        self._next[leaf.stream] = max(due, leaf.index + 1)
        self._last_t0[leaf.stream] = max(leaf.t0, self._last_t0.get(leaf.stream, 0))
        self.segments.append(leaf)
        self._places.append(self.size)

    def _close(self, leaf: Close) -> None:
        self.close = leaf
        for stream in sorted(leaf.counts.keys() | self._next.keys()):
            said, found = leaf.counts.get(stream, 0), self._next.get(stream, 0)
            if said != found:
                kind: Kind = "truncated" if found < said else "malformed"
                sentence = f"The close counts {said} files, the leaves {found}."
                self.problems.append(Problem(kind, sentence, stream))
