"""Notes and trees, judged by the vectors that all implementations of sealed.md share."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from invigil.kit.checkpoints import Checkpoint, cosigned_at
from invigil.kit.signing import NoteError, NoteMalformedError, SigningKey, VerifierKey, parse_note
from invigil.kit.tree import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)


def load(name: str) -> Any:
    return json.loads((Path(__file__).parents[3] / "vectors" / f"{name}.json").read_text("utf-8"))


NOTES, TREE = load("notes"), load("tree")
KEYS = {each["name"]: VerifierKey.parse(each["vkey"]) for each in NOTES["keys"]}
HASHES = [base64.b64decode(each) for each in TREE["leaf_hashes"]]
ROOTS = [base64.b64decode(each) for each in TREE["roots"]]
SERVER = next(key for name, key in KEYS.items() if name.endswith("/server"))


@pytest.mark.parametrize("vector", NOTES["keys"], ids=lambda each: each["name"])
def test_a_seed_makes_the_key_of_the_vector(vector):
    key = SigningKey(base64.b64decode(vector["seed"]))

    assert key.verifier(vector["name"]).vkey == vector["vkey"]


@pytest.mark.parametrize("vector", NOTES["notes"], ids=lambda each: each["sentence"])
def test_a_note_is_signed_by_whom_the_vector_says(vector):
    note = parse_note(vector["note"])

    assert note.text == vector["text"]
    assert {key.name for key in note.signers(KEYS.values())} == set(vector["signed_by"])
    assert cosigned_at(note, SERVER) == vector.get("time_s")
    if "checkpoint" in vector:
        read = Checkpoint.parse(note.text)
        assert (read.origin, read.size) == (
            vector["checkpoint"]["origin"],
            vector["checkpoint"]["size"],
        )


@pytest.mark.parametrize("vector", NOTES["refused"], ids=lambda each: each["sentence"])
def test_a_note_that_the_vectors_refuse_is_refused(vector):
    def read() -> None:
        note = parse_note(vector["note"])
        known = [KEYS[name] for name in vector["known_keys"]]
        signed = bool(note.signers(known)) | (cosigned_at(note, SERVER) is not None)
        Checkpoint.parse(note.text)
        if not signed:
            raise NoteError("nobody known signed")

    with pytest.raises(NoteError):
        read()


@pytest.mark.parametrize("vector", NOTES["refused_vkeys"], ids=lambda each: each["sentence"])
def test_a_vkey_that_the_vectors_refuse_is_refused(vector):
    with pytest.raises(NoteMalformedError):
        VerifierKey.parse(vector["vkey"])


def test_leaves_and_roots_are_those_of_the_vectors():
    grown = [Frontier().extend(HASHES[:size]).root for size in range(len(HASHES) + 1)]

    assert [leaf_hash(base64.b64decode(each)) for each in TREE["leaves"]] == HASHES
    assert grown == ROOTS


def test_a_large_tree_has_the_root_of_the_vector():
    size = TREE["large"]["size"]
    grown = Frontier().extend(leaf_hash(str(number).encode()) for number in range(size))

    assert grown.root == base64.b64decode(TREE["large"]["root"])


def test_all_proofs_are_those_of_the_vectors_and_hold():
    for vector in TREE["inclusion"]:
        index, size = vector["index"], vector["size"]
        proof = [base64.b64decode(each) for each in vector["proof"]]
        assert inclusion_proof(HASHES[:size], index) == proof
        assert verify_inclusion(HASHES[index], index, size, proof=proof, root=ROOTS[size])
    for vector in TREE["consistency"]:
        old, size = vector["earlier"], vector["size"]
        proof = [base64.b64decode(each) for each in vector["proof"]]
        assert consistency_proof(HASHES[:size], old) == proof
        assert verify_consistency(old, ROOTS[old], size, root=ROOTS[size], proof=proof)
