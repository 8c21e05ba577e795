"""The one thread that writes: takes what has queued up, commits it, answers once per batch."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from invigil.kit.packs.committer import Outcome
from invigil.kit.packs.errors import StoreError
from invigil.kit.packs.ports import IncomingSegment, StoredSegment

_log = logging.getLogger(__name__)
_SMOOTHING = 0.1
_TIDY_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What may wait, the batch being written included, and how much of it one batch takes."""

    max_segments: int = 512
    max_bytes: int = 64 * 1024 * 1024
    max_batch_segments: int = 128


@dataclass(slots=True)
class Waiting:
    """A segment and the future that its `put` awaits."""

    segment: IncomingSegment
    future: asyncio.Future[StoredSegment]


@dataclass(slots=True)
class Counters:
    """Written by the event loop only."""

    queued_segments: int = 0
    queued_bytes: int = 0
    committed_segments: int = 0
    committed_bytes: int = 0
    batches: int = 0
    failed_batches: int = 0
    commit_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """What the thread calls: for a batch, between batches, and on the loop for each answer."""

    commit: Callable[[Sequence[IncomingSegment]], list[Outcome]]
    tidy: Callable[[], None]
    on_stored: Callable[[StoredSegment], None]


class CommitThread:
    """Connects the event loop to the committer. `put` and the answers run on the loop."""

    def __init__(self, work: Work, limits: QueueLimits) -> None:
        self._work = work
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="pack-committer", daemon=True)
        self.counters = Counters()
        self._thread.start()

    def has_room(self, length: int) -> bool:
        """Tell whether a segment of `length` bytes may queue. An empty queue takes any."""
        counters, limits = self.counters, self._limits
        return not counters.queued_segments or (
            counters.queued_segments < limits.max_segments
            and counters.queued_bytes + length <= limits.max_bytes
        )

    async def put(self, segment: IncomingSegment) -> StoredSegment:
        """Queue a segment and wait until it is durable, or raise what became of it."""
        waiting = Waiting(segment, self._loop.create_future())
        self.counters.queued_segments += 1
        self.counters.queued_bytes += segment.length
        self._queue.put(waiting)
        return await waiting.future

    async def stop(self) -> None:
        """Commit what is queued and end the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_stopping = False
        while not is_stopping:
            batch, is_stopping = self._drain()
            if batch:
                self._commit(batch)
            del batch  # else the last bodies stay in memory until the next batch
            self._work.tidy()

    def _drain(self) -> tuple[list[Waiting], bool]:
        batch: list[Waiting] = []
        try:
            waiting = self._queue.get(timeout=_TIDY_EVERY_S)
            while waiting is not None:
                batch.append(waiting)
                if len(batch) >= self._limits.max_batch_segments:
                    return batch, False
                waiting = self._queue.get_nowait()
        except queue.Empty:
            return batch, False
        return batch, True

    def _commit(self, batch: list[Waiting]) -> None:
        began = time.perf_counter()
        outcomes = self._work.commit([waiting.segment for waiting in batch])
        elapsed_ms = (time.perf_counter() - began) * 1000
        try:
            self._loop.call_soon_threadsafe(self._answer, batch, outcomes, elapsed_ms)
        except RuntimeError:
            _log.warning("the event loop ended before %d answers were given", len(batch))

    def _answer(self, batch: list[Waiting], outcomes: list[Outcome], elapsed_ms: float) -> None:
        counters = self.counters
        counters.batches += 1
        counters.commit_ms += (elapsed_ms - counters.commit_ms) * _SMOOTHING
        counters.failed_batches += any(_is_disk_failure(outcome) for outcome in outcomes)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            counters.queued_segments -= 1
            counters.queued_bytes -= waiting.segment.length
            if isinstance(outcome, StoredSegment):
                counters.committed_segments += outcome.is_new
                counters.committed_bytes += outcome.length * outcome.is_new
                self._work.on_stored(outcome)
            if (
                waiting.future.done()
            ):  # the caller was cancelled; the segment is stored all the same
                continue
            if isinstance(outcome, StoreError):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)


def _is_disk_failure(outcome: Outcome) -> bool:
    return isinstance(outcome, StoreError) and outcome.__cause__ is not None
