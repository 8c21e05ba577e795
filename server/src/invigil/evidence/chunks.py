"""How leaves lie in the database: the leaves of one request together in one row.

Measured on SQLite with 2,000,000 leaves of 190 bytes that arrive five at a time: a row for each
leaf costs 0.12 to 0.16 ms of CPU for each request and 250 to 280 bytes a leaf, a row for each
request 0.05 ms and 214 bytes; reading the 5,000 leaves of an attempt takes 12 ms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

_LENGTH = struct.Struct(">H")


def join_leaves(leaves: Iterable[bytes]) -> bytes:
    """Return the leaves one after the other, each behind its length (two bytes)."""
    return b"".join(_LENGTH.pack(len(leaf)) + leaf for leaf in leaves)


def split_leaves(joined: bytes) -> list[bytes]:
    """Read what :func:`join_leaves` wrote."""
    leaves: list[bytes] = []
    offset = 0
    while offset < len(joined):
        start = offset + _LENGTH.size
        (length,) = _LENGTH.unpack_from(joined, offset)
        offset = start + length
        leaves.append(joined[start:offset])
    return leaves
