"""What a caller of the store may rely on while nothing goes wrong."""

import asyncio

import pytest

from invigil.kit.packs.commit_thread import QueueLimits
from invigil.kit.packs.errors import (
    SegmentConflict,
    SegmentInvalid,
    SegmentMissing,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreLocked,
)
from invigil.kit.packs.ports import SegmentKey, Usage
from server.tests.packs.faulty_disk import GatedDisk
from server.tests.packs.making import attempt, body, content_of, opened, packs_in, segment


@pytest.mark.parametrize("length", [0, 1, 3967, 3968, 3969, 4096, 150_000, 600_000])
async def test_a_stored_segment_reads_back_byte_for_byte(tmp_path, length):
    incoming = segment(0, body("length", length))
    async with opened(tmp_path) as store:
        stored = await store.put(incoming)

        assert (stored.is_new, stored.length, stored.sha256) == (True, length, incoming.sha256)
        assert content_of(incoming) == await store.read(incoming.key)


async def test_a_segment_is_acknowledged_only_after_its_flush(tmp_path):
    disk = GatedDisk()
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(0))
        disk.gate.clear()
        waiting = asyncio.create_task(store.put(segment(1)))
        await asyncio.to_thread(disk.is_waiting.wait)
        assert not waiting.done()
        assert await store.locate(segment(1).key) is None

        disk.gate.set()

        assert (await waiting).is_new


async def test_the_same_segment_again_gets_the_same_answer_and_takes_no_space(tmp_path):
    async with opened(tmp_path) as store:
        first = await store.put(segment(0))
        size = packs_in(tmp_path)[0].stat().st_blocks
        again = await store.put(segment(0))

        assert (again.stored_at_ms, again.sha256, again.is_new) == (
            first.stored_at_ms,
            first.sha256,
            False,
        )
        assert size == packs_in(tmp_path)[0].stat().st_blocks
        assert Usage(1, 5000) == await store.usage(attempt(1))


async def test_other_bytes_under_the_same_key_are_a_conflict_and_the_first_stay(tmp_path):
    async with opened(tmp_path) as store:
        await store.put(segment(0))
        with pytest.raises(SegmentConflict):
            await store.put(segment(0, b"other"))

        assert content_of(segment(0)) == await store.read(segment(0).key)


async def test_twins_in_one_batch_are_stored_once_and_a_third_with_other_bytes_conflicts(tmp_path):
    disk = GatedDisk()
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(99))
        disk.gate.clear()
        holding = asyncio.create_task(store.put(segment(98)))
        await asyncio.to_thread(disk.is_waiting.wait)
        same_batch = [segment(0), segment(0), segment(0, b"other"), segment(1)]
        waiting = [asyncio.create_task(store.put(one)) for one in same_batch]
        await asyncio.sleep(0)
        batches = store.stats().batches
        disk.gate.set()
        first, twin, other, neighbour = await asyncio.gather(*waiting, return_exceptions=True)
        await holding

        assert batches + 2 == store.stats().batches
        assert (first.is_new, twin.is_new, neighbour.is_new) == (True, False, True)
        assert first.stored_at_ms == twin.stored_at_ms
        assert isinstance(other, SegmentConflict)
        assert store.stats().committed_segments == 4


async def test_a_cancelled_put_is_stored_all_the_same_and_leaves_the_queue_empty(tmp_path):
    disk = GatedDisk()
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(0))
        disk.gate.clear()
        cancelled = asyncio.create_task(store.put(segment(1)))
        await asyncio.to_thread(disk.is_waiting.wait)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        disk.gate.set()
        again = await store.put(segment(1))

        assert not again.is_new
        assert (store.stats().queued_segments, store.stats().queued_bytes) == (0, 0)


async def test_a_full_queue_says_when_to_come_back(tmp_path):
    disk = GatedDisk()
    async with opened(tmp_path, disk=disk, queue=QueueLimits(max_segments=2)) as store:
        await store.put(segment(0))
        disk.gate.clear()
        waiting = [asyncio.create_task(store.put(segment(i))) for i in (1, 2)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy) as busy:
            await store.put(segment(3))
        disk.gate.set()
        await asyncio.gather(*waiting)

        assert busy.value.retry_after_s >= 1
        assert (await store.put(segment(3))).is_new


