"""Appending to an attempt's log: what is cosigned, what is refused (sealed.md §8), what is kept."""

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from invigil.attempts.gate import load_gates
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.evidence.log_writer import LogWriter
from invigil.evidence.logbook import LogBook, LogRequest
from invigil.evidence.recent import RecentSegments
from invigil.kit.problems import Quota
from server.tests.evidence.sealing import Signer, b64, lines, segment_leaf, tree_root
from server.tests.evidence.sitting import says


async def test_a_log_with_its_files_is_cosigned(sitting, ports):
    await sitting.record("camera")
    await sitting.record("screen")

    answer = await sitting.append(1)

    assert answer.status_code == 200
    assert answer.json()["size"] == 3
    text, ours = check_receipt(answer.json()["receipt"], ports)
    origin, size, root = text.splitlines()
    assert (origin, size) == (sitting.device.signer.name, "3")
    assert root == b64(tree_root(sitting.device.log))
    assert ours == ports.clock.now_ms() // 1000


def check_receipt(receipt: str, ports) -> tuple[str, int]:
    """Check both signature lines as sealed.md §4 says; return the text and the server's time."""
    text, _, signatures = receipt.partition("\n\n")
    text += "\n"
    theirs, ours = signatures.splitlines()
    assert theirs.startswith("— invigil/uni/attempt/")
    name, blob = ours.removeprefix("— ").split(" ")
    assert name == "invigil/uni/server"
    raw = base64.b64decode(blob)
    public = ports.server_key.public_key
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
    seconds = int.from_bytes(raw[4:12], "big")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
    return text, seconds


async def test_the_opening_and_the_close_are_known_to_the_attempt(sitting, ports):
    await sitting.record()
    sitting.device.close()

    assert (await sitting.append(1)).status_code == 200

    async with ports.database.transaction(writes=False) as session:
        attempt = await session.get_one(Attempt, sitting.attempt.id)
    assert attempt.opened_ms == attempt.closed_ms == ports.clock.now_ms()
    assert (attempt.epoch, attempt.opened_generation, attempt.log_size) == (1, 1, 3)
    assert attempt.total_bytes == 700
    assert await sitting.log() | {"checkpoint": None} == {
        "size": 3,
        "checkpoint": None,
        "closed": True,
    }


async def test_a_log_that_is_sent_again_gets_its_first_receipt(sitting, clock):
    await sitting.record()
    first = await sitting.append(1)
    clock.advance(seconds=30)

    assert (await sitting.append(1)).json() == first.json()
    assert (await sitting.append(0)).json() == first.json()


async def test_the_receipt_of_the_close_can_be_asked_for_again(sitting):
    await sitting.record()
    sitting.device.close()
    first = await sitting.append(1)

    again = await sitting.append(1)

    assert again.json() == first.json()
    assert (await sitting.log())["checkpoint"] == first.json()["receipt"]


async def test_an_empty_log_has_no_checkpoint(sit):
    sitting = await sit()

    assert await sitting.log() == {"size": 0, "checkpoint": None, "closed": False}
    signer = sitting.device.signer
    empty = signer.note(f"{signer.name}\n0\n{b64(hashlib.sha256().digest())}\n")
    assert says(await sitting.append(0, [], checkpoint=empty)) == (422, "checkpoint-refused")


LIES = {
    "institution": "other",
    "attempt": "01jd0000000000000000000000",
    "scope": "exam/01je0000000000000000000000 1",
    "wrap": b64(bytes(32)),
    "nonce": b64(bytes(16)),
    "attempt_vkey": Signer("invigil/uni/attempt/01jd0000000000000000000000").vkey,
    "label": "invigil/v2/open",
}


@pytest.mark.parametrize("lie", LIES, ids=str)
async def test_an_opening_that_is_not_this_attempts_is_refused(sit, lie):
    sitting = await sit()
    await sitting.put_wrap()
    sitting.device.open(**{lie: LIES[lie]})

    answer = await sitting.append(0)

    assert says(answer) == (422, "leaf-refused")
    assert answer.json()["index"] == 0
    assert (await sitting.log())["size"] == 0


async def test_an_opening_without_a_stored_key_file_is_refused(sit):
    sitting = await sit()
    sitting.device.open()

    assert says(await sitting.append(0)) == (422, "leaf-refused")


async def test_a_log_that_does_not_begin_with_its_opening_is_refused(sit):
    sitting = await sit()
    await sitting.put_wrap()
    sitting.device.gap()

    assert says(await sitting.append(0)) == (422, "leaf-refused")


def other_root(device):
    return device.signer.note(f"{device.signer.name}\n{len(device.log)}\n{b64(bytes(32))}\n")


def other_origin(device):
    root = b64(tree_root(device.log))
    return device.signer.note(f"invigil/uni/keys\n{len(device.log)}\n{root}\n")


