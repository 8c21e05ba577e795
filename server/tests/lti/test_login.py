"""Login initiation: what is written down, what is refused, what the browser keeps."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import inspect

from invigil.kit.rooms import Ports
from invigil.lti.models import LtiRegistration
from invigil.lti.refusals import Refusal
from server.tests.factories.world import World
from server.tests.lti.checks import is_refused
from server.tests.lti.lms import Browser, Lms


async def test_a_login_sends_the_browser_to_the_platform_with_all_it_needs(
    browser: Browser, lms: Lms
) -> None:
    answer = await browser.login()

    location = urlsplit(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(location.query).items()}
    state, nonce = query.pop("state"), query.pop("nonce")
    assert (location.netloc, location.path) == (f"127.0.0.1:{lms.port}", "/auth")
    assert query == {
        "x": "1",
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": lms.client_id,
        "redirect_uri": "https://invigil.example.org/lti/launch",
        "login_hint": "3",
        "lti_message_hint": '{"cmid":14,"launchid":"x"}',
    }
    assert len(state) == len(nonce) == 43
    assert state != nonce


async def test_a_login_may_come_by_get(client: httpx.AsyncClient, browser: Browser) -> None:
    fields = {
        "iss": browser.lms.issuer,
        "login_hint": "3",
        "target_link_uri": "https://invigil.example.org/lti/launch",
    }

    answer = await client.get("/lti/login", params=fields)

    assert answer.status_code == 302


async def test_the_cookie_works_in_a_frame_and_is_bound_to_this_host(browser: Browser) -> None:
    cookie = (await browser.login()).headers["set-cookie"]

    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-invigil-lti=")
    assert set(attributes) == {
        "Max-Age=600",
        "Path=/",
        "HttpOnly",
        "Secure",
        "SameSite=None",
        "Partitioned",
    }


@pytest.mark.parametrize("missing", ["iss", "login_hint", "target_link_uri"])
async def test_a_login_without_a_required_parameter_is_refused(
    browser: Browser, missing: str
) -> None:
    is_refused(await browser.login(**{missing: None}), Refusal.LOGIN_INCOMPLETE)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"iss": "https://other.example"}, Refusal.UNKNOWN_PLATFORM),
        ({"client_id": "another"}, Refusal.UNKNOWN_PLATFORM),
        ({"target_link_uri": "https://evil.example/lti/launch"}, Refusal.TARGET_ELSEWHERE),
        ({"target_link_uri": "javascript:alert(1)"}, Refusal.TARGET_ELSEWHERE),
        (
            {"target_link_uri": "https://invigil.example.org@evil.example/"},
            Refusal.TARGET_ELSEWHERE,
        ),
        ({"lti_storage_target": "a b"}, Refusal.LOGIN_INCOMPLETE),
        ({"login_hint": "x" * 5000}, Refusal.LOGIN_INCOMPLETE),
    ],
)
async def test_a_login_that_does_not_fit_is_refused(
    browser: Browser, fields: dict[str, str], refusal: Refusal
) -> None:
    is_refused(await browser.login(**fields), refusal)


async def test_a_form_that_says_a_thing_twice_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/lti/login?iss=https://a.example&iss=https://b.example")

    is_refused(answer, Refusal.LOGIN_INCOMPLETE)


async def test_an_issuer_with_two_registrations_needs_the_client_id(
    browser: Browser, ports: Ports, registration: LtiRegistration, world: World
) -> None:
    async with ports.database.transaction() as session:
        copy = {
            each.name: getattr(registration, each.name) for each in inspect(LtiRegistration).columns
        }
        session.add(LtiRegistration(**copy | {"id": "0" * 26, "client_id": "second"}))

    is_refused(await browser.login(client_id=None), Refusal.UNKNOWN_PLATFORM)
    assert (await browser.login()).status_code == 302
