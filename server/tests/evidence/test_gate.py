"""The gate: facts of an attempt without a query for each upload."""

import asyncio

from invigil.evidence.gate import UploadFacts, UploadGate

FACTS = UploadFacts(group="exam", takes_uploads=True, is_closed=False, quota_bytes=10)


class Attempts:
    """Answers the gate's loads, counts them, and can hold them back."""

    def __init__(self):
        self.asked = []
        self.open = asyncio.Event()
        self.open.set()
        self.facts = FACTS

    async def load(self, attempt):
        self.asked.append(attempt)
        facts = self.facts
        await self.open.wait()
        return facts


async def test_the_second_upload_asks_nothing():
    attempts = Attempts()
    gate = UploadGate(attempts.load)

    assert await gate.facts("a") == FACTS
    assert await gate.facts("a") == FACTS
    assert attempts.asked == ["a"]


async def test_uploads_that_come_together_share_one_query():
    attempts = Attempts()
    gate = UploadGate(attempts.load)

    assert await asyncio.gather(*(gate.facts("a") for _ in range(5))) == [FACTS] * 5
    assert attempts.asked == ["a"]


async def test_an_entry_grows_old():
    now = [0.0]
    attempts = Attempts()
    gate = UploadGate(attempts.load, ttl_s=30, monotonic=lambda: now[0])
    await gate.facts("a")

    now[0] = 31

    await gate.facts("a")
    assert attempts.asked == ["a", "a"]


async def test_what_was_read_before_the_news_is_not_kept():
    attempts = Attempts()
    gate = UploadGate(attempts.load)
    attempts.open.clear()
    reading = asyncio.create_task(gate.facts("a"))
    await asyncio.sleep(0)

    gate.forget("a")
    attempts.open.set()
    await reading

    await gate.facts("a")
    assert attempts.asked == ["a", "a"]


async def test_an_unknown_attempt_is_asked_for_again():
    attempts = Attempts()
    attempts.facts = None
    gate = UploadGate(attempts.load)

    assert await gate.facts("a") is None
    assert await gate.facts("a") is None
    assert attempts.asked == ["a", "a"]


async def test_the_gate_remembers_a_bounded_number_of_attempts():
    attempts = Attempts()
    gate = UploadGate(attempts.load, capacity=2)
    for attempt in ("a", "b", "c", "a"):
        await gate.facts(attempt)

    assert attempts.asked == ["a", "b", "c", "a"]


async def test_a_client_that_leaves_does_not_take_the_answer_from_the_others():
    attempts = Attempts()
    gate = UploadGate(attempts.load)
    attempts.open.clear()
    leaves, stays = asyncio.create_task(gate.facts("a")), asyncio.create_task(gate.facts("a"))
    await asyncio.sleep(0)

    leaves.cancel()
    await asyncio.sleep(0)
    attempts.open.set()

    assert await stays == FACTS