async def test_a_range_is_clipped_to_the_segment(tmp_path):
    whole = body("range", 10_000)
    async with opened(tmp_path) as store:
        await store.put(segment(0, whole))
        await store.put(segment(1, b"neighbour"))
        key = segment(0).key

        assert whole[100:300] == await store.read(key, 100, 300)
        assert whole[9_990:] == await store.read(key, 9_990)
        assert whole[9_990:] == await store.read(key, 9_990, 20_000)
        assert await store.read(key, 20_000, 30_000) == b""
        assert await store.read(key, 5, 2) == b""


async def test_segments_are_listed_by_stream_then_index(tmp_path):
    async with opened(tmp_path) as store:
        for index in (10, 2, 0):
            await store.put(segment(index, stream="screen"))
        await store.put(segment(1, stream="camera"))
        await store.put(segment(0, of=2))

        everything = await store.segments(attempt(1))
        screen = await store.segments(attempt(1), "screen")

    assert [(one.key.stream, one.key.index) for one in everything] == [
        ("camera", 1),
        ("screen", 0),
        ("screen", 2),
        ("screen", 10),
    ]
    assert everything[1:] == screen


async def test_usage_follows_what_is_stored(tmp_path):
    async with opened(tmp_path) as store:
        assert Usage(0, 0) == await store.usage(attempt(1))
        await store.put(segment(0, b"abc"))
        await store.put(segment(1, b"de"))
        await store.put(segment(1, b"de"))

        assert Usage(2, 5) == await store.usage(attempt(1))
    async with opened(tmp_path) as store:
        assert Usage(2, 5) == await store.usage(attempt(1))


async def test_a_missing_segment_is_missing(tmp_path):
    async with opened(tmp_path) as store:
        assert await store.locate(segment(0).key) is None
        with pytest.raises(SegmentMissing):
            await store.read(segment(0).key)


async def test_groups_have_packs_of_their_own_and_packs_roll_when_full(tmp_path):
    async with opened(tmp_path) as store:
        await asyncio.gather(*(store.put(segment(i, of=1, group="exam-1")) for i in range(70)))
        await asyncio.gather(*(store.put(segment(i, of=2, group="exam-2")) for i in range(3)))
        for index in range(70):
            assert content_of(segment(index)) == await store.read(segment(index).key)

    assert [p.parent.name for p in packs_in(tmp_path)] == ["exam-1", "exam-1", "exam-1", "exam-2"]
    assert all(path.stat().st_size <= 256 * 1024 + 4096 for path in packs_in(tmp_path))


async def test_a_closed_store_takes_and_gives_nothing(tmp_path):
    async with opened(tmp_path) as store:
        await store.put(segment(0))
    with pytest.raises(StoreClosed):
        await store.put(segment(1))
    with pytest.raises(StoreClosed):
        await store.read(segment(0).key)


async def test_closing_commits_what_is_queued(tmp_path):
    async with opened(tmp_path) as store:
        waiting = [asyncio.create_task(store.put(segment(i))) for i in range(50)]
        await asyncio.sleep(0)
    assert all(stored.is_new for stored in await asyncio.gather(*waiting))


async def test_a_worker_name_is_used_by_one_store_at_a_time(tmp_path):
    async with opened(tmp_path):
        with pytest.raises(StoreLocked):
            async with opened(tmp_path):
                pass
    async with opened(tmp_path) as store:
        assert (await store.put(segment(0))).is_new


@pytest.mark.parametrize(
    ("the_attempt", "stream", "index"),
    [
        ("A" * 26, "screen", 0),
        ("0" * 25, "screen", 0),
        ("../" + "0" * 23, "screen", 0),
        ("0" * 26, "Screen", 0),
        ("0" * 26, "s" * 25, 0),
        ("0" * 26, "screen\n", 0),
        ("0" * 26, "screen", -1),
        ("0" * 26, "screen", 2**31),
    ],
)
def test_a_key_of_another_form_is_refused(the_attempt, stream, index):
    with pytest.raises(SegmentInvalid):
        SegmentKey(the_attempt, stream, index)


@pytest.mark.parametrize("group", ["", "..", "a/b", "-a", "A"])
def test_a_group_that_is_no_plain_directory_name_is_refused(group):
    with pytest.raises(SegmentInvalid):
        segment(0, group=group)


def test_every_error_has_a_code_of_its_own():
    codes = [error.code for error in StoreError.__subclasses__()]
    assert len(codes) == len(set(codes))
    assert "store-error" not in codes
