"""Opening a data directory: whatever the packs hold and the index does not know is taken in."""

from __future__ import annotations

import itertools
import logging
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from invigil.kit.packs import catalogue, scan
from invigil.kit.packs.disk import Disk
from invigil.kit.packs.erasure import all_tombstones, sweep
from invigil.kit.packs.errors import StoreLocked
from invigil.kit.packs.index import SCHEMA, PackRef, Placed, connect, transaction
from invigil.kit.packs.index_writer import IndexWriter
from invigil.kit.packs.layout import Layout
from invigil.kit.packs.locks import worker_lock
from invigil.kit.packs.ports import StoredSegment
from invigil.kit.packs.record import BLOCK, PackHead, RecordHeader, seal_header

_log = logging.getLogger(__name__)
_ROWS_PER_TRANSACTION = 1000


@dataclass(frozen=True, slots=True)
class Recovered:
    """What an opening found: packs read again, segments that the index had not known."""

    packs: int
    segments: int


def open_index(layout: Layout, worker: str) -> sqlite3.Connection:
    """Open or create the index. A damaged one is set aside and built anew from the packs.

    Raises:
        StoreLocked: the index is missing or damaged while another process uses it.
    """
    if not layout.index.exists():
        _refuse_while_others_live(layout, worker)
    try:
        return _connected(layout)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        _refuse_while_others_live(layout, worker)
        _log.exception("the index is damaged: set aside, built anew from the packs")
        for suffix in ("", "-wal", "-shm"):
            damaged = layout.index.with_name(layout.index.name + suffix)
            if damaged.exists():
                damaged.rename(damaged.with_name(f"damaged-{damaged.name}"))
        return _connected(layout)


def recover(layout: Layout, worker: str, disk: Disk, connection: sqlite3.Connection) -> Recovered:
    """Take in what the index lacks: of this worker's packs and of workers that are not running."""
    for attempt in all_tombstones(layout.tombstones) - catalogue.erased_attempts(connection):
        with transaction(connection):
            catalogue.erase_rows(connection, attempt)
    packs = segments = 0
    for owner, refs in itertools.groupby(_open_ended(layout, connection), lambda ref: ref.worker):
        lock = worker_lock(layout.locks, owner)
        if owner != worker and not lock.try_acquire():
            continue
        for ref in refs:
            packs += 1
            segments += _recover_pack(ref, layout, disk, connection)
        lock.release()
    sweep(layout.packs, disk, connection)
    if segments:
        _log.warning("recovered %d segments from %d packs", segments, packs)
    return Recovered(packs, segments)


def _connected(layout: Layout) -> sqlite3.Connection:
    connection = connect(layout.index)
    try:
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_while_others_live(layout: Layout, worker: str) -> None:
    for path in layout.locks.glob("*.lock"):
        lock = worker_lock(layout.locks, path.stem)
        if path.stem != worker and not lock.try_acquire():
            raise StoreLocked(path.stem)
        lock.release()


def _open_ended(layout: Layout, connection: sqlite3.Connection) -> list[PackRef]:
    """Return the packs that may hold more than the index knows, by worker."""
    known = {ref.path(layout.packs): ref for ref in catalogue.packs(connection)}
    found = [ref for ref in known.values() if not ref.is_sealed]
    for path in layout.packs.glob("*/*-*.pack"):
        if path not in known:
            worker, _, sequence = path.stem.rpartition("-")
            found.append(PackRef(0, path.parent.name, worker, int(sequence), BLOCK, False))
    return sorted(found, key=lambda ref: (ref.worker, ref.group, ref.sequence))


def _recover_pack(ref: PackRef, layout: Layout, disk: Disk, connection: sqlite3.Connection) -> int:
    path = ref.path(layout.packs)
    if not path.exists():
        _forget_missing(ref, connection)
        return 0
    fd = disk.open_existing(path)
    try:
        head = scan.read_head(fd)
        if head is None or (head.group, head.worker, head.sequence) != ref.name:
            _log.error("%s has no valid head: nothing of it was acknowledged; left aside", path)
            return 0
        if not ref.pack_id:
            ref = catalogue.add_pack(connection, ref)
        taken_in, end = _take_in(fd, head, ref, connection)
        _close_off(fd, head, end, disk)
    finally:
        disk.close(fd)
    catalogue.mark_sealed(connection, ref.pack_id, end)
    _remove_if_empty(ref, path, connection)
    return taken_in


def _forget_missing(ref: PackRef, connection: sqlite3.Connection) -> None:
    catalogue.mark_sealed(connection, ref.pack_id, ref.indexed)
    if catalogue.is_empty(connection, ref.pack_id):
        catalogue.remove_pack(connection, ref.pack_id)
    else:
        _log.critical("pack %s-%06d is missing: its segments are lost", ref.worker, ref.sequence)


def _take_in(
    fd: int, head: PackHead, ref: PackRef, connection: sqlite3.Connection
) -> tuple[int, int]:
    """Index what stands behind `ref.indexed`; return the number of segments and the end."""
    writer = IndexWriter(connection)
    end, count = ref.indexed, 0
    found = scan.records(fd, head, ref.indexed, hash_bodies=not scan.is_sealed(fd, head))
    while batch := list(itertools.islice(found, _ROWS_PER_TRANSACTION)):
        offset, header = batch[-1]
        end = offset + header.record_bytes
        placed = [_placed(ref.pack_id, at, one) for at, one in batch]
        losers = writer.commit(placed, {ref.pack_id: end})
        count += len(placed) - len(losers.erased) - len(losers.taken)
    return count, end


def _placed(pack_id: int, offset: int, header: RecordHeader) -> Placed:
    segment = StoredSegment(header.key, header.sha256, header.length, header.stored_at_ms)
    return Placed(segment, pack_id, offset)


def _close_off(fd: int, head: PackHead, end: int, disk: Disk) -> None:
    """Cut the torn tail and seal; a crash in between only means doing it again."""
    if scan.is_sealed(fd, head):
        return
    seal = seal_header(time.time_ns() // 1_000_000).encode(head.key, end)
    disk.truncate(fd, end)
    disk.write_all(fd, [seal.ljust(BLOCK, b"\0")], end)
    disk.flush(fd)


def _remove_if_empty(ref: PackRef, path: Path, connection: sqlite3.Connection) -> None:
    with transaction(connection):
        if catalogue.is_empty(connection, ref.pack_id):
            path.unlink(missing_ok=True)
            catalogue.remove_pack(connection, ref.pack_id)
