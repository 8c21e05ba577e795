"""A browser that is killed in the middle of an exam, and what the next one finds."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.extension.crash import kill_browser
from tests.extension.quiz import PASSWORD
from tests.extension.sitting import Opening, begin, finish, record, set_camera, tab_of_the_quiz
from tests.extension.stand import EXTENSION_ID, Candidate, Stand, chromium

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]

ORIGIN = f"chrome-extension://{EXTENSION_ID}"
CAMERAS = """async () => {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((one) => one.kind === "videoinput").map((one) => one.deviceId);
}"""

RECORDER_DIES = """async () => {
  await chrome.offscreen.closeDocument();
  await chrome.alarms.create("attempt-watch", { when: Date.now() });
}"""


def cameras(count: int) -> str:
    return f"--use-fake-device-for-media-stream=device-count={count}"


def ready(context: BrowserContext, stand: Stand) -> Candidate:
    """Up to the start button; the camera and the microphone are opened by it."""
    candidate = Candidate.arrive(context)
    candidate.ask(
        "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
    )
    candidate.pass_checks()
    return candidate


def page_that_came(context: BrowserContext) -> Page:
    """The candidate's page, which nobody but the extension opens."""
    watcher = Candidate.arrive(context)
    for _ in range(80):
        for page in context.pages:
            if page.url == f"{ORIGIN}/candidate.html":
                return page
        watcher.page.wait_for_timeout(250)
    raise AssertionError("no page came by itself")


def go_on(context: BrowserContext) -> Page:
    """Press the button on the page that the browser opens by itself after a crash."""
    page = page_that_came(context)
    page.get_by_role("button", name="Go on with the exam").click()
    return page


def recorded(context: BrowserContext) -> str:
    """What the camera is called that is recorded now."""
    record = Candidate.arrive(context).wait_for_phase("recording")
    label: str = record["sources"]["camera"]["label"]
    return label


def test_after_a_crash_the_chosen_camera_is_recorded_or_another_one_that_the_page_names(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    profile = stand.folder / "profile"
    with chromium(playwright, extension, profile, cameras(2)) as context:
        candidate = ready(context, stand)
        # Who has not allowed the camera for good is told of no device.
        set_camera(context, candidate.page, "granted")
        _, second = candidate.page.evaluate(CAMERAS)
        candidate.ask("source.open", source="camera", device_id=second)
        chosen = candidate.ask("attempt.get")["sources"]["camera"]["label"]
        candidate.press("attempt.start")
        recorded(context)
        kill_browser(profile)
    with chromium(playwright, extension, profile, cameras(2)) as context:
        page = go_on(context)
        page.wait_for_url(f"{stand.quiz}/quiz/take")
        assert recorded(context) == chosen
        kill_browser(profile)
    with chromium(playwright, extension, profile, cameras(1)) as context:
        page = go_on(context)
        notice = page.get_by_role("main").get_by_role("status").first
        expect(notice).to_contain_text("Another camera is recorded now")
        assert recorded(context) != chosen
        expect(notice).to_contain_text(f"“{recorded(context)}” is recorded instead")
        kill_browser(profile)
    with chromium(playwright, extension, profile, cameras(0)) as context:
        page = go_on(context)
        expect(page.get_by_role("alert")).to_contain_text("Your camera stopped")
        page.get_by_role("button", name="Start the camera again").click()
        expect(page.get_by_role("alert").last).to_contain_text("No camera was found")


@pytest.mark.parametrize("stand", [{"names_start": False}], indirect=True)
def test_after_a_crash_the_access_code_goes_into_the_quiz_again_and_into_no_sign_in(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        tab_of_the_quiz(begin(context, stand), stand).wait_for_load_state()
        record(Candidate.arrive(context), 3)
        kill_browser(stand.folder / "profile")
    urllib.request.urlopen(f"{stand.quiz}/login/out")
    with opening() as context:
        page = go_on(context)
        page.wait_for_url(f"{stand.quiz}/login")
        page.wait_for_selector("invigil-bar", state="attached")
        record(Candidate.arrive(context), 2)
        assert "Wrong password" not in page.content()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{stand.quiz}/quiz/take")
        attempt = finish(Candidate.arrive(context))
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert review["verdict"] == "complete", review["problems"]
    assert [gap["cause"] for gap in review["gaps"]] == ["crash"]


def test_a_recorder_that_dies_is_noticed_and_the_candidate_is_led_back_and_ends_nothing_by_mistake(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        watcher = begin(context, stand)
        tab_of_the_quiz(watcher, stand)
        watcher.page.evaluate(RECORDER_DIES)
        watcher.wait_for_phase("interrupted")
        page = page_that_came(context)
        # The exam was begun from a page that is not the candidate's own: this one has to be chosen.
        page.get_by_role("button", name="Continue here").click()
        page.get_by_role("button", name="End the exam instead").click()
        page.get_by_role("dialog").get_by_role("button", name="Go on with the exam").click()
        assert watcher.ask("attempt.get")["phase"] == "interrupted"

        page.get_by_role("button", name="Go on with the exam").click()
        watcher.wait_for_phase("recording")
