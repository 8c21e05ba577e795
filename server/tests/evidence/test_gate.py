"""The gate: facts of an attempt without a query for each upload."""

import asyncio

from invigil.attempts.gate import AttemptGate
from invigil.attempts.life import State
from invigil.evidence.gate import GateCache

GATE = AttemptGate(
    attempt_id="a",
    exam_id="e",
    course_id="c",
    person_id="p",
    institution_id="i",
    institution_slug="uni",
    state=State.RUNNING,
    generation=1,
    nonce=bytes(16),
    scope="exam/e",
    epoch=1,
    is_opened=True,
    is_closed=False,
    is_deleted=False,
    quota_bytes=10,
    most_leaves=10,
)


class Attempts:
    """Answers the gate's loads, counts them, and can hold them back."""

    def __init__(self):
        self.asked = []
        self.open = asyncio.Event()
        self.open.set()
        self.gate = GATE

    async def load(self, attempt):
        self.asked.append(attempt)
        gate = self.gate
        await self.open.wait()
        return gate


async def test_the_second_upload_asks_nothing():
    attempts = Attempts()
    cache = GateCache(attempts.load)

    assert await cache.of("a") == GATE
    assert await cache.of("a") == GATE
    assert attempts.asked == ["a"]


async def test_uploads_that_come_together_share_one_query():
    attempts = Attempts()
    cache = GateCache(attempts.load)

    assert await asyncio.gather(*(cache.of("a") for _ in range(5))) == [GATE] * 5
    assert attempts.asked == ["a"]


async def test_an_entry_grows_old():
    now = [0.0]
    attempts = Attempts()
    cache = GateCache(attempts.load, ttl_s=30, monotonic=lambda: now[0])
    await cache.of("a")

    now[0] = 31

    await cache.of("a")
    assert attempts.asked == ["a", "a"]


async def test_who_is_about_to_refuse_gets_a_fresh_one():
    now = [0.0]
    attempts = Attempts()
    cache = GateCache(attempts.load, ttl_s=30, monotonic=lambda: now[0])
    await cache.of("a")

    now[0] = 3

    await cache.of("a", at_most_s=2)
    assert attempts.asked == ["a", "a"]


async def test_what_was_read_before_the_news_is_not_kept():
    attempts = Attempts()
    cache = GateCache(attempts.load)
    attempts.open.clear()
    reading = asyncio.create_task(cache.of("a"))
    await asyncio.sleep(0)

    cache.forget("a")
    attempts.open.set()
    await reading

    await cache.of("a")
    assert attempts.asked == ["a", "a"]


async def test_an_unknown_attempt_is_asked_for_again():
    attempts = Attempts()
    attempts.gate = None
    cache = GateCache(attempts.load)

    assert await cache.of("a") is None
    assert await cache.of("a") is None
    assert attempts.asked == ["a", "a"]


async def test_the_gate_remembers_a_bounded_number_of_attempts():
    attempts = Attempts()
    cache = GateCache(attempts.load, capacity=2)
    for attempt in ("a", "b", "c", "a"):
        await cache.of(attempt)

    assert attempts.asked == ["a", "b", "c", "a"]


async def test_a_client_that_leaves_does_not_take_the_answer_from_the_others():
    attempts = Attempts()
    cache = GateCache(attempts.load)
    attempts.open.clear()
    leaves, stays = asyncio.create_task(cache.of("a")), asyncio.create_task(cache.of("a"))
    await asyncio.sleep(0)

    leaves.cancel()
    await asyncio.sleep(0)
    attempts.open.set()

    assert await stays == GATE
