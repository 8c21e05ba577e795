"""What an upload has to know of its attempt, kept in memory.

A database query costs more than a durable PUT, so the upload path asks none: it looks here. An
entry is dropped when something happens to the attempt (`AttemptChanged`), and after `ttl_s` in any
case, so that another process's news arrives too. Nothing is refused on the word of an old entry:
who is about to refuse asks with `at_most_s`.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from invigil.attempts.gate import AttemptGate

REFUSAL_AGE_S = 2.0
"""How old a gate may be that somebody is turned away by."""

LoadGate = Callable[[str], Awaitable[AttemptGate | None]]


class GateCache:
    """A bounded cache of attempts' gates; one process, one event loop."""

    def __init__(
        self,
        load: LoadGate,
        *,
        ttl_s: float = 120.0,
        capacity: int = 20_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._ttl_s = ttl_s
        self._capacity = capacity
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, AttemptGate]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[AttemptGate | None]] = {}

    async def of(self, attempt: str, *, at_most_s: float | None = None) -> AttemptGate | None:
        """Return the gate of an attempt, or None when there is no such attempt.

        `at_most_s` asks for one that was read in the last so many seconds.
        """
        age_s = self._ttl_s if at_most_s is None else at_most_s
        entry = self._entries.get(attempt)
        if entry is not None and self._monotonic() - entry[0] < age_s:
            return entry[1]
        return await self._load_once(attempt)

    def forget(self, attempt: str) -> None:
        """Drop what is known: the next upload asks the database.

        A load that is under way is dropped too: it may have read what was true before.
        """
        self._entries.pop(attempt, None)
        self._loading.pop(attempt, None)

    async def _load_once(self, attempt: str) -> AttemptGate | None:
        """Load; uploads of the same attempt that come meanwhile wait for the same answer."""
        task = self._loading.get(attempt)
        if task is None:
            task = asyncio.ensure_future(self._fill(attempt))
            self._loading[attempt] = task
        # Shielded: one client that leaves must not cancel what the others wait for.
        return await asyncio.shield(task)

    async def _fill(self, attempt: str) -> AttemptGate | None:
        me = asyncio.current_task()
        began = self._monotonic()
        is_current = False
        try:
            gate = await self._load(attempt)
        finally:
            is_current = self._loading.get(attempt) is me
            if is_current:
                del self._loading[attempt]
        if gate is not None and is_current:
            self._entries[attempt] = (began, gate)
            self._entries.move_to_end(attempt)
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
        return gate
