"""The packs one worker writes to: one open pack per group, opened, rolled and closed as needed."""

from __future__ import annotations

import logging
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from invigil.kit.packs import catalogue
from invigil.kit.packs.disk import Disk
from invigil.kit.packs.index import PackRef
from invigil.kit.packs.pack import OpenPack, PackSize
from invigil.kit.packs.record import BLOCK, PackHead

_log = logging.getLogger(__name__)
_MAX_OPEN_PACKS = 32


@dataclass(frozen=True, slots=True)
class Shelved:
    """An open pack and its entry in the index."""

    ref: PackRef
    pack: OpenPack


class Shelf:
    """Hands the committer a pack with room; remembers which ones the current batch touched."""

    def __init__(
        self, disk: Disk, root: Path, connection: sqlite3.Connection, *, worker: str, size: PackSize
    ) -> None:
        self._disk = disk
        self._root = root
        self._connection = connection
        self._worker = worker
        self._size = size
        self._open: dict[str, Shelved] = {}
        self._touched: dict[int, Shelved] = {}
        self._rolled: list[Shelved] = []

    def with_room(self, group: str, size: int) -> Shelved:
        """Return the pack of `group` that takes the next record of `size` bytes."""
        shelved = self._open.get(group)
        if shelved and not shelved.pack.has_room(size):
            self._rolled.append(self._open.pop(group))
            shelved = None
        if shelved is None:
            shelved = self._open[group] = self._create(group)
        self._touched[shelved.ref.pack_id] = shelved
        return shelved

    def flush(self) -> dict[int, int]:
        """Make the batch durable; return pack id → end for every pack it touched."""
        for shelved in self._touched.values():
            shelved.pack.flush()
        return {pack_id: shelved.pack.end for pack_id, shelved in self._touched.items()}

    def confirm(self) -> None:
        """End the batch well: its records are in the index."""
        for shelved in self._touched.values():
            shelved.pack.confirm()
        self._touched.clear()

    def abandon(self) -> None:
        """End the batch badly: no pack it touched is ever written to again."""
        for shelved in self._touched.values():
            self._open.pop(shelved.ref.group, None)
            if shelved in self._rolled:
                self._rolled.remove(shelved)
            self._note_sealed(shelved, shelved.pack.abandon())
        self._touched.clear()

    def tidy(self, idle_s: float) -> None:
        """Seal packs that are full, too many, or unused for `idle_s`. Call it between batches."""
        now = time.monotonic()
        by_age = sorted(self._open.values(), key=lambda shelved: shelved.pack.last_used)
        surplus = max(0, len(by_age) - _MAX_OPEN_PACKS)
        for at, shelved in enumerate(by_age):
            if at < surplus or now - shelved.pack.last_used >= idle_s:
                self._rolled.append(self._open.pop(shelved.ref.group))
        while self._rolled:
            self._seal(self._rolled.pop())

    def _seal(self, shelved: Shelved) -> None:
        try:
            shelved.pack.seal()
        except OSError:
            _log.exception("pack not sealed; its tail is read again at the next start")
            return
        self._note_sealed(shelved, shelved.pack.end)

    def _note_sealed(self, shelved: Shelved, end: int) -> None:
        try:
            catalogue.mark_sealed(self._connection, shelved.ref.pack_id, end)
        except sqlite3.Error:
            _log.exception("sealed pack not noted; its tail is read again at the next start")

    def _create(self, group: str) -> Shelved:
        sequence = self._next_sequence(group)
        head = PackHead.new(group, self._worker, sequence)
        pack = OpenPack.create(self._disk, self._root, head, self._size)
        try:
            ref = PackRef(0, group, self._worker, sequence, BLOCK, is_sealed=False)
            return Shelved(catalogue.add_pack(self._connection, ref), pack)
        except sqlite3.Error:
            pack.close()
            raise

    def _next_sequence(self, group: str) -> int:
        """Number packs by what lies on the disk: a number is never used for a second file."""
        names = (path.stem for path in (self._root / group).glob(f"{self._worker}-*.pack"))
        numbers = [int(name.rpartition("-")[2]) for name in names]
        known = [
            pack.sequence
            for pack in catalogue.packs(self._connection)
            if (pack.group, pack.worker) == (group, self._worker)
        ]
        return max([0, *numbers, *known]) + 1
