"""Opening after a crash: the packs are the truth, the index can be lost, torn tails are cut."""

import asyncio
import shutil

import pytest

from invigil.kit.packs.errors import StoreLocked
from invigil.kit.packs.ports import SegmentKey, Usage
from invigil.kit.packs.record import BLOCK, KIND_SEGMENT, PackHead, RecordHeader
from server.tests.packs.making import (
    attempt,
    body,
    content_of,
    forget_index,
    opened,
    packs_in,
    segment,
)


async def fill(root, count=100):
    async with opened(root) as store:
        await asyncio.gather(*(store.put(segment(i, of=i % 3)) for i in range(count)))


async def expect_all(root, count=100):
    async with opened(root) as store:
        for index in range(count):
            one = segment(index, of=index % 3)
            assert content_of(one) == await store.read(one.key)
            assert not (await store.put(one)).is_new
        return [await store.usage(attempt(number)) for number in range(3)]


@pytest.mark.parametrize("lost", ["index.db*", "index.db-wal", "nothing"])
async def test_everything_is_found_again_when_the_index_is_lost(tmp_path, lost):
    await fill(tmp_path)
    for path in tmp_path.glob(lost):
        path.unlink()

    usages = await expect_all(tmp_path)

    assert [Usage(34, 170_000), Usage(33, 165_000), Usage(33, 165_000)] == usages


async def test_a_damaged_index_is_set_aside_and_built_anew(tmp_path):
    await fill(tmp_path)
    forget_index(tmp_path)
    (tmp_path / "index.db").write_bytes(b"this was an index" * 1000)

    await expect_all(tmp_path)

    assert (tmp_path / "damaged-index.db").exists()


async def crashed_copy(root, copy):
    """Copy the directory while the store runs: what a SIGKILL leaves behind."""
    async with opened(root) as store:
        await asyncio.gather(*(store.put(segment(i)) for i in range(5)))
        shutil.copytree(root, copy)
    return packs_in(copy)[0]


@pytest.mark.parametrize("is_index_lost", [False, True])
async def test_a_torn_tail_is_cut_and_what_stands_before_it_is_kept(tmp_path, is_index_lost):
    pack = await crashed_copy(tmp_path / "a", tmp_path / "b")
    end = BLOCK + 5 * 2 * BLOCK
    with pack.open("r+b") as file:
        head = PackHead.decode(file.read(BLOCK))
        torn = segment(5)
        header = RecordHeader(KIND_SEGMENT, attempt(1), "screen", 5, 5000, 1, torn.sha256)
        file.seek(end)
        file.write(header.encode(head.key, end) + content_of(torn)[:2000])
    if is_index_lost:
        forget_index(tmp_path / "b")

    async with opened(tmp_path / "b") as store:
        assert Usage(5, 25_000) == await store.usage(attempt(1))
        assert (await store.put(segment(5, b"sent again, sealed anew"))).is_new
    assert pack.stat().st_size == end + BLOCK  # the records and the seal


async def test_a_whole_record_that_was_not_yet_acknowledged_is_kept(tmp_path):
    pack = await crashed_copy(tmp_path / "a", tmp_path / "b")
    end = BLOCK + 5 * 2 * BLOCK
    with pack.open("r+b") as file:
        head = PackHead.decode(file.read(BLOCK))
        late = segment(5)
        header = RecordHeader(KIND_SEGMENT, attempt(1), "screen", 5, 5000, 77, late.sha256)
        file.seek(end)
        file.write(header.encode(head.key, end) + content_of(late))

    async with opened(tmp_path / "b") as store:
        stored = await store.put(segment(5))
        assert (stored.is_new, stored.stored_at_ms) == (False, 77)


async def test_one_damaged_header_costs_one_segment_only(tmp_path):
    await fill(tmp_path, 10)
    with packs_in(tmp_path)[0].open("r+b") as file:
        file.seek(BLOCK + 3 * 2 * BLOCK + 40)
        file.write(b"\xff")
    forget_index(tmp_path)

    async with opened(tmp_path) as store:
        usages = [await store.usage(attempt(number)) for number in range(3)]

    assert sum(usage.segments for usage in usages) == 9


async def test_a_record_inside_a_body_is_never_taken_for_a_record(tmp_path):
    """A candidate uploads a copy of a record of someone else, placed on a block boundary."""
    victim = segment(0, b"forged", of=9)
    offset_in_pack = BLOCK + BLOCK
    forged = RecordHeader(KIND_SEGMENT, attempt(9), "screen", 0, 6, 1, victim.sha256)
    carrier = bytes(BLOCK - 128) + forged.encode(bytes(16), offset_in_pack) + b"forged"
    async with opened(tmp_path) as store:
        await store.put(segment(0, carrier, of=1))
        await store.put(segment(1, of=1))
    with packs_in(tmp_path)[0].open("r+b") as file:  # the carrier's own header is damaged
        file.seek(BLOCK + 40)
        file.write(b"\xff")
    forget_index(tmp_path)

    async with opened(tmp_path) as store:
        assert await store.segments(attempt(9)) == []
        assert [segment(1).key] == [one.key for one in await store.segments(attempt(1))]


async def test_a_pack_whose_head_was_torn_is_left_aside(tmp_path):
    await fill(tmp_path, 3)
    (tmp_path / "groups" / "exam-1" / "w0-000002.pack").write_bytes(bytes(70_000))

    async with opened(tmp_path) as store:
        assert (await store.put(segment(50))).is_new

    assert packs_in(tmp_path)[-1].name == "w0-000003.pack"


async def test_an_idle_pack_gives_back_what_it_had_reserved_and_the_next_put_goes_on(tmp_path):
    async with opened(tmp_path, idle_s=0) as store:
        await store.put(segment(0))
        assert (await store.put(segment(1))).is_new

        assert packs_in(tmp_path)[0].stat().st_size == 4 * BLOCK  # head, record, seal
        assert content_of(segment(0)) == await store.read(segment(0).key)


async def test_an_index_lost_under_a_running_process_is_refused_not_split(tmp_path):
    async with opened(tmp_path, worker="w0"):
        forget_index(tmp_path)
        with pytest.raises(StoreLocked):
            async with opened(tmp_path, worker="w1"):
                pass


async def test_the_tail_of_a_worker_that_is_gone_is_taken_in_by_another(tmp_path):
    await crashed_copy(tmp_path / "a", tmp_path / "b")
    forget_index(tmp_path / "b")

    async with opened(tmp_path / "b", worker="w7") as store:
        assert content_of(segment(4)) == await store.read(SegmentKey(attempt(1), "screen", 4))


async def test_two_open_stores_share_the_index_and_agree_on_one_winner(tmp_path):
    async with opened(tmp_path, worker="w0") as first, opened(tmp_path, worker="w1") as second:
        same = [segment(i) for i in range(40)]
        other = [segment(i, body(("other", i))) for i in range(40)]
        answers = await asyncio.gather(
            *(first.put(one) for one in same),
            *(second.put(one) for one in other),
            return_exceptions=True,
        )
        for index in range(40):
            won_by_first = not isinstance(answers[index], Exception)
            assert won_by_first == isinstance(answers[40 + index], Exception)
            winner = same[index] if won_by_first else other[index]
            for store in (first, second):
                assert content_of(winner) == await store.read(winner.key)
    forget_index(tmp_path)
    async with opened(tmp_path) as store:
        for index in range(40):
            won_by_first = not isinstance(answers[index], Exception)
            winner = same[index] if won_by_first else other[index]
            assert content_of(winner) == await store.read(winner.key)
