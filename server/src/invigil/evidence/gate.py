"""What an upload has to know of its attempt, kept in memory.

A database query costs more than a durable PUT, so the upload path asks none: it looks here. An
entry is dropped when something happens to the attempt, and after `ttl_s` in any case, so that
another process's news arrives too.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UploadFacts:
    """The facts behind every upload of one attempt.

    `group` is the exam, whose packs take the segments. `takes_uploads` follows from the attempt's
    state (wire.md §5); `is_closed` says that the close was cosigned.
    """

    group: str
    takes_uploads: bool
    is_closed: bool
    quota_bytes: int


LoadFacts = Callable[[str], Awaitable[UploadFacts | None]]


class UploadGate:
    """A bounded cache of :class:`UploadFacts`; one process, one event loop."""

    def __init__(
        self,
        load: LoadFacts,
        *,
        ttl_s: float = 30.0,
        capacity: int = 20_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._ttl_s = ttl_s
        self._capacity = capacity
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, UploadFacts]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[UploadFacts | None]] = {}

    async def facts(self, attempt: str) -> UploadFacts | None:
        """Return the facts of an attempt, or None when there is no such attempt."""
        entry = self._entries.get(attempt)
        if entry is not None and entry[0] > self._monotonic():
            return entry[1]
        return await self._load_once(attempt)

    def forget(self, attempt: str) -> None:
        """Drop what is known: the next upload asks the database.

        A load that is under way is dropped too: it may have read what was true before.
        """
        self._entries.pop(attempt, None)
        self._loading.pop(attempt, None)

    async def _load_once(self, attempt: str) -> UploadFacts | None:
        """Load; uploads of the same attempt that come meanwhile wait for the same answer."""
        task = self._loading.get(attempt)
        if task is None:
            task = asyncio.ensure_future(self._fill(attempt))
            self._loading[attempt] = task
        # Shielded: one client that leaves must not cancel what the others wait for.
        return await asyncio.shield(task)

    async def _fill(self, attempt: str) -> UploadFacts | None:
        me = asyncio.current_task()
        try:
            facts = await self._load(attempt)
        finally:
            is_current = self._loading.get(attempt) is me
            if is_current:
                del self._loading[attempt]
        if facts is not None and is_current:
            self._entries[attempt] = (self._monotonic() + self._ttl_s, facts)
            self._entries.move_to_end(attempt)
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
        return facts
