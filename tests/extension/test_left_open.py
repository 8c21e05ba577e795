"""Nothing is open and nothing is lent when nobody sits at the exam."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from ops.sit.permissions import permissions, permissions_left
from tests.extension.sitting import Opening, begin, finish, record
from tests.extension.stand import BUILT, EXTENSION_ID, Candidate, Stand, chromium
from tests.extension.test_permissions import ask_for_permissions

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
PAGE = f"chrome-extension://{EXTENSION_ID}/candidate.html"
NOTICED_S = 8
"""A page that is loaded again is given two seconds; the rest is for a busy machine."""
RECORDERS = """async () => (await chrome.runtime.getContexts(
  { contextTypes: ["OFFSCREEN_DOCUMENT"] })).length"""


def before_the_exam(context: BrowserContext, stand: Stand) -> Candidate:
    """Screen, camera and microphone open, as passing the checks leaves them."""
    candidate = Candidate.arrive(context)
    candidate.ask(
        "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
    )
    candidate.pass_checks()
    for source in ("camera", "microphone"):
        assert candidate.ask("source.open", source=source)["is"] == "live"
    return candidate


def test_leaving_before_the_exam_closes_every_device_and_gives_all_back(
    playwright: Playwright, stand: Stand
) -> None:
    with chromium(playwright, BUILT, stand.folder / "profile") as context:
        asker = Candidate.arrive(context)
        at_first = permissions(asker.page)
        ask_for_permissions(asker.page, stand.quiz)
        before_the_exam(context, stand).page.close()
        page = context.new_page()
        page.goto(PAGE)
        expect(page.get_by_role("heading", name="Ready when you are")).to_be_visible()
        staff = context.new_page()
        staff.goto(f"chrome-extension://{EXTENSION_ID}/staff.html")
        asker.page.close()
        page.reload()
        record(Candidate(staff), NOTICED_S)
        reloaded = (staff.evaluate(RECORDERS), Candidate(staff).ask("progress.get")["sources"])
        page.close()
        left = permissions_left(staff)
        record(Candidate(staff), NOTICED_S)
        recorders = staff.evaluate(RECORDERS)

        assert reloaded == (1, {"camera": True, "microphone": True, "screen": True})
        assert (left, recorders) == (at_first, 0)

        page = context.new_page()
        page.goto(PAGE)
        expect(page.get_by_role("button", name="Ask my browser")).to_be_visible()
        ask_for_permissions(page, stand.quiz)
        page.reload()
        expect(page.get_by_role("heading", name="Checks", exact=True)).to_be_visible()
        returned = Candidate(page)
        returned.report_checks()
        watcher = Candidate.arrive(context)
        returned.start()
        watcher.wait_for_phase("recording")
        record(watcher, 4)
        finish(watcher)
        end = permissions_left(watcher.page)

    assert end == at_first


def test_a_launch_that_replaces_another_closes_what_that_one_had_open(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = before_the_exam(context, stand)
        again = candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )
        recorders = candidate.page.evaluate(RECORDERS)

    assert again["record"]["phase"] == "launched"
    assert recorders == 0


def is_complete_after_a_crash(review: dict[str, Any]) -> None:
    """One hole, and nothing that contradicts it."""
    assert review["verdict"] == "complete", review["problems"]
    causes = [gap["cause"] for gap in review["gaps"]]
    # A document that is being closed may still have told that its devices were lost.
    assert causes in (["crash"], ["device-lost", "crash"]), review["gaps"]


def test_a_recorder_that_dies_is_told_at_once_and_recording_goes_on_from_the_bar(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 8)
        quiz = next(page for page in context.pages if page.url == f"{stand.quiz}/quiz/take")
        with context.expect_page(timeout=10_000) as led_to:
            candidate.page.evaluate("chrome.offscreen.closeDocument()")
        page = led_to.value
        # The tab that began with the popup's address still counts as the exam's own.
        page.get_by_role("button", name="Continue here").click()
        expect(page.get_by_role("heading", name="The recording was interrupted")).to_be_visible()
        quiz.goto(f"{stand.quiz}/quiz/take")
        expect(quiz.locator("invigil-bar")).to_have_count(1)
        page.get_by_role("button", name="Go on with the exam").click()
        candidate.wait_for_phase("recording")
        record(candidate, 6)
        attempt = finish(candidate)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    is_complete_after_a_crash(review)


def test_handing_in_while_nothing_is_recorded_ends_the_attempt(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        quiz = next(page for page in context.pages if page.url == f"{stand.quiz}/quiz/take")
        candidate.page.evaluate("chrome.offscreen.closeDocument()")
        candidate.wait_for_phase("interrupted", timeout_s=10)
        quiz.bring_to_front()
        quiz.click("text=Hand in")
        attempt = candidate.wait_for_phase("closed", timeout_s=90)

    assert attempt["ended"]["cause"] == "handed-in"


AGAIN_AND_AGAIN = """async () => {
  const { attempt } = await chrome.storage.local.get("attempt");
  const order = { to: "recorder", kind: "upload.resume", body: { record: attempt } };
  for (let turn = 0; turn < 40; turn += 1) {
    void chrome.runtime.sendMessage(order);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""


def test_uploads_that_are_taken_up_while_recording_goes_on_write_one_log(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        candidate.page.evaluate("chrome.offscreen.closeDocument()")
        candidate.wait_for_phase("interrupted", timeout_s=10)
        watcher = Candidate.arrive(context)
        candidate.press("attempt.resume")
        context.service_workers[0].evaluate(AGAIN_AND_AGAIN)
        watcher.wait_for_phase("recording")
        record(watcher, 12)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    is_complete_after_a_crash(review)


KILLED_BEFORE_LETTING_GO = """async (attempt) => {
  await chrome.storage.local.set({ attempt: { ...attempt, phase: "closed" } });
  await chrome.alarms.create("attempt-watch", { when: Date.now() + 1000 });
}"""


def test_what_a_killed_service_worker_did_not_give_back_is_given_back_at_the_next_look(
    playwright: Playwright, stand: Stand
) -> None:
    with chromium(playwright, BUILT, stand.folder / "profile") as context:
        asker = Candidate.arrive(context)
        at_first = permissions(asker.page)
        ask_for_permissions(asker.page, stand.quiz)
        candidate = before_the_exam(context, stand)
        attempt = candidate.ask("attempt.get")
        candidate.page.evaluate(KILLED_BEFORE_LETTING_GO, attempt)
        left = permissions_left(candidate.page)
        recorders = candidate.page.evaluate(RECORDERS)

    assert (left, recorders) == (at_first, 0)
