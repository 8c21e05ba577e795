"""The index: which segment stands where. A convenience; the packs are the truth.

SQLite in WAL mode without a flush per transaction: after a power cut it may have forgotten the
last transactions, never mix them up. `pack.indexed` moves in the same transaction as the rows it
covers, so what is missing is exactly what stands behind that offset in the pack.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from invigil.kit.packs.ports import StoredSegment

SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
    stream_id INTEGER PRIMARY KEY, attempt TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (attempt, name));
CREATE TABLE IF NOT EXISTS pack (
    pack_id INTEGER PRIMARY KEY, group_name TEXT NOT NULL, worker TEXT NOT NULL,
    sequence INTEGER NOT NULL, indexed INTEGER NOT NULL, is_sealed INTEGER NOT NULL,
    UNIQUE (group_name, worker, sequence));
CREATE TABLE IF NOT EXISTS segment (
    stream_id INTEGER NOT NULL, position INTEGER NOT NULL, pack_id INTEGER NOT NULL,
    "offset" INTEGER NOT NULL, length INTEGER NOT NULL, stored_at_ms INTEGER NOT NULL,
    sha256 BLOB NOT NULL, PRIMARY KEY (stream_id, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (
    erased_id INTEGER PRIMARY KEY, attempt TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS doomed (
    pack_id INTEGER NOT NULL, "offset" INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (pack_id, "offset")) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class PackRef:
    """One pack as the index knows it. Bytes before `indexed` are in the index."""

    pack_id: int
    group: str
    worker: str
    sequence: int
    indexed: int
    is_sealed: bool

    @property
    def name(self) -> tuple[str, str, int]:
        """What identifies a pack on the disk: group, worker, sequence."""
        return self.group, self.worker, self.sequence

    def path(self, root: Path) -> Path:
        """Return the pack's file."""
        return root / self.group / f"{self.worker}-{self.sequence:06d}.pack"


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment and the place of its record."""

    segment: StoredSegment
    pack_id: int
    offset: int


def connect(path: Path) -> sqlite3.Connection:
    """Open the index file; the connection may move between threads but is used by one at a time."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=30, check_same_thread=False, cached_statements=512
    )
    for pragma in (
        "journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "cache_size=-16384",
        "journal_size_limit=67108864",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock at once, so that what was read stays true until the commit."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
