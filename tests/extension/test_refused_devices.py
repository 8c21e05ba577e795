"""What the checks say when a device or a screen is not to be had: the browser itself refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

from tests.extension.busy_camera import BusyCamera
from tests.extension.clips import make_clips
from tests.extension.sitting import finish, record
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


def is_explained_and_can_be_noted(page: Page, sentence: str) -> None:
    """The camera's row says why, and after the second time lets the candidate go on."""
    camera = tried(page, "Camera", "Show me my camera")
    expect(camera).to_contain_text(sentence)
    expect(camera.get_by_role("button", name="Continue and tell")).to_have_count(0)
    camera.get_by_role("button", name="Show me my camera").click()
    camera.get_by_role("button", name="Continue and tell the reviewer").click()
    expect(camera.get_by_text("Noted for the reviewer")).to_be_visible()


def test_a_camera_that_is_refused_is_explained_and_blocks_nobody(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    profile = stand.folder / "profile"
    with chromium(playwright, extension, profile, consents=False) as context:
        page = context.new_page()
        denied = {"permission": {"name": "camera"}, "setting": "denied", "origin": ORIGIN}
        context.new_cdp_session(page).send("Browser.setPermission", denied)
        at_the_checks(page, stand)

        is_explained_and_can_be_noted(page, "did not allow the camera")


def test_a_computer_without_a_camera_is_explained_and_blocks_nobody(
    playwright: Playwright, stand: Stand, extension: Path
) -> None:
    none = "--use-fake-device-for-media-stream=device-count=0"
    with chromium(playwright, extension, stand.folder / "profile", none) as context:
        page = context.new_page()
        at_the_checks(page, stand)

        is_explained_and_can_be_noted(page, "No camera was found")


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


def test_an_exam_is_sat_without_a_camera_that_was_noted_and_the_gap_is_declared(
    playwright: Playwright, stand: Stand, extension: Path, tmp_path: Path
) -> None:
    none = "--use-fake-device-for-media-stream=device-count=0"
    with chromium(playwright, extension, stand.folder / "profile", none) as context:
        candidate = arrived(context, stand)
        candidate.pass_checks(noted=("camera",))
        watcher = Candidate.arrive(context)
        candidate.start()
        watcher.wait_for_phase("recording")
        record(watcher, 7)
        attempt = finish(watcher)
    review = stand.review(attempt["attempt"]["id"], tmp_path / "opened")

    states = {source: state["is"] for source, state in attempt["sources"].items()}
    assert states == {"camera": "off", "microphone": "live", "screen": "live"}
    assert review["verdict"] == "complete", review["problems"]
    assert [gap["cause"] for gap in review["gaps"]] == ["device-lost"]
    # The camera's stream is black, and has the sound.
    assert {file["stream"] for file in review["files"]} >= {"camera", "screen"}


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
