"""Attacks on the export itself, beside those on the record: vectors/attempts.json has those."""

import hashlib
import zipfile

import pytest
from candidate import (
    Attempt,
    Institution,
    Key,
    b64,
    whole,
)

from invigil_verify.archive import open_export
from invigil_verify.attempt import verify
from invigil_verify.problems import Refused
from invigil_verify.sealing import open_phrase

ATTACKS = {}


def attack(*kinds):
    def register(function):
        ATTACKS[function.__name__] = (function, set(kinds))
        return function

    return register


@attack("forked")
def a_file_is_injected(attempt):
    attempt.files["camera", 3] = attempt.files["camera", 0]


@attack("wrong-key")
def an_identity_is_of_another_stream(attempt):
    text = attempt.identities().replace(b"# camera-0\n", b"# camera-9\n", 1)
    attempt.members["identities.txt"] = text


@attack("wrong-key")
def an_identity_does_not_follow_from_its_secret(attempt):
    attempt.secret = b"\x2b" * 32
    lies = attempt.identities().split(b"\n")
    attempt.secret = b"\x2a" * 32
    true = attempt.identities().split(b"\n")
    true[2] = lies[2]
    attempt.members["identities.txt"] = b"\n".join(true)


@attack("tampered")
def a_leaf_lies_about_its_files_length(attempt):
    said = f"\n{len(attempt.files['camera', 0])}\n".encode()
    attempt.leaves[1] = attempt.leaves[1].replace(said, b"\n1\n")
    attempt.sign()


@attack("malformed")
def a_leaf_0_names_the_attempt_key_of_another_attempt(attempt):
    other = Key(attempt.key.name[:-1] + "9")
    attempt.leaves[0] = attempt.leaves[0].replace(attempt.key.vkey.encode(), other.vkey.encode())
    attempt.sign()


def report_of(attempt, tmp_path, *, fingerprint=None, state="ended", phrase=None):
    export = open_export(attempt.export(tmp_path / "export.zip", state=state))
    return verify(export, fingerprint=fingerprint, ask_phrase=lambda: phrase)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_named(name, tmp_path):
    mutate, kinds = ATTACKS[name]
    attempt = whole()
    mutate(attempt)

    report = report_of(attempt, tmp_path)

    assert {problem.kind for problem in report.problems} == kinds
    assert report.verdict == "damaged"


@pytest.mark.parametrize("author_signs", [False, True])
def test_a_whole_attempt_is_complete(author_signs, tmp_path):
    report = report_of(whole(Institution(author_signs=author_signs)), tmp_path)

    assert (report.verdict, report.problems, report.opened_files) == ("complete", [], 6)
    assert report.checked_to_ms == 15_000


def test_the_damaged_segment_is_named(tmp_path):
    attempt = whole()
    del attempt.files["screen", 1]

    (problem,) = report_of(attempt, tmp_path).problems

    assert (problem.where, problem.kind) == ("screen-1", "missing")


@pytest.mark.parametrize(("state", "verdict"), [("running", "open"), ("ended", "open-ended")])
def test_an_attempt_without_a_close_is_not_complete(state, verdict, tmp_path):
    attempt = Attempt()
    attempt.seal("camera", b"x")
    attempt.sign()

    assert report_of(attempt, tmp_path, state=state).verdict == verdict


def test_another_fingerprint_is_untrusted_and_nothing_is_opened(tmp_path):
    report = report_of(whole(), tmp_path, fingerprint=b"\x00" * 32)

    assert [p.kind for p in report.problems] == ["untrusted"]
    assert report.opened_files is None


def test_the_right_fingerprint_is_complete(tmp_path):
    attempt = whole()
    text = attempt.members["trust/root-1.note"].split(b"\n\n")[0] + b"\n"

    assert report_of(attempt, tmp_path, fingerprint=hashlib.sha256(text).digest()).problems == []


def test_an_author_whose_certificate_is_not_logged_is_untrusted(tmp_path):
    attempt = whole(Institution(author_signs=True))
    attempt.members["trust/staff-key.blind"] = b64(b"\x08" * 32).encode()

    assert [p.kind for p in report_of(attempt, tmp_path).problems] == ["untrusted"]


@pytest.mark.parametrize("work", [b"10", b"17"])
def test_a_phrase_with_another_work_factor_is_a_downgrade(work):
    file = (
        b"age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA " + work + b"\nYm9keQ\n--- mac\n"
    )

    with pytest.raises(Refused) as refused:
        open_phrase(file, "nine words")

    assert refused.value.kind == "downgrade"


def test_sealed_keys_without_a_phrase_leave_the_contents_unopened(tmp_path):
    attempt = whole()
    path = attempt.export(tmp_path / "open.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "sealed.zip", "w") as new:
        for name in old.namelist():
            if name != "identities.txt":
                new.writestr(name, old.read(name))
        new.writestr("identities.txt.age", b"sealed")

    report = verify(open_export(tmp_path / "sealed.zip"), fingerprint=None, ask_phrase=lambda: None)

    assert (report.verdict, report.opened_files) == ("complete", None)


def test_a_leaf_that_cannot_be_read_is_named_by_its_number(tmp_path):
    attempt = whole()
    attempt.leaves[3] = b"invigil/v1/gap\nno attempt\n"
    attempt.sign()

    assert report_of(attempt, tmp_path).problems[0].sentence.startswith("Leaf 3: ")


def test_what_has_no_file_is_checked_up_to_its_beginning(tmp_path):
    attempt = Attempt()
    attempt.close()
    attempt.sign()

    assert report_of(attempt, tmp_path).checked_to_ms == 0
    assert report_of(attempt, tmp_path, fingerprint=bytes(32)).checked_to_ms == 0
