"""Coming in: launch tokens, generations, devices, the next attempt."""

from __future__ import annotations

import asyncio

import pytest

from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from server.tests.factories.world import bearer


@pytest.fixture
async def course(world):
    return await world.course(await world.institution())


@pytest.fixture
async def exam(world, course):
    return await world.exam(course)


@pytest.fixture
async def candidate(world, exam):
    attempt = await world.attempt(exam, state=State.ENDED)
    return await world.person_of(attempt)


async def redeem(client, token, *, held=None):
    body = {"token": token, "client_version": "0.1.0", "attempt_token": held}
    return await client.post("/api/launches/redeem", json=body)


async def come_in(client, world, candidate, exam, *, held=None):
    return await redeem(client, await world.launch(candidate, exam), held=held)


async def open_recording(world, attempt_id, *, state=State.RUNNING):
    async with world.ports.database.transaction() as session:
        attempt = await session.get_one(Attempt, attempt_id)
        attempt.state, attempt.opened_ms = state, world.now
        attempt.opened_generation = attempt.generation


async def test_a_candidate_gets_an_attempt_and_a_token_that_opens_it(
    client, world, candidate, exam, course
):
    answer = (await come_in(client, world, candidate, exam)).json()

    attempt = answer["attempt"]
    assert (answer["kind"], answer["institution"]["slug"]) == ("candidate", "demo")
    assert (attempt["state"], attempt["number"], attempt["generation"]) == ("created", 2, 1)
    assert (attempt["exam"]["course_title"], attempt["scope"]) == (course.title, f"exam/{exam.id}")
    assert "access_code" not in str(answer)
    url = f"/api/attempts/{attempt['id']}"
    seen = await client.get(url, headers=bearer(answer["attempt_token"]))
    assert seen.json() == attempt


async def test_a_launch_token_works_once(client, world, candidate, exam):
    token = await world.launch(candidate, exam)
    await redeem(client, token)

    again = await redeem(client, token)

    assert (again.status_code, again.json()["code"]) == (410, "launch-used")


async def test_of_many_who_use_a_launch_token_at_once_exactly_one_comes_in(
    client, world, candidate, exam
):
    token = await world.launch(candidate, exam)

    answers = await asyncio.gather(*(redeem(client, token) for _ in range(8)))

    assert sorted(each.status_code for each in answers) == [200] + [410] * 7


async def test_two_launches_at_once_lead_to_one_attempt(client, world, candidate, exam):
    tokens = [await world.launch(candidate, exam) for _ in range(4)]

    answers = await asyncio.gather(*(redeem(client, token) for token in tokens))

    attempts = [each.json()["attempt"] for each in answers]
    assert len({each["id"] for each in attempts}) == 1
    assert sorted(each["generation"] for each in attempts) == [1, 2, 3, 4]


async def test_a_launch_token_is_too_old_after_ten_minutes(client, world, candidate, exam):
    token = await world.launch(candidate, exam)
    world.clock.advance(minutes=10)

    answer = await redeem(client, token)

    assert (answer.status_code, answer.json()["code"]) == (410, "launch-expired")


async def test_an_unknown_launch_token_is_not_found(client):
    answer = await redeem(client, "ilt1.nobody-made-this")

    assert (answer.status_code, answer.json()["code"]) == (404, "launch-unknown")


async def test_launching_again_raises_the_generation_and_outdates_the_old_token(
    client, world, candidate, exam
):
    first = (await come_in(client, world, candidate, exam)).json()
    second = (await come_in(client, world, candidate, exam)).json()
    url = f"/api/attempts/{first['attempt']['id']}"

    old = await client.get(url, headers=bearer(first["attempt_token"]))
    new = await client.get(url, headers=bearer(second["attempt_token"]))

    assert second["attempt"]["id"] == first["attempt"]["id"]
    assert (old.status_code, old.json()["code"]) == (409, "attempt-elsewhere")
    assert (new.status_code, new.json()["generation"]) == (200, 2)


async def test_another_device_is_refused_while_the_first_one_records(
    client, world, candidate, exam
):
    first = (await come_in(client, world, candidate, exam)).json()
    await open_recording(world, first["attempt"]["id"])
    token = await world.launch(candidate, exam)

    refused = await redeem(client, token)

    assert (refused.status_code, refused.json()["code"]) == (409, "attempt-on-another-device")
    url = f"/api/attempts/{first['attempt']['id']}"
    kept = await client.get(url, headers=bearer(first["attempt_token"]))
    assert kept.status_code == 200


