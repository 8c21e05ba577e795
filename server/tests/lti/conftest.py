"""The server with one connected platform, and a browser between the two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from invigil.accounts.models import Institution
from invigil.kit.rooms import Ports
from invigil.lti import registrations
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import Outbound
from invigil.lti.registrations import NewRegistration
from invigil.settings import Settings
from server.tests.conftest import EXTENSION_ID
from server.tests.factories.world import World
from server.tests.fakes import FakeClock
from server.tests.lti.lms import Browser, Lms, listening


@pytest.fixture
async def lms() -> AsyncIterator[Lms]:
    async with listening(Lms()) as lms:
        yield lms


@pytest.fixture
def settings(tmp_path: Path, lms: Lms) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        public_url="https://invigil.example.org",
        extension_ids=(EXTENSION_ID,),
        lti_trusted_hosts=(f"127.0.0.1:{lms.port}",),
    )


@pytest.fixture
async def institution(world: World) -> Institution:
    return await world.institution()


@pytest.fixture
async def registration(
    ports: Ports, lms: Lms, institution: Institution, clock: FakeClock
) -> LtiRegistration:
    """The platform, connected and approved with deployment 1."""
    new = NewRegistration(
        issuer=lms.issuer,
        client_id=lms.client_id,
        authorization_endpoint=f"{lms.issuer}/auth?x=1",
        token_endpoint=f"{lms.issuer}/token",
        jwks_uri=f"{lms.issuer}/jwks",
        name="Moodle",
        deployments=["1"],
    )
    async with ports.database.transaction() as session:
        return await registrations.add(
            session,
            institution.id,
            new,
            door=Outbound(trusted_hosts=ports.trusted_hosts),
            is_approved=True,
            now_ms=clock.now_ms(),
        )


@pytest.fixture
def browser(client: httpx.AsyncClient, lms: Lms, registration: LtiRegistration) -> Browser:
    """A browser that keeps cookies, at the top of its window."""
    return Browser(client, lms)


@pytest.fixture
def now_s(clock: FakeClock) -> int:
    return clock.now_ms() // 1000
