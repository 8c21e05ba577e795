"""Connecting an LMS: by itself, by an administrator, and what an attacker may not do with it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

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


def _trust(app: FastAPI, hosts: set[str]) -> None:
    """From now on the operator trusts these hosts."""
    desk = app.state.rooms["lti"]
    ports = replace(desk.ports, trusted_hosts=frozenset(hosts))
    app.state.rooms = {**app.state.rooms, "lti": replace(desk, ports=ports)}


@pytest.mark.parametrize(
    ("trusted", "origins"),
    [
        (set(), {"https://sso.example"}),
        ({"lms.example"}, {"https://sso.example", "http://lms.example"}),
        ({"LMS.example:80"}, {"https://sso.example", "http://lms.example"}),
        ({"lms.example:8080", "sso.example"}, {"https://sso.example"}),
    ],
)
async def test_plain_http_is_an_origin_of_an_lms_only_where_the_operator_trusts_it(
    client: httpx.AsyncClient,
    institution: Institution,
    world: World,
    app: FastAPI,
    *,
    trusted: set[str],
    origins: set[str],
) -> None:
    _trust(app, trusted)
    administrator = await world.administrator(institution)
    endpoints = {"token_endpoint": "https://sso.example/t", "jwks_uri": "https://sso.example/k"}
    body = BY_HAND | endpoints | {"issuer": "http://lms.example", "extra_origins": []}

    made = await client.post("/api/lti/registrations", json=body, headers=administrator.headers)

    assert made.status_code == 201, made.text
    async with app.state.ports.database.transaction(writes=False) as session:
        found = await session.get_one(LtiRegistration, made.json()["id"])
    assert registrations.origins_of(found, trusted) == origins
    assert set(made.json()["origins"]) == origins


async def test_an_lms_that_is_not_trusted_any_more_gets_nobody_sent_back_over_plain_http(
    browser: Browser, now_s: int, app: FastAPI
) -> None:
    before = await browser.launch(now_s, roles=["Instructor"], sub="6", deep=True)
    _trust(app, set())

    after = await browser.launch(now_s, roles=["Instructor"], sub="6", deep=True)

    assert before.status_code == 200
    _refused(after, Refusal.RETURN_ELSEWHERE)


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


async def test_with_several_institutions_the_address_names_one(
    client: httpx.AsyncClient, lms: Lms, institution: Institution, world: World
) -> None:
    _describe(lms, _configuration(lms))
    await world.institution("second")

    _refused(await _register(client, lms), Refusal.INSTITUTION_UNCLEAR)
    _refused(await _register(client, lms, institution="nobody"), Refusal.INSTITUTION_UNCLEAR)
    assert (await _register(client, lms, institution="second")).status_code == 200


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────

BY_HAND = {
    "issuer": "https://lms.example",
    "client_id": "c-1",
    "authorization_endpoint": "https://sso.example/auth",
    "token_endpoint": "https://lms.example/token",
    "jwks_uri": "https://lms.example/jwks",
    "name": "Canvas",
    "extra_origins": ["https://university.lms.example"],
    "deployments": ["1", "2"],
}


async def test_an_administrator_connects_an_lms_and_removes_it(
    client: httpx.AsyncClient, institution: Institution, world: World
) -> None:
    administrator = await world.administrator(institution)

    made = await client.post("/api/lti/registrations", json=BY_HAND, headers=administrator.headers)
    twice = await client.post("/api/lti/registrations", json=BY_HAND, headers=administrator.headers)

    assert made.status_code == 201
    assert made.json()["origins"] == [
        "https://lms.example",
        "https://sso.example",
        "https://university.lms.example",
    ]
    assert {each["state"] for each in made.json()["deployments"]} == {"approved"}
    assert twice.json()["code"] == "lms-known"

    address = f"/api/lti/registrations/{made.json()['id']}"
    stranger = await world.administrator(await world.institution("other"))
    assert (await client.delete(address, headers=stranger.headers)).status_code == 404
    assert (await client.delete(address, headers=administrator.headers)).status_code == 204
    listed = await client.get("/api/lti/registrations", headers=administrator.headers)
    assert listed.json()["registrations"] == []
    assert listed.json()["tool"]["login_url"] == "https://invigil.example.org/lti/login"


@pytest.mark.parametrize(
    "change",
    [
        {"jwks_uri": "http://lms.example/jwks"},
        {"token_endpoint": "ftp://lms.example/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"extra_origins": ["https://lms.example/path"]},
        {"extra_origins": ["*"]},
        {"deployments": [""]},
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_with_its_name(
    client: httpx.AsyncClient, institution: Institution, world: World, change: dict[str, Any]
) -> None:
    administrator = await world.administrator(institution)

    answer = await client.post(
        "/api/lti/registrations", json={**BY_HAND, **change}, headers=administrator.headers
    )

    assert answer.status_code == 422


async def test_connections_are_for_administrators(
    client: httpx.AsyncClient, institution: Institution, world: World
) -> None:
    author = await world.author(await world.course(institution))

    listed = await client.get("/api/lti/registrations", headers=author.headers)
    made = await client.post("/api/lti/registrations", json=BY_HAND, headers=author.headers)

    assert (listed.status_code, made.status_code) == (403, 403)
    assert (await client.get("/api/lti/registrations")).status_code == 401


async def test_of_the_same_launch_sent_at_once_one_succeeds(browser: Browser, now_s: int) -> None:
    await browser.launch(now_s, roles=["Instructor"])
    state, nonce = await browser.state_and_nonce()
    token = browser.lms.id_token(nonce, now_s)

    answers = await asyncio.gather(
        *(browser.post("/lti/launch", state=state, id_token=token) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7


async def test_removing_and_adding_again_finds_the_same_courses(
    browser: Browser, now_s: int, institution: Institution, world: World
) -> None:
    lms = browser.lms
    first = await browser.launch(now_s, roles=["Instructor"])
    administrator = await world.administrator(institution)
    listed = await browser.client.get("/api/lti/registrations", headers=administrator.headers)
    [old] = listed.json()["registrations"]
    address = f"/api/lti/registrations/{old['id']}"
    await browser.client.delete(address, headers=administrator.headers)
    again = {
        "issuer": lms.issuer,
        "client_id": lms.client_id,
        "authorization_endpoint": f"{lms.issuer}/auth",
        "token_endpoint": f"{lms.issuer}/token",
        "jwks_uri": f"{lms.issuer}/jwks",
        "deployments": ["1"],
    }
    await browser.client.post("/api/lti/registrations", json=again, headers=administrator.headers)

    student = await browser.launch(now_s)

    assert first.status_code == student.status_code == 200
    courses = await browser.client.get("/api/courses", headers=administrator.headers)
    assert len(courses.json()["courses"]) == 1
