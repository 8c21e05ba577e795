"""Segments that were stored a moment ago and whose leaves are about to come.

A leaf follows its file within ten seconds, mostly to the same process. Remembering what the store
has just answered spares a look into its index for each leaf. What is not remembered is looked up:
this is a saving, not a source.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from invigil.kit.packs.ports import SegmentKey, StoredSegment

_MAX_PER_ATTEMPT = 64


class RecentSegments:
    """The last few stored segments of each attempt, bounded in both directions."""

    def __init__(self, max_attempts: int = 20_000) -> None:
        self._max_attempts = max_attempts
        self._by_attempt: OrderedDict[str, dict[SegmentKey, StoredSegment]] = OrderedDict()

    def note(self, stored: StoredSegment) -> None:
        """Remember a segment that is durable now."""
        attempt = stored.key.attempt
        segments = self._by_attempt.get(attempt)
        if segments is None:
            segments = self._by_attempt[attempt] = {}
            if len(self._by_attempt) > self._max_attempts:
                self._by_attempt.popitem(last=False)
        if len(segments) >= _MAX_PER_ATTEMPT:
            del segments[next(iter(segments))]
        segments[stored.key] = stored

    def find(self, key: SegmentKey) -> StoredSegment | None:
        """Return a segment if it is remembered."""
        segments = self._by_attempt.get(key.attempt)
        return None if segments is None else segments.get(key)

    def settled(self, keys: Iterable[SegmentKey]) -> None:
        """Forget segments whose leaves have come; they are of one attempt."""
        for key in keys:
            segments = self._by_attempt.get(key.attempt, {})
            segments.pop(key, None)
            if not segments:
                self._by_attempt.pop(key.attempt, None)

    def forget(self, attempt: str) -> None:
        """Forget an attempt that was deleted."""
        self._by_attempt.pop(attempt, None)
