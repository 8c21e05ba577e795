"""Stand-ins at the ports, and nowhere else."""

from __future__ import annotations


class FakeClock:
    """A clock that stands still until a test turns it: 2026-11-23 10:00 UTC."""

    def __init__(self, now_ms: int = 1_795_428_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        self._now_ms += int((seconds + 60 * minutes + 3600 * (hours + 24 * days)) * 1000)
