"""Sitting an exam: moving, starting, beating, falling silent."""

from __future__ import annotations

import pytest

from invigil.attempts.gate import load_gates, note_closed, note_opened
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.attempts.service import interrupt_silent
from invigil.exams.settings import ExamSettings
from server.tests.factories.exams import QUIZ


@pytest.fixture
async def course(world):
    return await world.course(await world.institution())


@pytest.fixture
async def exam(world, course):
    return await world.exam(course)


async def post(client, world, attempt, what, body=None):
    url = f"/api/attempts/{attempt.id}/{what}"
    return await client.post(url, json=body or {}, headers=world.attempt_headers(attempt))


async def stored(world, attempt) -> Attempt:
    async with world.ports.database.transaction(writes=False) as session:
        return await session.get_one(Attempt, attempt.id)


async def test_a_candidate_goes_through_the_checks(client, world, exam):
    attempt = await world.attempt(exam)

    for to in ("checking", "ready", "created", "checking", "ready"):
        answer = await post(client, world, attempt, "transitions", {"to": to})
        assert (answer.status_code, answer.json()["state"]) == (200, to)


async def test_asking_for_the_present_state_changes_nothing(client, world, exam):
    attempt = await world.attempt(exam, state=State.READY)

    answer = await post(client, world, attempt, "transitions", {"to": "ready"})

    assert (answer.status_code, answer.json()["state"]) == (200, "ready")


@pytest.mark.parametrize(
    ("state", "to"), [("created", "ended"), ("ready", "running"), ("ended", "running")]
)
async def test_a_refused_transition_says_where_the_attempt_is(client, world, exam, state, to):
    attempt = await world.attempt(exam, state=State(state))

    answer = await post(client, world, attempt, "transitions", {"to": to})

    assert (answer.status_code, answer.json()["code"]) == (409, "transition-refused")
    assert (answer.json()["state"], (await stored(world, attempt)).state) == (state, state)


async def test_starting_hands_out_the_way_in_and_freezes_the_settings(client, world, course, exam):
    author = await world.author(course)
    attempt = await world.attempt(exam, state=State.READY, is_opened=True)

    answer = await post(client, world, attempt, "start")

    quiz = {"launch_url": QUIZ.launch_url, "access_code": "open sesame"}
    patterns = {"exam_start": "", "exam_take": "", "exam_end": QUIZ.exam_end}
    assert answer.json() == {"quiz": quiz | patterns, "started": world.now}
    frozen = await client.patch(
        f"/api/exams/{exam.id}",
        json={"settings": {"camera": False}},
        headers=author.headers,
    )
    assert (frozen.status_code, frozen.json()["code"]) == (409, "settings-frozen")


async def test_starting_again_gives_the_same_answer(client, world, exam):
    attempt = await world.attempt(exam, state=State.READY, is_opened=True)
    first = await post(client, world, attempt, "start")
    world.clock.advance(minutes=1)

    assert (await post(client, world, attempt, "start")).json() == first.json()


async def test_an_exam_does_not_start_before_the_recording(client, world, exam):
    attempt = await world.attempt(exam, state=State.READY)

    answer = await post(client, world, attempt, "start")

    assert (answer.status_code, answer.json()["code"]) == (409, "recording-not-opened")
    assert "open sesame" not in answer.text


@pytest.mark.parametrize("state", ["created", "checking", "paused", "interrupted", "ended"])
async def test_only_a_ready_attempt_starts(client, world, exam, state):
    attempt = await world.attempt(exam, state=State(state), is_opened=True)

    answer = await post(client, world, attempt, "start")

    assert (answer.json()["code"], answer.json()["state"]) == ("transition-refused", state)


async def test_a_silent_device_interrupts_the_attempt_and_may_go_on(client, world, exam):
    silent = await world.attempt(exam, state=State.RUNNING, is_opened=True)
    loud = await world.attempt(exam, state=State.RUNNING, is_opened=True)
    world.clock.advance(seconds=61)
    await post(client, world, loud, "heartbeat")

    async with world.ports.database.transaction() as session:
        interrupted = await interrupt_silent(session, world.now)

    assert interrupted == 1
    assert (await stored(world, loud)).state is State.RUNNING
    beat = await post(client, world, silent, "heartbeat")
    assert beat.json() == {"server_time": world.now, "state": "interrupted"}
    resumed = await post(client, world, silent, "transitions", {"to": "running"})
    assert resumed.json()["state"] == "running"


async def test_a_token_of_another_attempt_finds_nothing(client, world, exam):
    mine, other = await world.attempt(exam), await world.attempt(exam)

    answer = await client.get(f"/api/attempts/{other.id}", headers=world.attempt_headers(mine))

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_token_of_a_generation_that_never_was_is_refused(client, world, exam):
    attempt = await world.attempt(exam)

    headers = world.attempt_headers(attempt, generation=7)
    answer = await client.get(f"/api/attempts/{attempt.id}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")


async def test_the_gate_tells_the_upload_path_what_it_needs(world, course):
    exam = await world.exam(course, ExamSettings(duration_min=60))
    attempt = await world.attempt(exam, state=State.RUNNING)
    async with world.ports.database.transaction() as session:
        await note_opened(session, attempt.id, epoch=3, generation=1, now_ms=world.now)
    async with world.ports.database.transaction(writes=False) as session:
        gate = (await load_gates(session, [attempt.id])).get(attempt.id)

    assert gate is not None
    assert (gate.exam_id, gate.institution_slug, gate.epoch) == (exam.id, "demo", 3)
    assert (gate.nonce, gate.scope, gate.is_opened) == (attempt.nonce, f"exam/{exam.id}", True)
    assert gate.quota_bytes == 120 * 6 * 1024 * 1024
    assert gate.most_leaves == 120 * 120
    assert gate.takes_uploads


async def test_the_gates_of_many_attempts_come_with_each_ones_own_exam(world, course):
    short = await world.exam(course, ExamSettings(duration_min=60))
    long = await world.exam(course, ExamSettings(duration_min=120))
    attempts = [await world.attempt(each) for each in (short, long, short)]
    wanted = [each.id for each in attempts]
    async with world.ports.database.transaction(writes=False) as session:
        gates = await load_gates(session, [*wanted, "0" * 26])

    assert sorted(gates) == sorted(wanted)
    assert [gates[each].exam_id for each in wanted] == [short.id, long.id, short.id]
    assert [gates[each].quota_bytes // 1024**2 for each in wanted] == [720, 1080, 720]
    assert gates[wanted[2]].nonce == attempts[2].nonce


async def test_a_closed_attempt_takes_no_uploads(world, exam):
    attempt = await world.attempt(exam, state=State.ENDED, is_opened=True)
    async with world.ports.database.transaction() as session:
        await note_closed(session, attempt.id, now_ms=world.now)
        gate = (await load_gates(session, [attempt.id])).get(attempt.id)

    assert gate is not None
    assert (gate.is_closed, gate.takes_uploads) == (True, False)


async def test_a_reviewer_pages_through_the_attempts_of_an_exam(client, world, course, exam):
    reviewer = await world.reviewer(course)
    made = [(await world.attempt(exam)).id for _ in range(5)]
    url = f"/api/exams/{exam.id}/attempts?limit=2"

    seen, cursor = [], ""
    while cursor is not None:
        page = (await client.get(url + cursor, headers=reviewer.headers)).json()
        seen += [each["id"] for each in page["attempts"]]
        cursor = page["next"] and f"&cursor={page['next']}"

    assert seen == sorted(made)
