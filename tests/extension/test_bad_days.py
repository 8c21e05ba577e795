"""Days on which something goes wrong at the candidate's desk, and end well."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.extension.sitting import (
    Opening,
    begin,
    finish,
    of_stream,
    paths,
    record,
    set_camera,
    tab_of_the_quiz,
    wait_for_source,
)
from tests.extension.stand import EXTENSION_ID, Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
ORIGIN = f"chrome-extension://{EXTENSION_ID}"
STOP_BUTTON = ("294", "29")
"""Where the browser's own bar has its button, from the bar's corner."""


def press_stop_sharing() -> None:
    """Click the button in the browser's bar, as a person does."""
    found = subprocess.run(
        ["xdotool", "search", "--sync", "--onlyvisible", "--name", "is sharing your screen"],
        capture_output=True,
        check=True,
        timeout=20,
    )
    window = found.stdout.decode().split()[0]
    move = ["xdotool", "mousemove", "--window", window, *STOP_BUTTON]
    subprocess.run(move, check=True)
    subprocess.run(["xdotool", "click", "1"], check=True)


def test_a_share_that_is_stopped_is_told_at_once_and_can_be_given_again(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 4)
        press_stop_sharing()
        lost = wait_for_source(candidate, "screen", "lost")
        record(candidate, 6)
        assert candidate.ask("source.open", source="screen")["is"] == "live"
        record(candidate, 6)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert lost["cause"] == "share-stopped"
    assert (review["verdict"], [gap["cause"] for gap in review["gaps"]]) == (
        "complete",
        ["share-stopped"],
    )
    assert review["gaps"][0]["toMs"] - review["gaps"][0]["fromMs"] > 5_000


def test_a_camera_that_is_taken_away_leaves_a_gap_and_the_sound(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 4)
        set_camera(context, candidate.page, "denied")
        lost = wait_for_source(candidate, "camera", "lost")
        record(candidate, 8)
        set_camera(context, candidate.page, "granted")
        assert candidate.ask("source.open", source="camera")["is"] == "live"
        record(candidate, 4)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert lost["cause"] == "device-lost"
    assert review["verdict"] == "complete", review["problems"]
    assert "device-lost" in [gap["cause"] for gap in review["gaps"]]
    camera = of_stream(review, "camera")
    assert all(b["t0Ms"] <= a["t1Ms"] for a, b in itertools.pairwise(camera))


# With unlimited storage only a disk itself can be full; without it the browser plays one.
@pytest.mark.parametrize("extension", [{"without": ["unlimitedStorage"]}], indirect=True)
def test_a_full_disk_loses_files_and_says_so(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 8)
        devtools = context.new_cdp_session(candidate.page)
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": ORIGIN, "quotaSize": 1_000})
        watching = page_of_the_exam(context).page
        expect(watching.get_by_role("alert")).to_contain_text("Your disk is full")
        record(candidate, 11)
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": ORIGIN})
        record(candidate, 22)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert review["verdict"] == "complete", review["problems"]
    assert {gap["cause"] for gap in review["gaps"]} == {"disk-full"}
    screen = of_stream(review, "screen")
    [first_after] = [b for a, b in itertools.pairwise(screen) if b["t0Ms"] > a["t1Ms"]]
    assert first_after["continuity"] == "whole"


def test_a_second_tab_is_told_and_can_take_over(opening: Opening, stand: Stand) -> None:
    with opening() as context:
        candidate = Candidate.arrive(context)
        candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )
        first, second = (page_of_the_exam(context) for _ in range(2))

        assert second.outcome("checks.begin")["problem"]["code"] == "open-elsewhere"
        second.ask("page.take-over")
        assert first.outcome("checks.begin")["problem"]["code"] == "open-elsewhere"
        assert second.outcome("checks.begin")["problem"]["code"] == "not-now"


def test_closing_the_quizs_tab_stops_nothing_and_leads_back_to_it(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        quiz = tab_of_the_quiz(candidate, stand)
        record(candidate, 6)
        with context.expect_page() as led_to:
            quiz.close()
        page = led_to.value
        expect(page.get_by_role("heading", name="Your exam is running")).to_be_visible()
        record(candidate, 6)
        page.get_by_role("button", name="Go to the quiz").click()
        page.wait_for_url(f"{stand.quiz}/quiz/take")
        record(candidate, 4)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert (review["verdict"], review["gaps"]) == ("complete", [])
    camera = of_stream(review, "camera")
    assert all(b["t0Ms"] <= a["t1Ms"] for a, b in itertools.pairwise(camera))
    assert camera[-1]["t1Ms"] > 16_000
    events = "".join(path.read_text() for path in paths(review, "events", tmp_path / "opened"))
    kinds = [json.loads(line)["kind"] for line in events.splitlines() if line.strip()]
    assert kinds.count("exam-tab-closed") == 1


def page_of_the_exam(context: BrowserContext) -> Candidate:
    page = context.new_page()
    page.goto(f"{ORIGIN}/candidate.html")
    page.wait_for_selector("h1")
    return Candidate(page)


def test_a_launch_link_leads_back_to_the_attempt_that_runs(opening: Opening, stand: Stand) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        again = candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )
        finish(candidate)

    assert (again["is"], again["record"]["phase"]) == ("running", "recording")


def test_the_access_code_is_handed_in_and_typed_nowhere(opening: Opening, stand: Stand) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        quiz = tab_of_the_quiz(candidate, stand)
        typed = quiz.evaluate("sessionStorage.getItem('typed')")
        stored = candidate.page.evaluate("chrome.storage.local.get()")
        quiz.click("text=Hand in")
        attempt = candidate.wait_for_phase("closed", timeout_s=90)

    assert typed == ""
    assert "open sesame" not in str(stored)
    assert attempt["ended"]["cause"] == "handed-in"
