"""Group commit for logs: what queued up while the last commit was under way is the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from invigil.attempts import gate as attempts
from invigil.evidence import queries
from invigil.kit.db import Database
from invigil.kit.problems import Busy

log = structlog.get_logger(__name__)
_MAX_BATCH = 128
GATHER_S = 0.1
"""How long the first one waits for others: a device signs every ten seconds, so it has time."""


@dataclass(frozen=True, slots=True)
class Write:
    """One log's growth and what the attempt has to know of it.

    `generation` is the token's; `epoch` and `wrap_sha256` are leaf 0's (None when leaf 0 is stored
    already).
    """

    appended: queries.Appended
    generation: int
    epoch: int | None
    wrap_sha256: bytes | None
    now_ms: int


class WrapReplacedError(Exception):
    """The key file that leaf 0 names was replaced meanwhile. Nothing is stored."""


@dataclass(slots=True)
class _Waiting:
    write: Write
    done: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class LogWriter:
    """Commits appends in the order in which they came. Use it inside :meth:`running`."""

    def __init__(self, database: Database, *, gather_s: float = GATHER_S) -> None:
        self._database = database
        self._gather_s = gather_s
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Write while the block lasts; commit what is queued before leaving it."""
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            self._queue.put_nowait(None)
            await task

    async def write(self, write: Write) -> None:
        """Store one append; return when it is durable.

        Raises:
            IntegrityError: another process appended to this log meanwhile.
            WrapReplacedError: leaf 0 came from a device whose key file another one replaced.
            Busy, SQLAlchemyError: the database refused. Nothing is stored.
        """
        waiting = _Waiting(write)
        self._queue.put_nowait(waiting)
        await waiting.done

    async def _run(self) -> None:
        is_ending = False
        while not is_ending:
            batch, is_ending = await self._next_batch()
            await self._commit(batch)

    async def _next_batch(self) -> tuple[list[_Waiting], bool]:
        """Return what to commit together, and whether it is the last."""
        batch: list[_Waiting] = []
        waiting = await self._queue.get()
        if waiting is not None:
            await asyncio.sleep(self._gather_s)
        while waiting is not None:
            batch.append(waiting)
            if self._queue.empty() or len(batch) >= _MAX_BATCH:
                return batch, False
            waiting = self._queue.get_nowait()
        return batch, True

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._store([each.write for each in batch])
        except Exception as error:
            # Whatever it was: one that escaped would end this task, and nobody would write again.
            if len(batch) > 1 and not _is_for_all(error):
                # One of them is to blame, not its neighbours: in halves, until it stands alone.
                middle = len(batch) // 2
                await self._commit(batch[:middle])
                await self._commit(batch[middle:])
                return
            if not isinstance(error, (IntegrityError, WrapReplacedError)):
                log.exception("log_not_written", appends=len(batch))
            _answer(batch, error)
        else:
            _answer(batch, None)

    async def _store(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        async with self._database.transaction() as session:
            await queries.store_appends(session, [each.appended for each in writes])
            await attempts.note_logs(session, [_reached(each) for each in writes])
            for write in writes:
                attempt = write.appended.log.progress.attempt
                if write.epoch is not None:
                    if await queries.wrap_sha256(session, attempt) != write.wrap_sha256:
                        raise WrapReplacedError
                    await attempts.note_opened(
                        session,
                        attempt,
                        epoch=write.epoch,
                        generation=write.generation,
                        now_ms=write.now_ms,
                    )
                if write.appended.log.is_closed:
                    await attempts.note_closed(session, attempt, now_ms=write.now_ms)


def _reached(write: Write) -> attempts.LogReached:
    progress = write.appended.log.progress
    return attempts.LogReached(
        progress.attempt,
        log_size=progress.size,
        total_bytes=progress.total_bytes,
        heard_ms=write.now_ms,
    )


def _is_for_all(error: Exception) -> bool:
    """Whether the database is full, busy or away: trying again in parts would take as long each."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (Busy, OSError, TimeoutError, OperationalError, NoConnectionError))


def _answer(batch: Sequence[_Waiting], error: Exception | None) -> None:
    for each in batch:
        if each.done.done():  # its request was cancelled; what is stored is stored
            continue
        if error is None:
            each.done.set_result(None)
        else:
            each.done.set_exception(error)
