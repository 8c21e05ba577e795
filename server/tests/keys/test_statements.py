"""Statements, judged by the vectors that all implementations of sealed.md share."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from invigil.keys import log
from invigil.keys.statements import (
    AnyStatement,
    MemberAddStatement,
    MemberRemoveStatement,
    RootStatement,
    ScopeEpochStatement,
    StaffKeyStatement,
    StaffRevokeStatement,
    parse,
)
from invigil.kit.problems import StatementMalformed, StatementUnsupported
from invigil.kit.signing import parse_note

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "statements.json").read_text(encoding="utf-8")
)
KINDS: dict[str, type[AnyStatement]] = {
    "root": RootStatement,
    "staff-key": StaffKeyStatement,
    "staff-revoke": StaffRevokeStatement,
    "scope-epoch": ScopeEpochStatement,
    "member-add": MemberAddStatement,
    "member-remove": MemberRemoveStatement,
}


@pytest.mark.parametrize("vector", VECTORS["statements"], ids=lambda each: each["kind"])
def test_a_statement_says_what_the_vector_says(vector):
    said, fields = parse(vector["text"]), vector["fields"]

    assert isinstance(said, KINDS[vector["kind"]])
    assert said.institution == fields["institution"]
    for name in {
        "serial",
        "issued_ms",
        "expires_ms",
        "scope",
        "epoch",
        "threshold",
    } & fields.keys():
        assert getattr(said, name) == fields[name], name


def test_a_root_lists_the_keys_of_the_vector():
    (vector, *_) = VECTORS["statements"]
    said = parse(vector["text"])

    assert isinstance(said, RootStatement)
    assert [each.vkey for each in said.root_keys] == vector["fields"]["roots"]
    assert [each.vkey for each in said.servers] == vector["fields"]["servers"]
    assert [
        {"person": each.person, "vkey": each.key.vkey, "recipient": each.recipient}
        for each in said.administrators
    ] == vector["fields"]["administrators"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda each: each["sentence"])
def test_what_the_vectors_refuse_is_refused(vector):
    def read_as_expected() -> None:
        said = parse(vector["text"])
        # Well formed, and not the statement that belongs there: the routes compare.
        if not isinstance(said, KINDS[vector["kind"]]):
            raise StatementUnsupported

    with pytest.raises((StatementMalformed, StatementUnsupported)):
        read_as_expected()


def test_the_vectors_root_is_signed_by_its_root_key():
    note = parse_note(VECTORS["root_note"])
    said = parse(note.text)

    assert isinstance(said, RootStatement)
    assert note.signers(said.root_keys) == set(said.root_keys)


def test_a_commitment_is_the_leaf_of_the_vector():
    commitment = VECTORS["commitment"]
    leaf = log.commitment(base64.b64decode(commitment["blind"]), commitment["note"])

    assert leaf == base64.b64decode(commitment["leaf"])
