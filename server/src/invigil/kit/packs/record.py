"""The bytes of a pack: one head block, then records, each padded to 4 KiB.

Head block (offset 0): ``INVPACK1``, group, worker, sequence number and a random 16-byte key; the
rest zero. Record, little-endian, 128 bytes of header before the body:

======  =====  =====================================================================
offset  bytes  field
======  =====  =====================================================================
0       4      ``IVGS``
4       1      version, 1
5       1      kind: 1 segment, 2 seal (the last block of a pack that was closed)
6       1      length of the stream's name
7       1      zero
8       4      index
12      4      length of the body
16      8      stored at, Unix time in ms
24      26     attempt
50      24     stream, zero-padded
74      32     SHA-256 of the body
106     6      zero
112     16     check: BLAKE2s over the pack's key, the record's offset and bytes 0 to 111
======  =====  =====================================================================

The check is keyed because bodies come from strangers: a body that contains a well-formed record
could otherwise be taken for one when a damaged or erased pack is searched for its records. It also
rejects what a recycled disk block of another pack left behind, and a record at a wrong place.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from dataclasses import dataclass

from invigil.kit.packs.ports import MAX_SEGMENT_BYTES, SegmentKey

BLOCK = 4096
HEADER_BYTES = 128
MOST_AROUND_BYTES = HEADER_BYTES + BLOCK - 1
"""What a record takes besides its body, at most."""
KIND_SEGMENT = 1
KIND_SEAL = 2

_VERSION = 1
_MAGIC = b"IVGS"
_HEAD_MAGIC = b"INVPACK1"
_FIELDS = struct.Struct("<4sBBBxIIQ26s24s32s6x")
_OFFSET = struct.Struct("<Q")
_HEAD = struct.Struct("<8sI16s40s40s")
_CHECK_BYTES = 16
_ZEROS = bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class PackHead:
    """What the first block of a pack says: whose it is, and the key of its checks."""

    group: str
    worker: str
    sequence: int
    key: bytes

    @classmethod
    def new(cls, group: str, worker: str, sequence: int) -> PackHead:
        """Return a head with a fresh random key."""
        return cls(group, worker, sequence, secrets.token_bytes(16))

    def encode(self) -> bytes:
        """Return the head block (4 KiB)."""
        fields = _HEAD.pack(
            _HEAD_MAGIC, self.sequence, self.key, self.group.encode(), self.worker.encode()
        )
        check = hashlib.blake2s(fields, digest_size=_CHECK_BYTES).digest()
        return (fields + check).ljust(BLOCK, b"\0")

    @classmethod
    def decode(cls, block: bytes) -> PackHead | None:
        """Return the head, or None when the block is not one (a pack torn at its creation)."""
        fields, check = block[: _HEAD.size], block[_HEAD.size : _HEAD.size + _CHECK_BYTES]
        if len(block) < BLOCK or not fields.startswith(_HEAD_MAGIC):
            return None
        if hashlib.blake2s(fields, digest_size=_CHECK_BYTES).digest() != check:
            return None
        _, sequence, key, group, worker = _HEAD.unpack(fields)
        return cls(group.rstrip(b"\0").decode(), worker.rstrip(b"\0").decode(), sequence, key)


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """The header of one record; a seal has empty attempt and stream and no body."""

    kind: int
    attempt: str
    stream: str
    index: int
    length: int
    stored_at_ms: int
    sha256: bytes

    @property
    def record_bytes(self) -> int:
        """Bytes the record takes in the pack: header, body and padding."""
        return record_bytes(self.length)

    @property
    def key(self) -> SegmentKey:
        """The segment's key. Only for a record of kind segment."""
        return SegmentKey(self.attempt, self.stream, self.index)

    def encode(self, pack_key: bytes, offset: int) -> bytes:
        """Return the 128 bytes that stand at `offset` of the pack with `pack_key`."""
        stream = self.stream.encode()
        fields = _FIELDS.pack(
            _MAGIC, _VERSION, self.kind, len(stream), self.index, self.length,
            self.stored_at_ms, self.attempt.encode(), stream, self.sha256,
        )  # fmt: skip
        return fields + _check(fields, pack_key, offset)

    @classmethod
    def decode(cls, raw: bytes, pack_key: bytes, offset: int) -> RecordHeader | None:
        """Return the header, or None when these bytes are no record written at this place."""
        fields, check = raw[: _FIELDS.size], raw[_FIELDS.size : HEADER_BYTES]
        if len(raw) < HEADER_BYTES or not fields.startswith(_MAGIC):
            return None
        if not secrets.compare_digest(_check(fields, pack_key, offset), check):
            return None
        (_, version, kind, stream_bytes, index, length, stored_at_ms, attempt, stream, sha256) = (
            _FIELDS.unpack(fields)
        )
        if version != _VERSION or length > MAX_SEGMENT_BYTES:
            return None
        return cls(
            kind, attempt.rstrip(b"\0").decode(), stream[:stream_bytes].decode(),
            index, length, stored_at_ms, sha256,
        )  # fmt: skip


def seal_header(stored_at_ms: int) -> RecordHeader:
    """Return the header that closes a pack: everything before it is on disk and was flushed."""
    return RecordHeader(KIND_SEAL, "", "", 0, 0, stored_at_ms, bytes(32))


def record_bytes(length: int) -> int:
    """Return the bytes that a body of `length` takes in a pack."""
    return -(-(HEADER_BYTES + length) // BLOCK) * BLOCK


def padding(length: int) -> memoryview:
    """Return the zeros after a body of `length`."""
    return memoryview(_ZEROS)[: record_bytes(length) - HEADER_BYTES - length]


def _check(fields: bytes, pack_key: bytes, offset: int) -> bytes:
    keyed = hashlib.blake2s(_OFFSET.pack(offset), digest_size=_CHECK_BYTES, key=pack_key)
    keyed.update(fields)
    return keyed.digest()