class TestAThiefWhoComesFirst:
    """Somebody else opens a candidate's launch link before the candidate does."""

    @pytest.fixture
    async def stolen(self, world, candidate, exam):
        return await world.launch(candidate, exam)

    @pytest.fixture
    async def thief(self, client, stolen):
        answer = await redeem(client, stolen)
        assert answer.status_code == 200
        return answer.json()

    async def test_the_owner_is_told_that_the_link_was_used_and_what_to_do(
        self, client, stolen, thief
    ):
        owner = await redeem(client, stolen)

        assert (owner.status_code, owner.json()["code"]) == (410, "launch-used")
        assert owner.json()["detail"] == (
            "This link was used already. Go back to your course and open the exam again."
        )

    async def test_the_owner_who_opens_the_exam_again_puts_the_thief_out(
        self, client, world, candidate, exam, thief
    ):
        owner = (await come_in(client, world, candidate, exam)).json()

        url = f"/api/attempts/{owner['attempt']['id']}"
        thiefs = await client.get(url, headers=bearer(thief["attempt_token"]))
        own = await client.get(url, headers=bearer(owner["attempt_token"]))
        assert owner["attempt"]["id"] == thief["attempt"]["id"]
        assert (thiefs.status_code, thiefs.json()["code"]) == (409, "attempt-elsewhere")
        assert (own.status_code, own.json()["opened"]) == (200, False)

    async def test_a_thief_who_records_does_not_stay_hidden_from_the_owner(
        self, client, world, candidate, exam, thief
    ):
        await open_recording(world, thief["attempt"]["id"])
        again = await world.launch(candidate, exam)

        told = await redeem(client, again)
        world.clock.advance(seconds=61)
        owner = (await redeem(client, again)).json()

        assert (told.status_code, told.json()["code"]) == (409, "attempt-on-another-device")
        assert "being recorded on another device" in told.json()["detail"]
        assert owner["attempt"]["number"] == thief["attempt"]["number"] + 1
        assert owner["attempt"]["opened"] is False


async def test_a_refusal_leaves_the_launch_token_usable(client, world, candidate, exam):
    first = (await come_in(client, world, candidate, exam)).json()
    await open_recording(world, first["attempt"]["id"])
    token = await world.launch(candidate, exam)
    await redeem(client, token)
    world.clock.advance(minutes=2)

    assert (await redeem(client, token)).status_code == 200


async def test_the_device_that_records_comes_in_again_with_its_token(
    client, world, candidate, exam
):
    first = (await come_in(client, world, candidate, exam)).json()
    await open_recording(world, first["attempt"]["id"])

    again = await come_in(client, world, candidate, exam, held=first["attempt_token"])

    assert again.json()["attempt"]["id"] == first["attempt"]["id"]
    assert (again.json()["attempt"]["state"], again.json()["attempt"]["generation"]) == (
        "running",
        2,
    )


async def test_a_token_of_before_the_opening_does_not_pass_for_the_recording_device(
    client, world, candidate, exam
):
    first = (await come_in(client, world, candidate, exam)).json()
    second = (await come_in(client, world, candidate, exam)).json()
    await open_recording(world, second["attempt"]["id"])

    answer = await come_in(client, world, candidate, exam, held=first["attempt_token"])

    assert answer.json()["code"] == "attempt-on-another-device"


SITTING = [State.CREATED, State.CHECKING, State.READY, State.RUNNING, State.INTERRUPTED]


@pytest.mark.parametrize("state", SITTING)
async def test_after_a_minute_of_silence_another_device_begins_the_next_attempt(
    client, world, candidate, exam, state
):
    first = (await come_in(client, world, candidate, exam)).json()
    await open_recording(world, first["attempt"]["id"], state=state)
    world.clock.advance(seconds=60)

    second = (await come_in(client, world, candidate, exam)).json()

    assert second["attempt"]["number"] == first["attempt"]["number"] + 1
    assert second["attempt"]["nonce"] != first["attempt"]["nonce"]
    async with world.ports.database.transaction(writes=False) as session:
        left = await session.get_one(Attempt, first["attempt"]["id"])
    assert (left.state, left.ended_ms) == (State.ENDED, world.now)


async def test_a_staff_launch_gives_a_staff_token_with_roles(client, world, course):
    author = await world.author(course)

    answer = (await redeem(client, await world.launch(author.person))).json()

    roles = {(each["role"], each["course_id"]) for each in answer["roles"]}
    assert (answer["kind"], roles) == (
        "staff",
        {("author", course.id), ("reviewer", course.id)},
    )
    me = await client.get("/api/me", headers=bearer(answer["staff_token"]))
    assert me.json()["person"]["id"] == author.person.id


async def test_an_attempt_token_outlives_the_exam_by_thirty_days(client, world, candidate, exam):
    answer = (await come_in(client, world, candidate, exam)).json()
    url, own = f"/api/attempts/{answer['attempt']['id']}/log", bearer(answer["attempt_token"])

    world.clock.advance(days=29)
    late = await client.get(url, headers=own)
    world.clock.advance(days=2)
    too_late = await client.get(url, headers=own)

    assert (late.status_code, too_late.json()["code"]) == (200, "token-expired")


async def test_a_staff_token_ends_after_twelve_hours(client, world, course):
    author = await world.author(course)
    world.clock.advance(hours=12)

    answer = await client.get("/api/me", headers=author.headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
