"""RFC 9162 §2.1 Merkle trees: roots, growing one leaf at a time, inclusion and consistency.

Hashes are SHA-256, 32 bytes. A leaf's hash has the prefix 0x00, a node's 0x01.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash the data of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: enough to append and to know the root, in O(log n) bytes.

    `peaks` are the roots of the complete subtrees, largest first: one for each bit of `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, hashed_leaf: bytes) -> Frontier:
        """Return the frontier after one more leaf (its hash, see :func:`leaf_hash`)."""
        peaks, size, node = list(self.peaks), self.size, hashed_leaf
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def extend(self, hashed_leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier after several more leaves."""
        grown = self
        for hashed in hashed_leaves:
            grown = grown.append(hashed)
        return grown

    @property
    def root(self) -> bytes:
        """The tree's root hash; of the empty tree, SHA-256 of nothing."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        """Return the peaks, joined, for a table; the size is kept beside it."""
        return b"".join(self.peaks)

    @staticmethod
    def from_bytes(size: int, joined: bytes) -> Frontier:
        """Read what :meth:`to_bytes` wrote.

        Raises:
            ValueError: the length does not fit the size.
        """
        if len(joined) != HASH_BYTES * size.bit_count():
            raise ValueError("A frontier has one hash for each bit of its size.")
        starts = range(0, len(joined), HASH_BYTES)
        return Frontier(size, tuple(joined[i : i + HASH_BYTES] for i in starts))


def root_of(hashed_leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree with these leaf hashes."""
    return Frontier().extend(hashed_leaves).root


def inclusion_proof(hashed_leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path from leaf `index` to the root (RFC 9162 §2.1.3.1).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < len(hashed_leaves):
        raise ValueError("The leaf is not in the tree.")
    return _path(hashed_leaves, index)


def _path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*_path(leaves[:split], index), root_of(leaves[split:])]
    return [*_path(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(hashed_leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree extends its first `old_size` leaves (RFC 9162 §2.1.4.1).

    Raises:
        ValueError: `old_size` is not between 1 and the tree's size.
    """
    if not 1 <= old_size <= len(hashed_leaves):
        raise ValueError("The old size is not a size this tree had.")
    return _subproof(hashed_leaves, old_size, is_whole=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, is_whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, is_whole=is_whole), root_of(leaves[split:])]
    deeper = _subproof(leaves[split:], old_size - split, is_whole=False)
    return [*deeper, root_of(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size` (≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(
    hashed_leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], root: bytes
) -> bool:
    """Check an inclusion proof (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, hashed_leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old_size: int, old_root: bytes, size: int, *, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Check a consistency proof (RFC 9162 §2.1.4.2). Everything extends the empty tree."""
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size or not proof:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == root
