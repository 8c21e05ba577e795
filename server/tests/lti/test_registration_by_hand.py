"""Connecting an LMS by hand, and over which addresses it may then be reached."""

from __future__ import annotations

import asyncio
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
from server.tests.lti.checks import is_refused
from server.tests.lti.lms import Browser

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
    is_refused(after, Refusal.RETURN_ELSEWHERE)
