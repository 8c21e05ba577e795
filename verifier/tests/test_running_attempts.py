"""Exports of attempts that still run: what no checkpoint covers yet is nobody's word."""

import pytest
from candidate import Attempt, media, whole
from test_attacks import report_of

from invigil_verify.archive import open_export
from invigil_verify.attempt import verify


def cut_off(*, checkpointed: int) -> Attempt:
    """A whole attempt under an older checkpoint; its own close stands beyond that."""
    attempt = whole()
    attempt.sign(size=checkpointed)
    return attempt


def test_a_close_that_no_checkpoint_covers_completes_nothing(tmp_path):
    report = report_of(cut_off(checkpointed=4), tmp_path, state="running")

    assert (report.verdict, report.problems) == ("open", [])
    assert report.waiting == 4


@pytest.mark.parametrize("checkpointed", [4, 7])
def test_the_same_export_of_an_attempt_that_is_over_is_forked(checkpointed, tmp_path):
    report = report_of(cut_off(checkpointed=checkpointed), tmp_path)

    assert report.verdict == "damaged"
    assert [problem.kind for problem in report.problems] == ["forked"]


def test_a_close_under_the_checkpoint_completes_whatever_state_was_told(tmp_path):
    assert report_of(whole(), tmp_path, state="running").verdict == "complete"


@pytest.mark.parametrize(("size", "opened", "to_ms"), [(1, 0, 0), (2, 1, 5_000), (4, 3, 15_000)])
def test_files_beyond_the_checkpoint_wait_unopened(size, opened, to_ms, tmp_path):
    sunk = []
    export = open_export(cut_off(checkpointed=size).export(tmp_path / "e.zip", state="running"))

    report = verify(
        export,
        fingerprint=None,
        ask_phrase=lambda: None,
        sink=lambda segment, _: sunk.append((segment.stream, segment.index)),
    )

    assert (report.opened_files, report.checked_to_ms) == (opened, to_ms)
    assert sunk == [("camera", index) for index in range(opened)]


def test_a_checkpoint_that_does_not_fit_the_leaves_covers_none(tmp_path):
    attempt = whole()
    attempt.leaves.pop()

    report = report_of(attempt, tmp_path, state="running")

    assert [problem.kind for problem in report.problems] == ["truncated"]
    assert (report.covered, report.waiting, report.opened_files) == (0, 7, 0)


def test_nothing_waits_where_nobody_is_trusted(tmp_path):
    assert report_of(whole(), tmp_path, fingerprint=bytes(32)).waiting == 0


def test_files_beyond_the_checkpoint_are_held_against_their_hash(tmp_path):
    attempt = cut_off(checkpointed=2)
    attempt.files["screen", 0] = attempt.files["camera", 0]

    (problem,) = report_of(attempt, tmp_path, state="running").problems

    assert (problem.kind, problem.where) == ("tampered", "screen-0")


def test_a_leaf_that_cannot_be_read_keeps_its_place_under_the_checkpoint(tmp_path):
    attempt = Attempt()
    attempt.seal("camera", media(b"camera", b"c0"))
    attempt.leaves.append(b"invigil/v1/gap\nno attempt\n")
    attempt.seal("camera", media(b"camera", b"c1"))
    attempt.sign(size=3)

    report = report_of(attempt, tmp_path, state="running")

    assert [problem.sentence[:7] for problem in report.problems] == ["Leaf 2:"]
    assert (report.opened_files, report.waiting) == (1, 1)
