"""News between rooms: emitted inside a transaction, delivered after its commit, upwards.

`attempts` does not know that `evidence` keeps a cache; it emits :class:`Event`s and `evidence`
listens. A rolled-back transaction says nothing. Delivery is in process and at most once: what must
happen even after a crash is a row in a table, not news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger(__name__)
_PENDING = "pending_events"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all news. A subclass is a frozen dataclass named in the past tense."""


E = TypeVar("E", bound=Event)
Handler = Callable[[E], Awaitable[None]]


def emit(session: AsyncSession, event: Event) -> None:
    """Say something that becomes true when the session's transaction commits."""
    session.info.setdefault(_PENDING, []).append(event)


def take_pending(session: AsyncSession) -> list[Event]:
    """Return and forget what was emitted in this session."""
    return cast("list[Event]", session.info.pop(_PENDING, []))


class EventBus:
    """Brings each event to those who asked for its type."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Handler[Event]]] = defaultdict(list)

    def subscribe(self, kind: type[E], handler: Handler[E]) -> None:
        """Call `handler` with every event of exactly this type, from now on."""
        self._handlers[kind].append(cast("Handler[Event]", handler))

    async def deliver(self, events: list[Event]) -> None:
        """Deliver in order. A handler's failure is logged: what is committed stays committed."""
        for event in events:
            for handler in self._handlers[type(event)]:
                try:
                    await handler(event)
                except Exception:
                    log.exception("event_handler_failed", event_type=type(event).__name__)
