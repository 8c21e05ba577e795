"""Admission control: refuse an upload before its body arrives rather than answer all of them late.

Past about three quarters of what the disk and the processor take, latency goes from milliseconds
to seconds for everybody. So each upload asks first. What is admitted is served quickly; what is
refused gets :class:`StoreBusy` with a number of seconds, and the client keeps its segment and
comes back. Nothing is lost, it only arrives later.

Use it around the whole upload, from the headers to the answer::

    with admission.admit(attempt, content_length):
        chunks = [chunk async for chunk in request.stream()]
        stored = await store.put(...)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from invigil.kit.packs.errors import StoreBusy


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How much may be on its way in one process.

    `max_in_flight_bytes` bounds the memory: declared lengths of all admitted uploads, whether they
    arrive, wait or are being written. `max_queued_segments` bounds the wait for the disk. When the
    event loop lags behind `max_loop_lag_ms`, the processor is short: then the places shrink in
    proportion, from `max_in_flight` down to `min_in_flight` and never to none, for on a machine
    that is busy with other things the lag does not go away by refusing everybody.

    Who declares much and sends it slowly holds it for minutes, so nobody may hold all of it: one
    attempt has `max_per_attempt` places and, from its second upload on, one part in
    `attempts_at_least` of the bytes; uploads above `large_bytes`, which a recording rarely has,
    share half of the bytes among them. A single upload is taken whatever its length.
    """

    max_in_flight_bytes: int = 128 * 1024 * 1024
    max_in_flight: int = 768
    min_in_flight: int = 64
    max_queued_segments: int = 384
    max_loop_lag_ms: float = 150.0
    max_per_attempt: int = 6
    attempts_at_least: int = 8
    large_bytes: int = 512 * 1024


class Pace:
    """How long to send refused clients away, in seconds.

    A refusal costs nearly as much as a segment taken, because the body arrives all the same. So
    each second in which more were refused than taken makes the wait longer, until those who come
    back are few enough, and each other second makes it shorter again.
    """

    _SHORTEST_S = 2.0
    _LONGEST_S = 60.0
    _LONGER = 1.5
    _SHORTER = 0.8

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._second_began = monotonic()
        self._balance = 0
        self._wait_s = self._SHORTEST_S

    def note(self, *, is_taken: bool) -> None:
        """Count an upload that was taken or refused."""
        elapsed_s = int(self._monotonic() - self._second_began)
        if elapsed_s:
            self._turn(elapsed_s)
        self._balance += 1 if is_taken else -1

    def retry_after_s(self) -> int:
        """Return what a refused client is told."""
        return math.ceil(self._wait_s)

    def _turn(self, elapsed_s: int) -> None:
        """End a second; those that went by without any upload count as calm."""
        factor = self._LONGER if self._balance < 0 else self._SHORTER
        wait_s = self._wait_s * factor * self._SHORTER ** min(elapsed_s - 1, 60)
        self._wait_s = min(self._LONGEST_S, max(self._SHORTEST_S, wait_s))
        self._second_began += elapsed_s
        self._balance = 0


@dataclass(slots=True)
class _Share:
    """What is on its way of one attempt, or of all large uploads."""

    uploads: int = 0
    bytes: int = 0

    def takes(self, length: int, at_most: int) -> bool:
        """Whether another upload fits; one by itself always does."""
        return not self.uploads or self.bytes + length <= at_most

    def add(self, length: int, uploads: int = 1) -> None:
        """Take an upload in, or with `uploads=-1` let one go."""
        self.uploads += uploads
        self.bytes += uploads * length


class Admission:
    """Decides for one process and one event loop whether another upload may begin."""

    def __init__(
        self,
        limits: AdmissionLimits,
        *,
        queued_segments: Callable[[], int],
        loop_lag_ms: Callable[[], float] = lambda: 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._queued_segments = queued_segments
        self._loop_lag_ms = loop_lag_ms
        self._pace = Pace(monotonic)
        self._all = _Share()
        self._large = _Share()
        self._by_attempt: dict[str, _Share] = {}
        self.refused = 0

    @property
    def in_flight_bytes(self) -> int:
        """Declared bytes of the uploads that are admitted and not yet answered."""
        return self._all.bytes

    @contextmanager
    def admit(self, attempt: str, length: int) -> Iterator[None]:
        """Hold a place for an upload of `length` declared bytes until the block is left.

        Raises:
            StoreBusy: there is no place; `retry_after_s` grows while the overload lasts.
        """
        mine = self._by_attempt.get(attempt) or _Share()
        if self._is_overloaded(length) or self._is_greedy(mine, length):
            self.refused += 1
            self._pace.note(is_taken=False)
            raise StoreBusy(self._pace.retry_after_s())
        self._pace.note(is_taken=True)
        self._by_attempt[attempt] = mine
        shares = (self._all, mine, self._large) if self._is_large(length) else (self._all, mine)
        for share in shares:
            share.add(length)
        try:
            yield
        finally:
            for share in shares:
                share.add(length, -1)
            if not mine.uploads:
                del self._by_attempt[attempt]

    def _is_large(self, length: int) -> bool:
        return length > self._limits.large_bytes

    def _is_greedy(self, mine: _Share, length: int) -> bool:
        """Whether this attempt, or all large uploads together, would hold more than their part."""
        limits = self._limits
        return (
            mine.uploads >= limits.max_per_attempt
            or not mine.takes(length, limits.max_in_flight_bytes // limits.attempts_at_least)
            or (
                self._is_large(length)
                and not self._large.takes(length, limits.max_in_flight_bytes // 2)
            )
        )

    def _is_overloaded(self, length: int) -> bool:
        return (
            self._all.bytes + length > self._limits.max_in_flight_bytes
            or self._queued_segments() >= self._limits.max_queued_segments
            or self._all.uploads >= self._places()
        )

    def _places(self) -> int:
        limits, lag_ms = self._limits, self._loop_lag_ms()
        if lag_ms <= limits.max_loop_lag_ms:
            return limits.max_in_flight
        shrunk = limits.max_in_flight * limits.max_loop_lag_ms / lag_ms
        return max(limits.min_in_flight, int(shrunk))
