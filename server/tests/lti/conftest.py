"""The server with one connected platform, and a browser between the two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from invigil.accounts.models import Institution
from invigil.kit.rooms import Ports
from invigil.lti import registrations
from invigil.lti.models import LtiRegistration, LtiToolKey
from invigil.lti.outbound import Outbound
from invigil.lti.registrations import NewRegistration
from invigil.lti.tool_keys import Safe
from invigil.settings import Settings
from server.tests.conftest import EXTENSION_ID
from server.tests.factories.world import World
from server.tests.fakes import FakeClock
from server.tests.lti import forge
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
async def tool_keys(ports: Ports) -> None:
    """Our own keys, made once for all tests: making RSA keys takes longer than the tests."""
    safe, now_ms = Safe(ports.table_secret), ports.clock.now_ms()
    async with ports.database.transaction() as session:
        for kid, signs_from_ms in (("ours-1", now_ms), ("ours-2", None)):
            sealed = safe.seal(forge.platform_key(kid))
            session.add(
                LtiToolKey(
                    kid=kid,
                    sealed=sealed,
                    created_ms=now_ms,
                    signs_from_ms=signs_from_ms,
                    retires_ms=None,
                )
            )


@pytest.fixture
def now_s(clock: FakeClock) -> int:
    return clock.now_ms() // 1000
