"""Erasing an attempt so that it is gone and stays gone.

Order: the tombstone is on disk before anything else happens; then the index forgets the segments
and, in the same transaction, notes their records as doomed; then the holes are punched and
flushed; then the doomed are forgotten. A crash between any two steps is made good at the next
start, with or without the index, because the tombstone log lies beside the packs.
"""

from __future__ import annotations

import itertools
import logging
import os
import sqlite3
import threading
from pathlib import Path

from invigil.kit.packs import catalogue
from invigil.kit.packs.disk import Disk
from invigil.kit.packs.index import transaction
from invigil.kit.packs.ports import ATTEMPT_PATTERN

_log = logging.getLogger(__name__)


class TombstoneLog:
    """One text file per worker, one erased attempt a line. Read all, append to one's own."""

    def __init__(self, directory: Path, worker: str, disk: Disk) -> None:
        self._directory = directory
        self._path = directory / f"{worker}.log"
        self._disk = disk
        self._lock = threading.Lock()

    def append(self, attempt: str) -> None:
        """Note an erased attempt durably. The leading newline ends a line torn by a crash."""
        with self._lock:
            fd = self._open()
            try:
                self._disk.write_all(fd, [f"\n{attempt}\n".encode()], os.fstat(fd).st_size)
                self._disk.flush(fd)
            finally:
                self._disk.close(fd)
            # Each time: whoever made the file may have been killed before its name was durable.
            self._disk.flush_directory(self._directory)

    def _open(self) -> int:
        try:
            return self._disk.create(self._path)
        except FileExistsError:
            return self._disk.open_existing(self._path)


def all_tombstones(directory: Path) -> set[str]:
    """Return every attempt that any worker erased."""
    lines = itertools.chain.from_iterable(
        path.read_text("ascii", errors="replace").splitlines() for path in directory.glob("*.log")
    )
    return {line for line in lines if ATTEMPT_PATTERN.fullmatch(line)}


def erase_attempt(attempt: str, tombstones: TombstoneLog, connection: sqlite3.Connection) -> int:
    """Bar an attempt for good and doom its records; return their number. `sweep` comes next."""
    tombstones.append(attempt)
    with transaction(connection):
        return catalogue.erase_rows(connection, attempt)


def sweep(root: Path, disk: Disk, connection: sqlite3.Connection) -> None:
    """Punch out every doomed record; remove the packs that hold nothing any more."""
    doomed = catalogue.doomed(connection)
    for pack_id, records in itertools.groupby(doomed, key=lambda record: record.pack_id):
        ref = catalogue.pack(connection, pack_id)
        if ref is None:
            continue
        punched = list(records)
        _punch(ref.path(root), punched, disk)
        with transaction(connection):
            catalogue.absolve(connection, punched)
            if catalogue.is_empty(connection, pack_id):
                ref.path(root).unlink(missing_ok=True)
                catalogue.remove_pack(connection, pack_id)


def _punch(path: Path, records: list[catalogue.Doomed], disk: Disk) -> None:
    try:
        fd = disk.open_existing(path)
    except FileNotFoundError:
        return
    try:
        for record in records:
            disk.punch(fd, record.offset, record.size)
        disk.flush(fd)
    finally:
        disk.close(fd)
