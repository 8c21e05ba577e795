"""Erased means: the bytes are gone, the blocks are free, and nothing brings them back."""

import asyncio
import errno
import shutil

import pytest

from invigil.kit.packs.errors import AttemptErased, SegmentInvalid, SegmentMissing, StoreFailed
from invigil.kit.packs.ports import Usage
from server.tests.packs.faulty_disk import FailingDisk, GatedDisk
from server.tests.packs.making import (
    attempt,
    blocks_used,
    body,
    content_of,
    forget_index,
    opened,
    packs_in,
    segment,
)


async def fill_two_attempts(store, count=20):
    for index in range(count):
        await store.put(segment(index, of=1))
        await store.put(segment(index, of=2))


def bytes_on_disk(root):
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("is_index_lost", [False, True])
async def test_an_erased_attempt_is_gone_and_stays_gone(tmp_path, is_index_lost):
    async with opened(tmp_path) as store:
        await fill_two_attempts(store)
        assert await store.erase(attempt(1)) == 20
        assert await store.segments(attempt(1)) == []
        with pytest.raises(SegmentMissing):
            await store.read(segment(0, of=1).key)
        with pytest.raises(AttemptErased):
            await store.put(segment(0, of=1))
    if is_index_lost:
        forget_index(tmp_path)

    async with opened(tmp_path) as store:
        assert Usage(0, 0) == await store.usage(attempt(1))
        assert Usage(20, 100_000) == await store.usage(attempt(2))
        assert content_of(segment(7, of=2)) == await store.read(segment(7, of=2).key)
        with pytest.raises(AttemptErased):
            await store.put(segment(99, of=1))
    everything = bytes_on_disk(tmp_path)
    assert not any(content_of(segment(index, of=1))[:64] in everything for index in range(20))
    assert content_of(segment(0, of=2))[:64] in everything


async def test_erasing_frees_the_blocks(tmp_path):
    async with opened(tmp_path) as store:
        await store.put(segment(0, body("large", 150_000), of=1))
        await store.put(segment(0, of=2))
    before = blocks_used(tmp_path)
    async with opened(tmp_path) as store:
        await store.erase(attempt(1))

    assert before - blocks_used(tmp_path) == 37 * 4096


async def test_a_pack_that_holds_nothing_any_more_is_removed(tmp_path):
    async with opened(tmp_path) as store:
        await asyncio.gather(*(store.put(segment(index)) for index in range(70)))
        assert len(packs_in(tmp_path)) >= 3
        await store.erase(attempt(1))
    assert len(packs_in(tmp_path)) == 1
    async with opened(tmp_path) as store:
        assert (await store.put(segment(0, of=2))).is_new


async def test_erasing_twice_or_an_unknown_attempt_is_harmless_and_final(tmp_path):
    async with opened(tmp_path) as store:
        assert await store.erase(attempt(5)) == 0
        assert await store.erase(attempt(5)) == 0
        with pytest.raises(AttemptErased):
            await store.put(segment(0, of=5))
        with pytest.raises(SegmentInvalid):
            await store.erase("../5")


async def test_a_segment_already_queued_when_the_attempt_is_erased_leaves_no_bytes(tmp_path):
    disk = GatedDisk()
    async with (
        opened(tmp_path, disk=disk, worker="w0") as store,
        opened(tmp_path, worker="w1") as other,
    ):
        await store.put(segment(0))
        disk.gate.clear()
        late = asyncio.create_task(store.put(segment(1)))
        await asyncio.to_thread(disk.is_waiting.wait)
        await other.erase(attempt(1))
        disk.gate.set()
        with pytest.raises(AttemptErased):
            await late
    assert content_of(segment(1))[:64] not in bytes_on_disk(tmp_path)


@pytest.mark.parametrize("is_index_lost", [False, True])
async def test_an_erasure_that_the_disk_interrupts_is_finished_at_the_next_start(
    tmp_path, is_index_lost
):
    disk = FailingDisk()
    async with opened(tmp_path, disk=disk) as store:
        await fill_two_attempts(store)
        disk.failing = {"punch": errno.EIO}
        with pytest.raises(StoreFailed):
            await store.erase(attempt(1))
        assert await store.segments(attempt(1)) == []
        disk.failing = {}
    if is_index_lost:
        forget_index(tmp_path)

    async with opened(tmp_path) as store:
        assert Usage(20, 100_000) == await store.usage(attempt(2))
    assert content_of(segment(0, of=1))[:64] not in bytes_on_disk(tmp_path)


async def test_an_old_index_does_not_bring_an_erased_attempt_back(tmp_path):
    """A restore from a backup taken before the erasure."""
    async with opened(tmp_path / "a") as store:
        await fill_two_attempts(store)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    async with opened(tmp_path / "a") as store:
        await store.erase(attempt(1))
    shutil.copytree(tmp_path / "a" / "erased", tmp_path / "b" / "erased", dirs_exist_ok=True)

    async with opened(tmp_path / "b") as store:
        assert await store.segments(attempt(1)) == []
    assert content_of(segment(0, of=1))[:64] not in bytes_on_disk(tmp_path / "b")


async def test_a_torn_line_in_the_tombstone_log_does_not_swallow_the_next(tmp_path):
    async with opened(tmp_path) as store:
        (tmp_path / "erased" / "w0.log").write_text(f"\n{attempt(1)[:9]}")
        await store.erase(attempt(2))
    forget_index(tmp_path)
    async with opened(tmp_path) as store:
        assert (await store.put(segment(0, of=1))).is_new
        with pytest.raises(AttemptErased):
            await store.put(segment(0, of=2))


async def test_nothing_is_erased_before_the_tombstone_is_durable(tmp_path):
    disk = FailingDisk()
    async with opened(tmp_path, disk=disk) as store:
        await fill_two_attempts(store, 3)
        disk.failing = {"flush": errno.EIO}
        with pytest.raises(StoreFailed):
            await store.erase(attempt(1))
        disk.failing = {}
        assert content_of(segment(0, of=1)) == await store.read(segment(0, of=1).key)
