"""What we compare with: every segment its own file, flushed, renamed, its directory flushed."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from invigil.kit.packs.ports import IncomingSegment


class FileStore:
    """The careful and simple way, on `threads` threads, without any index."""

    def __init__(self, root: Path, threads: int) -> None:
        self._root = root
        self._pool = ThreadPoolExecutor(threads)

    async def put(self, segment: IncomingSegment) -> None:
        """Return when the file survives a power cut."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._write, segment)

    async def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    def _write(self, segment: IncomingSegment) -> None:
        directory = self._root / segment.key.attempt
        directory.mkdir(parents=True, exist_ok=True)
        final = directory / f"{segment.key.stream}-{segment.key.index}.age"
        partial = final.with_suffix(".part")
        fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.writev(fd, segment.chunks)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        partial.rename(final)
        directory_fd = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(directory_fd)
        finally:
            os.close(directory_fd)
