"""What was lent is given back, also after a crash: the browser asks, a key press answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from ops.sit.permissions import permissions, permissions_left
from tests.extension.crash import kill_browser
from tests.extension.sitting import begin, finish, record
from tests.extension.stand import BUILT, Candidate, Stand, chromium

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
GUARD_MS = 1_500
"""The browser ignores what is pressed right after its dialogue opened."""
HELD = "() => chrome.permissions.getAll()"
WRITTEN_MS = 12_000
"""The browser writes its preferences some seconds later; a crash before loses the grant."""


def ask_for_permissions(page: Page, origin: str) -> None:
    """Ask as a click would, and press Allow in the browser's own dialogue."""
    wanted = json.dumps({"permissions": ["scripting"], "origins": [f"{origin}/*"]})
    # A key that comes too early is not heard, and the next one may say no: then ask once more.
    ask = (
        f"globalThis.asking ??= chrome.permissions.request({wanted})"
        ".finally(() => { globalThis.asking = undefined; }); void 0"
    )
    devtools = page.context.new_cdp_session(page)
    for _ in range(20):
        devtools.send("Runtime.evaluate", {"expression": ask, "userGesture": True})
        page.wait_for_timeout(GUARD_MS)
        subprocess.run(["xdotool", "key", "Tab", "Return"], check=True)
        page.wait_for_timeout(500)
        if "scripting" in page.evaluate(HELD)["permissions"]:
            return
    raise AssertionError("the browser's dialogue was not answered")


def test_permissions_that_a_crash_left_are_given_back_when_the_browser_starts(
    playwright: Playwright, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    with chromium(playwright, BUILT, profile) as context:
        page = Candidate.arrive(context).page
        ask_for_permissions(page, "http://127.0.0.1:1")
        page.wait_for_timeout(WRITTEN_MS)
        kill_browser(profile)
    with chromium(playwright, BUILT, profile) as context:
        page = Candidate.arrive(context).page
        held = permissions_left(page)

    assert "scripting" not in held["permissions"]
    assert held["origins"] == []


def test_a_crash_in_a_running_exam_keeps_what_going_on_needs_and_its_end_gives_all_back(
    playwright: Playwright, stand: Stand
) -> None:
    profile = stand.folder / "profile"
    with chromium(playwright, BUILT, profile) as context:
        page = Candidate.arrive(context).page
        at_first = permissions(page)
        ask_for_permissions(page, stand.quiz)
        candidate = begin(context, stand)
        record(candidate, WRITTEN_MS / 1000)
        kill_browser(profile)
    with chromium(playwright, BUILT, profile) as context:
        candidate = Candidate.arrive(context)
        candidate.wait_for_phase("interrupted")
        kept = permissions(candidate.page)
        finish(candidate)
        left = permissions_left(candidate.page)

    assert kept["origins"] == [f"{stand.quiz}/*"]
    assert left == at_first
