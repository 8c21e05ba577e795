"""Which devices were heard of while they uploaded, told to `attempts` in batches.

An append to the log says it in its own transaction; only who uploads without one waits here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from invigil.attempts.gate import note_heard
from invigil.kit.clock import Clock
from invigil.kit.db import Database

log = structlog.get_logger(__name__)


class Heard:
    """Collects; writes every `every_s` seconds inside :meth:`running`."""

    def __init__(self, database: Database, clock: Clock, *, every_s: float = 15.0) -> None:
        self._database = database
        self._clock = clock
        self._every_s = every_s
        self._since_ms: dict[str, int] = {}

    def note(self, attempt: str) -> None:
        """An upload of this attempt has just been stored."""
        self._since_ms[attempt] = self._clock.now_ms()

    def told(self, attempt: str) -> None:
        """The database has just been told by somebody else."""
        self._since_ms.pop(attempt, None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Write while the block lasts, and once more at its end."""
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.flush()

    async def flush(self) -> None:
        """Write what was collected. What a database does not take now is written the next time."""
        heard_ms, self._since_ms = self._since_ms, {}
        if not heard_ms:
            return
        try:
            async with self._database.transaction() as session:
                await note_heard(session, heard_ms)
        except Exception:
            log.exception("heard_not_written", attempts=len(heard_ms))
            self._since_ms = heard_ms | self._since_ms
