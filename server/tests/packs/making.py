"""Segments, keys and small stores for the tests of this room."""

import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from invigil.kit.packs.commit_thread import QueueLimits
from invigil.kit.packs.disk import Disk
from invigil.kit.packs.pack import PackSize
from invigil.kit.packs.ports import IncomingSegment, SegmentKey
from invigil.kit.packs.store import PackStore, PackStoreSettings

SMALL_PACKS = PackSize(pack_bytes=256 * 1024, step_bytes=64 * 1024)


def attempt(number: int) -> str:
    return f"{number:026d}"


def body(seed: object, length: int = 5000) -> bytes:
    return random.Random(f"{seed}").randbytes(length)


def segment(
    index: int,
    content: bytes | None = None,
    *,
    of: int = 1,
    stream: str = "screen",
    group: str = "exam-1",
) -> IncomingSegment:
    content = body((of, stream, index)) if content is None else content
    middle = len(content) // 2
    return IncomingSegment(
        SegmentKey(attempt(of), stream, index),
        group,
        hashlib.sha256(content).digest(),
        len(content),
        [content[:middle], memoryview(content)[middle:]],
    )


def content_of(incoming: IncomingSegment) -> bytes:
    return b"".join(bytes(chunk) for chunk in incoming.chunks)


@asynccontextmanager
async def opened(
    root: Path,
    *,
    worker: str = "w0",
    disk: Disk | None = None,
    queue: QueueLimits | None = None,
    low_water_bytes: int = 0,
    idle_s: float = 600,
) -> AsyncIterator[PackStore]:
    settings = PackStoreSettings(
        root, worker, SMALL_PACKS, queue or QueueLimits(), low_water_bytes, idle_s
    )
    store = await PackStore.open(settings, disk)
    try:
        yield store
    finally:
        await store.close()


def packs_in(root: Path) -> list[Path]:
    return sorted((root / "groups").glob("*/*.pack"))


def forget_index(root: Path) -> None:
    for path in root.glob("index.db*"):
        path.unlink()


def blocks_used(root: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in packs_in(root))
