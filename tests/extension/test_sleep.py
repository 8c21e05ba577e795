"""A computer that slept in the middle of an exam, and one whose clock was merely put right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.extension.sitting import Opening, begin, finish, of_stream, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.usefixtures("screen")]

HOUR_MS = 3_600_000
LEAP = """([leap_ms, still_ms]) => {
  const [recorder] = chrome.extension.getViews().filter(
    (view) => view.location.pathname === "/offscreen.html",
  );
  const real = recorder.Date.now;
  const from = performance.now();
  while (performance.now() - from < still_ms) continue;
  recorder.Date.now = () => real.call(recorder.Date) + leap_ms;
}"""
"""What a sleep looks like from inside: nothing is done for a moment, then the clock has leapt."""


def leap(candidate: Candidate, leap_ms: int, *, still_ms: int) -> None:
    candidate.page.evaluate(LEAP, [leap_ms, still_ms])


def sat_with(opening: Opening, stand: Stand, folder: Path, *, still_ms: int) -> dict[str, Any]:
    """Sit an exam in whose middle the clock leaps by an hour; give its review."""
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 8)
        leap(candidate, HOUR_MS, still_ms=still_ms)
        record(candidate, 12)
        attempt = finish(candidate)
    return stand.review(attempt["attempt"]["id"], folder / "opened")


def test_a_computer_that_slept_leaves_a_gap_in_all_streams(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    review = sat_with(opening, stand, tmp_path, still_ms=2_500)

    assert review["verdict"] == "complete", review["problems"]
    [gap] = review["gaps"]
    assert gap["cause"] == "paused"
    assert abs(gap["toMs"] - gap["fromMs"] - HOUR_MS) < 5_000
    for stream in ("camera", "screen"):
        files = of_stream(review, stream)
        before = [file for file in files if file["t1Ms"] <= gap["fromMs"]]
        after = [file for file in files if file["t0Ms"] >= gap["toMs"]]
        assert before
        assert after
        assert len(before) + len(after) == len(files)
        assert after[0]["continuity"] == "whole"
        assert after[0]["t0Ms"] - gap["toMs"] < 5_000


def test_a_clock_that_is_put_right_leaves_none(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    review = sat_with(opening, stand, tmp_path, still_ms=0)

    assert (review["verdict"], review["gaps"]) == ("complete", []), review["problems"]
