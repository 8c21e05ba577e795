"""The rules of sealed.md §7 that span leaves, as a fold over an attempt's log.

Adding a leaf costs the same at the start and after three hours: what the rules need to remember
is one small :class:`StreamProgress` for each stream.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from invigil.evidence.leaves import (
    CloseLeaf,
    GapLeaf,
    Leaf,
    LeafInvalidError,
    OpenLeaf,
    SegmentLeaf,
)

MAX_STREAMS = 32
"""All of them are written with each append; a recording has fewer than ten."""


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far a stream came: files so far, and the start (ms since open) of the last one."""

    count: int
    last_t0_ms: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a log came. `size` counts all leaves; `closed_ms` is None until the close."""

    attempt: str
    size: int = 0
    streams: tuple[tuple[str, StreamProgress], ...] = ()
    total_bytes: int = 0
    closed_ms: int | None = None

    def after(self, leaf: Leaf) -> Progress:
        """Return the progress once `leaf` follows.

        Raises:
            LeafInvalidError: the leaf may not stand here; the message says which rule it breaks.
        """
        if leaf.attempt != self.attempt:
            raise LeafInvalidError("a leaf belongs to another attempt")
        if self.closed_ms is not None:
            raise LeafInvalidError("a leaf follows the close")
        if isinstance(leaf, OpenLeaf) != (self.size == 0):
            raise LeafInvalidError("the opening stands at the beginning and only there")
        grown = replace(self, size=self.size + 1)
        match leaf:
            case SegmentLeaf():
                return _after_segment(grown, leaf)
            case CloseLeaf():
                return _after_close(grown, leaf)
            case OpenLeaf() | GapLeaf():
                return grown

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Files of each stream, sorted by stream: what a close has to say."""
        return tuple((stream, reached.count) for stream, reached in self.streams)


def _after_segment(progress: Progress, leaf: SegmentLeaf) -> Progress:
    streams = dict(progress.streams)
    reached = streams.get(leaf.stream, StreamProgress(count=0, last_t0_ms=0))
    if leaf.index != reached.count:
        raise LeafInvalidError(
            f"stream {leaf.stream} has index {leaf.index} where {reached.count} is due"
        )
    if leaf.t0_ms < reached.last_t0_ms:
        raise LeafInvalidError(f"stream {leaf.stream} goes back in time")
    if leaf.kind == "delta" and reached.count == 0:
        raise LeafInvalidError(f"stream {leaf.stream} begins with a delta")
    if leaf.stream not in streams and len(streams) >= MAX_STREAMS:
        raise LeafInvalidError(f"a recording has at most {MAX_STREAMS} streams")
    streams[leaf.stream] = StreamProgress(reached.count + 1, leaf.t0_ms)
    return replace(
        progress,
        streams=tuple(sorted(streams.items())),
        total_bytes=progress.total_bytes + leaf.length,
    )


def _after_close(progress: Progress, leaf: CloseLeaf) -> Progress:
    if leaf.counts != progress.counts:
        raise LeafInvalidError("the close counts other files than the log has")
    return replace(progress, closed_ms=leaf.closed_ms)
