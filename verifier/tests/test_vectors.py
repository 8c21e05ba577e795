"""What both implementations must agree on: vectors/ (its README names the fields)."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from invigil_verify import leaves, tree
from invigil_verify.notes import COSIGNATURE, Checkpoint, Note, Vkey
from invigil_verify.problems import Refused
from invigil_verify.sealing import derive, segment_identity, stream_secret
from invigil_verify.text import b64

VECTORS = Path(__file__).parents[2] / "vectors"


def load(name):
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["sentence"])


SCHEDULE, TREE, NOTES, LEAVES = (
    load(f"{name}.json") for name in ("schedule", "tree", "notes", "leaves")
)


@pytest.mark.parametrize("schedule", SCHEDULE["schedules"])
def test_the_key_schedule_agrees(schedule):
    for stream in schedule["streams"]:
        secret = stream_secret(b64(schedule["secret"]), schedule["attempt"], stream["stream"])
        assert secret == b64(stream["stream_secret"])
        for segment in stream["segments"]:
            assert derive(secret, f"segment\n{segment['index']}\n") == b64(segment["scalar"])
            assert segment_identity(secret, segment["index"]) == segment["identity"]


HASHES = [tree.leaf_hash(b64(leaf)) for leaf in TREE["leaves"]]
ROOTS = [b64(root) for root in TREE["roots"]]


def test_leaf_hashes_and_roots_agree():
    assert [b64(value) for value in TREE["leaf_hashes"]] == HASHES
    assert [tree.root(HASHES[:size]) for size in range(len(HASHES) + 1)] == ROOTS


@pytest.mark.parametrize("case", TREE["inclusion"])
def test_inclusion_proofs_agree(case):
    proof = [b64(node) for node in case["proof"]]
    index, size = case["index"], case["size"]

    def holds(leaf):
        return tree.verify_inclusion(
            leaf, index=index, size=size, proof=proof, expected=ROOTS[size]
        )

    assert holds(HASHES[index])
    assert not holds(HASHES[(index + 1) % len(HASHES)])


@pytest.mark.parametrize("case", TREE["consistency"])
def test_consistency_proofs_agree(case):
    proof = [b64(node) for node in case["proof"]]
    old, new = case["earlier"], case["size"]

    assert tree.verify_consistency(
        old_size=old, new_size=new, old_root=ROOTS[old], new_root=ROOTS[new], proof=proof
    )


KEYS = {key["name"]: Vkey.parse(key["vkey"]) for key in NOTES["keys"]}


@named(NOTES["notes"])
def test_notes_agree(case):
    note = Note.parse(case["note"].encode())

    assert note.text.decode() == case["text"]
    assert [name for name, key in KEYS.items() if note.is_signed_by(key)] == [
        name for name in KEYS if name in case["signed_by"]
    ]
    if "checkpoint" in case:
        due = case["checkpoint"]
        checkpoint = Checkpoint.parse(note.raw, due["origin"])
        assert (checkpoint.size, checkpoint.root) == (due["size"], b64(due["root"]))
        assert checkpoint.cosigned_at(KEYS[case["cosigned_by"]]) == case["time_s"]


@named(NOTES["refused"])
def test_refused_notes_have_the_same_name(case):
    with pytest.raises(Refused) as refused:
        read_with_all_keys(case["note"].encode(), case["known_keys"])

    assert refused.value.kind == case["kind"]


def read_with_all_keys(raw, names):
    note = Note.parse(raw)
    for key in (KEYS[name] for name in names):
        note.is_signed_by(key)
        if note.of(key, COSIGNATURE):
            Checkpoint.parse(raw, note.text.decode().split("\n")[0]).cosigned_at(key)


@named(NOTES["refused_vkeys"])
def test_refused_vkeys_are_malformed(case):
    with pytest.raises(Refused) as refused:
        Vkey.parse(case["vkey"])

    assert refused.value.kind == case["kind"]


# The words of leaves.json for the fields of ours that are called otherwise.
SPELLINGS = {
    "wrap_hash": "wrap_sha256", "hash": "sha256", "t0_ms": "t0", "t1_ms": "t1",
    "from_ms": "start", "to_ms": "end", "closed_ms": "closed",
}  # fmt: skip
COMPARED = ("institution", "attempt", "scope", "epoch", "stream", "index", "length", "cause")


@pytest.mark.parametrize("case", LEAVES["leaves"], ids=lambda case: case["fields"]["kind"])
def test_leaves_agree(case):
    fields = case["fields"]
    leaf = leaves.parse(b64(case["leaf"]))
    ours = asdict(leaf)

    assert type(leaf).__name__.lower() == fields["kind"]
    assert {name: ours[name] for name in COMPARED if name in ours} == {
        name: fields[name] for name in COMPARED if name in fields
    }
    for theirs, name in SPELLINGS.items():
        if theirs in fields:
            due = fields[theirs]
            assert ours[name] == (b64(due) if theirs.endswith("hash") else due)
    if "counts" in fields:
        assert ours["counts"] == fields["counts"]
    if "continuity" in fields:
        assert ours["is_whole"] == (fields["continuity"] == "whole")


@named(LEAVES["refused"])
def test_refused_leaves_have_the_same_name(case):
    with pytest.raises(Refused) as refused:
        leaves.parse(b64(case["leaf"]))

    assert refused.value.kind == case["kind"]
