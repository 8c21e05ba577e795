"""The readers' side of the index: one connection per reading thread."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from invigil.kit.packs import catalogue
from invigil.kit.packs.index import PackRef, Placed, connect
from invigil.kit.packs.ports import SegmentKey, StoredSegment, Usage

_ROW = "position, sha256, length, stored_at_ms"


class Lookup:
    """Point and range lookups. Each thread that asks gets its own connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []

    def close(self) -> None:
        """Close the connections of all threads; they must have stopped asking."""
        for connection in self._all:
            connection.close()
        self._all.clear()

    def place(self, key: SegmentKey) -> tuple[Placed, PackRef] | None:
        """Return where a segment stands."""
        row = self._connection.execute(
            f'SELECT {_ROW}, pack_id, "offset" FROM segment '  # noqa: S608  fixed columns, bound values - column names
            "WHERE position = ? AND stream_id = "
            "(SELECT stream_id FROM stream WHERE attempt = ? AND name = ?)",
            (key.index, key.attempt, key.stream),
        ).fetchone()
        if row is None:
            return None
        _, sha256, length, stored_at_ms, pack_id, offset = row
        pack = catalogue.pack(self._connection, pack_id)
        if pack is None:
            return None
        return Placed(StoredSegment(key, sha256, length, stored_at_ms), pack_id, offset), pack

    def segments(self, attempt: str, stream: str | None) -> list[StoredSegment]:
        """Return an attempt's segments by stream, then index."""
        rows = self._connection.execute(
            f"SELECT name, {_ROW} FROM stream JOIN segment USING (stream_id) "  # noqa: S608  fixed columns, bound values
            "WHERE attempt = ? AND name = ifnull(?, name) ORDER BY name, position",
            (attempt, stream),
        )
        return [
            StoredSegment(SegmentKey(attempt, name, position), sha256, length, stored_at_ms)
            for name, position, sha256, length, stored_at_ms in rows
        ]

    def usages(self, attempts: Sequence[str]) -> dict[str, Usage]:
        """Count the segments and bytes of each of these attempts."""
        rows = self._connection.execute(
            "SELECT attempt, count(*), sum(length) FROM stream JOIN segment USING (stream_id) "
            "WHERE attempt IN (SELECT value FROM json_each(?)) GROUP BY attempt",
            (json.dumps(attempts),),
        )
        counted = {attempt: Usage(count, total) for attempt, count, total in rows}
        return {attempt: counted.get(attempt, Usage(0, 0)) for attempt in attempts}

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = connect(self._path)
            connection.execute("PRAGMA query_only=ON")
            self._all.append(connection)
        return connection
