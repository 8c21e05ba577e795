"""What the room holds while the server runs, and how its routes and commands get it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import Depends
from joserfc.jwk import RSAKey
from starlette.requests import HTTPConnection

from invigil.kit.rooms import Ports
from invigil.lti import tool_keys
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import Outbound
from invigil.lti.platform_keys import PlatformKeys
from invigil.lti.registrations import origins_of
from invigil.lti.service_tokens import ServiceTokens
from invigil.lti.tool_keys import Safe

ROOM: Final = "lti"


@dataclass(frozen=True)
class Desk:
    """The shared ports and what this room keeps in memory beside them."""

    ports: Ports
    door: Outbound
    platform_keys: PlatformKeys
    service_tokens: ServiceTokens
    safe: Safe

    @property
    def public_url(self) -> str:
        """Our origin, without a trailing slash."""
        return self.ports.origins.public_url

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us over https."""
        return self.public_url.startswith("https://")

    def origins_of(self, registration: LtiRegistration) -> frozenset[str]:
        """Return the origins a platform may frame us from and send people back to."""
        return origins_of(registration, self.ports.trusted_hosts)

    async def signing_key(self) -> RSAKey:
        """Return the key we sign with; rotates first when that is due."""
        now_ms = self.ports.clock.now_ms()
        await self.rotate_when_due()
        async with self.ports.database.transaction(writes=False) as session:
            return await tool_keys.signing_key(session, self.safe, now_ms)

    async def rotate_when_due(self) -> None:
        """Make keys or rotate them when it is time; otherwise only look."""
        now_ms = self.ports.clock.now_ms()
        async with self.ports.database.transaction(writes=False) as session:
            if not await tool_keys.is_rotation_due(session, now_ms):
                return
        async with self.ports.database.transaction() as session:
            # Asked again inside: another request may have been first.
            if await tool_keys.is_rotation_due(session, now_ms):
                await tool_keys.rotate(session, self.safe, now_ms)


@asynccontextmanager
async def open_desk(ports: Ports) -> AsyncIterator[Desk]:
    """Open the door outwards and the memory of keys and tokens."""
    async with Outbound(trusted_hosts=ports.trusted_hosts) as door:
        yield Desk(
            ports=ports,
            door=door,
            platform_keys=PlatformKeys(door, lambda: ports.clock.now_ms() / 1000),
            service_tokens=ServiceTokens(door, lambda: ports.clock.now_ms() // 1000),
            safe=Safe(ports.table_secret),
        )


def desk_of(connection: HTTPConnection) -> Desk:
    """Return the desk of the app that answers this request."""
    return cast("Desk", connection.app.state.rooms[ROOM])


async def get_desk(connection: HTTPConnection) -> Desk:
    """Hand the desk to a route. Async, or FastAPI would use a thread for it."""
    return desk_of(connection)


DeskOf = Annotated[Desk, Depends(get_desk)]
