"""How late the event loop is: the sign that the processor, not the disk, is the bottleneck."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_EVERY_S = 0.1
_SMOOTHING = 0.3


class LoopLag:
    """Measures inside :meth:`running`; `lag_ms` is a moving average."""

    def __init__(self) -> None:
        self.lag_ms = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Measure while the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            late_ms = max(0.0, loop.time() - due) * 1000
            self.lag_ms += (late_ms - self.lag_ms) * _SMOOTHING
