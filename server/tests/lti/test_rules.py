"""Every rule of a launch, broken alone on its way through the server, ends in its own page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from invigil.kit.rooms import Ports
from invigil.lti import registrations
from invigil.lti.models import LtiRegistration
from invigil.lti.refusals import Refusal
from server.tests.fakes import FakeClock
from server.tests.lti import forge
from server.tests.lti.checks import is_refused, teacher_opens
from server.tests.lti.lms import Browser

Break = Callable[[Browser, int], Awaitable[httpx.Response]]


async def _state_made_up(browser: Browser, now_s: int) -> httpx.Response:
    _, nonce = await browser.state_and_nonce()
    return await browser.post(
        "/lti/launch", state="x" * 43, id_token=browser.lms.id_token(nonce, now_s)
    )


async def _no_state(browser: Browser, now_s: int) -> httpx.Response:
    _, nonce = await browser.state_and_nonce()
    return await browser.post("/lti/launch", id_token=browser.lms.id_token(nonce, now_s))


async def _nonce_of_another_login(browser: Browser, now_s: int) -> httpx.Response:
    state, _ = await browser.state_and_nonce()
    _, other = await browser.state_and_nonce()
    return await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(other, now_s)
    )


async def _same_launch_twice(browser: Browser, now_s: int) -> httpx.Response:
    state, nonce = await browser.state_and_nonce()
    token = browser.lms.id_token(nonce, now_s)
    await browser.post("/lti/launch", state=state, id_token=token)
    return await browser.post("/lti/launch", state=state, id_token=token)


async def _second_try_with_the_state(browser: Browser, now_s: int) -> httpx.Response:
    state, nonce = await browser.state_and_nonce()
    await browser.post("/lti/launch", state=state, id_token="a.b.c")
    return await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(nonce, now_s)
    )


async def _platform_says_no(browser: Browser, now_s: int) -> httpx.Response:
    state, _ = await browser.state_and_nonce()
    return await browser.post("/lti/launch", state=state, error="login_required")


async def _token_too_long(browser: Browser, now_s: int) -> httpx.Response:
    state, _ = await browser.state_and_nonce()
    return await browser.post("/lti/launch", state=state, id_token="a" * 40_000)


async def _form_too_long(browser: Browser, now_s: int) -> httpx.Response:
    state, _ = await browser.state_and_nonce()
    return await browser.post("/lti/launch", state=state, id_token="a" * 200_000)


async def _key_that_is_not_published(browser: Browser, now_s: int) -> httpx.Response:
    state, nonce = await browser.state_and_nonce()
    members = browser.lms.claims(nonce, now_s)
    token = forge.sign(members, key=forge.platform_key("elsewhere"))
    return await browser.post("/lti/launch", state=state, id_token=token)


async def _keys_out_of_reach(browser: Browser, now_s: int) -> httpx.Response:
    browser.lms.routes["/jwks"] = lambda _asked: (500, {}, {})
    return await browser.launch(now_s)


async def _cookie_of_another_browser(browser: Browser, now_s: int) -> httpx.Response:
    state, nonce = await browser.state_and_nonce()
    browser.client.cookies.clear()
    await browser.login()
    return await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(nonce, now_s)
    )


async def _no_cookie_on_top(browser: Browser, now_s: int) -> httpx.Response:
    state, nonce = await browser.state_and_nonce()
    browser.client.cookies.clear()
    return await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(nonce, now_s)
    )


def _claim(**changes: Any) -> Break:
    async def launch(browser: Browser, now_s: int) -> httpx.Response:
        return await browser.launch(now_s, **changes)

    return launch


_RULES: dict[str, tuple[Break, Refusal]] = {
    "state: ours": (_state_made_up, Refusal.STATE_UNKNOWN),
    "state: there": (_no_state, Refusal.STATE_UNKNOWN),
    "state: one use": (_same_launch_twice, Refusal.STATE_USED),
    "state: one try": (_second_try_with_the_state, Refusal.STATE_USED),
    "state: bound to the browser": (_cookie_of_another_browser, Refusal.OTHER_BROWSER),
    "state: bound to the browser, cookie gone": (_no_cookie_on_top, Refusal.COOKIES_BLOCKED),
    "nonce: bound to the state": (_nonce_of_another_login, Refusal.NONCE_WRONG),
    "error from the platform": (_platform_says_no, Refusal.PLATFORM_REFUSED),
    "size: token": (_token_too_long, Refusal.TOKEN_TOO_LARGE),
    "size: form": (_form_too_long, Refusal.TOKEN_TOO_LARGE),
    "kid: published": (_key_that_is_not_published, Refusal.KEY_UNKNOWN),
    "keys: reachable": (_keys_out_of_reach, Refusal.KEYS_UNREACHABLE),
    "iss": (_claim(iss="https://evil.example"), Refusal.ISSUER_WRONG),
    "aud": (_claim(aud="another"), Refusal.AUDIENCE_WRONG),
    "azp": (_claim(azp="another"), Refusal.AUDIENCE_WRONG),
    "exp": (_claim(exp=1), Refusal.TOKEN_EXPIRED),
    "iat": (_claim(iat=4_000_000_000, exp=4_000_000_060), Refusal.TOKEN_FROM_THE_FUTURE),
    "deployment: known": (_claim(deployment_id="2"), Refusal.DEPLOYMENT_PENDING),
    "target: as at login": (
        _claim(target_link_uri="https://invigil.example.org/lti/other"),
        Refusal.TARGET_CHANGED,
    ),
    "message type": (_claim(message_type="LtiEndAssessment"), Refusal.MESSAGE_UNSUPPORTED),
    "course": (_claim(context=forge.GONE), Refusal.COURSE_MISSING),
}


@pytest.mark.parametrize(("broken", "refusal"), _RULES.values(), ids=_RULES.keys())
async def test_a_broken_rule_ends_in_its_own_page(
    browser: Browser, now_s: int, broken: Break, refusal: Refusal
) -> None:
    is_refused(await broken(browser, now_s), refusal)


async def test_a_launch_that_took_too_long_is_refused(browser: Browser, clock: FakeClock) -> None:
    state, nonce = await browser.state_and_nonce()
    clock.advance(minutes=10)
    token = browser.lms.id_token(nonce, clock.now_ms() // 1000)

    answer = await browser.post("/lti/launch", state=state, id_token=token)

    is_refused(answer, Refusal.STATE_EXPIRED)


async def test_a_new_deployment_waits_until_the_administrator_approves(
    browser: Browser, now_s: int, ports: Ports, registration: LtiRegistration
) -> None:
    is_refused(await teacher_opens(browser, now_s, deployment_id="2"), Refusal.DEPLOYMENT_PENDING)
    async with ports.database.transaction() as session:
        await registrations.approve(session, registration, ports.clock.now_ms())

    assert (await teacher_opens(browser, now_s, deployment_id="2")).status_code == 200


async def test_a_removed_platform_cannot_finish_a_launch(
    browser: Browser, now_s: int, ports: Ports, registration: LtiRegistration
) -> None:
    state, nonce = await browser.state_and_nonce()
    async with ports.database.transaction() as session:
        await registrations.remove(session, await session.merge(registration))

    answer = await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(nonce, now_s)
    )

    is_refused(answer, Refusal.STATE_UNKNOWN)


async def test_reloading_the_launch_page_says_what_to_do(client: httpx.AsyncClient) -> None:
    is_refused(await client.get("/lti/launch"), Refusal.STATE_UNKNOWN)
