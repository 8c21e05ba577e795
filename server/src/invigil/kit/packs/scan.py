"""Reading a pack from the disk alone, as after a crash or without an index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from invigil.kit.packs.disk import next_written
from invigil.kit.packs.record import (
    BLOCK,
    HEADER_BYTES,
    KIND_SEAL,
    KIND_SEGMENT,
    PackHead,
    RecordHeader,
)

_PIECE_BYTES = 1 << 20


def read_head(fd: int) -> PackHead | None:
    """Return the head of an open pack, or None when its creation was cut short."""
    return PackHead.decode(os.pread(fd, BLOCK, 0))


def is_sealed(fd: int, head: PackHead) -> bool:
    """Tell whether the pack ends with a seal, so that all its records were flushed."""
    last = os.fstat(fd).st_size - BLOCK
    if last < BLOCK:
        return False
    header = RecordHeader.decode(os.pread(fd, HEADER_BYTES, last), head.key, last)
    return header is not None and header.kind == KIND_SEAL


def records(
    fd: int, head: PackHead, start: int, *, hash_bodies: bool
) -> Iterator[tuple[int, RecordHeader]]:
    """Yield (offset, header) of each whole segment record from `start` on.

    Holes, torn records and damaged headers are stepped over, block by block; the keyed check makes
    sure that nothing inside a body passes for a record.
    """
    size = os.fstat(fd).st_size
    offset: int | None = start
    while offset is not None and offset < size:
        header = RecordHeader.decode(os.pread(fd, HEADER_BYTES, offset), head.key, offset)
        if header is None:
            offset = _next_block(fd, offset + BLOCK)
            continue
        is_whole = header.kind == KIND_SEGMENT and offset + header.record_bytes <= size
        if is_whole and (
            not hash_bodies or _body_sha256(fd, offset, header.length) == header.sha256
        ):
            yield offset, header
        offset += header.record_bytes


def _next_block(fd: int, offset: int) -> int | None:
    written = next_written(fd, offset)
    return None if written is None else -(-written // BLOCK) * BLOCK


def _body_sha256(fd: int, offset: int, length: int) -> bytes:
    digest = hashlib.sha256()
    position, end = offset + HEADER_BYTES, offset + HEADER_BYTES + length
    while position < end:
        piece = os.pread(fd, min(_PIECE_BYTES, end - position), position)
        if not piece:
            break
        digest.update(piece)
        position += len(piece)
    return digest.digest()
