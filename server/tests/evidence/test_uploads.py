"""Uploading segments: what is stored, what is refused, and that nothing else happens."""

import hashlib
import json
from dataclasses import replace

import pytest

from invigil.attempts.life import State
from invigil.exams.settings import MINUTE_BYTES, SPARE_MIN, ExamSettings
from invigil.kit.packs.ports import SegmentKey
from server.tests.evidence.sealing import Device, b64
from server.tests.evidence.sitting import Sitting, says

# The upload path asks the database once for each attempt; test_logs covers both kinds.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def stored(custody, sitting):
    return [
        (each.key.stream, each.key.index)
        for each in await custody.store.segments(sitting.attempt.id)
    ]


async def test_an_acknowledged_segment_is_stored_as_it_was_sent(sitting, custody):
    segment = sitting.device.seal("camera", bytes(range(256)) * 700)

    answer = await sitting.put(segment)

    assert (answer.status_code, answer.json()) == (200, {"stored": True, "new": True})
    assert await custody.store.read(SegmentKey(sitting.attempt.id, "camera", 0)) == segment.file


async def test_the_same_segment_again_gets_the_same_answer_and_is_stored_once(sitting, custody):
    segment = await sitting.record()

    again = await sitting.put(segment)

    assert (again.status_code, again.json()) == (200, {"stored": True, "new": False})
    assert await stored(custody, sitting) == [("camera", 0)]


async def test_another_segment_at_the_same_place_is_refused_and_the_first_one_stays(
    sitting, custody
):
    first = await sitting.record("camera", b"first" * 100)
    sitting.device.counts["camera"] = 0

    answer = await sitting.put(sitting.device.seal("camera", b"other" * 100))

    assert says(answer) == (409, "segment-differs")
    assert await custody.store.read(SegmentKey(sitting.attempt.id, "camera", 0)) == first.file


async def test_a_body_that_is_not_what_its_digest_says_is_not_stored(sitting, custody):
    segment = sitting.device.seal()
    other = b64(hashlib.sha256(b"other").digest())

    answer = await sitting.put(segment, content_digest=f"sha-256=:{other}:")

    assert says(answer) == (400, "digest-mismatch")
    assert await stored(custody, sitting) == []


@pytest.mark.parametrize("field", ["", "md5=:AAAA:", "sha-256=AAAA"])
async def test_a_segment_without_a_usable_digest_is_refused(sitting, custody, field):
    answer = await sitting.put(sitting.device.seal(), content_digest=field)

    assert says(answer) == (400, "bad-request")
    assert await stored(custody, sitting) == []


async def test_an_upload_that_does_not_say_its_length_is_refused(sitting, custody):
    segment = sitting.device.seal()

    async def pieces():
        yield segment.file

    headers = sitting.headers | {"Content-Digest": segment.digest_field}
    url = f"{sitting.path}/segments/camera/0"
    answer = await sitting.client.put(url, content=pieces(), headers=headers)

    assert says(answer) == (411, "length-required")
    assert await stored(custody, sitting) == []


async def test_more_than_eight_mebibytes_are_refused_before_they_are_read(sitting):
    read = []

    async def pieces():
        read.append(1)
        yield bytes(64)

    headers = sitting.headers | {"Content-Length": str(8 * 1024 * 1024 + 1)}
    answer = await sitting.client.put(
        f"{sitting.path}/segments/camera/0", content=pieces(), headers=headers
    )

    assert says(answer) == (413, "too-large")
    assert answer.headers["connection"] == "close"
    assert len(read) <= 1  # the test's own transport reads the first piece


async def test_eight_mebibytes_are_taken(sitting):
    answer = await sitting.put(sitting.device.seal("camera", bytes(8 * 1024 * 1024)))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({}, (401, "sign-in-needed")),
        ({"Authorization": "Bearer"}, (401, "sign-in-needed")),
        ({"Authorization": "Bearer iat1.e30.e30"}, (401, "token-invalid")),
        ({"Authorization": "Bearer ist1.abc"}, (401, "token-invalid")),
    ],
    ids=["none", "empty", "forged", "of staff"],
)
async def test_an_upload_needs_an_attempts_token(sitting, header, said):
    sitting.headers = header

    assert says(await sitting.put(sitting.device.seal())) == said


