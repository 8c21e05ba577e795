"""Who writes while others want to: refused turns, bodies that stall, tasks that end."""

import asyncio

import pytest
from sqlalchemy import select

from invigil.app import create_app
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.evidence.room import room
from invigil.kit import db, health
from server.tests.evidence.sitting import says


@pytest.fixture
def app(settings, ports, evidence_settings):
    return create_app(settings, ports, [room(evidence_settings), health.room()])


@pytest.fixture
def short_turns(monkeypatch):
    monkeypatch.setattr(db, "TURN_TIMEOUT_S", 0.2)


async def heard_ms(ports, attempt):
    async with ports.database.transaction(writes=False) as session:
        return await session.scalar(select(Attempt.heard_ms).where(Attempt.id == attempt))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refused_turn_costs_one_answer_and_not_the_log_writer(sitting, ports, short_turns):
    sitting.device.gap()
    async with ports.database.transaction():
        refused = await asyncio.wait_for(sitting.append(1), 10)

    stored = await asyncio.wait_for(sitting.append(1), 10)

    assert says(refused) == (503, "busy")
    assert (stored.status_code, stored.json()["size"]) == (200, 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_was_heard_during_a_refused_turn_is_written_after_it(
    sitting, ports, custody, clock, short_turns
):
    clock.advance(seconds=30)
    await sitting.record()
    async with ports.database.transaction():
        await custody.heard.flush()

    await custody.heard.flush()

    assert await heard_ms(ports, sitting.attempt.id) == clock.now_ms()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_server_is_not_well_once_a_task_of_it_has_ended(client, ports):
    assert (await client.get("/healthz")).status_code == 200

    ports.vital.watch("something", asyncio.create_task(asyncio.sleep(0)))
    await asyncio.sleep(0.01)

    assert says(await client.get("/healthz")) == (503, "busy")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_writes_evidence_and_watches_over_it_is_vital(client, ports):
    watched = set(ports.vital._tasks)

    assert watched == {"LogWriter", "Heard", "LoopLag", "Patience"}


async def test_a_key_file_that_stalls_keeps_nobody_from_writing(sitting, sit, short_turns):
    stalled = await sit(State.CHECKING)
    may_go_on = asyncio.Event()

    async def dripping():
        yield stalled.device.wrap[:10]
        await may_go_on.wait()
        yield stalled.device.wrap[10:]

    stalling = asyncio.create_task(
        stalled.client.put(f"{stalled.path}/wrap", content=dripping(), headers=stalled.headers)
    )
    await asyncio.sleep(0.1)
    sitting.device.gap()

    stored = await asyncio.wait_for(sitting.append(1), 10)
    may_go_on.set()

    assert stored.status_code == 200
    assert (await stalling).json() == {"stored": True, "new": True}


async def test_a_key_file_of_a_device_that_lost_the_attempt_is_refused(sit, ports):
    sitting = await sit(State.CHECKING)
    async with ports.database.transaction() as session:
        (await session.get_one(Attempt, sitting.attempt.id)).generation += 1

    assert says(await sitting.put_wrap()) == (409, "attempt-elsewhere")
