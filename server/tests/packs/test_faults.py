"""A disk that refuses, fills up or loses its power: nothing is acknowledged that is not kept."""

import asyncio
import errno
import os
import subprocess

import pytest

from invigil.kit.packs.errors import AttemptErased, StoreError, StoreFailed, StoreFull
from server.tests.packs.faulty_disk import FailingDisk, UnpoweredDisk
from server.tests.packs.making import (
    attempt,
    body,
    content_of,
    forget_index,
    opened,
    packs_in,
    segment,
)


@pytest.mark.parametrize("operation", ["write_all", "flush", "allocate"])
@pytest.mark.parametrize("is_index_lost", [False, True])
async def test_a_failed_batch_is_not_acknowledged_and_the_next_one_starts_a_new_pack(
    tmp_path, operation, is_index_lost
):
    disk = FailingDisk()
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(0))
        disk.failing = {operation: errno.EIO}
        big = body("more than was reserved", 100_000)
        with pytest.raises(StoreFailed) as failed:
            await store.put(segment(1, big))
        assert isinstance(failed.value.__cause__, OSError)
        assert await store.locate(segment(1).key) is None
        assert store.stats().failed_batches == 1
        disk.failing = {}
        assert (await store.put(segment(1, b"other bytes"))).is_new
        assert len(packs_in(tmp_path)) == 2

    if is_index_lost:
        forget_index(tmp_path)
    async with opened(tmp_path) as store:
        assert content_of(segment(0)) == await store.read(segment(0).key)
        assert await store.read(segment(1).key) == b"other bytes"


async def test_a_pack_that_can_be_neither_written_nor_cut_is_left_alone(tmp_path):
    disk = FailingDisk()
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(0))
        disk.failing = {"flush": errno.EIO, "truncate": errno.EIO}
        with pytest.raises(StoreFailed):
            await store.put(segment(1))
        disk.failing = {}
        assert (await store.put(segment(1, b"other bytes"))).is_new

    async with opened(tmp_path) as store:
        assert await store.read(segment(1).key) == b"other bytes"


async def test_a_failed_index_fails_the_batch_and_leaves_nothing_in_the_pack(tmp_path):
    async with opened(tmp_path) as store:
        await store.put(segment(0))
        store._opened.writing.execute("PRAGMA query_only=ON")
        with pytest.raises(StoreFailed):
            await store.put(segment(1, body("unwanted")))
        store._opened.writing.execute("PRAGMA query_only=OFF")
        assert (await store.put(segment(1, b"wanted"))).is_new

    forget_index(tmp_path)
    async with opened(tmp_path) as store:
        assert await store.read(segment(1).key) == b"wanted"


async def test_below_the_low_water_mark_nothing_is_taken_until_space_is_free_again(tmp_path):
    disk = FailingDisk()
    async with opened(tmp_path, disk=disk, low_water_bytes=1000) as store:
        await store.put(segment(0))
        disk.failing = {"free_bytes": 999}
        store._free_checked_at = -1e9
        with pytest.raises(StoreFull) as full:
            await store.put(segment(1))
        assert store.stats().is_full
        assert full.value.free_bytes == 999
        assert content_of(segment(0)) == await store.read(segment(0).key)
        disk.failing = {}
        store._free_checked_at = -1e9

        assert (await store.put(segment(1))).is_new


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


async def test_a_disk_that_is_really_full_loses_nothing_and_recovers_when_space_is_made(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    root = small_disk / "store"
    kept, refused = [], []
    async with opened(root) as store:
        for index in range(200):
            try:
                await store.put(segment(index))
                kept.append(index)
            except StoreError as error:
                refused.append(error)
            if len(refused) == 3:
                ballast.unlink()
                break
        assert all(isinstance(error, StoreFull) for error in refused)
        assert len(refused) == 3
        assert (await store.put(segment(1000))).is_new
        for index in kept:
            assert content_of(segment(index)) == await store.read(segment(index).key)


@pytest.mark.parametrize("spoil", [b"\0", b"\xa5"])
@pytest.mark.parametrize("flushes", [2, 3, 5, 8, 13])
@pytest.mark.parametrize("is_index_lost", [False, True])
async def test_what_was_acknowledged_survives_a_power_cut(tmp_path, spoil, flushes, is_index_lost):
    disk = UnpoweredDisk(flushes, spoil)
    acknowledged = set()

    async def candidate(number):
        for index in range(20):
            try:
                await store.put(segment(index, of=number))
            except StoreError:
                return
            acknowledged.add((number, index))

    async with opened(tmp_path, disk=disk) as store:
        await asyncio.gather(*(candidate(number) for number in range(8)))
        assert disk.is_dead
    disk.cut(tmp_path)
    if is_index_lost:
        forget_index(tmp_path)

    async with opened(tmp_path) as store:
        for number, index in acknowledged:
            one = segment(index, of=number)
            assert content_of(one) == await store.read(one.key)
        for number in range(8):
            for stored in await store.segments(attempt(number)):
                again = await store.put(segment(stored.key.index, of=number))
                assert not again.is_new


@pytest.mark.parametrize("left_by_a_kill", ["", "groups", "groups/exam-1"])
async def test_the_name_of_what_was_acknowledged_survives_a_power_cut(tmp_path, left_by_a_kill):
    """A process that was killed had made the directory and not yet flushed its name."""
    root = tmp_path / "packs"
    (root / left_by_a_kill).mkdir(parents=True)
    disk = UnpoweredDisk(1000)
    async with opened(root, disk=disk) as store:
        await store.put(segment(0))
        disk.is_dead = True
    disk.cut(root)
    forget_index(root)

    async with opened(root) as store:
        assert content_of(segment(0)) == await store.read(segment(0).key)


@pytest.mark.parametrize("is_left_by_a_kill", [False, True])
async def test_an_erasure_that_was_confirmed_survives_a_power_cut(tmp_path, is_left_by_a_kill):
    """The note is what keeps an old index, or none, from bringing the recording back."""
    if is_left_by_a_kill:
        (tmp_path / "erased").mkdir()
        (tmp_path / "erased" / "w0.log").touch()
    disk = UnpoweredDisk(1000)
    async with opened(tmp_path, disk=disk) as store:
        await store.put(segment(0))
        await store.erase(attempt(1))
        disk.is_dead = True
    disk.cut(tmp_path)
    forget_index(tmp_path)

    async with opened(tmp_path) as store:
        with pytest.raises(AttemptErased):
            await store.put(segment(0))
