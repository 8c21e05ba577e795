"""What reviewers fetch: sealed bytes, only theirs, and on record."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from invigil.accounts.roles import Grant, Role
from invigil.attempts.life import State
from invigil.audit.models import AuditRecord
from invigil.evidence.checkpoints import AttemptLog, Opening, extend
from invigil.evidence.log_writer import LogWriter, WrapReplacedError, Write
from invigil.evidence.progress import Progress
from invigil.evidence.queries import Appended
from server.tests.evidence.conftest import SLUG
from server.tests.evidence.sealing import b64
from server.tests.evidence.sitting import says
from server.tests.factories.keys import make_age_file

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FILE = bytes(range(256)) * 4


@pytest.fixture
async def reviewer(world, course):
    return await world.reviewer(course)


@pytest.fixture
async def recorded(sitting):
    """A sitting with two files and a cosigned log of three leaves."""
    await sitting.record("camera", FILE)
    await sitting.record("summary", b"latest".ljust(700))
    assert (await sitting.append(1)).status_code == 200
    return sitting


def fetch(sitting, reviewer, path, **headers):
    return sitting.client.get(f"{sitting.path}{path}", headers=reviewer.headers | headers)


async def records(ports):
    async with ports.database.transaction(writes=False) as session:
        rows = await session.scalars(
            select(AuditRecord).where(AuditRecord.action.startswith("evidence."))
        )
        return sorted((row.action, row.subject, row.person_id) for row in rows)


async def test_a_review_begins_with_the_sealed_key_and_the_last_receipt(recorded, reviewer):
    answer = await fetch(recorded, reviewer, "/evidence")

    body = answer.json()
    assert body["wrap"] == b64(recorded.device.wrap)
    assert (body["log_size"], body["epoch"]) == (3, 1)
    assert body["checkpoint"] == (await recorded.log())["checkpoint"]
    assert (body["attempt"]["id"], body["attempt"]["bytes"]) == (recorded.attempt.id, 1724)


async def test_an_attempt_without_evidence_says_so(sit, reviewer):
    sitting = await sit(State.CREATED)

    body = (await fetch(sitting, reviewer, "/evidence")).json()

    assert (body["wrap"], body["checkpoint"], body["log_size"]) == (None, None, 0)


async def test_leaves_come_as_they_were_signed(recorded, reviewer):
    body = (await fetch(recorded, reviewer, "/leaves")).json()

    assert body["leaves"] == [b64(leaf) for leaf in recorded.device.log]
    assert (body["from"], body["size"]) == (0, 3)


async def test_a_segment_comes_as_it_was_stored_and_never_changes(recorded, reviewer):
    answer = await fetch(recorded, reviewer, "/segments/camera/0")

    assert (answer.status_code, answer.content) == (200, FILE)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{hashlib.sha256(FILE).hexdigest()}"'


async def test_a_segment_that_the_client_has_is_not_sent_again(recorded, reviewer):
    etag = f'"{hashlib.sha256(FILE).hexdigest()}"'

    answer = await fetch(recorded, reviewer, "/segments/camera/0", **{"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=10-19", slice(10, 20)),
        ("bytes=1000-", slice(1000, 1024)),
        ("bytes=-24", slice(1000, 1024)),
        ("bytes=-5000", slice(0, 1024)),
        ("bytes=1000-5000", slice(1000, 1024)),
    ],
)
async def test_a_part_of_a_segment_can_be_fetched(recorded, reviewer, asked, part):
    answer = await fetch(recorded, reviewer, "/segments/camera/0", Range=asked)

    assert (answer.status_code, answer.content) == (206, FILE[part])
    assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/1024"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "bytes=-", "x"])
async def test_a_range_that_we_do_not_serve_gets_the_whole(recorded, reviewer, asked):
    answer = await fetch(recorded, reviewer, "/segments/camera/0", Range=asked)

    assert (answer.status_code, answer.content) == (200, FILE)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0"])
async def test_a_range_behind_the_end_is_refused(recorded, reviewer, asked):
    answer = await fetch(recorded, reviewer, "/segments/camera/0", Range=asked)

    assert says(answer) == (416, "range-not-satisfiable")


@pytest.mark.parametrize("place", ["camera/1", "other/0", "camera/x"])
async def test_a_segment_that_is_not_there_is_not_found(recorded, reviewer, place):
    assert says(await fetch(recorded, reviewer, f"/segments/{place}")) == (404, "not-found")


PATHS = ["/evidence", "/leaves", "/segments/camera/0"]


@pytest.fixture
async def outsiders(world, institution):
    """A reviewer of another course, and an administrator of another institution."""
    elsewhere = await world.institution("other")
    other_course = await world.course(institution)
    return [await world.reviewer(other_course), await world.administrator(elsewhere)]


@pytest.fixture
async def insiders(world, course, institution):
    """Who may know of the attempt and not fetch it: an author, an administrator."""
    author = await world.staffer(institution, Grant(Role.AUTHOR, course.id))
    return [author, await world.administrator(institution)]


@pytest.mark.parametrize("path", PATHS)
async def test_strangers_do_not_learn_that_an_attempt_exists(recorded, outsiders, path):
    answers = [await fetch(recorded, stranger, path) for stranger in outsiders]

    assert [says(answer) for answer in answers] == [(404, "not-found")] * 2


@pytest.mark.parametrize("path", PATHS)
async def test_only_reviewers_fetch(recorded, insiders, path):
    answers = [await fetch(recorded, insider, path) for insider in insiders]

    assert [says(answer) for answer in answers] == [(403, "role-needed")] * 2


@pytest.mark.parametrize("path", PATHS)
async def test_the_candidates_own_token_fetches_nothing(recorded, path):
    answer = await recorded.client.get(f"{recorded.path}{path}", headers=recorded.headers)

    assert says(answer) == (401, "token-invalid")


@pytest.mark.parametrize("path", PATHS)
async def test_fetching_is_on_record_once_an_hour(recorded, reviewer, ports, path):
    for _ in range(3):
        await fetch(recorded, reviewer, path)
    mine = ("evidence.fetch", f"attempt/{recorded.attempt.id}", reviewer.person.id)
    assert await records(ports) == [mine]

    ports.clock.advance(hours=1)
    await fetch(recorded, reviewer, "/evidence")

    assert await records(ports) == [mine, mine]


async def test_refused_fetches_leave_no_record_of_a_fetch(recorded, world, institution, ports):
    nobody = await world.administrator(institution)

    await fetch(recorded, nobody, "/segments/camera/0")

    assert await records(ports) == []


async def test_summaries_are_the_latest_of_each_attempt_in_pages(sit, exam, reviewer, ports):
    sittings = [await sit(State.RUNNING) for _ in range(5)]
    for number, sitting in enumerate(sittings):
        await sitting.open()
        for index in range(number):
            await sitting.record("summary", f"{number}.{index}".encode())
        await sitting.append(1)
    found, cursor = [], None
    for _ in range(3):
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = await sittings[0].client.get(
            f"/api/exams/{exam.id}/summaries", params=params, headers=reviewer.headers
        )
        found += answer.json()["summaries"]
        cursor = answer.json()["next"]

    assert cursor is None
    expected = [
        {
            "attempt": sitting.attempt.id,
            "wrap": b64(sitting.device.wrap),
            "index": number - 1,
            "file": b64(f"{number}.{number - 1}".encode()),
        }
        for number, sitting in enumerate(sittings)
        if number
    ]
    assert found == sorted(expected, key=lambda each: each["attempt"])
    assert await records(ports) == [("evidence.summaries", f"exam/{exam.id}", reviewer.person.id)]


async def test_summaries_of_another_course_are_not_found(recorded, exam, world, institution):
    stranger = await world.reviewer(await world.course(institution))

    answer = await recorded.client.get(f"/api/exams/{exam.id}/summaries", headers=stranger.headers)

    assert says(answer) == (404, "not-found")


async def test_a_key_file_is_stored_once(sit):
    sitting = await sit()

    first, again = await sitting.put_wrap(), await sitting.put_wrap()

    assert (first.json(), again.json()) == (
        {"stored": True, "new": True},
        {"stored": True, "new": False},
    )


async def test_a_key_file_whose_device_is_gone_is_replaced_before_the_log_opens(sit, reviewer):
    sitting = await sit()
    await sitting.put_wrap(make_age_file())

    opened = await sitting.open()

    assert opened.status_code == 200, opened.text
    evidence = (await fetch(sitting, reviewer, "/evidence")).json()
    assert evidence["wrap"] == b64(sitting.device.wrap)


async def test_a_key_file_that_the_log_names_is_not_replaced(sitting, reviewer):
    other = await sitting.put_wrap(make_age_file())

    assert says(other) == (409, "wrap-differs")
    evidence = (await fetch(sitting, reviewer, "/evidence")).json()
    assert evidence["wrap"] == b64(sitting.device.wrap)


async def test_an_opening_whose_key_file_was_replaced_meanwhile_is_not_stored(sit, ports):
    """Two devices at once: leaf 0 was checked against a key file that is another one by now."""
    sitting = await sit()
    await sitting.put_wrap()
    device, attempt = sitting.device, sitting.attempt
    wrap_sha256 = hashlib.sha256(device.wrap).digest()
    opening = Opening(SLUG, attempt.id, device.scope, attempt.nonce, wrap_sha256)
    empty = AttemptLog(Progress(attempt.id))
    checked = extend(empty, [device.open()], device.checkpoint(), opening)
    appended = Appended(replace(checked.log, receipt="cosigned"), checked.leaves)
    write = Write(appended, 1, checked.epoch, checked.wrap_sha256, now_ms=ports.clock.now_ms())

    assert (await sitting.put_wrap(make_age_file())).status_code == 200
    writer = LogWriter(ports.database, gather_s=0)
    async with writer.running():
        with pytest.raises(WrapReplacedError):
            await writer.write(write)

    assert (await sitting.log())["size"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", (422, "key-file-refused")),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", (422, "key-file-refused")),
        (make_age_file("X25519 c29tZXRoaW5n"), (422, "key-file-refused")),
        (make_age_file("mlkem768x25519 c29t", "X25519 c29t"), (422, "key-file-refused")),
        (b"age-encryption.org/v1\n" + bytes(64 * 1024), (413, "too-large")),
    ],
    ids=["empty", "armored", "classic", "one classic", "too large"],
)
async def test_a_key_file_of_another_form_is_refused(sit, body, said):
    sitting = await sit()

    assert says(await sitting.put_wrap(body)) == said


async def test_a_key_file_comes_from_the_device_that_holds_the_attempt(sit, world):
    sitting = await sit(State.CREATED)
    assert says(await sitting.put_wrap()) == (409, "upload-refused")

    sitting = await sit()
    sitting.headers = world.attempt_headers(sitting.attempt, generation=2)
    assert says(await sitting.put_wrap()) == (401, "token-invalid")


async def test_the_line_can_be_measured_before_the_exam(sitting, clock):
    answer = await sitting.client.post(
        "/api/reach", content=bytes(1 << 20), headers=sitting.headers
    )

    assert answer.json() == {"bytes": 1 << 20, "server_time": clock.now_ms()}


async def test_measuring_the_line_takes_a_token_and_one_mebibyte_at_most(sitting):
    too_much = await sitting.client.post(
        "/api/reach", content=bytes((1 << 20) + 1), headers=sitting.headers
    )
    nobody = await sitting.client.post("/api/reach", content=b"x")

    assert says(too_much) == (413, "too-large")
    assert says(nobody) == (401, "sign-in-needed")
