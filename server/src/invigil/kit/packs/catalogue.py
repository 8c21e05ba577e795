"""What the index knows of packs, erased attempts and records that wait to be punched out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from invigil.kit.packs.index import PackRef
from invigil.kit.packs.record import record_bytes

_PACK_COLUMNS = "pack_id, group_name, worker, sequence, indexed, is_sealed"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A record whose bytes must go: erased, or lost to another record of the same key."""

    pack_id: int
    offset: int
    size: int


def add_pack(connection: sqlite3.Connection, pack: PackRef) -> PackRef:
    """Enter a pack (its `pack_id` is ignored) and return it with the id it got."""
    row = connection.execute(
        "INSERT INTO pack (group_name, worker, sequence, indexed, is_sealed) "  # noqa: S608  fixed columns, bound values
        f"VALUES (?, ?, ?, ?, ?) RETURNING {_PACK_COLUMNS}",
        (pack.group, pack.worker, pack.sequence, pack.indexed, pack.is_sealed),
    ).fetchall()[0]
    return _pack(row)


def packs(connection: sqlite3.Connection) -> list[PackRef]:
    """Return all packs in the index."""
    return [_pack(row) for row in connection.execute(f"SELECT {_PACK_COLUMNS} FROM pack")]  # noqa: S608  fixed columns, bound values


def pack(connection: sqlite3.Connection, pack_id: int) -> PackRef | None:
    """Return one pack, or None when it was removed."""
    row = connection.execute(
        f"SELECT {_PACK_COLUMNS} FROM pack WHERE pack_id = ?",  # noqa: S608  fixed columns, bound values
        (pack_id,),
    ).fetchone()
    return _pack(row) if row else None


def mark_sealed(connection: sqlite3.Connection, pack_id: int, indexed: int) -> None:
    """Note that nothing will be appended to a pack any more."""
    connection.execute(
        "UPDATE pack SET is_sealed = 1, indexed = ? WHERE pack_id = ?", (indexed, pack_id)
    )


def is_empty(connection: sqlite3.Connection, pack_id: int) -> bool:
    """Tell whether a sealed pack holds neither segments nor records that wait to be punched."""
    (count,) = connection.execute(
        "SELECT (SELECT count(*) FROM pack WHERE pack_id = :id AND NOT is_sealed) "
        "+ EXISTS (SELECT 1 FROM segment WHERE pack_id = :id) "
        "+ EXISTS (SELECT 1 FROM doomed WHERE pack_id = :id)",
        {"id": pack_id},
    ).fetchone()
    return not count


def remove_pack(connection: sqlite3.Connection, pack_id: int) -> None:
    """Forget a pack whose file is gone."""
    connection.execute("DELETE FROM pack WHERE pack_id = ?", (pack_id,))


def doom(connection: sqlite3.Connection, records: Iterable[tuple[int, int, int]]) -> None:
    """Note records (pack id, offset, size) that must be punched out, also after a crash."""
    connection.executemany("INSERT OR IGNORE INTO doomed VALUES (?, ?, ?)", records)


def doomed(connection: sqlite3.Connection) -> list[Doomed]:
    """Return the records that wait to be punched out, by pack."""
    rows = connection.execute('SELECT pack_id, "offset", size FROM doomed ORDER BY 1, 2')
    return [Doomed(*row) for row in rows]


def absolve(connection: sqlite3.Connection, records: Sequence[Doomed]) -> None:
    """Forget doomed records after their bytes are gone."""
    connection.executemany(
        'DELETE FROM doomed WHERE pack_id = ? AND "offset" = ?',
        [(record.pack_id, record.offset) for record in records],
    )


def erased_attempts(connection: sqlite3.Connection) -> set[str]:
    """Return every attempt that the index knows to be erased."""
    return {attempt for (attempt,) in connection.execute("SELECT attempt FROM erased")}


def erase_rows(connection: sqlite3.Connection, attempt: str) -> int:
    """Move an attempt's segments to the doomed and bar the attempt; return their number.

    Call it inside a transaction.
    """
    connection.execute("INSERT OR IGNORE INTO erased (attempt) VALUES (?)", (attempt,))
    rows = connection.execute(
        "DELETE FROM segment WHERE stream_id IN (SELECT stream_id FROM stream WHERE attempt = ?) "
        'RETURNING pack_id, "offset", length',
        (attempt,),
    ).fetchall()
    doom(connection, [(pack_id, offset, record_bytes(length)) for pack_id, offset, length in rows])
    return len(rows)


def _pack(row: tuple[int, str, str, int, int, int]) -> PackRef:
    pack_id, group, worker, sequence, indexed, is_sealed = row
    return PackRef(pack_id, group, worker, sequence, indexed, bool(is_sealed))
