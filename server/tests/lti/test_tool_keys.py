"""Our own keys: two are published, one signs, rotation surprises nobody."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from invigil.kit.rooms import Ports
from invigil.lti import tool_keys
from invigil.lti.models import LtiToolKey
from invigil.lti.tool_keys import LIFE_MS, OVERLAP_MS, Safe, ToolKeySecretChangedError
from server.tests.fakes import FakeClock


async def _published(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = (await client.get("/lti/jwks.json")).json()["keys"]
    return keys


async def _signing(ports: Ports) -> str | None:
    async with ports.database.transaction(writes=False) as session:
        safe = Safe(ports.table_secret)
        key = await tool_keys.signing_key(session, safe, ports.clock.now_ms())
        return key.kid


async def _rotate(ports: Ports) -> None:
    async with ports.database.transaction() as session:
        await tool_keys.rotate(session, Safe(ports.table_secret), ports.clock.now_ms())


async def test_two_public_keys_are_published_and_nothing_private(client: httpx.AsyncClient) -> None:
    keys = await _published(client)

    assert len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


async def test_asking_again_makes_no_new_keys(client: httpx.AsyncClient) -> None:
    assert await _published(client) == await _published(client)


async def test_the_next_key_was_published_before_it_signs(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    before = {key["kid"] for key in await _published(client)}
    old = await _signing(ports)

    await _rotate(ports)

    new = await _signing(ports)
    assert new != old
    assert new in before


async def test_the_old_key_stays_published_for_a_day(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock
) -> None:
    await _published(client)
    old = await _signing(ports)
    await _rotate(ports)

    assert old in {key["kid"] for key in await _published(client)}

    clock.advance(seconds=OVERLAP_MS / 1000)
    keys = {key["kid"] for key in await _published(client)}

    assert len(keys) == 2
    assert old not in keys


async def test_rotation_happens_by_itself_when_the_key_has_done_its_time(
    client: httpx.AsyncClient, ports: Ports, clock: FakeClock
) -> None:
    await _published(client)
    old = await _signing(ports)
    clock.advance(seconds=LIFE_MS / 1000 - 1)
    await _published(client)

    assert await _signing(ports) == old

    clock.advance(seconds=1)
    await _published(client)

    assert await _signing(ports) != old


async def test_private_keys_are_sealed_in_the_database(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    await _published(client)
    kid = await _signing(ports)
    async with ports.database.transaction(writes=False) as session:
        row = await session.get_one(LtiToolKey, kid)

    assert Safe(ports.table_secret).open(row.sealed).is_private
    with pytest.raises(ToolKeySecretChangedError):
        Safe(secrets.token_bytes(32)).open(row.sealed)
