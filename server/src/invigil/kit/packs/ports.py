"""The port through which sealed segments are kept: what callers may rely on.

The embedded implementation is :class:`invigil.kit.packs.store.PackStore` (append-only pack files
on a local disk); an object store is the next one. The room knows bytes and keys. It does not know
exams, tokens, quotas or what is inside a segment.

Memory: a store holds the chunks of a segment until it is durable, never longer. Callers bound what
is on its way with :class:`invigil.kit.packs.admission.Admission`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from invigil.kit.packs.errors import SegmentInvalid

Chunk = bytes | bytearray | memoryview
"""A piece of a body as it came from the network. It must not change after `put`."""

ATTEMPT_PATTERN = re.compile(r"[0-9a-z]{26}")
STREAM_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,23}")
GROUP_PATTERN = re.compile(r"[0-9a-z][0-9a-z-]{0,39}")
MAX_INDEX = 2**31 - 1
MAX_SEGMENT_BYTES = 64 * 1024 * 1024
"""Largest body a record can hold. The evidence room sets a much lower limit of its own."""


@dataclass(frozen=True, slots=True)
class SegmentKey:
    """Where a segment belongs: attempt (lower-case ULID), stream name, index from 0."""

    attempt: str
    stream: str
    index: int

    def __post_init__(self) -> None:
        """Refuse a key of another form with :class:`SegmentInvalid`."""
        if not ATTEMPT_PATTERN.fullmatch(self.attempt):
            raise SegmentInvalid("An attempt is 26 lower-case letters and digits.")
        if not STREAM_PATTERN.fullmatch(self.stream):
            raise SegmentInvalid("A stream is 1 to 24 lower-case letters, digits or hyphens.")
        if not 0 <= self.index <= MAX_INDEX:
            raise SegmentInvalid("A segment's index lies between 0 and 2147483647.")


@dataclass(frozen=True, slots=True)
class IncomingSegment:
    """A whole segment, received and hashed by the caller.

    `sha256` (32 bytes) is trusted: the caller computes it while the body arrives and compares it
    with what the client declared. `chunks` are the body in order, not joined. `group` names the
    directory whose packs take it (usually the exam); all segments of an attempt use one group.
    """

    key: SegmentKey
    group: str
    sha256: bytes
    length: int
    chunks: Sequence[Chunk]

    def __post_init__(self) -> None:
        """Refuse a group, digest or length of another form with :class:`SegmentInvalid`."""
        if not GROUP_PATTERN.fullmatch(self.group):
            raise SegmentInvalid("A group is 1 to 40 lower-case letters, digits or hyphens.")
        if len(self.sha256) != 32:
            raise SegmentInvalid("A SHA-256 digest has 32 bytes.")
        if self.length > MAX_SEGMENT_BYTES or self.length != sum(map(len, self.chunks)):
            raise SegmentInvalid("The segment's length is not the length of its body.")


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """What is known of a durable segment. `stored_at_ms` (Unix time) is set once and stays.

    `is_new` is True only in the answer to the `put` that stored it.
    """

    key: SegmentKey
    sha256: bytes
    length: int
    stored_at_ms: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt occupies: number of segments and their bytes (ciphertext, no padding)."""

    segments: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class StoreStats:
    """A glance at a store, for metrics and health. Counters start at the opening of the store."""

    queued_segments: int
    queued_bytes: int
    committed_segments: int
    committed_bytes: int
    batches: int
    failed_batches: int
    commit_ms: float
    """Moving average of one batch: write, flush and index."""
    free_bytes: int
    is_full: bool


class SegmentStore(Protocol):
    """Keeps segments durably. All methods may be called concurrently from one event loop."""

    async def put(self, segment: IncomingSegment) -> StoredSegment:
        """Store a segment; return only when it survives a crash and a power cut.

        The same key with the same sha256 gives the same answer again with `is_new` False.

        Cancelling the call does not undo it: the segment may still become durable.

        Raises:
            SegmentConflict: the key is taken by a segment with another sha256.
            AttemptErased: the attempt was erased.
            StoreBusy: the queue is full (the route's admission should have refused earlier).
            StoreFull: the disk is below its low-water mark.
            StoreFailed: the disk refused; the segment is not stored.
            StoreClosed: the store is closing.
        """
        ...

    async def read(self, key: SegmentKey, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes `start` to `stop` (exclusive; None: the end), clipped to the segment.

        Raises:
            SegmentMissing: nothing is stored under the key.
            StoreFailed: the disk could not be read.
        """
        ...

    async def locate(self, key: SegmentKey) -> StoredSegment | None:
        """Return what is known of a segment, or None when it is not stored."""
        ...

    async def segments(self, attempt: str, stream: str | None = None) -> list[StoredSegment]:
        """Return the stored segments of an attempt (of one stream), by stream, then index."""
        ...

    async def usage(self, attempt: str) -> Usage:
        """Return what an attempt occupies; cheap enough for each upload.

        Exact for what this process stored; what other processes stored for the same attempt is
        seen within 30 seconds.
        """
        ...

    async def erase(self, attempt: str) -> int:
        """Erase an attempt for good; return the number of segments erased.

        On return the bytes are gone from the disk and cannot come back, not even by a rebuild of
        the index. Repeating it is harmless. Later `put`s raise :class:`AttemptErased`.
        """
        ...

    def queued_segments(self) -> int:
        """Return how many segments wait or are being written; asked before every upload."""
        ...

    def stats(self) -> StoreStats:
        """Return counters and gauges; never blocks."""
        ...

    async def close(self) -> None:
        """Commit what is queued, refuse what comes later, seal and release everything."""
        ...