async def test_a_token_of_another_attempt_learns_nothing(sitting, sit, custody):
    other = await sit(State.RUNNING)
    other.headers = sitting.headers

    assert says(await other.put(other.device.seal())) == (404, "not-found")
    assert await stored(custody, other) == []


async def test_a_token_whose_time_is_over_is_refused(sitting, clock):
    clock.advance(hours=25)

    assert says(await sitting.put(sitting.device.seal())) == (401, "token-expired")


async def test_a_device_that_was_replaced_still_uploads_what_it_recorded(sit, world):
    sitting = await sit(State.RUNNING)
    sitting.attempt.generation = 2
    sitting.headers = world.attempt_headers(sitting.attempt, generation=1)

    assert (await sitting.put(sitting.device.seal())).status_code == 200


@pytest.mark.parametrize("state", [each for each in State if each is not State.CREATED])
async def test_uploads_are_taken_in_every_state_after_the_beginning(sit, state):
    sitting = await sit(state)

    assert (await sitting.put(sitting.device.seal())).status_code == 200


async def test_an_attempt_that_has_not_begun_takes_no_upload(sit):
    sitting = await sit(State.CREATED)

    assert says(await sitting.put(sitting.device.seal())) == (409, "upload-refused")


async def test_a_closed_attempt_takes_no_upload(sitting):
    await sitting.record()
    sitting.device.close()
    assert (await sitting.append(1)).status_code == 200

    answer = await sitting.put(Device.seal(sitting.device))

    assert says(answer) == (409, "attempt-closed")


async def test_an_attempt_that_used_its_space_up_is_told_so(world, course, client):
    exam = await world.exam(course, ExamSettings(duration_min=1))
    attempt = await world.attempt(exam, state=State.RUNNING)
    device = Device("uni", attempt.id, f"exam/{exam.id}", attempt.nonce)
    sitting = Sitting(client, attempt, device, world.attempt_headers(attempt))
    mebi = 1024 * 1024
    space = (SPARE_MIN + 1) * MINUTE_BYTES
    file = bytes(8 * mebi)
    for _ in range(space // len(file)):
        await sitting.record("camera", file)

    answer = await sitting.put(device.seal("camera", file))

    assert says(answer) == (429, "quota")
    assert int(answer.headers["retry-after"]) > 0


async def test_small_files_use_up_the_space_they_take_on_the_disk(sitting, custody, monkeypatch):
    gate = await custody.gates.of(sitting.attempt.id)
    tiny = replace(gate, quota_bytes=30_000)

    async def gate_of(attempt, **_):
        return tiny

    monkeypatch.setattr(custody.gates, "of", gate_of)
    answers = [says(await sitting.put(sitting.device.seal("x", b"!"))) for _ in range(9)]

    stored = answers.count((200, None))
    assert answers == [(200, None)] * stored + [(429, "quota")] * (9 - stored)
    assert 30_000 // 8192 <= stored <= 30_000 // 4096


async def test_an_attempt_has_as_many_files_as_a_recording_may_have(sitting, custody, monkeypatch):
    few = replace(await custody.gates.of(sitting.attempt.id), most_leaves=2)

    async def gate_of(attempt, **_):
        return few

    monkeypatch.setattr(custody.gates, "of", gate_of)
    answers = [says(await sitting.put(sitting.device.seal("x", b"!"))) for _ in range(3)]

    assert answers == [(200, None), (200, None), (429, "quota")]


@pytest.mark.parametrize(
    "place", ["camera/01", "camera/-1", "Camera/0", "camera/2147483648", "camera/x"]
)
async def test_a_place_that_is_not_spelt_like_one_is_not_found(sitting, place):
    answer = await sitting.client.put(
        f"{sitting.path}/segments/{place}", content=b"x", headers=sitting.headers
    )

    assert says(answer) == (404, "not-found")


async def test_no_answer_and_no_log_line_holds_the_token(sitting, caplog):
    token = sitting.headers["Authorization"].split()[1]
    sitting.headers = {"Authorization": f"Bearer {token}x"}

    answer = await sitting.put(sitting.device.seal())

    assert answer.status_code == 401
    assert token not in answer.text
    assert token not in json.dumps([record.getMessage() for record in caplog.records])
