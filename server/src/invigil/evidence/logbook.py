"""Appending to attempts' logs: one log at a time for each attempt, many attempts in one commit.

2,000 candidates sign 200 checkpoints a second. So the state of each log is kept in memory between
two requests, and the writer commits whatever has queued up while the last commit was under way.
Another process may append to the same log: its leaves begin at the same index, so the database
refuses one of the two, which then looks again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from invigil.attempts.gate import AttemptGate
from invigil.evidence import queries
from invigil.evidence.checkpoints import AttemptLog, Extension, Opening, extend, receipt_for
from invigil.evidence.leaves import SegmentLeaf
from invigil.evidence.log_writer import LogWriter, WrapReplacedError, Write
from invigil.evidence.recent import RecentSegments
from invigil.kit.clock import Clock
from invigil.kit.db import Database
from invigil.kit.packs.ports import SegmentKey, SegmentStore, StoredSegment
from invigil.kit.problems import (
    Busy,
    LogBehind,
    LogForked,
    Problem,
    Quota,
    SegmentDiffers,
    SegmentMissing,
)
from invigil.kit.signing import SigningKey

_MANY_SEGMENTS = 24
"""From here on one look at all of an attempt's segments is cheaper than one at each."""

_ROUNDS = 4
"""How often an append looks again after another process appended to the same log."""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """What a candidate's device sends: leaves from index `start` on, and a signed checkpoint.

    `generation` is the token's.
    """

    start: int
    leaves: tuple[bytes, ...]
    checkpoint: str
    generation: int


@dataclass(slots=True)
class _Entry:
    """A log in memory. `log` is None when it has to be read from the database."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    log: AttemptLog | None = None


class LogBook:
    """All logs of this server as one process sees them."""

    def __init__(
        self,
        database: Database,
        store: SegmentStore,
        *,
        recent: RecentSegments,
        server_key: SigningKey,
        clock: Clock,
        writer: LogWriter,
        capacity: int = 20_000,
    ) -> None:
        self._database = database
        self._store = store
        self._recent = recent
        self._server_key = server_key
        self._clock = clock
        self._writer = writer
        self._capacity = capacity
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def append(self, gate: AttemptGate, request: LogRequest) -> AttemptLog:
        """Extend a log and cosign its checkpoint; return the log as it is stored then.

        A repeated request gets the answer of the first.

        Raises:
            Problem: sealed.md §8 says no. Nothing of the request is kept.
        """
        entry = self._entry(gate.attempt_id)
        async with entry.turn:
            for _ in range(_ROUNDS):
                known, entry.log = entry.log, None
                log = known or await self._load(gate.attempt_id)
                try:
                    entry.log = await self._append(log, gate, request)
                except (IntegrityError, WrapReplacedError):
                    continue  # another process or device was faster
                except Problem as problem:
                    if known is None or isinstance(problem, Busy):
                        raise
                    continue  # perhaps only because another process went on since
                return entry.log
        raise Busy(retry_after_s=1)

    async def current(self, attempt: str) -> AttemptLog:
        """Return a log as it is stored now."""
        return await self._load(attempt)

    @asynccontextmanager
    async def alone(self, attempt: str) -> AsyncIterator[None]:
        """Keep appends to a log out while the block lasts, and forget what is known of it."""
        entry = self._entry(attempt)
        async with entry.turn:
            entry.log = None
            self._recent.forget(attempt)
            yield

    async def _append(self, log: AttemptLog, gate: AttemptGate, request: LogRequest) -> AttemptLog:
        overlap = log.size - request.start
        if overlap < 0:
            raise LogBehind(size=log.size)
        await self._check_same(gate.attempt_id, request.start, request.leaves[:overlap])
        opening = await self._opening(gate, log)
        extension = extend(log, request.leaves[overlap:], request.checkpoint, opening)
        if not extension.leaves:
            return log
        # The close is always taken: an attempt that went on for too long still ends complete.
        if extension.log.size > gate.most_leaves and not extension.log.is_closed:
            raise Quota(retry_after_s=600)
        await self._check_files(gate.attempt_id, extension.segments)
        return await self._store_extension(extension, gate, request.generation)

    async def _store_extension(
        self, extension: Extension, gate: AttemptGate, generation: int
    ) -> AttemptLog:
        now_ms = self._clock.now_ms()
        assert extension.log.attempt_key is not None
        receipt = receipt_for(
            extension.signed,
            extension.log.attempt_key,
            self._server_key,
            institution=gate.institution_slug,
            unix_s=now_ms // 1000,
        )
        log = replace(extension.log, receipt=receipt)
        appended = queries.Appended(log, extension.leaves)
        await self._writer.write(
            Write(appended, generation, extension.epoch, extension.wrap_sha256, now_ms)
        )
        self._recent.settled(
            SegmentKey(gate.attempt_id, leaf.stream, leaf.index) for leaf in extension.segments
        )
        return log

    async def _opening(self, gate: AttemptGate, log: AttemptLog) -> Opening:
        wrap_sha256 = None
        if log.size == 0:
            async with self._database.transaction(writes=False) as session:
                wrap_sha256 = await queries.wrap_sha256(session, gate.attempt_id)
        return Opening(gate.institution_slug, gate.attempt_id, gate.scope, gate.nonce, wrap_sha256)

    async def _check_same(self, attempt: str, start: int, leaves: Sequence[bytes]) -> None:
        """Compare leaves that are stored already with what the device says they are."""
        if not leaves:
            return
        async with self._database.transaction(writes=False) as session:
            stored = await queries.read_leaves(session, attempt, start, start + len(leaves))
        for place, (mine, theirs) in enumerate(zip(stored, leaves, strict=True)):
            if mine != theirs:
                raise LogForked(index=start + place)

    async def _check_files(self, attempt: str, segments: Sequence[SegmentLeaf]) -> None:
        """Look whether each file is stored with its leaf's length and hash."""
        known = await self._known(attempt) if len(segments) >= _MANY_SEGMENTS else {}
        for leaf in segments:
            key = SegmentKey(attempt, leaf.stream, leaf.index)
            stored = known.get(key) or self._recent.find(key) or await self._store.locate(key)
            if stored is None:
                raise SegmentMissing(stream=leaf.stream, index=leaf.index)
            if (stored.length, stored.sha256) != (leaf.length, leaf.sha256):
                raise SegmentDiffers(stream=leaf.stream, index=leaf.index)

    async def _known(self, attempt: str) -> dict[SegmentKey, StoredSegment]:
        return {stored.key: stored for stored in await self._store.segments(attempt)}

    async def _load(self, attempt: str) -> AttemptLog:
        async with self._database.transaction(writes=False) as session:
            return await queries.load_log(session, attempt)

    def _entry(self, attempt: str) -> _Entry:
        entry = self._entries.setdefault(attempt, _Entry())
        self._entries.move_to_end(attempt)
        if len(self._entries) > self._capacity:
            # The one not used for longest. If it is in use all the same, the database settles it.
            self._entries.popitem(last=False)
        return entry
