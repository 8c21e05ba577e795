"""Recordings go when their time is over: not a day earlier, completely, and on record."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from invigil.app import create_app
from invigil.attempts import room as attempts
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.audit.models import AuditRecord
from invigil.evidence.retention import Deleted, all_due, delete_due
from invigil.evidence.room import EvidenceSettings, open_custody, room
from invigil.exams.settings import ExamSettings
from invigil.kit.packs.store import PackStoreSettings
from server.tests.evidence.sitting import says
from server.tests.factories import accounts
from server.tests.factories.world import Staffer, bearer

DAYS = 30
FILE = b"the bytes of one sealed file".ljust(1024, b".")


@pytest.fixture
def app(settings, ports, evidence_settings):
    return create_app(settings, ports, [attempts.room(), room(evidence_settings)])


@pytest.fixture
async def exam(world, course):
    return await world.exam(course, ExamSettings(retention_days=DAYS))


@pytest.fixture
async def reviewer(world, course):
    return await world.reviewer(course)


@pytest.fixture
async def recorded(sitting):
    """A closed recording of two files and four leaves; its attempt is over."""
    await sitting.record("camera", FILE)
    await sitting.record("summary", b"latest".ljust(700))
    sitting.device.close()
    assert (await sitting.append(1)).status_code == 200
    ended = await sitting.client.post(
        f"{sitting.path}/transitions", json={"to": "ended"}, headers=sitting.headers
    )
    assert ended.status_code == 200
    return sitting


def fetch(sitting, reviewer, path):
    return sitting.client.get(f"{sitting.path}{path}", headers=reviewer.headers)


async def attempt_of(sitting, ports):
    async with ports.database.transaction(writes=False) as session:
        return await session.get_one(Attempt, sitting.attempt.id)


async def deeds(ports, action="evidence.delete"):
    async with ports.database.transaction(writes=False) as session:
        return (await session.scalars(select(AuditRecord).filter_by(action=action))).all()


def bytes_on_disk(root):
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


async def test_a_recording_goes_when_its_time_is_over_and_not_a_moment_earlier(
    recorded, reviewer, custody, ports, clock
):
    clock.advance(days=DAYS, seconds=-1)
    assert await delete_due(custody, ports.database) == Deleted()
    staff = await signed_in_again(reviewer, ports, clock)
    assert (await fetch(recorded, staff, "/segments/camera/0")).content == FILE

    clock.advance(seconds=1)

    assert await delete_due(custody, ports.database) == Deleted(recordings=1, segments=2)
    assert (await attempt_of(recorded, ports)).deleted_ms == clock.now_ms()


@pytest.mark.parametrize("path", ["/evidence", "/leaves", "/segments/camera/0"])
async def test_what_was_deleted_is_said_to_be_deleted(
    recorded, reviewer, custody, ports, clock, path
):
    await fetch(recorded, reviewer, path)
    clock.advance(days=DAYS)
    await delete_due(custody, ports.database)
    signed_in = await signed_in_again(reviewer, ports, clock)

    answer = await fetch(recorded, signed_in, path)

    assert says(answer) == (410, "recording-deleted")


async def signed_in_again(reviewer, ports, clock):
    """The reviewer, signed in again: weeks have passed."""
    async with ports.database.transaction() as session:
        token = await accounts.make_staff_token(session, reviewer.person, clock.now_ms())
    return Staffer(reviewer.person, bearer(token))


async def test_a_deleted_recording_takes_nothing_more(recorded, custody, ports, clock, world):
    segment = recorded.device.seal()
    clock.advance(days=DAYS)
    await delete_due(custody, ports.database)
    recorded.headers = world.attempt_headers(recorded.attempt)

    answers = [await recorded.put(segment), await recorded.append(0), await recorded.put_wrap()]

    assert [says(each) for each in answers] == [(409, "attempt-closed")] * 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_byte_of_a_deleted_recording_stays_on_the_disk(
    recorded, custody, ports, clock, tmp_path, sit
):
    other = await sit(State.RUNNING)
    await other.open()
    await other.record("camera", b"the file of somebody else".ljust(900))
    wrap = recorded.device.wrap
    assert all(each in bytes_on_disk(tmp_path) for each in (FILE, wrap, recorded.device.log[1]))
    clock.advance(days=DAYS)

    await delete_due(custody, ports.database)

    left = bytes_on_disk(tmp_path)
    for gone in (FILE, FILE[:64], wrap, wrap[-64:], recorded.device.log[1]):
        assert gone not in left
    assert b"the file of somebody else" in left
    assert other.device.wrap in left


async def test_the_attempt_stays_in_the_list_with_the_day_of_its_deletion(
    recorded, reviewer, custody, ports, clock, exam
):
    async def listed():
        staff = await signed_in_again(reviewer, ports, clock)
        url = f"/api/exams/{exam.id}/attempts"
        (attempt,) = (await recorded.client.get(url, headers=staff.headers)).json()["attempts"]
        return attempt

    before = await listed()
    clock.advance(days=DAYS)
    await delete_due(custody, ports.database)

    assert before["deleted"] is None
    assert await listed() == before | {"deleted": clock.now_ms()}


async def test_each_deletion_is_on_record_once(recorded, custody, ports, clock):
    clock.advance(days=DAYS)

    passes = [await delete_due(custody, ports.database) for _ in range(2)]

    assert passes == [Deleted(recordings=1, segments=2), Deleted()]
    (deed,) = await deeds(ports)
    assert (deed.subject, deed.person_id) == (f"attempt/{recorded.attempt.id}", None)
    assert deed.detail == {"retention_days": DAYS, "segments": 2, "bytes": 1724}


async def test_who_is_sitting_is_never_touched(sitting, custody, ports, clock):
    await sitting.record("camera", FILE)
    clock.advance(days=10 * DAYS)

    assert await delete_due(custody, ports.database) == Deleted()
    assert (await attempt_of(sitting, ports)).state == State.RUNNING


@pytest.mark.parametrize("state", [State.INTERRUPTED, State.READY, State.CREATED, State.ENDED])
async def test_a_recording_that_nobody_closed_is_kept_from_the_last_sign_of_life(
    sitting, custody, ports, clock, state
):
    async with ports.database.transaction() as session:
        attempt = await session.get_one(Attempt, sitting.attempt.id)
        attempt.state, attempt.heard_ms = state, clock.now_ms() + 1000
    clock.advance(days=DAYS)
    assert await delete_due(custody, ports.database) == Deleted()

    clock.advance(seconds=1)

    assert await delete_due(custody, ports.database) == Deleted(recordings=1)
    assert (await attempt_of(sitting, ports)).state == State.ENDED


async def test_who_came_in_and_never_began_has_nothing_to_delete(sit, custody, ports, clock):
    await sit(State.CREATED)
    clock.advance(days=DAYS)

    assert await delete_due(custody, ports.database) == Deleted()


async def test_two_processes_that_delete_at_once_record_it_once(
    recorded, custody, ports, clock, evidence_settings
):
    clock.advance(days=DAYS)
    packs = PackStoreSettings(evidence_settings.packs.root, worker="w1", low_water_bytes=0)

    async with open_custody(EvidenceSettings(packs), ports) as other:
        await asyncio.gather(delete_due(custody, ports.database), delete_due(other, ports.database))

    assert len(await deeds(ports)) == 1
    assert await custody.store.segments(recorded.attempt.id) == []


async def test_a_deletion_that_was_cut_off_is_ended_by_the_next_pass(
    recorded, custody, ports, clock
):
    clock.advance(days=DAYS)
    await custody.store.erase(recorded.attempt.id)

    assert await delete_due(custody, ports.database) == Deleted(recordings=1)
    assert (await custody.logbook.current(recorded.attempt.id)).size == 0


async def test_more_than_a_batch_goes_in_one_pass(sit, custody, ports, clock):
    for _ in range(5):
        await sit(State.ENDED)
    clock.advance(days=DAYS)

    assert len(await all_due(ports.database, clock.now_ms(), limit=3)) == 3
    assert (await delete_due(custody, ports.database, batch=2)).recordings == 5
