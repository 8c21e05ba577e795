"""Connecting an LMS: by itself, by an administrator, and what an attacker may not do with it."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import httpx
import pytest

from invigil.accounts.models import Institution
from invigil.lti import registrations
from invigil.lti.models import LtiRegistration
from invigil.lti.refusals import Refusal
from server.tests.factories.world import World
from server.tests.lti.lms import Asked, Browser, Lms

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def _configuration(lms: Lms, **changes: Any) -> dict[str, Any]:
    return {
        "issuer": lms.issuer,
        "authorization_endpoint": f"{lms.issuer}/auth",
        "token_endpoint": f"{lms.issuer}/token",
        "jwks_uri": f"{lms.issuer}/jwks",
        "registration_endpoint": f"{lms.issuer}/registration",
        "scopes_supported": ["openid", ROSTER, "https://example/other"],
        PLATFORM: {
            "product_family_code": "moodle",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
        },
        **changes,
    }


def _describe(lms: Lms, configuration: object) -> None:
    lms.routes["/configuration"] = lambda _asked: (200, {}, configuration)

    def register(asked: Asked) -> tuple[int, dict[str, str], Any]:
        sent = json.loads(asked.body)
        sent[TOOL]["deployment_id"] = "7"
        return 200, {}, {**sent, "client_id": "made-by-the-lms"}

    lms.routes["/registration"] = register


async def _register(client: httpx.AsyncClient, lms: Lms, **query: str) -> httpx.Response:
    address = f"{lms.issuer}/configuration"
    wanted = {"openid_configuration": address, "registration_token": "secret-token", **query}
    return await client.get("/lti/register", params=wanted)


def _refused(answer: httpx.Response, refusal: Refusal) -> None:
    assert (answer.status_code, refusal.words.code in answer.text) == (refusal.words.status, True)


async def test_an_lms_registers_itself_and_waits_for_approval(
    client: httpx.AsyncClient, lms: Lms, institution: Institution, world: World
) -> None:
    _describe(lms, _configuration(lms))
    administrator = await world.administrator(institution)

    page = await _register(client, lms)

    assert page.status_code == 200
    [asked] = lms.asked_for("/registration")
    sent = json.loads(asked.body)
    assert asked.headers["authorization"] == "Bearer secret-token"
    assert sent["scope"] == ROSTER
    assert sent["response_types"] == ["id_token"]
    assert sent["redirect_uris"] == ["https://invigil.example.org/lti/launch"]
    assert sent["token_endpoint_auth_method"] == "private_key_jwt"
    assert sent[TOOL]["domain"] == "invigil.example.org"
    assert "email" not in sent[TOOL]["claims"]
    assert {each["type"] for each in sent[TOOL]["messages"]} == {
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    }
    listed = await client.get("/api/lti/registrations", headers=administrator.headers)
    [registration] = listed.json()["registrations"]
    assert registration["state"] == "pending"
    assert registration["client_id"] == "made-by-the-lms"
    assert registration["deployments"] == [{"id": "7", "state": "pending"}]
    assert "secret-token" not in page.text

    browser = Browser(client, lms)
    _refused(await browser.login(client_id="made-by-the-lms"), Refusal.PLATFORM_PENDING)
    approved = await client.post(
        f"/api/lti/registrations/{registration['id']}/approve", headers=administrator.headers
    )

    assert approved.json()["state"] == "approved"
    assert approved.json()["deployments"] == [{"id": "7", "state": "approved"}]
    assert (await browser.login(client_id="made-by-the-lms")).status_code == 302


async def test_the_registration_page_can_be_framed_and_keeps_its_opener(
    client: httpx.AsyncClient, lms: Lms, institution: Institution
) -> None:
    _describe(lms, _configuration(lms))

    page = await _register(client, lms)

    assert f"frame-ancestors {lms.issuer};" in page.headers["content-security-policy"]
    assert page.headers["cross-origin-opener-policy"] == "unsafe-none"


_BAD: dict[str, tuple[dict[str, Any] | str, Refusal]] = {
    "another host's issuer": (
        {"issuer": "https://university.example"},
        Refusal.REGISTRATION_MALFORMED,
    ),
    "a private token endpoint": (
        {"token_endpoint": "http://10.0.0.1/token"},
        Refusal.REGISTRATION_BLOCKED,
    ),
    "keys over plain http": (
        {"jwks_uri": "http://lms.example/jwks"},
        Refusal.REGISTRATION_BLOCKED,
    ),
    "a registration endpoint on another port": (
        {"registration_endpoint": "http://127.0.0.1:1/registration"},
        Refusal.REGISTRATION_BLOCKED,
    ),
    "a registration endpoint inside, by name": (
        {"registration_endpoint": "https://localhost/registration"},
        Refusal.REGISTRATION_BLOCKED,
    ),
    "no token endpoint": ({"token_endpoint": ""}, Refusal.REGISTRATION_MALFORMED),
    "something else": ("text", Refusal.REGISTRATION_MALFORMED),
}


@pytest.mark.parametrize(("change", "refusal"), _BAD.values(), ids=_BAD.keys())
@pytest.mark.usefixtures("institution")
async def test_a_configuration_that_breaks_a_rule_is_refused(
    client: httpx.AsyncClient,
    lms: Lms,
    change: dict[str, Any] | str,
    refusal: Refusal,
) -> None:
    _describe(lms, _configuration(lms, **change) if isinstance(change, dict) else change)

    _refused(await _register(client, lms), refusal)
    assert lms.asked_for("/registration") == []


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("", Refusal.REGISTRATION_BLOCKED),
        ("file:///etc/passwd", Refusal.REGISTRATION_BLOCKED),
        ("http://169.254.169.254/latest/meta-data", Refusal.REGISTRATION_BLOCKED),
        ("https://127.0.0.1/", Refusal.REGISTRATION_BLOCKED),
        ("https://[::1]/", Refusal.REGISTRATION_BLOCKED),
    ],
)
@pytest.mark.usefixtures("institution")
async def test_an_address_inside_is_never_asked(
    client: httpx.AsyncClient, lms: Lms, address: str, refusal: Refusal
) -> None:
    _refused(await _register(client, lms, openid_configuration=address), refusal)


async def test_an_lms_that_refuses_or_babbles_leaves_nothing_behind(
    client: httpx.AsyncClient, lms: Lms, institution: Institution, world: World
) -> None:
    _describe(lms, _configuration(lms))
    lms.routes["/registration"] = lambda _asked: (403, {}, {})
    _refused(await _register(client, lms), Refusal.REGISTRATION_UNREACHABLE)
    lms.routes["/registration"] = lambda _asked: (200, {}, b"<html>")
    _refused(await _register(client, lms), Refusal.REGISTRATION_UNREACHABLE)
    lms.routes["/registration"] = lambda _asked: (200, {}, {"client_name": "no id"})
    _refused(await _register(client, lms), Refusal.REGISTRATION_MALFORMED)

    administrator = await world.administrator(institution)
    listed = await client.get("/api/lti/registrations", headers=administrator.headers)
    assert listed.json()["registrations"] == []


async def test_an_lms_that_gives_the_same_client_id_again_is_told_so(
    client: httpx.AsyncClient, lms: Lms, institution: Institution
) -> None:
    _describe(lms, _configuration(lms))
    await _register(client, lms)

    _refused(await _register(client, lms), Refusal.REGISTRATION_EXISTS)


async def test_only_so_many_registrations_may_wait(
    client: httpx.AsyncClient,
    lms: Lms,
    institution: Institution,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _describe(lms, _configuration(lms))
    monkeypatch.setattr(registrations, "MAX_PENDING", 1)
    assert (await _register(client, lms)).status_code == 200

    _refused(await _register(client, lms), Refusal.REGISTRATION_FULL)


async def test_a_registration_that_nobody_approves_makes_room_after_seven_days(
    client: httpx.AsyncClient,
    lms: Lms,
    institution: Institution,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _describe(lms, _configuration(lms))
    monkeypatch.setattr(registrations, "MAX_PENDING", 1)
    await _register(client, lms)
    world.clock.advance(days=7, seconds=-1)
    _refused(await _register(client, lms), Refusal.REGISTRATION_FULL)
    world.clock.advance(seconds=1)

    assert (await _register(client, lms)).status_code == 200

    administrator = await world.administrator(institution)
    listed = await client.get("/api/lti/registrations", headers=administrator.headers)
    [waiting] = listed.json()["registrations"]
    assert waiting["created"] == world.now


async def test_a_connection_that_was_approved_stays(
    client: httpx.AsyncClient, lms: Lms, registration: LtiRegistration, world: World
) -> None:
    _describe(lms, _configuration(lms))
    world.clock.advance(days=400)
    await _register(client, lms)

    async with world.ports.database.transaction(writes=False) as session:
        assert await session.get(LtiRegistration, registration.id) is not None


async def test_strangers_who_register_at_once_do_not_get_past_the_limit(
    client: httpx.AsyncClient,
    lms: Lms,
    institution: Institution,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _describe(lms, _configuration(lms))
    ids = itertools.count()
    lms.routes["/registration"] = lambda _asked: (200, {}, {"client_id": f"c-{next(ids)}"})
    monkeypatch.setattr(registrations, "MAX_PENDING", 2)

    answers = await asyncio.gather(*(_register(client, lms) for _ in range(6)))

    assert sorted(each.status_code for each in answers) == [200] * 2 + [429] * 4
    administrator = await world.administrator(institution)
    listed = await client.get("/api/lti/registrations", headers=administrator.headers)
    assert len(listed.json()["registrations"]) == 2


async def test_with_several_institutions_the_address_names_one(
    client: httpx.AsyncClient, lms: Lms, institution: Institution, world: World
) -> None:
    _describe(lms, _configuration(lms))
    await world.institution("second")

    _refused(await _register(client, lms), Refusal.INSTITUTION_UNCLEAR)
    _refused(await _register(client, lms, institution="nobody"), Refusal.INSTITUTION_UNCLEAR)
    assert (await _register(client, lms, institution="second")).status_code == 200