def with_extension_line(device):
    root = b64(tree_root(device.log))
    return device.signer.note(f"{device.signer.name}\n{len(device.log)}\n{root}\nmore\n")


CHECKPOINTS = {
    "of a smaller size": lambda device: device.checkpoint(len(device.log) - 1),
    "below the last one": lambda device: device.checkpoint(0),
    "signed by another key": lambda device: device.checkpoint(signer=Signer(device.signer.name)),
    "signed by the device key": lambda device: device.checkpoint(signer=device.device),
    "with another root": other_root,
    "of another log": other_origin,
    "with a line too many": with_extension_line,
    "that is no note": lambda _: "hello\n",
    "with an altered text": lambda device: device.checkpoint().replace("\n2\n", "\n02\n"),
}


@pytest.mark.parametrize("wrong", CHECKPOINTS, ids=str)
async def test_a_checkpoint_that_is_wrong_is_not_cosigned_and_nothing_is_kept(sitting, wrong):
    await sitting.record()
    before = await sitting.log()

    answer = await sitting.append(1, checkpoint=CHECKPOINTS[wrong](sitting.device))

    assert says(answer) == (422, "checkpoint-refused")
    assert await sitting.log() == before
    assert (await sitting.append(1)).status_code == 200


async def test_an_old_checkpoint_is_refused_once_the_log_went_on(sitting):
    old = sitting.device.checkpoint()
    await sitting.record()
    assert (await sitting.append(1)).status_code == 200

    answer = await sitting.append(0, sitting.device.log[:1], checkpoint=old)

    assert says(answer) == (422, "checkpoint-refused")


async def test_a_leaf_whose_file_is_not_stored_is_refused_and_the_first_one_named(sitting):
    await sitting.record("camera")
    sitting.device.seal("screen")
    sitting.device.seal("camera")

    answer = await sitting.append(1)

    assert says(answer) == (409, "segment-missing")
    assert (answer.json()["stream"], answer.json()["index"]) == ("screen", 0)
    assert (await sitting.log())["size"] == 1


async def test_files_that_came_long_before_their_leaves_are_found(sitting, custody):
    await sitting.record()
    custody.recent.forget(sitting.attempt.id)

    assert (await sitting.append(1)).status_code == 200


async def test_many_leaves_at_once_are_checked_like_few(sitting):
    for _ in range(40):
        await sitting.record("events", b"x")
    missing = sitting.device.seal("events")

    assert says(await sitting.append(1)) == (409, "segment-missing")

    assert (await sitting.put(missing)).status_code == 200
    assert (await sitting.append(1)).json()["size"] == 42


@pytest.mark.parametrize("file", [b"y" * 700, b"x" * 699], ids=["hash", "length"])
async def test_a_leaf_with_another_hash_or_length_than_the_stored_file_is_refused(sitting, file):
    await sitting.record("camera", b"x" * 700)
    sitting.device.log[-1] = segment_leaf(sitting.attempt.id, "camera", 0, file)

    assert says(await sitting.append(1)) == (409, "segment-differs")


BROKEN = {
    "replayed index": lambda id_: segment_leaf(id_, "camera", 0, b"x"),
    "index out of turn": lambda id_: segment_leaf(id_, "camera", 2, b"x"),
    "of another attempt": lambda _: segment_leaf("0" * 26, "camera", 1, b"x"),
    "beginning with a delta": lambda id_: segment_leaf(id_, "screen", 0, b"x", kind="delta"),
    "back in time": lambda id_: segment_leaf(id_, "camera", 1, b"x", t0_ms=0),
    "close that counts wrong": lambda id_: lines("invigil/v1/close", id_, 1, "camera=2"),
    "unknown": lambda _: b"invigil/v1/note\n",
    "too long": lambda _: bytes(8193),
}


@pytest.mark.parametrize("rule", BROKEN, ids=str)
async def test_a_leaf_that_breaks_a_rule_is_refused_with_its_index(sitting, rule):
    for _ in range(2):
        await sitting.record("camera", b"x")
    sitting.device.log.pop()
    sitting.device.log[-1] = segment_leaf(sitting.attempt.id, "camera", 0, b"x", t0_ms=500)
    sitting.device.record(BROKEN[rule](sitting.attempt.id))

    answer = await sitting.append(1)

    assert says(answer) == (422, "leaf-refused")
    assert answer.json()["index"] == 2
    assert (await sitting.log())["size"] == 1


async def test_nothing_follows_the_close(sitting):
    sitting.device.close()
    assert (await sitting.append(1)).status_code == 200
    sitting.device.gap()

    assert says(await sitting.append(2)) == (409, "attempt-closed")


