"""Who is alive: one file lock per worker name, and one that lets stores open one at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileLock:
    """An exclusive lock that the kernel drops when its process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it; return whether it is ours now."""
        return self._acquire(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def acquire(self) -> None:
        """Take the lock, waiting for whoever holds it."""
        self._acquire(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _acquire(self, operation: int) -> bool:
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, operation)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True


def worker_lock(directory: Path, worker: str) -> FileLock:
    """Return the lock that a process holds while it may write as `worker`."""
    return FileLock(directory / f"{worker}.lock")
