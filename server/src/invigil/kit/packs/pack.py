"""A pack that is being written: reserve, append, flush, seal or abandon."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from invigil.kit.packs.disk import Disk
from invigil.kit.packs.index import PackRef
from invigil.kit.packs.ports import Chunk
from invigil.kit.packs.record import BLOCK, PackHead, RecordHeader, padding, seal_header

_UNCACHE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PackSize:
    """A pack is closed at about `pack_bytes`; its blocks are reserved `step_bytes` at a time.

    The newest `cached_bytes` of a pack stay in the kernel's cache for those who watch live. The
    rest is dropped as it is flushed: segments are read long after, if ever, and would otherwise
    push the index out of memory.
    """

    pack_bytes: int = 256 * 1024 * 1024
    step_bytes: int = 64 * 1024 * 1024
    cached_bytes: int = 64 * 1024 * 1024


class OpenPack:
    """One file that one committer appends to. Nothing is durable before `flush` returns."""

    def __init__(self, disk: Disk, fd: int, head: PackHead, size: PackSize) -> None:
        self._disk = disk
        self._fd = fd
        self._head = head
        self._size = size
        self._reserved = 0
        self._waiting: list[Chunk] = []
        self._written = BLOCK
        self._confirmed = BLOCK
        self._uncached = 0
        self.end = BLOCK
        """Where the next record begins."""
        self.last_used = time.monotonic()

    @classmethod
    def create(cls, disk: Disk, root: Path, head: PackHead, size: PackSize) -> OpenPack:
        """Create the file, reserve its first step, and make its name and head durable."""
        directory = root / head.group
        directory.mkdir(exist_ok=True)
        # Also when it was there: whoever made it may have been killed before its name was durable.
        disk.flush_directory(root)
        path = PackRef(0, head.group, head.worker, head.sequence, BLOCK, False).path(root)
        pack = cls(disk, disk.create(path), head, size)
        try:
            pack._reserve(BLOCK)
            disk.write_all(pack._fd, [head.encode()], 0)
            disk.flush(pack._fd)
            disk.flush_directory(directory)
        except BaseException:
            pack.close()
            path.unlink()
            raise
        return pack

    def has_room(self, size: int) -> bool:
        """Tell whether a record of `size` bytes still belongs here. An empty pack takes any."""
        return self.end == BLOCK or self.end + size <= self._size.pack_bytes

    def append(self, header: RecordHeader, chunks: list[Chunk]) -> int:
        """Take a record in, to be written by the next `flush`; return its offset."""
        offset = self.end
        self._waiting.append(header.encode(self._head.key, offset))
        self._waiting += chunks
        self._waiting.append(padding(header.length))
        self.end = offset + header.record_bytes
        return offset

    def flush(self) -> None:
        """Write what waits and make it durable: one write, one flush."""
        self._reserve(self.end)
        self._disk.write_all(self._fd, self._waiting, self._written)
        self._disk.flush(self._fd)
        self._waiting = []
        self._written = self.end
        self._uncache(self.end - self._size.cached_bytes)
        self.last_used = time.monotonic()

    def confirm(self) -> None:
        """Note that all flushed records are in the index: an `abandon` keeps them."""
        self._confirmed = self._written

    def seal(self) -> None:
        """Close a pack for good: a last record says that all before it was flushed."""
        self.append(seal_header(time.time_ns() // 1_000_000), [])
        try:
            self._disk.write_all(self._fd, self._waiting, self._written)
            self._disk.truncate(self._fd, self.end)
            self._disk.flush(self._fd)
            self._disk.uncache(self._fd, self._uncached, self.end - self._uncached)
        finally:
            self.close()

    def abandon(self) -> int:
        """After a failed write, flush or index: cut off what is not confirmed; return the end.

        After a failed flush the kernel may have dropped the written pages and the next flush may
        succeed all the same, so nothing is ever appended to such a pack again.
        """
        with contextlib.suppress(OSError):
            self._disk.truncate(self._fd, self._confirmed)
            self._disk.flush(self._fd)
        self.close()
        return self._confirmed

    def close(self) -> None:
        """Close the file as it is."""
        self._disk.close(self._fd)

    def _uncache(self, end: int) -> None:
        if end - self._uncached >= _UNCACHE_BYTES:
            self._disk.uncache(self._fd, self._uncached, end - self._uncached)
            self._uncached = end

    def _reserve(self, end: int) -> None:
        while self._reserved < end:
            step = max(min(self._size.step_bytes, self._size.pack_bytes), end - self._reserved)
            self._disk.allocate(self._fd, self._reserved, step)
            self._reserved += step
