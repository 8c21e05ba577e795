"""Where things lie in the data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from invigil.kit.packs.disk import Disk


@dataclass(frozen=True, slots=True)
class Layout:
    """`root` is the store's own directory, for instance ``data/packs``."""

    root: Path

    @property
    def packs(self) -> Path:
        """One directory per group, in it the packs."""
        return self.root / "groups"

    @property
    def index(self) -> Path:
        """The SQLite index; it may be deleted while no process runs."""
        return self.root / "index.db"

    @property
    def tombstones(self) -> Path:
        """What was erased. Belongs into every backup: a restore must not bring it back."""
        return self.root / "erased"

    @property
    def locks(self) -> Path:
        """Lock files of the workers and of opening."""
        return self.root / "locks"

    def create(self, disk: Disk) -> None:
        """Make the directories and their names durable."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.packs, self.tombstones, self.locks):
            directory.mkdir(exist_ok=True)
        disk.flush_directory(self.root)
        disk.flush_directory(self.root.parent)
