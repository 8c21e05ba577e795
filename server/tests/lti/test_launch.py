"""A launch that keeps every rule: who comes in, as what, and to which exam."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select

from invigil.accounts.models import Identity, Institution, Person
from invigil.kit.rooms import Ports
from invigil.lti.claims import ROSTER
from invigil.lti.refusals import Refusal
from server.tests.conftest import EXTENSION_ID
from server.tests.factories.world import World
from server.tests.lti import forge
from server.tests.lti.checks import is_refused, teacher_opens
from server.tests.lti.lms import Browser, Lms, launch_token


async def test_a_teacher_opens_the_exam_and_comes_in_as_its_author(
    browser: Browser, now_s: int, client: httpx.AsyncClient
) -> None:
    page = await teacher_opens(browser, now_s)

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
    await teacher_opens(browser, now_s)

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


async def test_somebody_who_opens_the_link_several_times_at_once_comes_in_each_time_as_one_person(
    browser: Browser, now_s: int, lms: Lms, ports: Ports
) -> None:
    await teacher_opens(browser, now_s)
    roster = {"context_memberships_url": f"{lms.issuer}/m", "service_versions": ["2.0"]}

    async def launch(state: str, nonce: str) -> httpx.Response:
        claims = lms.claims(nonce, now_s, sub="brand-new")
        claims |= {"name": "Noor Aziz", ROSTER: roster}
        return await browser.post(
            "/lti/launch", state=state, id_token=forge.sign(claims, key=lms.keys[0])
        )

    begun = [await browser.state_and_nonce() for _ in range(6)]
    answers = await asyncio.gather(*(launch(*each) for each in begun))

    assert [each.status_code for each in answers] == [200] * 6
    async with ports.database.transaction(writes=False) as session:
        identities = list(await session.scalars(select(Identity).filter_by(sub="brand-new")))
        people = await session.scalars(select(Person).filter_by(name="Noor Aziz"))
        assert [each.id for each in people] == [each.person_id for each in identities]
    assert len(identities) == 1


async def test_a_student_before_any_teacher_is_told_so(browser: Browser, now_s: int) -> None:
    is_refused(await browser.launch(now_s), Refusal.EXAM_UNKNOWN)


async def test_an_exam_that_is_named_belongs_to_this_course(
    browser: Browser, now_s: int, world: World, institution: Institution
) -> None:
    other = await world.exam(await world.course(institution))
    stranger = await world.exam(await world.course(await world.institution("other")))

    elsewhere = await teacher_opens(browser, now_s, custom={"invigil_exam": other.id})
    unknown = await teacher_opens(browser, now_s, custom={"invigil_exam": stranger.id})

    is_refused(elsewhere, Refusal.EXAM_ELSEWHERE)
    is_refused(unknown, Refusal.EXAM_UNKNOWN)


@pytest.mark.parametrize(
    "roles", [[], ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]]
)
async def test_somebody_without_a_role_in_the_course_does_not_come_in(
    browser: Browser, now_s: int, roles: list[str]
) -> None:
    is_refused(await browser.launch(now_s, roles=roles), Refusal.NOT_IN_COURSE)


async def test_a_teacher_whose_role_is_taken_away_loses_it_here_too(
    browser: Browser, now_s: int, client: httpx.AsyncClient
) -> None:
    await teacher_opens(browser, now_s)
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
    page = await teacher_opens(browser, now_s, custom={"quiz_url": quiz})
    later = await teacher_opens(browser, now_s, custom={"quiz_url": quiz + "2"})
    evil = await teacher_opens(
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
