"""A teacher picks an exam in the LMS, and the LMS gets a signed answer."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from invigil.accounts.models import Institution
from invigil.exams.models import Exam
from invigil.keys.models import Root
from invigil.kit.rooms import Ports
from invigil.lti.refusals import Refusal
from server.tests.factories.world import World
from server.tests.lti import forge
from server.tests.lti.lms import Browser, form_token, launch_token

pytestmark = pytest.mark.usefixtures("tool_keys")


async def _picker(browser: Browser, now_s: int, **changes: Any) -> httpx.Response:
    return await browser.launch(now_s, deep=True, **changes)


async def _answer(browser: Browser, page: httpx.Response) -> dict[str, Any]:
    """Check the answer's signature with our published keys, as an LMS does; return its claims."""
    token = re.search(r'name="JWT" value="([^"]+)"', page.text)
    assert token is not None, page.text
    keys = KeySet.import_key_set((await browser.client.get("/lti/jwks.json")).json())
    return jwt.decode(token[1], keys, algorithms=["RS256"]).claims


async def test_a_new_exam_is_made_and_the_answer_is_what_moodle_expects(
    browser: Browser, now_s: int
) -> None:
    picker = await _picker(browser, now_s)
    page = await browser.send_form(picker, "/lti/pick", exam="new", title="Final exam")

    claims = await _answer(browser, page)

    [item] = claims[forge.DEEP_LINKING + "content_items"]
    assert claims["iss"] == browser.lms.client_id
    assert claims["aud"] == [browser.lms.issuer]
    assert claims["exp"] - claims["iat"] <= 300
    assert claims[forge.CORE + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[forge.CORE + "version"] == "1.3.0"
    assert claims[forge.CORE + "deployment_id"] == "1"
    assert forge.DEEP_LINKING + "data" not in claims
    assert item["type"] == "ltiResourceLink"
    assert item["title"] == "Final exam"
    assert item["url"] == "https://invigil.example.org/lti/launch"
    assert set(item["custom"]) == {"invigil_exam"}
    assert f'action="{browser.lms.issuer}/return?course=4"' in page.text
    assert f"form-action 'self' {browser.lms.issuer};" in page.headers["content-security-policy"]


async def test_data_is_echoed_and_the_quiz_and_the_root_travel_along(
    browser: Browser, now_s: int, ports: Ports, institution: Institution
) -> None:
    note = "invigil/v1/root\ndemo\n\n— invigil/demo/root/1 AAAAAAAA\n"
    async with ports.database.transaction() as session:
        root = {"serial": 1, "note": note, "expires_ms": 1, "log_index": 0}
        session.add(Root(institution_id=institution.id, **root))
    settings = {
        "deep_link_return_url": browser.lms.issuer + "/return",
        "accept_types": ["ltiResourceLink"],
        "data": "opaque é",
    }
    quiz = browser.lms.issuer + "/quiz/1"
    picker = await _picker(
        browser, now_s, deep_linking_settings=settings, custom={"quiz_url": quiz}
    )

    page = await browser.send_form(picker, "/lti/pick", exam="new", title="Quiz 1")

    claims = await _answer(browser, page)
    [item] = claims[forge.DEEP_LINKING + "content_items"]
    fingerprint = hashlib.sha256(b"invigil/v1/root\ndemo\n").hexdigest()
    assert claims[forge.DEEP_LINKING + "data"] == "opaque é"
    assert item["custom"]["quiz_url"] == quiz
    assert item["custom"]["invigil_root"] == fingerprint
    async with ports.database.transaction(writes=False) as session:
        exam = await session.get_one(Exam, item["custom"]["invigil_exam"])
        assert exam.settings["quiz"]["launch_url"] == quiz


async def test_the_link_that_was_made_opens_its_exam(browser: Browser, now_s: int) -> None:
    picker = await _picker(browser, now_s)
    page = await browser.send_form(picker, "/lti/pick", exam="new", title="Final exam")
    [item] = (await _answer(browser, page))[forge.DEEP_LINKING + "content_items"]

    opened = await browser.launch(now_s, custom=item["custom"])

    assert "<h1>Final exam</h1>" in opened.text
    assert launch_token(opened)


async def test_the_root_that_the_course_names_goes_on_to_the_extension(
    browser: Browser, now_s: int
) -> None:
    picker = await _picker(browser, now_s)
    page = await browser.send_form(picker, "/lti/pick", exam="new", title="Final exam")
    [item] = (await _answer(browser, page))[forge.DEEP_LINKING + "content_items"]

    opened = await browser.launch(now_s, custom=item["custom"] | {"invigil_root": "ab&12"})

    assert "&amp;root=ab%2612" in opened.text


async def test_an_exam_of_the_course_can_be_chosen_again(browser: Browser, now_s: int) -> None:
    first = await _picker(browser, now_s)
    made = await browser.send_form(first, "/lti/pick", exam="new", title="Final exam")
    [item] = (await _answer(browser, made))[forge.DEEP_LINKING + "content_items"]

    second = await _picker(browser, now_s)
    exam_id = item["custom"]["invigil_exam"]
    assert f'value="{exam_id}" checked' in second.text
    page = await browser.send_form(second, "/lti/pick", exam=exam_id)

    [again] = (await _answer(browser, page))[forge.DEEP_LINKING + "content_items"]
    assert again["custom"]["invigil_exam"] == exam_id


async def test_a_new_exam_needs_a_title_and_the_form_comes_back(
    browser: Browser, now_s: int
) -> None:
    picker = await _picker(browser, now_s)

    again = await browser.send_form(picker, "/lti/pick", exam="new", title="  ")

    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert form_token(again, "/lti/pick") != form_token(picker, "/lti/pick")
    assert (await browser.send_form(again, "/lti/pick", exam="new", title="Now")).status_code == 200


async def test_an_exam_of_another_course_cannot_be_chosen(
    browser: Browser, now_s: int, world: World, institution: Institution
) -> None:
    other = await world.exam(await world.course(institution))
    picker = await _picker(browser, now_s)

    answer = await browser.send_form(picker, "/lti/pick", exam=other.id)

    assert Refusal.EXAM_ELSEWHERE.words.code in answer.text


@pytest.mark.parametrize("role", ["Learner", "TeachingAssistant"])
async def test_only_authors_pick(browser: Browser, now_s: int, role: str) -> None:
    answer = await _picker(browser, now_s, roles=[forge.MEMBERSHIP + role])

    assert (answer.status_code, Refusal.NOT_STAFF.words.code in answer.text) == (403, True)


async def test_the_picker_works_in_a_frame_without_a_cookie(browser: Browser, now_s: int) -> None:
    state, nonce = await browser.state_and_nonce()
    browser.client.cookies.clear()
    browser.dest = "iframe"
    token = browser.lms.id_token(nonce, now_s, deep=True)

    picker = await browser.post("/lti/launch", state=state, id_token=token)

    page = await browser.send_form(picker, "/lti/pick", exam="new", title="In a frame")
    assert page.status_code == 200
    assert f"frame-ancestors {browser.lms.issuer};" in page.headers["content-security-policy"]


async def test_a_picker_is_good_for_one_answer(browser: Browser, now_s: int) -> None:
    picker = await _picker(browser, now_s)
    await browser.send_form(picker, "/lti/pick", exam="new", title="One")

    again = await browser.send_form(picker, "/lti/pick", exam="new", title="Two")

    assert Refusal.FORM_USED.words.code in again.text
