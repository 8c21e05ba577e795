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


def go_on(context: BrowserContext) -> Page:
    """Press the button on the page that the browser opens by itself after a crash."""
    address = f"{ORIGIN}/candidate.html"
    watcher = Candidate.arrive(context)
    for _ in range(80):
        for page in context.pages:
            if page.url == address:
                page.get_by_role("button", name="Go on with the exam").click()
                return page
        watcher.page.wait_for_timeout(250)
    raise AssertionError("no page came by itself")


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


@pytest.mark.parametrize("stand", [{"start_page": False}], indirect=True)
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
