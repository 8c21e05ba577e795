"""Each attack on an export has the name that sealed.md §9 gives it."""

import base64
import hashlib
import zipfile

import pytest
from candidate import (
    ATTEMPT,
    INSTITUTION,
    NOW,
    Attempt,
    Institution,
    Key,
    age,
    b64,
    checkpoint,
    listed,
    note,
    segment_leaf,
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


@attack("missing")
def a_file_is_dropped(attempt):
    del attempt.files["camera", 1]


@attack("tampered")
def one_bit_of_a_file_is_flipped(attempt):
    file = bytearray(attempt.files["camera", 1])
    file[-1] ^= 1
    attempt.files["camera", 1] = bytes(file)


@attack("tampered")
def a_file_is_cut_short(attempt):
    attempt.files["screen", 0] = attempt.files["screen", 0][:-20]


@attack("tampered")
def two_files_are_swapped(attempt):
    files = attempt.files
    files["camera", 0], files["camera", 1] = files["camera", 1], files["camera", 0]


@attack("wrong-key")
def the_candidate_logs_a_file_at_another_place(attempt):
    """Sealed for one position and logged at another: the hash is right, it does not open."""
    stolen = attempt.files["camera", 0]
    attempt.files["camera", 2] = stolen
    attempt.leaves[3] = segment_leaf("camera", 2, stolen)
    attempt.sign()


@attack("tampered")
def a_file_does_not_authenticate_though_its_hash_is_logged(attempt):
    file = bytearray(attempt.files["camera", 2])
    file[-1] ^= 1
    attempt.files["camera", 2] = bytes(file)
    attempt.leaves[3] = segment_leaf("camera", 2, bytes(file))
    attempt.sign()


@attack("forked")
def a_file_is_injected(attempt):
    attempt.files["camera", 3] = attempt.files["camera", 0]


@attack("forked")
def a_leaf_is_altered_after_signing(attempt):
    attempt.leaves[2] = segment_leaf("camera", 1, attempt.files["camera", 1], t0=5001)


@attack("truncated")
def the_end_of_the_log_is_cut(attempt):
    attempt.leaves.pop()


@attack("forked")
def the_end_is_hidden_behind_an_older_checkpoint(attempt):
    attempt.sign(size=3)


@attack("reordered", "forked")
def leaves_are_reordered(attempt):
    attempt.leaves[1], attempt.leaves[2] = attempt.leaves[2], attempt.leaves[1]


@attack("reordered")
def the_candidate_signs_leaves_out_of_turn(attempt):
    attempt.leaves[2], attempt.leaves[3] = attempt.leaves[3], attempt.leaves[2]
    attempt.sign()


@attack("reordered")
def time_runs_backwards(attempt):
    attempt.leaves[3] = segment_leaf("camera", 2, attempt.files["camera", 2], t0=10)
    attempt.sign()


@attack("replayed")
def a_leaf_stands_twice(attempt):
    attempt.leaves.insert(3, attempt.leaves[2])
    attempt.sign()


@attack("replayed")
def a_leaf_of_another_attempt_is_replayed(attempt):
    leaf = attempt.leaves[2].replace(ATTEMPT.encode(), b"01hother000000000000000000")
    attempt.leaves.insert(3, leaf)
    attempt.sign()


@attack("replayed")
def the_opening_stands_a_second_time(attempt):
    attempt.leaves.insert(3, attempt.leaves[0])
    attempt.sign()


@attack("reordered")
def a_leaf_follows_the_close(attempt):
    attempt.seal("camera", b"late")
    attempt.sign()


@attack("truncated")
def the_close_counts_more_files_than_there_are(attempt):
    attempt.leaves[-1] = attempt.leaves[-1].replace(b"camera=3", b"camera=4")
    attempt.sign()


@attack("forked")
def the_close_counts_fewer_files_than_there_are(attempt):
    attempt.leaves[-1] = attempt.leaves[-1].replace(b"camera=3", b"camera=2")
    attempt.sign()


@attack("malformed")
def a_stream_begins_with_a_delta(attempt):
    attempt.leaves[1] = segment_leaf("camera", 0, attempt.files["camera", 0], form="delta")
    attempt.sign()


@attack("unsupported-version")
def a_leaf_of_a_later_version_stands_in_the_log(attempt):
    attempt.leaves.insert(3, b"invigil/v2/segment\nwhatever\n")
    attempt.sign()


@attack("forged")
def another_key_signs_the_checkpoint(attempt):
    attempt.key = Key(attempt.key.name)
    attempt.sign()


@attack("forged")
def the_receipt_is_absent(attempt):
    lines = attempt.members["attempt/checkpoint"].split(b"\n")
    attempt.members["attempt/checkpoint"] = b"\n".join(lines[:-2]) + b"\n"


@attack("forged")
def the_receipts_time_is_altered(attempt):
    raw = attempt.members["attempt/checkpoint"]
    text = raw[: raw.rfind(b"\n\n") + 1]
    line = attempt.home.server.cosign(text, 1).split(b" ")[-1]
    payload = bytearray(base64.b64decode(line))
    payload[11] ^= 1
    forged = f"— {attempt.home.server.name} {b64(bytes(payload))}\n".encode()
    attempt.members["attempt/checkpoint"] = b"\n".join(raw.split(b"\n")[:-2]) + b"\n" + forged


@attack("forged")
def a_stranger_gives_the_receipt(attempt):
    attempt.home.server = Key(attempt.home.server.name)
    attempt.sign()


@attack("replayed")
def the_checkpoint_is_another_attempts(attempt):
    other = f"invigil/{INSTITUTION}/attempt/01hother000000000000000000"
    attempt.members["attempt/checkpoint"] = checkpoint(other, attempt.leaves, attempt.key)


@attack("tampered")
def the_wrap_is_exchanged(attempt):
    attempt.members["attempt/attempt.age"] = b"another"


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


@attack("downgrade")
def a_file_is_sealed_to_two_keys(attempt):
    attempt.files["camera", 2] = age(b"x", b"\x01" * 32, b"\x02" * 32)
    attempt.leaves[3] = segment_leaf("camera", 2, attempt.files["camera", 2])
    attempt.sign()


@attack("untrusted")
def the_server_swaps_the_scope_key(attempt):
    mallory = Key(attempt.home.admin.name)
    swapped = attempt.members["trust/scope-epoch.note"].split(b"\n\n")[0].decode() + "\n"
    attempt.members["trust/scope-epoch.note"] = note(swapped.replace("q" * 40, "p" * 40), mallory)
    log_of(attempt, "trust/scope-epoch.note", place=-1)


@attack("untrusted")
def the_scope_key_is_signed_by_nobody_known(attempt):
    mallory = Key(f"invigil/{INSTITUTION}/staff/01hmallory0000000000000000")
    text = attempt.members["trust/scope-epoch.note"].split(b"\n\n")[0].decode() + "\n"
    attempt.members["trust/scope-epoch.note"] = note(text, mallory)
    log_of(attempt, "trust/scope-epoch.note", place=-1)


@attack("untrusted")
def the_scope_key_is_not_logged(attempt):
    log = [attempt.members["trust/root-1.note"]]
    relog(attempt, log)


@attack("untrusted")
def the_log_is_rolled_back(attempt):
    """The candidate saw two leaves; the log shown now has another second one."""
    log = [
        attempt.members["trust/root-1.note"],
        b"other\n",
        attempt.members["trust/scope-epoch.note"],
    ]
    relog(attempt, log)


@attack("forged")
def the_log_is_signed_by_a_stranger(attempt):
    log = [attempt.members["trust/root-1.note"], attempt.members["trust/scope-epoch.note"]]
    stranger = Key(attempt.home.server.name)
    attempt.members["trust/keylog.checkpoint"] = checkpoint(
        f"invigil/{INSTITUTION}/keys", log, stranger
    )


@attack("untrusted")
def the_log_has_a_leaf_more_than_its_checkpoint(attempt):
    log = [attempt.members["trust/root-1.note"], attempt.members["trust/scope-epoch.note"]]
    attempt.members["trust/keylog.leaves"] = listed([*log, b"one more\n"])


@attack("forged")
def the_root_is_not_signed_by_its_key(attempt):
    text = attempt.members["trust/root-1.note"].split(b"\n\n")[0].decode() + "\n"
    attempt.members["trust/root-1.note"] = note(text, Key("invigil/demo/root/9"))


@attack("unsupported-version")
def the_root_names_another_suite(attempt):
    raw = attempt.members["trust/root-1.note"].replace(b"mlkem768x25519", b"mlkem512x25519")
    attempt.members["trust/root-1.note"] = raw


@attack("downgrade")
def an_administrator_has_a_classic_recipient(attempt):
    raw = attempt.members["trust/root-1.note"].replace(b"age1pq1", b"age1classic1")
    attempt.members["trust/root-1.note"] = raw


def relog(attempt, log):
    attempt.members["trust/keylog.leaves"] = listed(log)
    attempt.members["trust/keylog.checkpoint"] = checkpoint(
        f"invigil/{INSTITUTION}/keys", log, attempt.home.server
    )


def log_of(attempt, name, *, place):
    log = [attempt.members["trust/root-1.note"], attempt.members["trust/scope-epoch.note"]]
    log[place] = attempt.members[name]
    relog(attempt, log)
    attempt.leaves[0] = attempt.opening(log)
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


def test_a_root_that_was_not_yet_in_force_is_untrusted(tmp_path):
    report = report_of(whole(Institution(issued=NOW + 1)), tmp_path)

    assert [(p.kind, p.sentence.split(":")[0]) for p in report.problems] == [
        ("untrusted", "expired")
    ]


def test_an_author_whose_certificate_is_not_logged_is_untrusted(tmp_path):
    attempt = whole(Institution(author_signs=True))
    attempt.members["trust/staff-key.blind"] = b64(b"\x08" * 32).encode()

    assert [p.kind for p in report_of(attempt, tmp_path).problems] == ["untrusted"]


def test_an_author_certified_by_nobody_is_forged(tmp_path):
    home = Institution(author_signs=True)
    real, home.admin = home.admin, Key(home.admin.name)
    staff = home.staff_note()
    home.admin = real
    home.staff_note = lambda: staff

    assert [p.kind for p in report_of(whole(home), tmp_path).problems] == ["forged"]


@pytest.mark.parametrize("work", [b"10", b"17", b"21"])
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
