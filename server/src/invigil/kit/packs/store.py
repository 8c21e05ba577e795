"""The embedded segment store: pack files on a local disk behind the port of :mod:`.ports`."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from invigil.kit.gathering import Gathering
from invigil.kit.packs.commit_thread import CommitThread, QueueLimits, Work
from invigil.kit.packs.committer import Outcome, commit_batch
from invigil.kit.packs.disk import Disk, LocalDisk
from invigil.kit.packs.erasure import TombstoneLog, erase_attempt, sweep
from invigil.kit.packs.errors import (
    SegmentInvalid,
    SegmentMissing,
    StoreBusy,
    StoreClosed,
    StoreFailed,
    StoreFull,
    StoreLocked,
)
from invigil.kit.packs.index import Placed, connect
from invigil.kit.packs.index_writer import IndexWriter
from invigil.kit.packs.layout import Layout
from invigil.kit.packs.locks import FileLock, worker_lock
from invigil.kit.packs.lookup import Lookup
from invigil.kit.packs.pack import PackSize
from invigil.kit.packs.ports import (
    ATTEMPT_PATTERN,
    IncomingSegment,
    SegmentKey,
    StoredSegment,
    StoreStats,
    Usage,
)
from invigil.kit.packs.record import HEADER_BYTES
from invigil.kit.packs.recovery import open_index, recover
from invigil.kit.packs.shelf import Shelf
from invigil.kit.packs.usage_cache import UsageCache

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_READERS = 4
_WORKER_PATTERN = re.compile(r"[0-9a-z][0-9a-z-]{0,39}")
_SPACE_TTL_S = 1.0


@dataclass(frozen=True, slots=True)
class PackStoreSettings:
    """`root` is the store's directory; `worker` names this process among those that share it.

    Below `low_water_bytes` of free disk no segment is taken. A pack unused for `idle_s` is sealed
    and gives back what it had reserved.
    """

    root: Path
    worker: str = "w0"
    size: PackSize = field(default_factory=PackSize)
    queue: QueueLimits = field(default_factory=QueueLimits)
    low_water_bytes: int = 2 * 1024**3
    idle_s: float = 600


@dataclass(slots=True)
class _Opened:
    """What an opening acquires and a closing releases, in this order."""

    lock: FileLock
    writing: sqlite3.Connection
    erasing: sqlite3.Connection


class PackStore:
    """See :class:`invigil.kit.packs.ports.SegmentStore`. Open it with :meth:`open`."""

    def __init__(self, settings: PackStoreSettings, disk: Disk, opened: _Opened) -> None:
        self._settings = settings
        self._disk = disk
        self._opened = opened
        self._layout = Layout(settings.root)
        self._usage = UsageCache()
        self._lookup = Lookup(self._layout.index)
        # A thread needs its turn a few times for each query, and a busy loop lets it wait.
        self._counting = Gathering(self._count)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="pack-reader")
        self._eraser = ThreadPoolExecutor(1, thread_name_prefix="pack-eraser")
        self._tombstones = TombstoneLog(self._layout.tombstones, settings.worker, disk)
        self._shelf = Shelf(
            disk, self._layout.packs, opened.writing, worker=settings.worker, size=settings.size
        )
        self._index = IndexWriter(opened.writing)
        self._free_bytes = 0
        self._free_checked_at = -_SPACE_TTL_S
        self._is_closing = False
        self._committer = CommitThread(
            Work(self._commit, self._tidy, self._usage.stored),
            settings.queue,
        )

    @classmethod
    async def open(cls, settings: PackStoreSettings, disk: Disk | None = None) -> PackStore:
        """Open a directory (made if missing) and take in what a crash left out of the index.

        Raises:
            StoreLocked: another process writes under this worker name, or the index is gone while
                other processes use it.
            SegmentInvalid: the worker's name is not of the form ``[0-9a-z][0-9a-z-]*``.
        """
        if not _WORKER_PATTERN.fullmatch(settings.worker):
            raise SegmentInvalid("A worker name is 1 to 40 lower-case letters, digits, hyphens.")
        disk = disk or LocalDisk()
        opened = await asyncio.to_thread(_open_blocking, settings, disk)
        return cls(settings, disk, opened)

    async def put(self, segment: IncomingSegment) -> StoredSegment:
        if self._is_closing:
            raise StoreClosed
        if self._is_full():
            raise StoreFull(self._free_bytes)
        if not self._committer.has_room(segment.length):
            raise StoreBusy(2)
        return await self._committer.put(segment)

    async def read(self, key: SegmentKey, start: int = 0, stop: int | None = None) -> bytes:
        return await self._in_reader(lambda: self._read_blocking(key, start, stop))

    async def locate(self, key: SegmentKey) -> StoredSegment | None:
        found = await self._in_reader(lambda: self._lookup.place(key))
        return found[0].segment if found else None

    async def segments(self, attempt: str, stream: str | None = None) -> list[StoredSegment]:
        return await self._in_reader(lambda: self._lookup.segments(attempt, stream))

    async def usage(self, attempt: str) -> Usage:
        usage = self._usage.get(attempt)
        if usage is None:
            usage = await self._counting.load(attempt) or Usage(0, 0)
            self._usage.counted(attempt, usage)
        return usage

    async def _count(self, attempts: Sequence[str]) -> dict[str, Usage]:
        return await self._in_reader(lambda: self._lookup.usages(attempts))

    async def erase(self, attempt: str) -> int:
        if not ATTEMPT_PATTERN.fullmatch(attempt):
            raise SegmentInvalid("An attempt is 26 lower-case letters and digits.")
        if self._is_closing:
            raise StoreClosed
        loop = asyncio.get_running_loop()
        count = await loop.run_in_executor(self._eraser, self._erase_blocking, attempt)
        self._usage.forget(attempt)
        return count

    def queued_segments(self) -> int:
        return self._committer.counters.queued_segments

    def stats(self) -> StoreStats:
        is_full = self._is_full()
        return StoreStats(
            **asdict(self._committer.counters), free_bytes=self._free_bytes, is_full=is_full
        )

    async def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        await self._committer.stop()
        await asyncio.to_thread(self._close_blocking)

    def _commit(self, segments: Sequence[IncomingSegment]) -> list[Outcome]:
        outcomes, has_losers = commit_batch(segments, self._shelf, self._index)
        if has_losers:
            self._sweep(self._opened.writing)
        return outcomes

    def _tidy(self) -> None:
        self._shelf.tidy(self._settings.idle_s)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        try:
            sweep(self._layout.packs, self._disk, connection)
        except (OSError, sqlite3.Error):
            _log.exception("doomed records not punched out; tried again at the next start")

    def _read_blocking(self, key: SegmentKey, start: int, stop: int | None) -> bytes:
        found = self._lookup.place(key)
        if found is None:
            raise SegmentMissing
        placed, pack = found
        try:
            return _read_record(pack.path(self._layout.packs), placed, start, stop)
        except FileNotFoundError as error:
            raise SegmentMissing from error
        except OSError as error:
            raise StoreFailed from error

    def _erase_blocking(self, attempt: str) -> int:
        try:
            count = erase_attempt(attempt, self._tombstones, self._opened.erasing)
            sweep(self._layout.packs, self._disk, self._opened.erasing)
        except (OSError, sqlite3.Error) as error:
            raise StoreFailed from error
        return count

    def _is_full(self) -> bool:
        now = time.monotonic()
        if now - self._free_checked_at >= _SPACE_TTL_S:
            self._free_bytes = self._disk.free_bytes(self._settings.root)
            self._free_checked_at = now
        return self._free_bytes < self._settings.low_water_bytes

    async def _in_reader(self, ask: Callable[[], _T]) -> _T:
        if self._is_closing:
            raise StoreClosed
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, ask)
        except sqlite3.Error as error:
            raise StoreFailed from error

    def _close_blocking(self) -> None:
        self._readers.shutdown()
        self._eraser.shutdown()
        self._lookup.close()
        self._shelf.tidy(idle_s=0)
        self._opened.erasing.close()
        self._opened.writing.close()
        self._opened.lock.release()


def _open_blocking(settings: PackStoreSettings, disk: Disk) -> _Opened:
    layout = Layout(settings.root)
    layout.create(disk)
    # First of all: who holds a worker's lock has opened the index, and is not about to.
    opening = FileLock(layout.root / "opening.lock")
    opening.acquire()
    try:
        return _open_as_worker(layout, settings.worker, disk)
    finally:
        opening.release()


def _open_as_worker(layout: Layout, worker: str, disk: Disk) -> _Opened:
    lock = worker_lock(layout.locks, worker)
    if not lock.try_acquire():
        raise StoreLocked(worker)
    try:
        connection = open_index(layout, worker)
        recover(layout, worker, disk, connection)
        return _Opened(lock, connection, connect(layout.index))
    except BaseException:
        lock.release()
        raise


def _read_record(path: Path, placed: Placed, start: int, stop: int | None) -> bytes:
    length = placed.segment.length
    first = min(max(start, 0), length)
    last = length if stop is None else min(max(stop, first), length)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        body = os.pread(fd, last - first, placed.offset + HEADER_BYTES + first)
        if not os.pread(fd, 4, placed.offset).strip(b"\0"):  # punched out while we read
            raise SegmentMissing
    finally:
        os.close(fd)
    if len(body) != last - first:
        raise StoreFailed
    return body
