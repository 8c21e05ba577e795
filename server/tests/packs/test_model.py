"""The store against a dictionary: whatever is done to it, both tell the same."""

import asyncio
import hashlib
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from invigil.kit.packs.errors import AttemptErased, SegmentConflict, StoreError
from invigil.kit.packs.ports import SegmentKey, Usage
from server.tests.packs.making import attempt, forget_index, opened, segment

attempts = st.integers(0, 3)
streams = st.sampled_from(["camera", "screen"])
indexes = st.integers(0, 5)
contents = st.builds(
    lambda byte, length: bytes([byte]) * length,
    st.integers(0, 2),
    st.sampled_from([0, 1, 3968, 3969, 90_000]),
)
puts = st.tuples(attempts, streams, indexes, contents)


class StoreAgainstDictionary(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.root = Path(self.directory.name)
        self.runner = asyncio.Runner()
        self.scope = AsyncExitStack()
        self.kept: dict[SegmentKey, bytes] = {}
        self.erased: set[str] = set()
        self.open()

    def open(self):
        self.store = self.runner.run(self.scope.enter_async_context(opened(self.root)))

    def teardown(self):
        self.runner.run(self.scope.aclose())
        self.runner.close()
        self.directory.cleanup()

    @rule(batch=st.lists(puts, min_size=1, max_size=8))
    def put_together(self, batch):
        incoming = [
            segment(index, content, of=number, stream=stream, group=f"exam-{number % 2}")
            for number, stream, index, content in batch
        ]

        async def put_all():
            return await asyncio.gather(
                *(self.store.put(one) for one in incoming), return_exceptions=True
            )

        for (_, _, _, content), one, answer in zip(
            batch, incoming, self.runner.run(put_all()), strict=True
        ):
            self.judge(one.key, content, answer)

    def judge(self, key, content, answer):
        if key.attempt in self.erased:
            assert isinstance(answer, AttemptErased)
        elif self.kept.get(key, content) != content:
            assert isinstance(answer, SegmentConflict)
        else:
            assert not isinstance(answer, StoreError)
            assert answer.is_new == (key not in self.kept)
            assert answer.sha256 == hashlib.sha256(content).digest()
            self.kept[key] = content

    @rule(number=attempts)
    def erase(self, number):
        doomed = [key for key in self.kept if key.attempt == attempt(number)]
        assert len(doomed) == self.runner.run(self.store.erase(attempt(number)))
        for key in doomed:
            del self.kept[key]
        self.erased.add(attempt(number))

    @rule(is_index_lost=st.booleans())
    def reopen(self, is_index_lost):
        self.runner.run(self.scope.aclose())
        if is_index_lost:
            forget_index(self.root)
        self.open()

    @invariant()
    def both_tell_the_same(self):
        async def compare():
            for number in range(4):
                expected = {k: v for k, v in self.kept.items() if k.attempt == attempt(number)}
                listed = await self.store.segments(attempt(number))
                assert sorted(expected, key=lambda k: (k.stream, k.index)) == [
                    one.key for one in listed
                ]
                assert await self.store.usage(attempt(number)) == Usage(
                    len(expected), sum(map(len, expected.values()))
                )
                for key, content in expected.items():
                    assert await self.store.read(key) == content

        self.runner.run(compare())


StoreAgainstDictionary.TestCase.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None
)
test_the_store_agrees_with_a_dictionary = StoreAgainstDictionary.TestCase
