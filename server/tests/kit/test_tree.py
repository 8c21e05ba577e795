"""RFC 9162 trees, against a second, naive reading of the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invigil.kit.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = by_definition(hashes[:split]), by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("count", range(40))
def test_growing_leaf_by_leaf_gives_the_root_of_the_definition(count):
    grown = Frontier()
    for hashed in leaves(count):
        grown = grown.append(hashed)

    assert grown.root == root_of(leaves(count)) == by_definition(leaves(count))


def test_the_empty_tree_and_a_leaf_have_the_hashes_of_the_rfc():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )


@settings(deadline=None)
@given(st.integers(0, 300))
def test_a_frontier_comes_back_from_its_bytes(count):
    grown = Frontier().extend(leaves(count))

    assert Frontier.from_bytes(count, grown.to_bytes()) == grown


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError):
        Frontier.from_bytes(3, bytes(32))


@settings(deadline=None)
@given(st.data())
def test_every_leaf_is_included_and_at_no_other_place(data):
    hashes = leaves(data.draw(st.integers(1, 60)))
    index = data.draw(st.integers(0, len(hashes) - 1))
    other = data.draw(st.integers(0, len(hashes) - 1))
    proof, root = inclusion_proof(hashes, index), root_of(hashes)

    def holds(at: int, leaf: bytes) -> bool:
        return verify_inclusion(leaf, at, len(hashes), proof=proof, root=root)

    assert holds(index, hashes[index])
    assert holds(other, hashes[index]) is (other == index)
    assert not holds(index, leaf_hash(b"another"))


@settings(deadline=None)
@given(st.data())
def test_a_tree_is_consistent_with_its_beginnings_and_with_nothing_else(data):
    hashes = leaves(data.draw(st.integers(1, 60)))
    old_size = data.draw(st.integers(1, len(hashes)))
    proof = consistency_proof(hashes, old_size)
    old_root, root = root_of(hashes[:old_size]), root_of(hashes)
    forged = root_of([leaf_hash(b"another"), *hashes[1:old_size]])

    def holds(before: bytes) -> bool:
        return verify_consistency(old_size, before, len(hashes), root=root, proof=proof)

    assert holds(old_root)
    assert not holds(forged)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_consistency_proof_does_not_hold(data):
    hashes = leaves(data.draw(st.integers(3, 60)))
    old_size = data.draw(st.integers(1, len(hashes) - 1))
    proof = consistency_proof(hashes, old_size)
    at = data.draw(st.integers(0, len(proof) - 1))
    damaged = [*proof[:at], leaf_hash(b"x"), *proof[at + 1 :]]

    for wrong in (damaged, proof[:-1], [*proof, leaf_hash(b"x")]):
        assert not verify_consistency(
            old_size, root_of(hashes[:old_size]), len(hashes), root=root_of(hashes), proof=wrong
        )
