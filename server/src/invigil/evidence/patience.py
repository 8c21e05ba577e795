"""How long a body may take, watched over for all uploads by one task.

A timer for each upload (`asyncio.timeout`) costs one part in twenty of the whole upload. Nobody
needs to be cut off to the millisecond, so one look a second at all of them is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_LOOK_EVERY_S = 1.0


class Patience:
    """Ends what takes too long, inside :meth:`running`."""

    def __init__(self, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._until: dict[asyncio.Task[object], float] = {}

    @contextmanager
    def watch(self, seconds: float) -> Iterator[None]:
        """Give the block so many seconds.

        Raises:
            TimeoutError: it took longer.
        """
        task = asyncio.current_task()
        assert task is not None
        self._until[task] = asyncio.get_running_loop().time() + seconds
        try:
            yield
        except asyncio.CancelledError:
            # Ours only if the entry is gone; somebody else's cancellation goes on.
            if task in self._until or task.uncancel() > 0:
                raise
            raise TimeoutError from None
        finally:
            self._until.pop(task, None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Look while the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._look_every_s)
            now = loop.time()
            for task in [task for task, until in self._until.items() if until < now]:
                del self._until[task]
                task.cancel()
