"""Courses and exams: who sees them, what may change."""

from __future__ import annotations

import pytest

from invigil.accounts.roles import Grant, Role
from invigil.exams import queries, service


@pytest.fixture
async def institution(world):
    return await world.institution()


@pytest.fixture
async def course(world, institution):
    return await world.course(institution)


@pytest.fixture
async def exam(world, course):
    return await world.exam(course)


async def test_everybody_sees_their_own_courses_and_exams(client, world, institution, course, exam):
    other_exam = await world.exam(await world.course(institution))
    reviewer = await world.reviewer(course)
    administrator = await world.administrator(institution)

    async def seen(staffer):
        answer = await client.get("/api/exams", headers=staffer.headers)
        return {each["id"] for each in answer.json()["exams"]}

    assert await seen(reviewer) == {exam.id}
    assert await seen(administrator) == {exam.id, other_exam.id}
    courses = await client.get("/api/courses", headers=reviewer.headers)
    assert courses.json() == {"courses": [{"id": course.id, "title": course.title}]}


async def test_an_author_makes_and_changes_an_exam(client, world, course):
    author = await world.author(course)
    made = await client.post(
        "/api/exams", json={"course_id": course.id, "title": "Midterm"}, headers=author.headers
    )
    url = f"/api/exams/{made.json()['id']}"

    changed = await client.patch(
        url,
        json={"settings": {"screen": False, "duration_min": 90}, "access_code": "12345"},
        headers=author.headers,
    )

    exam = changed.json()
    assert (made.status_code, made.json()["settings_version"]) == (201, 1)
    assert (exam["settings"]["screen"], exam["settings"]["duration_min"]) == (False, 90)
    assert (exam["settings_version"], exam["access_code"]) == (2, "12345")
    assert (await client.get(url, headers=author.headers)).json() == exam


async def test_a_reviewer_sees_no_access_code_and_changes_nothing(client, world, course, exam):
    reviewer = await world.reviewer(course)
    url = f"/api/exams/{exam.id}"

    seen = await client.get(url, headers=reviewer.headers)
    refused = await client.patch(url, json={"title": "Mine"}, headers=reviewer.headers)

    assert (seen.json()["access_code"], seen.json()["may_edit"]) == (None, False)
    assert (refused.status_code, refused.json()["code"]) == (403, "role-needed")


async def test_frozen_settings_stay_and_title_and_access_code_may_change(
    client, world, course, exam
):
    author = await world.author(course)
    url = f"/api/exams/{exam.id}"
    before = (await client.get(url, headers=author.headers)).json()
    async with world.ports.database.transaction() as session:
        found = await queries.exam_of_institution(session, exam.institution_id, exam.id)
        service.freeze(found[0], world.now)

    refused = await client.patch(
        url, json={"settings": {"camera": False}, "title": "New"}, headers=author.headers
    )
    renamed = await client.patch(
        url,
        json={"title": "New", "access_code": "x", "settings": before["settings"]},
        headers=author.headers,
    )

    assert refused.json()["code"] == "settings-frozen"
    after = renamed.json()
    assert (after["title"], after["access_code"], after["frozen"]) == ("New", "x", True)
    assert after["settings"] == before["settings"]


@pytest.mark.parametrize(
    "wanted",
    [{"camera": "perhaps"}, {"ai": True}, {"unknown": 1}, {"quiz": {"launch_url": "javascript:1"}}],
)
async def test_settings_that_do_not_exist_are_refused(client, world, course, exam, wanted):
    author = await world.author(course)

    answer = await client.patch(
        f"/api/exams/{exam.id}", json={"settings": wanted}, headers=author.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    assert answer.json()["fields"][0]["field"].startswith("body.settings")


async def test_the_same_link_from_an_lms_finds_the_same_course_and_exam(world, institution):
    async with world.ports.database.transaction() as session:
        made = []
        for title in ("Statistics", "Statistics II"):
            course = await service.find_or_make_course(
                session, institution.id, "lms-1", title=title, now_ms=world.now
            )
            exam = await service.find_or_make_exam(
                session, course, "link-1", title=title, now_ms=world.now
            )
            made.append((course.id, course.title, exam.id, exam.title))

    assert made[0][0::2] == made[1][0::2]
    assert (made[1][1], made[1][3]) == ("Statistics II", "Statistics")


async def test_strangers_find_nothing(client, world, institution, course, exam):
    elsewhere = await world.institution("elsewhere")
    attempt = await world.attempt(exam)
    strangers = [
        await world.administrator(elsewhere),
        await world.author(await world.course(elsewhere)),
        await world.author(await world.course(institution)),
        await world.staffer(
            institution, Grant(Role.REVIEWER, (await world.course(institution)).id)
        ),
    ]
    calls = [
        ("GET", f"/api/exams/{exam.id}", None),
        ("PATCH", f"/api/exams/{exam.id}", {"title": "Mine"}),
        ("GET", f"/api/exams/{exam.id}/scope", None),
        ("POST", f"/api/exams/{exam.id}/scope", NEW_EPOCH),
        ("POST", f"/api/exams/{exam.id}/members", NEW_EPOCH["members"][0]),
        ("GET", f"/api/exams/{exam.id}/attempts", None),
        ("GET", f"/api/scopes/{exam.id}/trust", None),
        ("POST", "/api/exams", {"course_id": course.id, "title": "Mine"}),
        ("GET", f"/api/attempts/{attempt.id}/evidence", None),
    ]

    for stranger in strangers:
        for method, url, body in calls:
            answer = await client.request(method, url, json=body, headers=stranger.headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), url


NEW_EPOCH = {
    "scope_epoch": "x",
    "members": [{"note": "x", "blind": "AAAA", "wrap": "AAAA"}],
}
