"""Background work: noticing that a device fell silent, forgetting old tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.service import forget_old_tokens
from invigil.attempts.service import SILENCE_MS, interrupt_silent
from invigil.kit.rooms import Ports

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 15
Work = Callable[[AsyncSession, int], Awaitable[object]]


@asynccontextmanager
async def watch(ports: Ports) -> AsyncIterator[None]:
    """Look after attempts while the server runs."""
    async with asyncio.TaskGroup() as tasks:
        # After a start everybody gets the time to be heard again: it was the server that was gone.
        watching = tasks.create_task(
            _repeat(ports, interrupt_silent, first_after_s=SILENCE_MS / 1000)
        )
        tidying = tasks.create_task(_repeat(ports, forget_old_tokens, every_s=3600))
        ports.vital.watch("interrupt_silent", watching)
        try:
            yield
        finally:
            watching.cancel()
            tidying.cancel()


async def _repeat(
    ports: Ports, work: Work, *, first_after_s: float = 0, every_s: float = LOOK_EVERY_S
) -> None:
    await asyncio.sleep(first_after_s)
    while True:
        try:
            async with ports.database.transaction() as session:
                await work(session, ports.clock.now_ms())
        except Exception:
            log.exception("job_failed", job=getattr(work, "__name__", "job"))
        await asyncio.sleep(every_s)
