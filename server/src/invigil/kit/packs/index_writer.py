"""The committer's side of the index: look a batch up, take a batch in.

Each is one statement for the whole batch. With one statement per row the committer and the event
loop hand the interpreter's lock to and fro for every segment.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from invigil.kit.packs import catalogue
from invigil.kit.packs.index import Placed, transaction
from invigil.kit.packs.ports import SegmentKey, StoredSegment
from invigil.kit.packs.record import record_bytes

_MAX_CACHED_STREAMS = 100_000


@dataclass(frozen=True, slots=True)
class Losers:
    """Records that a transaction did not take in, by their position in the given list."""

    erased: frozenset[int]
    taken: dict[int, StoredSegment]
    """By position: the segment that already holds the key."""


class IndexWriter:
    """The committer's view: batches in, with the ids of the streams it knows kept at hand."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stream_ids: dict[tuple[str, str], int] = {}
        self._last_erased = -1

    def known(self, keys: Sequence[SegmentKey]) -> tuple[list[StoredSegment | None], set[str]]:
        """Return for each key what is stored under it, and the attempts that are erased."""
        with self._forgetting_on_error(), contextlib.ExitStack() as scope:
            if any((key.attempt, key.stream) not in self._stream_ids for key in keys):
                scope.enter_context(transaction(self._connection))
            erased = self._resolve(keys)
        living = [at for at, key in enumerate(keys) if key.attempt not in erased]
        found = self._rows([keys[at] for at in living]) if living else {}
        answer: list[StoredSegment | None] = [None] * len(keys)
        for at in living:
            answer[at] = found.get(keys[at])
        return answer, erased

    def commit(self, placed: Sequence[Placed], indexed: dict[int, int]) -> Losers:
        """Take in durable records and move `indexed` (pack id → offset) with them."""
        with self._forgetting_on_error(), transaction(self._connection):
            keys = [one.segment.key for one in placed]
            erased = self._resolve(keys)
            losing = frozenset(at for at, key in enumerate(keys) if key.attempt in erased)
            winners = [one for at, one in enumerate(placed) if at not in losing]
            taken = {}
            if winners and self._insert(winners) < len(winners):
                taken = self._taken(placed, losing)
            self._doom([placed[at] for at in (*losing, *taken)])
            self._connection.executemany(
                "UPDATE pack SET indexed = ? WHERE pack_id = ?",
                [(offset, pack_id) for pack_id, offset in indexed.items()],
            )
        return Losers(losing, taken)

    @contextlib.contextmanager
    def _forgetting_on_error(self) -> Iterator[None]:
        """A transaction rolled back takes the stream ids with it that it had given out."""
        try:
            yield
        except BaseException:
            self._stream_ids.clear()
            raise

    def _resolve(self, keys: Sequence[SegmentKey]) -> set[str]:
        """Give every stream an id; return the erased attempts among `keys`.

        Erasure by another process shows as a new `erased_id`; then all ids at hand are doubted.
        """
        (last,) = self._connection.execute(
            "SELECT ifnull(max(erased_id), 0) FROM erased"
        ).fetchone()
        if last != self._last_erased or len(self._stream_ids) > _MAX_CACHED_STREAMS:
            self._stream_ids.clear()
            self._last_erased = last
        erased = set()
        for key in keys:
            if (key.attempt, key.stream) not in self._stream_ids and not self._learn(key):
                erased.add(key.attempt)
        return erased

    def _learn(self, key: SegmentKey) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM erased WHERE attempt = ?", (key.attempt,)
        ).fetchone()
        if row:
            return False
        name = (key.attempt, key.stream)
        self._connection.execute("INSERT OR IGNORE INTO stream (attempt, name) VALUES (?, ?)", name)
        (self._stream_ids[name],) = self._connection.execute(
            "SELECT stream_id FROM stream WHERE attempt = ? AND name = ?", name
        ).fetchone()
        return True

    def _rows(self, keys: Sequence[SegmentKey]) -> dict[SegmentKey, StoredSegment]:
        by_place = {(self._stream_ids[key.attempt, key.stream], key.index): key for key in keys}
        values = ",".join(["(?,?)"] * len(by_place))
        rows = self._connection.execute(
            f"WITH wanted (stream_id, position) AS (VALUES {values}) "  # noqa: S608 - only marks
            "SELECT s.stream_id, s.position, sha256, length, stored_at_ms FROM wanted "
            "CROSS JOIN segment s ON s.stream_id = wanted.stream_id "
            "AND s.position = wanted.position",
            [part for place in by_place for part in place],
        )
        return {
            by_place[stream_id, position]: StoredSegment(by_place[stream_id, position], *rest)
            for stream_id, position, *rest in rows
        }

    def _insert(self, placed: Sequence[Placed]) -> int:
        values = ",".join(["(?,?,?,?,?,?,?)"] * len(placed))
        parameters: list[object] = []
        for one in placed:
            segment = one.segment
            stream_id = self._stream_ids[segment.key.attempt, segment.key.stream]
            parameters += (
                stream_id, segment.key.index, one.pack_id, one.offset, segment.length,
                segment.stored_at_ms, segment.sha256,
            )  # fmt: skip
        return self._connection.execute(
            f"INSERT OR IGNORE INTO segment VALUES {values}",  # noqa: S608 - only marks
            parameters,
        ).rowcount

    def _taken(self, placed: Sequence[Placed], skipped: frozenset[int]) -> dict[int, StoredSegment]:
        """Find the records whose key another process (or an earlier record) holds."""
        taken = {}
        for at, one in enumerate(placed):
            if at in skipped:
                continue
            key = one.segment.key
            pack_id, offset, *rest = self._connection.execute(
                'SELECT pack_id, "offset", sha256, length, stored_at_ms FROM segment '
                "WHERE stream_id = ? AND position = ?",
                (self._stream_ids[key.attempt, key.stream], key.index),
            ).fetchone()
            if (pack_id, offset) != (one.pack_id, one.offset):
                taken[at] = StoredSegment(key, *rest)
        return taken

    def _doom(self, placed: Sequence[Placed]) -> None:
        catalogue.doom(
            self._connection,
            [(one.pack_id, one.offset, record_bytes(one.segment.length)) for one in placed],
        )
