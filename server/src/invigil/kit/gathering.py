"""One query for many: what is asked while a query runs goes together into the next.

When an exam begins, or a server comes back, thousands of attempts are asked for within seconds. A
query for each costs several times what an upload does, and the machine would refuse what it could
have stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

Found = TypeVar("Found")
LoadMany = Callable[[Sequence[str]], Awaitable[Mapping[str, Found]]]


class Gathering(Generic[Found]):
    """Loads things by their id, at most `most` with a query. One event loop."""

    def __init__(self, load_many: LoadMany[Found], *, most: int = 256) -> None:
        """`load_many` answers with what there is; an id that it leaves out is none."""
        self._load_many = load_many
        self._most = most
        self._waiting: list[tuple[str, asyncio.Future[Found | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def load(self, wanted: str) -> Found | None:
        """Return what has this id, as it is now or later: a query that runs is not joined.

        Raises:
            Exception: whatever the query raised, for each that it was made for.
        """
        answer: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                await self._answer(batch)
        finally:
            self._running = None

    async def _answer(self, batch: Sequence[tuple[str, asyncio.Future[Found | None]]]) -> None:
        try:
            found = await self._load_many(list({wanted: None for wanted, _ in batch}))
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for wanted, answer in batch:
            # Who has left meanwhile is done.
            if not answer.done():
                answer.set_result(found.get(wanted))
