"""The few calls by which the pack store touches the operating system, as a port.

Tests put a disk in its place that fails, fills up or forgets; everything else uses `LocalDisk`.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from invigil.kit.durable import flush_directory
from invigil.kit.packs.ports import Chunk

_MAX_BUFFERS = 1024  # IOV_MAX on Linux and macOS
_KEEP_SIZE_PUNCH_HOLE = 0x01 | 0x02


class Disk(Protocol):
    """Raises OSError like the calls it stands for. Offsets and sizes are bytes."""

    def create(self, path: Path) -> int:
        """Create and open a file that must not exist; return the descriptor."""
        ...

    def open_existing(self, path: Path) -> int:
        """Open a file for reading and writing; return the descriptor."""
        ...

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        ...

    def allocate(self, fd: int, offset: int, size: int) -> None:
        """Reserve blocks, so that later writes cannot run out of space."""
        ...

    def write_all(self, fd: int, chunks: Sequence[Chunk], offset: int) -> None:
        """Write all chunks one after the other, starting at `offset`."""
        ...

    def flush(self, fd: int) -> None:
        """Make a file's content (and what is needed to find it) survive a power cut."""
        ...

    def flush_directory(self, path: Path) -> None:
        """Make a directory's entries survive a power cut."""
        ...

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file and give back what was reserved behind `size`."""
        ...

    def punch(self, fd: int, offset: int, size: int) -> None:
        """Erase a range: it reads as zeros, and its blocks are given back where possible."""
        ...

    def uncache(self, fd: int, offset: int, size: int) -> None:
        """Let the kernel drop flushed pages from its cache. A hint: never fails."""
        ...

    def free_bytes(self, path: Path) -> int:
        """Return what an ordinary process may still write on the file system of `path`."""
        ...


class LocalDisk:
    """The operating system itself."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
        self._fallocate = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
        if self._fallocate is not None:
            self._fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]

    def create(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def open_existing(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self, fd: int) -> None:
        os.close(fd)

    def allocate(self, fd: int, offset: int, size: int) -> None:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, offset, size)
        else:  # macOS: no reservation, only the size
            os.ftruncate(fd, offset + size)

    def write_all(self, fd: int, chunks: Sequence[Chunk], offset: int) -> None:
        for first in range(0, len(chunks), _MAX_BUFFERS):
            buffers = chunks[first : first + _MAX_BUFFERS]
            size = sum(map(len, buffers))
            written = os.pwritev(fd, buffers, offset)
            while written < size:
                written += _write_rest(fd, buffers, offset, written)
            offset += size

    def flush(self, fd: int) -> None:
        getattr(os, "fdatasync", os.fsync)(fd)

    def flush_directory(self, path: Path) -> None:
        flush_directory(path)

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def punch(self, fd: int, offset: int, size: int) -> None:
        if self._fallocate is not None:
            if self._fallocate(fd, _KEEP_SIZE_PUNCH_HOLE, offset, size) == 0:
                return
            code = ctypes.get_errno()
            if code not in (errno.EOPNOTSUPP, errno.ENOSYS):
                raise OSError(code, os.strerror(code))
        _overwrite(fd, offset, size)

    def uncache(self, fd: int, offset: int, size: int) -> None:
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):
                os.posix_fadvise(fd, offset, size, os.POSIX_FADV_DONTNEED)

    def free_bytes(self, path: Path) -> int:
        figures = os.statvfs(path)
        return figures.f_bavail * figures.f_frsize


def next_written(fd: int, offset: int) -> int | None:
    """Return where, from `offset` on, a file may hold bytes again; None: nowhere."""
    if not hasattr(os, "SEEK_DATA"):
        return offset if offset < os.fstat(fd).st_size else None
    with contextlib.suppress(OSError):  # ENXIO: only a hole follows
        return os.lseek(fd, offset, os.SEEK_DATA)
    return None


def _write_rest(fd: int, buffers: Sequence[Chunk], offset: int, written: int) -> int:
    """Continue after a short write (a signal, a limit, a full disk); the next error is raised."""
    skip = written
    for buffer in buffers:
        if skip < len(buffer):
            return os.pwrite(fd, memoryview(buffer)[skip:], offset + written)
        skip -= len(buffer)
    return 0


def _overwrite(fd: int, offset: int, size: int) -> None:
    """For file systems without holes: the bytes are gone, the blocks stay in use."""
    zeros = bytes(min(size, 1 << 20))
    for start in range(offset, offset + size, len(zeros)):
        os.pwrite(fd, zeros[: offset + size - start], start)
