"""Group commit: whatever has queued up becomes durable together, with one flush per pack."""

from __future__ import annotations

import errno
import logging
import sqlite3
import time
from collections.abc import Sequence

from invigil.kit.packs.errors import (
    AttemptErased,
    SegmentConflict,
    StoreError,
    StoreFailed,
    StoreFull,
)
from invigil.kit.packs.index import Placed
from invigil.kit.packs.index_writer import IndexWriter, Losers
from invigil.kit.packs.ports import IncomingSegment, SegmentKey, StoredSegment
from invigil.kit.packs.record import KIND_SEGMENT, RecordHeader, record_bytes
from invigil.kit.packs.shelf import Shelf

_log = logging.getLogger(__name__)

Outcome = StoredSegment | StoreError


def commit_batch(
    segments: Sequence[IncomingSegment], shelf: Shelf, index: IndexWriter
) -> tuple[list[Outcome], bool]:
    """Make a batch durable; return one outcome per segment, and whether losers want punching.

    An outcome is a StoredSegment only if the segment survives a power cut from now on. Any
    failure of the disk or the index fails every segment of the batch that needed writing.
    """
    outcomes: dict[int, Outcome] = {}
    try:
        fresh = _sort_out(segments, index, outcomes)
        losers = _write(segments, fresh, (shelf, index), outcomes) if fresh else None
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing half-written may stay open
        _log_failure(error, len(segments))
        shelf.abandon()
        for at in range(len(segments)):
            outcomes.setdefault(at, _failure(error))
        losers = None
    _answer_twins(segments, outcomes)
    has_losers = losers is not None and bool(losers.erased or losers.taken)
    return [outcomes[at] for at in range(len(segments))], has_losers


def _sort_out(
    segments: Sequence[IncomingSegment], index: IndexWriter, outcomes: dict[int, Outcome]
) -> list[int]:
    """Answer what is known already; return the positions to write, each key once."""
    known, erased = index.known([segment.key for segment in segments])
    fresh: dict[SegmentKey, int] = {}
    for at, (segment, stored) in enumerate(zip(segments, known, strict=True)):
        if segment.key.attempt in erased:
            outcomes[at] = AttemptErased()
        elif stored is not None:
            outcomes[at] = _compare(segment, stored)
        else:
            fresh.setdefault(segment.key, at)
    return list(fresh.values())


def _write(
    segments: Sequence[IncomingSegment],
    fresh: Sequence[int],
    target: tuple[Shelf, IndexWriter],
    outcomes: dict[int, Outcome],
) -> Losers:
    shelf, index = target
    stored_at_ms = time.time_ns() // 1_000_000
    placed = [_place(segments[at], shelf, stored_at_ms) for at in fresh]
    losers = index.commit(placed, shelf.flush())
    shelf.confirm()
    for position, at in enumerate(fresh):
        if position in losers.erased:
            outcomes[at] = AttemptErased()
        elif position in losers.taken:
            outcomes[at] = _compare(segments[at], losers.taken[position])
        else:
            outcomes[at] = placed[position].segment
    return losers


def _place(segment: IncomingSegment, shelf: Shelf, stored_at_ms: int) -> Placed:
    key = segment.key
    shelved = shelf.with_room(segment.group, record_bytes(segment.length))
    header = RecordHeader(
        KIND_SEGMENT, key.attempt, key.stream, key.index, segment.length, stored_at_ms,
        segment.sha256,
    )  # fmt: skip
    offset = shelved.pack.append(header, list(segment.chunks))
    stored = StoredSegment(key, segment.sha256, segment.length, stored_at_ms, is_new=True)
    return Placed(stored, shelved.ref.pack_id, offset)


def _answer_twins(segments: Sequence[IncomingSegment], outcomes: dict[int, Outcome]) -> None:
    """Answer segments whose key stood twice in the batch by what became of the first."""
    first: dict[SegmentKey, Outcome] = {}
    for at, segment in enumerate(segments):
        if at in outcomes:
            first.setdefault(segment.key, outcomes[at])
        else:
            outcome = first[segment.key]
            outcomes[at] = (
                _compare(segment, outcome) if isinstance(outcome, StoredSegment) else outcome
            )


def _compare(segment: IncomingSegment, stored: StoredSegment) -> Outcome:
    if segment.sha256 != stored.sha256:
        return SegmentConflict()
    return StoredSegment(stored.key, stored.sha256, stored.length, stored.stored_at_ms)


def _log_failure(error: Exception, count: int) -> None:
    if isinstance(error, OSError | sqlite3.Error):  # the disk's fault: the trace tells nothing
        _log.error("batch of %d segments not stored: %s", count, error)
    else:
        _log.exception("batch of %d segments not stored", count)


def _failure(error: Exception) -> StoreError:
    failure: StoreError = StoreFull(0) if _says_full(error) else StoreFailed()
    failure.__cause__ = error
    return failure


def _says_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
