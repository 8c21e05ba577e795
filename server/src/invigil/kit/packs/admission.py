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
    `max_per_attempt` keeps one client from taking all places by sending slowly.
    """

    max_in_flight_bytes: int = 128 * 1024 * 1024
    max_in_flight: int = 768
    min_in_flight: int = 64
    max_queued_segments: int = 384
    max_loop_lag_ms: float = 150.0
    max_per_attempt: int = 6


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
        self._monotonic = monotonic
        self._in_flight = 0
        self._in_flight_bytes = 0
        self._by_attempt: dict[str, int] = {}
        self._overloaded_since: float | None = None
        self._last_refusal = -math.inf
        self.refused = 0

    @property
    def in_flight_bytes(self) -> int:
        """Declared bytes of the uploads that are admitted and not yet answered."""
        return self._in_flight_bytes

    @contextmanager
    def admit(self, attempt: str, length: int) -> Iterator[None]:
        """Hold a place for an upload of `length` declared bytes until the block is left.

        Raises:
            StoreBusy: there is no place; `retry_after_s` grows while the overload lasts.
        """
        mine = self._by_attempt.get(attempt, 0)
        if self._is_overloaded(length) or mine >= self._limits.max_per_attempt:
            self.refused += 1
            raise StoreBusy(self._retry_after_s())
        self._in_flight += 1
        self._in_flight_bytes += length
        self._by_attempt[attempt] = mine + 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._in_flight_bytes -= length
            self._leave(attempt)

    def _leave(self, attempt: str) -> None:
        left = self._by_attempt[attempt] - 1
        if left:
            self._by_attempt[attempt] = left
        else:
            del self._by_attempt[attempt]

    def _is_overloaded(self, length: int) -> bool:
        return (
            self._in_flight_bytes + length > self._limits.max_in_flight_bytes
            or self._queued_segments() >= self._limits.max_queued_segments
            or self._in_flight >= self._places()
        )

    def _places(self) -> int:
        limits, lag_ms = self._limits, self._loop_lag_ms()
        if lag_ms <= limits.max_loop_lag_ms:
            return limits.max_in_flight
        shrunk = limits.max_in_flight * limits.max_loop_lag_ms / lag_ms
        return max(limits.min_in_flight, int(shrunk))

    def _retry_after_s(self) -> int:
        """Ask for half as long as the overload has lasted, so that a long one thins the crowd."""
        now = self._monotonic()
        if self._overloaded_since is None or now - self._last_refusal > 5:
            self._overloaded_since = now
        self._last_refusal = now
        return min(30, max(2, math.ceil((now - self._overloaded_since) / 2)))