async def test_leaves_that_are_stored_cannot_be_told_differently(sitting):
    sitting.device.gap("paused")
    assert (await sitting.append(1)).status_code == 200
    sitting.device.log[1] = lines("invigil/v1/gap", sitting.attempt.id, "1000 2000 crash")
    sitting.device.gap()

    answer = await sitting.append(0)

    assert says(answer) == (409, "log-forked")
    assert answer.json()["index"] == 1
    assert (await sitting.log())["size"] == 2


async def test_a_device_that_is_ahead_is_told_where_to_go_on(sitting):
    sitting.device.gap()
    sitting.device.gap()

    answer = await sitting.append(2)

    assert says(answer) == (409, "log-behind")
    assert answer.json()["size"] == 1


async def test_a_device_that_was_replaced_still_brings_its_log(sitting, world, ports):
    async with ports.database.transaction() as session:
        (await session.get_one(Attempt, sitting.attempt.id)).generation = 2
    await sitting.record()

    assert (await sitting.append(1)).status_code == 200


async def test_a_token_of_another_attempt_sees_no_log(sitting, sit):
    other = await sit()
    other.headers = sitting.headers
    other.device.open()

    assert says(await other.append(0)) == (404, "not-found")
    answer = await other.client.get(f"{other.path}/log", headers=other.headers)
    assert says(answer) == (404, "not-found")


async def test_an_attempt_that_has_not_begun_takes_no_log(sit):
    sitting = await sit(State.CREATED)
    sitting.device.open()

    assert says(await sitting.append(0)) == (409, "upload-refused")


async def test_leaves_that_are_no_base64_are_refused(sitting):
    body = {"from": 1, "leaves": ["not base64"], "checkpoint": "x"}

    answer = await sitting.client.post(f"{sitting.path}/log", json=body, headers=sitting.headers)

    assert says(answer) == (422, "request-invalid")


async def test_the_same_append_many_times_at_once_is_stored_once(sitting):
    await sitting.record()

    answers = await asyncio.gather(*(sitting.append(1) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert (await sitting.log())["size"] == 2


async def test_many_attempts_append_at_once_and_each_gets_its_own(sit):
    sittings = [await sit(State.RUNNING) for _ in range(12)]
    for sitting in sittings:
        await sitting.put_wrap()
        sitting.device.open()

    answers = await asyncio.gather(*(sitting.append(0) for sitting in sittings))

    for sitting, answer in zip(sittings, answers, strict=True):
        assert answer.status_code == 200
        assert sitting.attempt.id in answer.json()["receipt"]


@asynccontextmanager
async def another_process(ports, custody):
    """A second log book on the same database: what another server process is."""
    writer = LogWriter(ports.database)
    book = LogBook(
        ports.database,
        custody.store,
        recent=RecentSegments(),
        server_key=ports.server_key,
        clock=ports.clock,
        writer=writer,
    )
    async with writer.running():
        yield book


async def test_a_process_notices_that_another_one_went_on_with_the_log(sitting, ports, custody):
    async with ports.database.transaction(writes=False) as session:
        gate = (await load_gates(session, [sitting.attempt.id])).get(sitting.attempt.id)
    device = sitting.device
    async with another_process(ports, custody) as other:
        device.gap()
        await other.append(gate, LogRequest(1, tuple(device.log[1:]), device.checkpoint(), 1))
        device.gap()
        assert (await sitting.append(2)).json()["size"] == 3
        device.gap()

        log = await other.append(gate, LogRequest(3, (device.log[3],), device.checkpoint(), 1))

    assert log.size == 4


async def test_two_processes_that_append_at_once_leave_one_history(sitting, ports, custody):
    async with ports.database.transaction(writes=False) as session:
        gate = (await load_gates(session, [sitting.attempt.id])).get(sitting.attempt.id)
    device = sitting.device
    leaves = tuple(device.gap() for _ in range(3))
    request = LogRequest(1, leaves, device.checkpoint(), 1)
    async with another_process(ports, custody) as one, another_process(ports, custody) as two:
        logs = await asyncio.gather(one.append(gate, request), two.append(gate, request))

    assert [log.size for log in logs] == [4, 4]
    assert logs[0].receipt == logs[1].receipt


async def test_a_log_grows_to_what_the_exam_allows_and_then_only_closes(sitting, custody, ports):
    gate = replace(await custody.gates.of(sitting.attempt.id), most_leaves=3)
    device, book = sitting.device, custody.logbook
    for _ in range(3):
        device.gap()

    with pytest.raises(Quota):
        await book.append(gate, LogRequest(1, tuple(device.log[1:]), device.checkpoint(), 1))
    assert (await sitting.log())["size"] == 1
    device.close()
    log = await book.append(gate, LogRequest(1, tuple(device.log[1:]), device.checkpoint(), 1))

    assert (log.size, log.is_closed) == (5, True)
