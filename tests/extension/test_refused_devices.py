"""What happens when a device or a screen is not to be had: the browser itself refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from tests.extension.busy_camera import BusyCamera
from tests.extension.clips import make_clips
from tests.extension.crash import kill_browser
from tests.extension.sitting import Opening, begin, finish, of_stream, record, wait_for_source
from tests.extension.stand import EXTENSION_ID, Candidate, Stand, chromium

ORIGIN = f"chrome-extension://{EXTENSION_ID}"
TRIES = 20
pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]


def at_the_checks(page: Page, stand: Stand) -> None:
    """From the launch to the list of checks."""
    page.goto(stand.launch_link())
    page.get_by_label("Type your full name").fill("Ada Lovelace")
    page.get_by_role("button", name="I agree and continue").click()
    expect(page.get_by_role("heading", name="Checks", exact=True)).to_be_visible()


def arrived(context: BrowserContext, stand: Stand) -> Candidate:
    candidate = Candidate.arrive(context)
    token = stand.launch_token()
    candidate.ask("launch.redeem", server=stand.server, token=token, course_root=None)
    return candidate


def row(page: Page, check: str) -> Locator:
    heading = page.get_by_role("heading", name=check, exact=True)
    return page.get_by_role("listitem").filter(has=heading)


def tried(page: Page, check: str, button: str) -> Locator:
    """Press the row's button; the row as it is when the browser has refused."""
    found = row(page, check)
    found.get_by_role("button", name=button).click()
    expect(found.get_by_text("Needs you")).to_be_visible()
    return found


def is_explained_and_can_be_noted(page: Page, check: str, button: str, sentence: str) -> None:
    """The row says why, and after the second time lets the candidate go on."""
    found = tried(page, check, button)
    expect(found).to_contain_text(sentence)
    expect(found.get_by_role("button", name="Continue and tell")).to_have_count(0)
    found.get_by_role("button", name=button).click()
    found.get_by_role("button", name="Continue and tell the reviewer").click()
    expect(found.get_by_text("Noted for the reviewer")).to_be_visible()


def passes(page: Page, check: str, button: str) -> None:
    found = row(page, check)
    found.get_by_role("button", name=button).click()
    expect(found.get_by_text("Works", exact=True)).to_be_visible()


def sits(page: Page, stand: Stand) -> dict[str, Any]:
    """From the checks through the exam to the receipt; give the record while it ran."""
    context = page.context
    page.get_by_role("button", name="Continue", exact=True).click()
    watcher = Candidate.arrive(context)
    page.get_by_role("button", name="Start the exam").click()
    running = watcher.wait_for_phase("recording")
    expect(page).to_have_url(f"{stand.quiz}/quiz/take")
    record(watcher, 12)
    finish(watcher)
    return running


def whole_gap(review: dict[str, Any], cause: str) -> None:
    """The reviewer is told: from the first second to the last this was not recorded."""
    assert review["verdict"] == "complete", review["problems"]
    assert [gap["cause"] for gap in review["gaps"]] == [cause]
    [gap] = review["gaps"]
    assert gap["fromMs"] <= min(file["t0Ms"] for file in of_stream(review, "camera"))
    assert gap["toMs"] >= review["closedMs"] - 1_000


def set_permission(page: Page, name: str, setting: str) -> None:
    wanted = {"permission": {"name": name}, "setting": setting, "origin": ORIGIN}
    page.context.new_cdp_session(page).send("Browser.setPermission", wanted)


@contextmanager
def asked(playwright: Playwright, extension: Path, stand: Stand) -> Iterator[BrowserContext]:
    """A browser that has allowed camera and microphone, and can be told otherwise."""
    profile, share = stand.folder / "profile", "--auto-select-desktop-capture-source=Entire"
    with chromium(playwright, extension, profile, share, consents=False) as context:
        page = context.new_page()
        for device in ("camera", "microphone"):
            set_permission(page, device, "granted")
        yield context


