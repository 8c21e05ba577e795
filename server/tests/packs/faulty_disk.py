"""FAKES of the disk port, for tests only: one that fails on command, one that loses its power."""

import errno
import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from invigil.kit.packs.disk import LocalDisk
from invigil.kit.packs.ports import Chunk


class FailingDisk(LocalDisk):
    """A real disk whose named operations raise while they are in `failing`."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[str, int] = {}

    def write_all(self, fd: int, chunks: Sequence[Chunk], offset: int) -> None:
        if "write_all" in self.failing:  # half of it reaches the disk, as in real life
            half = b"".join(bytes(chunk) for chunk in chunks)
            os.pwrite(fd, half[: len(half) // 2], offset)
        self._fail("write_all")
        super().write_all(fd, chunks, offset)

    def flush(self, fd: int) -> None:
        self._fail("flush")
        super().flush(fd)

    def allocate(self, fd: int, offset: int, size: int) -> None:
        self._fail("allocate")
        super().allocate(fd, offset, size)

    def truncate(self, fd: int, size: int) -> None:
        self._fail("truncate")
        super().truncate(fd, size)

    def punch(self, fd: int, offset: int, size: int) -> None:
        self._fail("punch")
        super().punch(fd, offset, size)

    def free_bytes(self, path: Path) -> int:
        return self.failing.get("free_bytes", 1 << 40)

    def _fail(self, operation: str) -> None:
        if operation in self.failing:
            raise OSError(self.failing[operation], os.strerror(self.failing[operation]))


class GatedDisk(LocalDisk):
    """A real disk whose flush waits at a gate that the test opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.is_waiting = threading.Event()

    def flush(self, fd: int) -> None:
        if not self.gate.is_set():
            self.is_waiting.set()
            self.gate.wait()
        super().flush(fd)


class UnpoweredDisk(LocalDisk):
    """Remembers what was written and not flushed; a power cut takes it away, or spoils it.

    Names too: an entry is there after the cut only if its directory was flushed since it was made.
    What lies on the disk at the start counts as left by a kill: visible, its name not yet durable.

    After `flushes_left` flushes the power fails in the middle of the next one: from then on every
    operation raises. `cut` then puts the files into the state a restart would find.
    """

    def __init__(self, flushes_left: int, spoil: bytes = b"\0") -> None:
        super().__init__()
        self._flushes_left = flushes_left
        self._spoil = spoil
        self._unflushed: dict[Path, list[tuple[int, int]]] = {}
        self._named: dict[Path, set[str]] = {}
        self._paths: dict[int, Path] = {}
        self.is_dead = False

    def create(self, path: Path) -> int:
        self._refuse_when_dead()
        fd = super().create(path)
        self._paths[fd] = path
        return fd

    def open_existing(self, path: Path) -> int:
        self._refuse_when_dead()
        fd = super().open_existing(path)
        self._paths[fd] = path
        return fd

    def close(self, fd: int) -> None:
        self._paths.pop(fd, None)
        super().close(fd)

    def write_all(self, fd: int, chunks: Sequence[Chunk], offset: int) -> None:
        self._refuse_when_dead()
        super().write_all(fd, chunks, offset)
        written = self._unflushed.setdefault(self._paths[fd], [])
        written.append((offset, sum(map(len, chunks))))

    def flush(self, fd: int) -> None:
        self._flushes_left -= 1
        self.is_dead = self.is_dead or self._flushes_left < 0
        self._refuse_when_dead()
        self._unflushed.pop(self._paths[fd], None)

    def flush_directory(self, path: Path) -> None:
        self._refuse_when_dead()
        self._named[path] = {entry.name for entry in path.iterdir()}

    def truncate(self, fd: int, size: int) -> None:
        self._refuse_when_dead()
        super().truncate(fd, size)

    def cut(self, root: Path) -> None:
        """Leave of the store at `root` what survives."""
        for path, ranges in self._unflushed.items():
            if not path.exists():
                continue
            with path.open("r+b") as file:
                for offset, size in ranges:
                    file.seek(offset)
                    file.write((self._spoil * size)[:size])
        for path in [root, *root.rglob("*")]:
            if not _flushes_itself(path) and path.name not in self._named.get(path.parent, ()):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def _refuse_when_dead(self) -> None:
        if self.is_dead:
            raise OSError(errno.EIO, "the power is gone")


def _flushes_itself(path: Path) -> bool:
    """SQLite's files, which look after their names, and locks, which are made anew."""
    return path.name.startswith("index.db") or path.suffix == ".lock"
