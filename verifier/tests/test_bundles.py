"""Whole exports, sound and attacked, that the extension's verifier judges too."""

import json
import zipfile
from pathlib import Path

import pytest

from invigil_verify.archive import open_export
from invigil_verify.attempt import verify
from invigil_verify.problems import Refused
from invigil_verify.sealing import open_phrase, open_segment
from invigil_verify.statements import Root, ScopeEpoch, StaffKey
from invigil_verify.text import b64

VECTORS = Path(__file__).parents[2] / "vectors"
BUNDLE, AGE, STATEMENTS = (
    json.loads((VECTORS / name).read_text(encoding="utf-8"))
    for name in ("attempts.json", "age.json", "statements.json")
)


def judge(variant, tmp_path):
    files = {**BUNDLE["files"], **variant["changes"]}
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, b64(content))
    fingerprint = bytes.fromhex(variant.get("fingerprint", BUNDLE["fingerprint"]))
    return verify(open_export(path), fingerprint=fingerprint, ask_phrase=lambda: None)


def is_found(due, problem):
    return problem.kind == due["kind"] and all(
        getattr(problem, name) == due[name] for name in ("reason", "stream", "index") if name in due
    )


@pytest.mark.parametrize("variant", BUNDLE["variants"], ids=lambda variant: variant["sentence"])
def test_a_bundle_is_judged_as_the_extension_judges_it(variant, tmp_path):
    report = judge(variant, tmp_path)

    assert report.verdict == variant["verdict"], report.problems
    for due in variant["problems"]:
        assert any(is_found(due, problem) for problem in report.problems), report.problems
    if not variant["problems"]:
        assert report.problems == []


def open_by_rule(case):
    if case["rule"] == "segment":
        return open_segment(b64(case["file"]), AGE["x25519_identity"])
    return open_phrase(b64(case["file"]), AGE["phrase"])


# An export holds no hybrid key: wraps are opened by the extension alone.
OPENED_HERE = [case for case in AGE["files"] if case["rule"] != "wrap"]


@pytest.mark.parametrize("case", OPENED_HERE, ids=lambda case: case["sentence"])
def test_an_age_file_is_opened_or_refused_by_the_same_rule(case):
    if case["kind"] is None:
        assert open_by_rule(case) == AGE["plaintext"].encode()
        return
    with pytest.raises(Refused) as refused:
        open_by_rule(case)
    assert refused.value.kind == case["kind"]


# The verifier reads these three; the others are the extension's.
READERS = {"root": Root, "staff-key": StaffKey, "scope-epoch": ScopeEpoch}
SIGNED = b"\n\xe2\x80\x94 nobody AAAAAAAAAAA=\n"


def read(case):
    return READERS[case["kind"]].parse(case["text"].encode() + SIGNED)


@pytest.mark.parametrize("case", [c for c in STATEMENTS["statements"] if c["kind"] in READERS])
def test_a_statement_is_read_the_same(case):
    statement, fields = read(case), case["fields"]

    assert statement.institution == fields["institution"]
    assert (statement.issued, statement.expires) == (fields["issued_ms"], fields["expires_ms"])
    if case["kind"] == "root":
        assert (statement.serial, statement.threshold) == (fields["serial"], fields["threshold"])
        assert [key.name for key in statement.roots] == [v.split("+")[0] for v in fields["roots"]]


@pytest.mark.parametrize(
    "case", [c for c in STATEMENTS["refused"] if c["kind"] in READERS], ids=lambda c: c["sentence"]
)
def test_a_refused_statement_has_the_same_name(case):
    with pytest.raises(Refused) as refused:
        read(case)

    assert refused.value.kind == case["problem"]


def test_the_fingerprint_is_the_same():
    assert (
        Root.parse(STATEMENTS["root_note"].encode()).fingerprint.hex() == STATEMENTS["fingerprint"]
    )
