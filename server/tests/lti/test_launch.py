"""A launch from the login to the link into the extension, and every rule on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from invigil.accounts.models import Institution
from invigil.kit.rooms import Ports
from invigil.lti import registrations
from invigil.lti.models import LtiRegistration
from invigil.lti.refusals import Refusal
from server.tests.conftest import EXTENSION_ID
from server.tests.factories.world import World
from server.tests.fakes import FakeClock
from server.tests.lti import forge
from server.tests.lti.lms import Browser, Lms, form_token, launch_token

INSTRUCTOR = [forge.MEMBERSHIP + "Instructor"]


async def _teacher_opens(browser: Browser, now_s: int, **changes: Any) -> httpx.Response:
    return await browser.launch(now_s, roles=INSTRUCTOR, sub="teacher-1", **changes)


def _refused(answer: httpx.Response, refusal: Refusal) -> None:
    assert (answer.status_code, refusal.words.code in answer.text) == (refusal.words.status, True)
    assert "chrome-extension:" not in answer.text


# ── Login ────────────────────────────────────────────────────────────────────────────────────────


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
    _refused(await browser.login(**{missing: None}), Refusal.LOGIN_INCOMPLETE)


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
    _refused(await browser.login(**fields), refusal)


async def test_a_form_that_says_a_thing_twice_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/lti/login?iss=https://a.example&iss=https://b.example")

    _refused(answer, Refusal.LOGIN_INCOMPLETE)


async def test_an_issuer_with_two_registrations_needs_the_client_id(
    browser: Browser, ports: Ports, registration: LtiRegistration, world: World
) -> None:
    async with ports.database.transaction() as session:
        copy = {
            name: getattr(registration, name)
            for name in registration.__table__.columns.keys()  # noqa: SIM118
        }
        session.add(LtiRegistration(**{**copy, "id": "0" * 26, "client_id": "second"}))

    _refused(await browser.login(client_id=None), Refusal.UNKNOWN_PLATFORM)
    assert (await browser.login()).status_code == 302


# ── What a launch leads to ───────────────────────────────────────────────────────────────────────


async def test_a_teacher_opens_the_exam_and_comes_in_as_its_author(
    browser: Browser, now_s: int, client: httpx.AsyncClient
) -> None:
    page = await _teacher_opens(browser, now_s)

    assert page.status_code == 200
    assert f'href="chrome-extension://{EXTENSION_ID}/open.html#v=1&amp;for=staff' in page.text
    redeemed = await client.post(
        "/api/launches/redeem", json={"token": launch_token(page), "client_version": "1.0.0"}
    )
    signed_in = redeemed.json()
    assert signed_in["kind"] == "staff"
    assert {each["role"] for each in signed_in["roles"]} == {"author", "reviewer"}
    assert signed_in["exam_id"]


async def test_a_student_opens_the_same_link_and_comes_in_as_a_candidate(
    browser: Browser, now_s: int, client: httpx.AsyncClient
) -> None:
    await _teacher_opens(browser, now_s)

    page = await browser.launch(now_s)

    assert "Ana Petrova" in page.text
    assert "Demo University" in page.text
    redeemed = await client.post(
        "/api/launches/redeem", json={"token": launch_token(page), "client_version": "1.0.0"}
    )
    signed_in = redeemed.json()
    assert signed_in["kind"] == "candidate"
    assert signed_in["attempt"]["exam"]["title"] == "Midterm"
    assert signed_in["attempt"]["exam"]["course_title"] == "Statistics"
    assert signed_in["attempt"]["candidate"]["name"] == "Ana Petrova"


async def test_a_student_before_any_teacher_is_told_so(browser: Browser, now_s: int) -> None:
    _refused(await browser.launch(now_s), Refusal.EXAM_UNKNOWN)


async def test_an_exam_that_is_named_belongs_to_this_course(
    browser: Browser, now_s: int, world: World, institution: Institution
) -> None:
    other = await world.exam(await world.course(institution))
    stranger = await world.exam(await world.course(await world.institution("other")))

    elsewhere = await _teacher_opens(browser, now_s, custom={"invigil_exam": other.id})
    unknown = await _teacher_opens(browser, now_s, custom={"invigil_exam": stranger.id})

    _refused(elsewhere, Refusal.EXAM_ELSEWHERE)
    _refused(unknown, Refusal.EXAM_UNKNOWN)


@pytest.mark.parametrize(
    "roles", [[], ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]]
)
async def test_somebody_without_a_role_in_the_course_does_not_come_in(
    browser: Browser, now_s: int, roles: list[str]
) -> None:
    _refused(await browser.launch(now_s, roles=roles), Refusal.NOT_IN_COURSE)


async def test_a_teacher_whose_role_is_taken_away_loses_it_here_too(
    browser: Browser, now_s: int, client: httpx.AsyncClient
) -> None:
    await _teacher_opens(browser, now_s)
    assistant = [forge.MEMBERSHIP + "TeachingAssistant"]

    page = await browser.launch(now_s, roles=assistant, sub="teacher-1")

    redeemed = await client.post(
        "/api/launches/redeem", json={"token": launch_token(page), "client_version": "1.0.0"}
    )
    assert [each["role"] for each in redeemed.json()["roles"]] == ["reviewer"]


async def test_the_quiz_that_the_course_names_becomes_the_exams_quiz_once(
    browser: Browser, now_s: int, client: httpx.AsyncClient, lms: Lms
) -> None:
    quiz = f"{lms.issuer}/quiz/1"
    page = await _teacher_opens(browser, now_s, custom={"quiz_url": quiz})
    later = await _teacher_opens(browser, now_s, custom={"quiz_url": quiz + "2"})
    evil = await _teacher_opens(
        browser,
        now_s,
        custom={"quiz_url": "https://evil.example/"},
        resource_link={"id": "another"},
    )

    async def launch_url(page: httpx.Response) -> str:
        body = {"token": launch_token(page), "client_version": "1.0.0"}
        staff = (await client.post("/api/launches/redeem", json=body)).json()
        headers = {"authorization": f"Bearer {staff['staff_token']}"}
        exam = await client.get(f"/api/exams/{staff['exam_id']}", headers=headers)
        found: str = exam.json()["settings"]["quiz"]["launch_url"]
        return found

    assert await launch_url(page) == quiz
    assert await launch_url(later) == quiz
    assert await launch_url(evil) == ""


# ── The rules, one broken at a time ──────────────────────────────────────────────────────────────

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
    _refused(await broken(browser, now_s), refusal)


async def test_a_launch_that_took_too_long_is_refused(browser: Browser, clock: FakeClock) -> None:
    state, nonce = await browser.state_and_nonce()
    clock.advance(minutes=10)
    token = browser.lms.id_token(nonce, clock.now_ms() // 1000)

    answer = await browser.post("/lti/launch", state=state, id_token=token)

    _refused(answer, Refusal.STATE_EXPIRED)


async def test_a_new_deployment_waits_until_the_administrator_approves(
    browser: Browser, now_s: int, ports: Ports, registration: LtiRegistration
) -> None:
    _refused(await _teacher_opens(browser, now_s, deployment_id="2"), Refusal.DEPLOYMENT_PENDING)
    async with ports.database.transaction() as session:
        await registrations.approve(session, registration, ports.clock.now_ms())

    assert (await _teacher_opens(browser, now_s, deployment_id="2")).status_code == 200


async def test_a_removed_platform_cannot_finish_a_launch(
    browser: Browser, now_s: int, ports: Ports, registration: LtiRegistration
) -> None:
    state, nonce = await browser.state_and_nonce()
    async with ports.database.transaction() as session:
        await registrations.remove(session, await session.merge(registration))

    answer = await browser.post(
        "/lti/launch", state=state, id_token=browser.lms.id_token(nonce, now_s)
    )

    _refused(answer, Refusal.STATE_UNKNOWN)


async def test_reloading_the_launch_page_says_what_to_do(client: httpx.AsyncClient) -> None:
    _refused(await client.get("/lti/launch"), Refusal.STATE_UNKNOWN)


# ── Frames and cookies ───────────────────────────────────────────────────────────────────────────


async def _launch_without_cookie(
    browser: Browser, now_s: int, **login: str
) -> tuple[httpx.Response, str]:
    await _teacher_opens(browser, now_s)
    answer = await browser.login(**login)
    text = answer.headers.get("location") or answer.text.replace("&amp;", "&")
    query = parse_qs(urlsplit(text[text.index("http://127") :].split('"')[0]).query)
    secret = browser.client.cookies["__Host-invigil-lti"]
    browser.client.cookies.clear()
    browser.dest = "iframe"
    token = browser.lms.id_token(query["nonce"][0], now_s)
    return await browser.post("/lti/launch", state=query["state"][0], id_token=token), secret


async def test_a_frame_without_a_cookie_gets_no_link_but_a_window_and_a_question(
    browser: Browser, now_s: int
) -> None:
    framed, _ = await _launch_without_cookie(browser, now_s)

    assert "chrome-extension:" not in framed.text
    assert 'action="/lti/continue" target="_blank"' in framed.text

    browser.dest = "document"
    question = await browser.send_form(framed, "/lti/continue")

    assert "Is this you?" in question.text
    assert "Ana Petrova" in question.text
    assert "chrome-extension:" not in question.text
    assert "frame-ancestors 'none'" in question.headers["content-security-policy"]

    way_in = await browser.send_form(question, "/lti/confirm")

    assert launch_token(way_in).startswith("ilt1.")


async def test_our_forms_work_once_and_for_their_own_purpose(browser: Browser, now_s: int) -> None:
    framed, _ = await _launch_without_cookie(browser, now_s)
    token = form_token(framed, "/lti/continue")
    ours = {"origin": "https://invigil.example.org"}

    skipped = await browser.client.post("/lti/confirm", data={"form": token}, headers=ours)
    first = await browser.client.post("/lti/continue", data={"form": token}, headers=ours)
    second = await browser.client.post("/lti/continue", data={"form": token}, headers=ours)

    _refused(skipped, Refusal.FORM_USED)
    assert first.status_code == 200
    _refused(second, Refusal.FORM_USED)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_form_that_another_page_sends_is_refused(
    browser: Browser, now_s: int, origin: str | None
) -> None:
    framed, _ = await _launch_without_cookie(browser, now_s)
    form = {"form": form_token(framed, "/lti/continue")}
    headers = {} if origin is None else {"origin": origin}

    answer = await browser.client.post("/lti/continue", data=form, headers=headers)

    _refused(answer, Refusal.FORM_FROM_ELSEWHERE)


async def test_platform_storage_shows_that_it_is_the_same_browser(
    browser: Browser, now_s: int
) -> None:
    browser.client.cookies.clear()
    await _teacher_opens(browser, now_s)
    browser.client.cookies.clear()
    framed, secret = await _launch_without_cookie_storing(browser, now_s)

    assert f'data-origin="{browser.lms.issuer}"' in framed.text
    assert "chrome-extension:" not in framed.text

    page = await browser.send_form(framed, "/lti/bind", secret=secret)

    assert launch_token(page).startswith("ilt1.")


async def test_platform_storage_with_another_secret_is_refused(
    browser: Browser, now_s: int
) -> None:
    await _teacher_opens(browser, now_s)
    browser.client.cookies.clear()
    framed, _ = await _launch_without_cookie_storing(browser, now_s)

    answer = await browser.send_form(framed, "/lti/bind", secret="x" * 43)

    _refused(answer, Refusal.OTHER_BROWSER)


async def _launch_without_cookie_storing(
    browser: Browser, now_s: int
) -> tuple[httpx.Response, str]:
    browser.dest = "iframe"
    passing = await browser.login(lti_storage_target="_parent")
    assert passing.status_code == 200
    page = passing.text.replace("&amp;", "&")
    query = parse_qs(urlsplit(page[page.index("http://127") :].split('"')[0]).query)
    secret = page.split('data-secret="')[1].split('"')[0]
    browser.client.cookies.clear()
    token = browser.lms.id_token(query["nonce"][0], now_s)
    answer = await browser.post("/lti/launch", state=query["state"][0], id_token=token)
    return answer, secret


async def test_a_frame_with_its_cookie_gets_a_link_that_leaves_the_frame(
    browser: Browser, now_s: int
) -> None:
    browser.dest = "iframe"

    page = await _teacher_opens(browser, now_s)

    assert 'target="_blank"' in page.text.split("data-extension")[1].split("</a>")[0]


async def test_pages_may_be_framed_by_the_platform_alone(
    browser: Browser, now_s: int, lms: Lms
) -> None:
    page = await _teacher_opens(browser, now_s)
    refused = await browser.login(login_hint=None)
    stranger = await browser.client.post(
        "/lti/login", data={}, headers={"origin": "https://evil.example"}
    )

    assert f"frame-ancestors {lms.issuer};" in page.headers["content-security-policy"]
    assert f"frame-ancestors {lms.issuer};" in refused.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in stranger.headers["content-security-policy"]


async def test_the_way_back_is_the_platforms_own_or_none(browser: Browser, now_s: int) -> None:
    own = await _teacher_opens(browser, now_s)
    evil = await _teacher_opens(
        browser, now_s, launch_presentation={"return_url": "https://evil.example/"}
    )

    assert f'href="{browser.lms.issuer}/course/4"' in own.text
    assert "evil.example" not in evil.text


async def test_tokens_do_not_reach_the_log(
    browser: Browser,
    now_s: int,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    state, nonce = await browser.state_and_nonce()
    token = browser.lms.id_token(nonce, now_s, aud="another")
    await browser.post("/lti/launch", state=state, id_token=token)
    page = await _teacher_opens(browser, now_s)

    written = caplog.text + "".join(capsys.readouterr())

    assert "lti_refused" in written
    for secret in (state, nonce, token, token.split(".")[2], launch_token(page), "Petrova"):
        assert secret not in written
