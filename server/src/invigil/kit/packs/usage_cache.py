"""What each attempt occupies, at hand for the quota check of each upload."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from invigil.kit.packs.ports import StoredSegment, Usage

_MAX_ATTEMPTS = 50_000


@dataclass(slots=True)
class _Entry:
    segments: int
    total_bytes: int
    counted_at: float


class UsageCache:
    """Counts from the index, kept current by this process's own stores.

    Renewed after `ttl_s`, because other processes store too: so late may a quota be noticed.
    """

    def __init__(self, ttl_s: float = 300, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._entries: dict[str, _Entry] = {}

    def get(self, attempt: str) -> Usage | None:
        """Return a usage that is young enough, or None."""
        entry = self._entries.get(attempt)
        if entry is None or self._monotonic() - entry.counted_at > self._ttl_s:
            return None
        return Usage(entry.segments, entry.total_bytes)

    def counted(self, attempt: str, usage: Usage) -> None:
        """Take a fresh count."""
        if len(self._entries) >= _MAX_ATTEMPTS:
            self._entries.clear()
        self._entries[attempt] = _Entry(usage.segments, usage.total_bytes, self._monotonic())

    def stored(self, segment: StoredSegment) -> None:
        """Add a segment that this process has just stored."""
        entry = self._entries.get(segment.key.attempt)
        if entry is not None and segment.is_new:
            entry.segments += 1
            entry.total_bytes += segment.length

    def forget(self, attempt: str) -> None:
        """Drop an attempt that was erased."""
        self._entries.pop(attempt, None)
