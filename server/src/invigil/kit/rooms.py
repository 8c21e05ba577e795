"""How a room plugs into the app, and what the composition root hands to all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection
from starlette.routing import Route

from invigil.kit.clock import Clock
from invigil.kit.db import Database
from invigil.kit.doors import Doors
from invigil.kit.events import EventBus
from invigil.kit.signing import SigningKey
from invigil.kit.tokens import AttemptTokens
from invigil.kit.vital import Vital


@dataclass(frozen=True, slots=True)
class Origins:
    """Where this server and its extension live. `public_url` has no trailing slash."""

    public_url: str
    extension_ids: tuple[str, ...]
    extension_page: str = ""
    """Where people install the extension; empty: nowhere that we know."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What every room may use. Built once, at the root."""

    database: Database
    bus: EventBus
    clock: Clock
    attempt_tokens: AttemptTokens
    server_key: SigningKey
    origins: Origins
    table_secret: bytes = field(repr=False)
    """Seals what must lie in the database but not be read there: 32 bytes that are not in it."""
    doors: Doors = field(default_factory=Doors)
    """How often strangers may knock."""
    trusted_hosts: frozenset[str] = frozenset()
    """Hosts that may be asked although they are private or speak plain http (lti/outbound.py)."""
    vital: Vital = field(default_factory=Vital)
    """Tasks without which the server is not well (kit/health.py)."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room as the app sees it.

    `lifespan` runs while the server does: open stores and start jobs in it, subscribe to
    `ports.bus`; what it yields stands in `app.state.rooms[name]`. Plain Starlette routes go into a
    router with `router.routes.append(Route(...))`; those of them that stand in `lane` too are
    reached around the middleware (kit/lane.py).
    """

    name: str
    routers: tuple[APIRouter, ...] = ()
    lifespan: Callable[[Ports], AbstractAsyncContextManager[object]] | None = None
    lane: tuple[Route, ...] = ()


# Dependencies are coroutines though they wait for nothing: FastAPI sends each plain function to a
# thread and back, which costs more than most of what these do.
async def get_ports(connection: HTTPConnection) -> Ports:
    """Return the ports of the app that answers this request."""
    return cast("Ports", connection.app.state.ports)


PortsOf = Annotated[Ports, Depends(get_ports)]


async def get_now_ms(connection: HTTPConnection) -> int:
    """Return the time of this request: one for all that happens in it."""
    return (await get_ports(connection)).clock.now_ms()


Now = Annotated[int, Depends(get_now_ms)]
"""The request's time in Unix milliseconds."""
