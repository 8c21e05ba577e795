"""Killed, full, overloaded, cut off: what was acknowledged is there, what was not is not kept."""

import asyncio
import os
import signal
import subprocess
from dataclasses import replace

import httpx
import pytest

from invigil.app import build_ports, create_app
from invigil.attempts.life import State
from invigil.evidence.room import room
from invigil.kit.clock import SystemClock
from invigil.kit.migrate import upgrade
from invigil.kit.packs.admission import AdmissionLimits
from invigil.kit.packs.ports import SegmentKey
from invigil.kit.packs.store import PackStore, PackStoreSettings
from invigil.settings import Settings
from server.tests.evidence.sealing import Device
from server.tests.evidence.serving import serving
from server.tests.evidence.sitting import Sitting, says
from server.tests.factories.world import World

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CANDIDATES = 6


@pytest.fixture
async def embedded(tmp_path):
    """A data directory of an embedded server with running attempts; as (directory, makers)."""
    settings = Settings(data_dir=tmp_path / "embedded")
    ports = build_ports(settings, SystemClock())
    await upgrade(ports.database, ports.table_secret)
    world = World(ports, ports.clock)
    course = await world.course(await world.institution("uni"))
    exam = await world.exam(course)
    attempts = [await world.attempt(exam, state=State.RUNNING) for _ in range(CANDIDATES)]

    def sittings(client):
        return [
            Sitting(
                client,
                attempt,
                Device("uni", attempt.id, f"exam/{exam.id}", attempt.nonce),
                world.attempt_headers(attempt),
            )
            for attempt in attempts
        ]

    yield settings.data_dir, sittings
    await ports.database.close()


async def upload_until_it_breaks(sitting, acknowledged, cosigned):
    """Sit an exam at full speed; note what the server said was stored."""
    try:
        assert (await sitting.open()).status_code == 200
        while True:
            segment = sitting.device.seal("camera", os.urandom(40_000))
            assert (await sitting.put(segment)).status_code == 200
            acknowledged[sitting.attempt.id, segment.index] = segment.file
            answer = await sitting.append(len(sitting.device.log) - 1)
            assert answer.status_code == 200
            cosigned[sitting.attempt.id] = answer.json()
    except httpx.HTTPError:
        return


async def test_whatever_was_acknowledged_survives_a_kill(embedded):
    data_dir, sittings = embedded
    acknowledged, cosigned = {}, {}
    async with serving(data_dir) as served, httpx.AsyncClient(base_url=served.url) as client:
        uploading = [
            asyncio.create_task(upload_until_it_breaks(each, acknowledged, cosigned))
            for each in sittings(client)
        ]
        while len(acknowledged) < 20 * CANDIDATES:
            await asyncio.sleep(0.05)
            assert not any(task.done() and task.exception() for task in uploading)
        await served.end(signal.SIGKILL)
        await asyncio.gather(*uploading)

        await served.start()
        for sitting in sittings(client):
            log = await sitting.log()
            assert log["size"] >= cosigned[sitting.attempt.id]["size"]
        await served.end(signal.SIGTERM)
    store = await PackStore.open(PackStoreSettings(data_dir / "packs", low_water_bytes=0))
    for (attempt, index), file in acknowledged.items():
        assert await store.read(SegmentKey(attempt, "camera", index)) == file
    await store.close()


async def test_an_exam_goes_on_where_it_was_after_the_server_was_down(embedded):
    data_dir, sittings = embedded
    async with serving(data_dir) as served, httpx.AsyncClient(base_url=served.url) as client:
        sitting = sittings(client)[0]
        await sitting.open()
        await sitting.record()
        first = await sitting.append(1)
        await served.end(signal.SIGKILL)
        with pytest.raises(httpx.HTTPError):
            await sitting.record()
        await served.start()

        again = await sitting.append(
            1, sitting.device.log[1:2], checkpoint=sitting.device.checkpoint(2)
        )
        assert again.json() == first.json()
        sitting.device.counts["camera"] -= 1
        sitting.device.log.pop()
        await sitting.record()
        sitting.device.close()
        assert (await sitting.append(2)).json()["size"] == 4


async def test_a_body_that_ends_early_is_not_kept(embedded):
    data_dir, sittings = embedded
    async with serving(data_dir) as served, httpx.AsyncClient(base_url=served.url) as client:
        sitting = sittings(client)[0]
        segment = sitting.device.seal("camera", bytes(100_000))
        head = (
            f"PUT {sitting.path}/segments/camera/0 HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {sitting.headers['Authorization']}\r\n"
            f"Content-Digest: {segment.digest_field}\r\nContent-Length: 100000\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(head.encode() + segment.file[:60_000])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        del reader

        answer = await sitting.append(0, [], checkpoint="x")
        assert answer.status_code == 422  # the server is alive
        assert (await sitting.put(segment)).json() == {"stored": True, "new": True}


def app_with(settings, ports, evidence_settings):
    return create_app(settings, ports, [room(evidence_settings)])


@on_sqlite
async def test_a_crowd_is_told_when_to_come_back_and_nobody_loses_anything(
    settings, ports, evidence_settings, world
):
    limits = AdmissionLimits(max_in_flight_bytes=100_000)
    app = app_with(settings, ports, replace(evidence_settings, admission=limits))
    exam = await world.exam(await world.course(await world.institution("uni")))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://test") as client,
    ):
        sittings = []
        for _ in range(8):
            attempt = await world.attempt(exam, state=State.RUNNING)
            device = Device("uni", attempt.id, f"exam/{exam.id}", attempt.nonce)
            sittings.append(Sitting(client, attempt, device, world.attempt_headers(attempt)))
        segments = [each.device.seal("camera", os.urandom(40_000)) for each in sittings]
        pairs = list(zip(sittings, segments, strict=True))

        answers = await asyncio.gather(*(each.put(segment) for each, segment in pairs))

        refused = [answer for answer in answers if answer.status_code != 200]
        assert 0 < len(refused) < len(answers)
        assert {says(answer) for answer in refused} == {(503, "busy")}
        assert all(int(answer.headers["retry-after"]) >= 2 for answer in refused)
        for sitting, segment in pairs:
            assert (await sitting.put(segment)).status_code == 200
        assert app.state.rooms["evidence"].admission.in_flight_bytes == 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB, where this machine lets us mount one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("A FULL DISK IS NOT TESTED HERE: mounting a tmpfs needs root.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@on_sqlite
async def test_a_full_disk_is_said_and_what_was_stored_stays(
    settings, ports, evidence_settings, small_disk, world
):
    mebi = 1024 * 1024
    packs = replace(evidence_settings.packs, root=small_disk / "packs", low_water_bytes=4 * mebi)
    app = app_with(settings, ports, replace(evidence_settings, packs=packs))
    exam = await world.exam(await world.course(await world.institution("uni")))
    attempt = await world.attempt(exam, state=State.RUNNING)
    device = Device("uni", attempt.id, f"exam/{exam.id}", attempt.nonce)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="https://test"
        ) as client,
    ):
        sitting = Sitting(client, attempt, device, world.attempt_headers(attempt))
        stored = []
        for _ in range(40):
            segment = device.seal("camera", os.urandom(mebi))
            answer = await sitting.put(segment)
            if answer.status_code != 200:
                break
            stored.append(segment)

        assert says(answer) == (503, "disk-full")
        assert int(answer.headers["retry-after"]) > 0
        assert stored
        store = app.state.rooms["evidence"].store
        for segment in stored:
            key = SegmentKey(attempt.id, "camera", segment.index)
            assert await store.read(key) == segment.file
