"""Gathering: what is asked while a query runs goes together into the next."""

import asyncio

import pytest

from invigil.kit.gathering import Gathering


class Table:
    """Has what its name says twice; keeps what it was asked for, and can hold answers back."""

    def __init__(self):
        self.queries = []
        self.open = asyncio.Event()
        self.open.set()

    async def load(self, wanted):
        self.queries.append(sorted(wanted))
        await self.open.wait()
        return {each: each * 2 for each in wanted if each != "missing"}


async def test_what_is_asked_while_a_query_runs_goes_together_into_the_next():
    table = Table()
    table.open.clear()
    gathering = Gathering(table.load)

    first = asyncio.create_task(gathering.load("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(gathering.load(each)) for each in ("b", "c", "b")]
    await asyncio.sleep(0)
    table.open.set()

    assert await first == "aa"
    assert await asyncio.gather(*others) == ["bb", "cc", "bb"]
    assert table.queries == [["a"], ["b", "c"]]


async def test_a_query_that_runs_is_not_joined_since_it_may_have_read_what_was_true_before():
    table = Table()
    table.open.clear()
    gathering = Gathering(table.load)

    both = [asyncio.create_task(gathering.load("a"))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    both.append(asyncio.create_task(gathering.load("a")))
    await asyncio.sleep(0)
    table.open.set()

    assert await asyncio.gather(*both) == ["aa", "aa"]
    assert table.queries == [["a"], ["a"]]


async def test_what_is_not_there_is_none():
    assert await Gathering(Table().load).load("missing") is None


async def test_a_query_asks_for_a_bounded_number():
    table = Table()
    gathering = Gathering(table.load, most=2)

    assert await asyncio.gather(*map(gathering.load, "abcde")) == ["aa", "bb", "cc", "dd", "ee"]
    assert table.queries == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_query_that_fails_fails_for_those_it_was_made_for_and_the_next_one_works():
    table = Table()
    fails = [True]

    async def load(wanted):
        if fails.pop() if fails else False:
            raise OSError("away")
        return await table.load(wanted)

    gathering = Gathering(load)

    with pytest.raises(OSError, match="away"):
        await gathering.load("a")
    assert await gathering.load("a") == "aa"


async def test_who_leaves_takes_nothing_from_the_others():
    table = Table()
    table.open.clear()
    gathering = Gathering(table.load)

    leaver = asyncio.create_task(gathering.load("a"))
    stays = asyncio.create_task(gathering.load("b"))
    await asyncio.sleep(0)
    leaver.cancel()
    table.open.set()

    assert await stays == "bb"
    assert leaver.cancelled()
