"""Frames, cookies, and what takes their place: whose browser is it?"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from invigil.lti.refusals import Refusal
from server.tests.lti.checks import is_refused, teacher_opens
from server.tests.lti.lms import Browser, Lms, form_token, launch_token


async def _launch_without_cookie(
    browser: Browser, now_s: int, **login: str
) -> tuple[httpx.Response, str]:
    await teacher_opens(browser, now_s)
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

    is_refused(skipped, Refusal.FORM_USED)
    assert first.status_code == 200
    is_refused(second, Refusal.FORM_USED)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_form_that_another_page_sends_is_refused(
    browser: Browser, now_s: int, origin: str | None
) -> None:
    framed, _ = await _launch_without_cookie(browser, now_s)
    form = {"form": form_token(framed, "/lti/continue")}
    headers = {} if origin is None else {"origin": origin}

    answer = await browser.client.post("/lti/continue", data=form, headers=headers)

    is_refused(answer, Refusal.FORM_FROM_ELSEWHERE)


async def test_platform_storage_shows_that_it_is_the_same_browser(
    browser: Browser, now_s: int
) -> None:
    browser.client.cookies.clear()
    await teacher_opens(browser, now_s)
    browser.client.cookies.clear()
    framed, secret = await _launch_without_cookie_storing(browser, now_s)

    assert f'data-origin="{browser.lms.issuer}"' in framed.text
    assert "chrome-extension:" not in framed.text

    page = await browser.send_form(framed, "/lti/bind", secret=secret)

    assert launch_token(page).startswith("ilt1.")


async def test_platform_storage_with_another_secret_is_refused(
    browser: Browser, now_s: int
) -> None:
    await teacher_opens(browser, now_s)
    browser.client.cookies.clear()
    framed, _ = await _launch_without_cookie_storing(browser, now_s)

    answer = await browser.send_form(framed, "/lti/bind", secret="x" * 43)

    is_refused(answer, Refusal.OTHER_BROWSER)


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

    page = await teacher_opens(browser, now_s)

    assert 'target="_blank"' in page.text.split("data-extension")[1].split("</a>")[0]


async def test_pages_may_be_framed_by_the_platform_alone(
    browser: Browser, now_s: int, lms: Lms
) -> None:
    page = await teacher_opens(browser, now_s)
    refused = await browser.login(login_hint=None)
    stranger = await browser.client.post(
        "/lti/login", data={}, headers={"origin": "https://evil.example"}
    )

    assert f"frame-ancestors {lms.issuer};" in page.headers["content-security-policy"]
    assert f"frame-ancestors {lms.issuer};" in refused.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in stranger.headers["content-security-policy"]


async def test_the_way_back_is_the_platforms_own_or_none(browser: Browser, now_s: int) -> None:
    own = await teacher_opens(browser, now_s)
    evil = await teacher_opens(
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
    page = await teacher_opens(browser, now_s)

    written = caplog.text + "".join(capsys.readouterr())

    assert "lti_refused" in written
    for secret in (state, nonce, token, token.split(".")[2], launch_token(page), "Petrova"):
        assert secret not in written