def test_a_camera_that_is_refused_is_explained_and_blocks_nobody(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    with asked(playwright, extension, stand) as context:
        page = context.new_page()
        set_permission(page, "camera", "denied")
        at_the_checks(page, stand)

        is_explained_and_can_be_noted(
            page, "Camera", "Show me my camera", "did not allow the camera"
        )
        passes(page, "Microphone", "Try my microphone")
        passes(page, "Screen sharing", "Share my whole screen")
        running = sits(page, stand)
    review = stand.review(running["attempt"]["id"], tmp_path / "opened")

    states = {source: state["is"] for source, state in running["sources"].items()}
    assert states == {"camera": "off", "microphone": "live", "screen": "live"}
    whole_gap(review, "device-lost")
    assert of_stream(review, "screen")


def test_a_computer_without_a_camera_is_explained_and_blocks_nobody(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    none = "--use-fake-device-for-media-stream=device-count=0"
    with chromium(playwright, extension, stand.folder / "profile", none) as context:
        page = context.new_page()
        at_the_checks(page, stand)

        is_explained_and_can_be_noted(page, "Camera", "Show me my camera", "No camera was found")
        passes(page, "Microphone", "Try my microphone")
        passes(page, "Screen sharing", "Share my whole screen")
        running = sits(page, stand)
    review = stand.review(running["attempt"]["id"], tmp_path / "opened")

    assert running["sources"]["camera"] == {"is": "off"}
    whole_gap(review, "device-lost")


def at_ready(context: BrowserContext, stand: Stand) -> Candidate:
    candidate = Candidate.arrive(context)
    candidate.ask(
        "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
    )
    candidate.pass_checks()
    return candidate


def test_a_camera_that_is_gone_at_the_start_leads_back_to_the_checks_and_on(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    with asked(playwright, extension, stand) as context:
        candidate = at_ready(context, stand)
        set_permission(candidate.page, "camera", "denied")
        refused = candidate.outcome("attempt.start")
        after = candidate.ask("attempt.get")
        candidate.ask("checks.begin")
        candidate.report_checks(noted=("camera",))
        watcher = Candidate.arrive(context)
        candidate.start()
        watcher.wait_for_phase("recording")
        record(watcher, 6)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert refused["problem"]["code"] == "source-refused"
    assert (after["phase"], after["opened_at"]) == ("ready", None)
    whole_gap(review, "device-lost")


AS_BEFORE_THE_START = """async () => {
  const { attempt } = await chrome.storage.local.get("attempt");
  const before = { ...attempt, phase: "agreed", started_at: null, interrupted: null };
  await chrome.storage.local.set({ attempt: before });
}"""


def test_a_start_that_a_crash_cut_off_can_be_gone_on_with(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        kill_browser(stand.folder / "profile")
    with opening() as context:
        candidate = Candidate.arrive(context)
        candidate.wait_for_phase("interrupted")
        # What a crash leaves between the server's start and the record's.
        candidate.page.evaluate(AS_BEFORE_THE_START)
        caught_up = candidate.ask("checks.begin")
        watcher = Candidate.arrive(context)
        candidate.press("attempt.resume")
        watcher.wait_for_phase("recording")
        record(watcher, 6)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert (caught_up["phase"], caught_up["interrupted"]["cause"]) == ("interrupted", "crash")
    assert (review["verdict"], [gap["cause"] for gap in review["gaps"]]) == ("complete", ["crash"])


def test_a_camera_that_stays_away_after_a_crash_is_a_gap_and_stops_nobody(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    with asked(playwright, extension, stand) as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        kill_browser(stand.folder / "profile")
    with asked(playwright, extension, stand) as context:
        candidate = Candidate.arrive(context)
        candidate.wait_for_phase("interrupted")
        set_permission(candidate.page, "camera", "denied")
        watcher = Candidate.arrive(context)
        candidate.press("attempt.resume")
        watcher.wait_for_phase("recording")
        lost = wait_for_source(watcher, "camera", "lost")
        record(watcher, 6)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    assert lost["cause"] == "device-lost"
    assert review["verdict"] == "complete", review["problems"]
    assert [gap["cause"] for gap in review["gaps"]] == ["crash", "device-lost"]


def press_while_taken(page: Page, camera: Locator, device: BusyCamera) -> str:
    """Try the camera just when another program takes it; what the row says then."""
    device.take()
    camera.get_by_role("button", name="Show me my camera").click()
    # What it said of the last try stands there until this one has failed too.
    page.wait_for_timeout(1_000)
    return camera.inner_text()


def test_a_camera_in_use_is_explained_and_the_checks_go_on_once_it_is_free(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    clip, _ = make_clips(tmp_path, seconds=2)
    device = BusyCamera(clip)
    switch = f"--use-file-for-fake-video-capture={clip}"
    with chromium(playwright, extension, stand.folder / "profile", switch) as context:
        page = context.new_page()
        at_the_checks(page, stand)
        camera = row(page, "Camera")
        # The browser looks and opens within milliseconds: now and then the other one is late.
        for _ in range(TRIES):
            if "Another program uses the camera" in press_while_taken(page, camera, device):
                break
            page.reload()
        expect(camera).to_contain_text("Close that program (a video call, perhaps)")
        expect(camera.get_by_text("Needs you")).to_be_visible()

        device.free()
        camera.get_by_role("button", name="Show me my camera").click()
        camera.get_by_role("button", name="This is me, continue").click()

        expect(camera.get_by_text("Works", exact=True)).to_be_visible()
        expect(camera).not_to_contain_text("Another program")


@pytest.mark.parametrize("stand", [{"camera": False}], indirect=True)
def test_a_camera_that_is_only_checked_is_closed_again_and_never_recorded(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    with chromium(playwright, extension, stand.folder / "profile") as context:
        candidate = arrived(context, stand)
        candidate.pass_checks()

        assert candidate.ask("source.open", source="camera")["is"] == "live"
        assert candidate.ask("attempt.get")["sources"]["camera"] == {"is": "unused"}
        held = candidate.ask("progress.get")["sources"]
        assert held == {"camera": False, "microphone": False, "screen": True}


def test_a_tab_shared_instead_of_the_screen_is_refused_with_a_reason(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    profile, choice = stand.folder / "profile", "--auto-select-tab-capture-source-by-title=Quiz"
    with chromium(playwright, extension, profile, choice, consents=False) as context:
        context.new_page().goto(f"{stand.quiz}/quiz/start")
        page = context.new_page()
        at_the_checks(page, stand)
        screen = tried(page, "Screen sharing", "Share my whole screen")

        expect(screen).to_contain_text("You shared one tab")
        expect(screen).to_contain_text("choose “Entire screen”")


def make_shareable(title: str) -> None:
    """Say of a window what a window manager would: only then the browser offers it.

    The tests' screen has no window manager.
    """
    search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", title]
    found = subprocess.run(search, capture_output=True, check=True, timeout=20)
    window = found.stdout.decode().split()[0]
    normal = ["-f", "WM_STATE", "32c", "-set", "WM_STATE", "1"]
    subprocess.run(["xprop", "-id", window, *normal], check=True)


def test_a_window_shared_instead_of_the_screen_is_refused_with_a_reason(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    title = "Invigil"
    profile = stand.folder / "profile"
    choice = f"--auto-select-window-capture-source-by-title={title}"
    with chromium(playwright, extension, profile, choice, consents=False) as context:
        page = context.new_page()
        at_the_checks(page, stand)
        make_shareable(title)
        screen = tried(page, "Screen sharing", "Share my whole screen")

        expect(screen).to_contain_text("You shared one window")
        expect(screen).to_contain_text("choose “Entire screen”")
