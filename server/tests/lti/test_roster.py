"""Who takes part in the course, as the LMS says: pages, names, refusals."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy.pool import AsyncAdaptedQueuePool

from invigil.accounts.models import Institution
from invigil.kit.rooms import Ports
from invigil.lti import roster
from invigil.lti.claims import ROSTER, ROSTER_SCOPE
from invigil.lti.roster import next_page
from server.tests.factories.world import World
from server.tests.fakes import FakeClock
from server.tests.lti import forge
from server.tests.lti.lms import Asked, Browser, Lms, launch_token

MEMBERS = [
    {"user_id": "person-3", "roles": ["Learner"], "name": "Ana Petrova", "status": "Active"},
    {"user_id": "5", "roles": ["Learner"], "given_name": "Ben", "family_name": "Ode"},
    {"user_id": "6", "roles": ["Instructor"], "name": "Tea Cher", "status": "Active"},
    {"user_id": "7", "roles": ["Learner"], "name": "Gone", "status": "Inactive"},
    {"user_id": "8", "roles": ["Learner"]},
    {"user_id": "9", "roles": ["Mentor"], "name": "Parent"},
]

pytestmark = pytest.mark.usefixtures("tool_keys")


def _offer_roster(lms: Lms, **token: Any) -> None:
    granted = {"access_token": "at-1", "expires_in": 3600, "scope": ROSTER_SCOPE, **token}
    lms.routes["/token"] = lambda _asked: (200, {}, granted)

    def members(asked: Asked) -> tuple[int, dict[str, str], Any]:
        start = int(asked.query.get("from", ["0"])[0])
        page = MEMBERS[start : start + 2]
        following = f"{lms.issuer}/members?type=1&amp;from={start + 2}"
        link = {"link": f"<{following}>; rel=“next”"} if start + 2 < len(MEMBERS) else {}
        return 200, link, {"id": "x", "members": page}

    lms.routes["/members"] = members


async def _open(browser: Browser, now_s: int, url: str | None = None) -> tuple[str, dict[str, str]]:
    """A teacher opens the exam; return the roster's address and the teacher's header."""
    state, nonce = await browser.state_and_nonce()
    members = browser.lms.claims(nonce, now_s, roles=["Instructor"], sub="6")
    address = url or browser.lms.issuer + "/members?type=1"
    members[ROSTER] = {"context_memberships_url": address, "service_versions": ["2.0"]}
    page = await browser.post("/lti/launch", state=state, id_token=forge.sign(members))
    body = {"token": launch_token(page), "client_version": "1.0.0"}
    staff = (await browser.client.post("/api/launches/redeem", json=body)).json()
    headers = {"authorization": f"Bearer {staff['staff_token']}"}
    return f"/api/exams/{staff['exam_id']}/roster", headers


async def test_the_roster_lists_the_learners_page_by_page(
    browser: Browser, now_s: int, lms: Lms
) -> None:
    _offer_roster(lms)
    address, headers = await _open(browser, now_s)
    await browser.launch(now_s)

    answer = await browser.client.get(address, headers=headers)

    members = answer.json()["members"]
    assert [each["name"] for each in members] == ["Ana Petrova", "Ben Ode", None]
    assert [each["person"] is None for each in members] == [False, True, True]
    asked = lms.asked_for("/members")
    assert [each.query.get("from", ["0"])[0] for each in asked] == ["0", "2", "4"]
    assert asked[0].query == {"type": ["1"], "limit": ["200"]}
    assert {each.headers["authorization"] for each in asked} == {"Bearer at-1"}


async def test_the_token_is_asked_for_once_with_a_fresh_signed_assertion(
    browser: Browser, now_s: int, lms: Lms, client: httpx.AsyncClient
) -> None:
    _offer_roster(lms)
    address, headers = await _open(browser, now_s)
    await client.get(address, headers=headers)
    await client.get(address, headers=headers)

    [asked] = lms.asked_for("/token")
    keys = KeySet.import_key_set((await client.get("/lti/jwks.json")).json())
    claims = jwt.decode(asked.form["client_assertion"], keys, algorithms=["RS256"]).claims
    assert asked.form["grant_type"] == "client_credentials"
    assert asked.form["scope"] == ROSTER_SCOPE
    assert claims["iss"] == claims["sub"] == lms.client_id
    assert claims["aud"] == f"{lms.issuer}/token"
    assert claims["exp"] - claims["iat"] <= 300
    assert claims["jti"]


async def test_a_token_is_asked_for_again_before_it_ends(
    browser: Browser, now_s: int, lms: Lms, clock: FakeClock
) -> None:
    _offer_roster(lms, expires_in=600)
    address, headers = await _open(browser, now_s)
    await browser.client.get(address, headers=headers)
    clock.advance(seconds=540)
    await browser.client.get(address, headers=headers)

    assert len(lms.asked_for("/token")) == 2


async def test_a_token_without_the_scope_says_who_can_help(
    browser: Browser, now_s: int, lms: Lms
) -> None:
    _offer_roster(lms, scope="")
    address, headers = await _open(browser, now_s)

    answer = await browser.client.get(address, headers=headers)

    assert answer.json()["code"] == "lms-refused"
    assert lms.asked_for("/members") == []


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/token", (400, {"error": "invalid_client"})),
        ("/token", (200, {"token": "x"})),
        ("/members", (500, {})),
        ("/members", (200, b"<html>")),
        ("/members", (200, {"people": []})),
    ],
)
async def test_an_lms_that_does_not_answer_as_it_should_is_said_to(
    browser: Browser, now_s: int, path: str, answer: tuple[int, Any]
) -> None:
    _offer_roster(browser.lms)
    browser.lms.routes[path] = lambda _asked: (answer[0], {}, answer[1])
    address, headers = await _open(browser, now_s)

    told = await browser.client.get(address, headers=headers)

    assert (told.status_code, told.json()["code"]) == (502, "lms-silent")


async def test_no_transaction_is_held_while_the_lms_is_asked(
    browser: Browser, now_s: int, lms: Lms, ports: Ports
) -> None:
    _offer_roster(lms)
    answering = lms.routes["/members"]
    pool = ports.database.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    held: list[int] = []

    def members(asked: Asked) -> tuple[int, dict[str, str], Any]:
        held.append(pool.checkedout())
        return answering(asked)

    lms.routes["/members"] = members
    address, headers = await _open(browser, now_s)

    assert (await browser.client.get(address, headers=headers)).status_code == 200

    assert held == [0, 0, 0]


async def test_a_roster_that_does_not_end_is_given_up(
    browser: Browser, now_s: int, lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "TOTAL_S", 0.5)
    _offer_roster(lms)

    def members(asked: Asked) -> tuple[int, dict[str, str], Any]:
        time.sleep(0.1)  # in a thread of its own: each page comes in time
        following = f"{lms.issuer}/members?from={len(lms.asked)}"
        return 200, {"link": f"<{following}>; rel=next"}, {"id": "x", "members": MEMBERS}

    lms.routes["/members"] = members
    address, headers = await _open(browser, now_s)

    answer = await browser.client.get(address, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (502, "lms-silent")
    assert 1 < len(lms.asked_for("/members")) < roster.MAX_PAGES


async def test_the_roster_is_for_who_works_on_the_exam(
    browser: Browser, now_s: int, lms: Lms, world: World, institution: Institution
) -> None:
    _offer_roster(lms)
    address, _ = await _open(browser, now_s)
    administrator = await world.administrator(institution)
    stranger = await world.administrator(await world.institution("other"))

    answers = [
        await browser.client.get(address, headers=each)
        for each in ({}, {"authorization": "Bearer x"}, administrator.headers, stranger.headers)
    ]

    assert [each.status_code for each in answers] == [401, 401, 403, 404]
    assert lms.asked_for("/members") == []


async def test_a_refused_token_is_not_kept(browser: Browser, now_s: int, lms: Lms) -> None:
    _offer_roster(lms)
    works = lms.routes["/members"]
    lms.routes["/members"] = lambda _asked: (401, {}, {})
    address, headers = await _open(browser, now_s)
    await browser.client.get(address, headers=headers)
    lms.routes["/members"] = works

    answer = await browser.client.get(address, headers=headers)

    assert answer.status_code == 200
    assert len(lms.asked_for("/token")) == 2


@pytest.mark.parametrize("url", ["https://evil.example/members", "http://127.0.0.1:1/members"])
async def test_a_roster_on_another_origin_is_not_noted(
    browser: Browser, now_s: int, url: str
) -> None:
    address, headers = await _open(browser, now_s, url)

    answer = await browser.client.get(address, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "roster-missing")


async def test_a_strangers_roster_is_not_found(browser: Browser, now_s: int) -> None:
    address, _ = await _open(browser, now_s)

    assert (await browser.client.get(address)).status_code == 401


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('<https://a/m?p=2>; rel="next"', "https://a/m?p=2"),
        ("<https://a/m?p=2>; rel=next", "https://a/m?p=2"),
        ("<https://a/m?a=1&amp;p=2>; rel=“next”", "https://a/m?a=1&p=2"),
        ('<https://a/d>; rel="differences", </m?p=2>; rel="next"', "https://a/m?p=2"),
        ('<https://a/m?q=1,2>; title="x"; rel="next"', "https://a/m?q=1,2"),
        ('<https://a/d>; rel="differences"', None),
        ('<https://a/d>; rel="nextish"', None),
        ("", None),
        ("garbage", None),
    ],
)
def test_a_link_header_is_read_leniently(header: str, address: str | None) -> None:
    assert next_page(header, "https://a/m") == address
