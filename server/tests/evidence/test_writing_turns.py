"""Who writes while others want to: refused turns, bodies that stall, tasks that end."""

import asyncio
import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from invigil.app import create_app
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.evidence.checkpoints import AttemptLog, Opening, extend
from invigil.evidence.log_writer import LogWriter, Write
from invigil.evidence.progress import Progress
from invigil.evidence.queries import Appended
from invigil.evidence.room import room
from invigil.kit import db, health
from server.tests.evidence.conftest import SLUG
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


async def opening_of(sitting, ports, *, epoch=None) -> Write:
    """What the log writer gets for an attempt's leaf 0; `epoch` stands in for the leaf's."""
    await sitting.put_wrap()
    device, attempt = sitting.device, sitting.attempt
    wrap_sha256 = hashlib.sha256(device.wrap).digest()
    opening = Opening(SLUG, attempt.id, device.scope, attempt.nonce, wrap_sha256)
    empty = AttemptLog(Progress(attempt.id))
    checked = extend(empty, [device.open()], device.checkpoint(), opening)
    appended = Appended(replace(checked.log, receipt="cosigned"), checked.leaves)
    return Write(appended, 1, epoch or checked.epoch, checked.wrap_sha256, ports.clock.now_ms())


async def test_an_append_that_the_database_cannot_take_fails_alone(sit, ports):
    sittings = [await sit(State.CHECKING) for _ in range(5)]
    writes = [
        await opening_of(each, ports, epoch=2**70 if place == 2 else None)
        for place, each in enumerate(sittings)
    ]
    writer = LogWriter(ports.database)
    async with writer.running():
        answers = await asyncio.gather(*map(writer.write, writes), return_exceptions=True)

    failed = [place for place, answer in enumerate(answers) if isinstance(answer, Exception)]
    assert failed == [2]
    assert [(await each.log())["size"] for each in sittings] == [1, 1, 0, 1, 1]


async def test_an_epoch_that_no_exam_has_is_refused(sit):
    sitting = await sit(State.CHECKING)
    await sitting.put_wrap()
    sitting.device.open(scope=f"{sitting.device.scope} {2**31}")

    assert says(await sitting.append(0)) == (422, "leaf-refused")
