"""What was lent is given back, also after a crash: the browser asks, a key press answers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.extension.crash import kill_browser
from tests.extension.stand import BUILT, Candidate, chromium

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
HELD = "() => chrome.permissions.getAll()"
ASK = "chrome.permissions.request({permissions: ['scripting'], origins: ['http://127.0.0.1:1/*']})"


def ask_for_permissions(page: Page) -> None:
    """Ask as a click would, and press Allow in the browser's own dialogue."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Runtime.evaluate", {"expression": f"void {ASK}", "userGesture": True})
    for _ in range(40):
        page.wait_for_timeout(500)
        subprocess.run(["xdotool", "key", "Tab"], check=True)
        subprocess.run(["xdotool", "key", "Return"], check=True)
        if "scripting" in page.evaluate(HELD)["permissions"]:
            return
    raise AssertionError("the browser's dialogue was not answered")


def test_permissions_that_a_crash_left_are_given_back_when_the_browser_starts(
    playwright: Playwright, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    with chromium(playwright, BUILT, profile) as context:
        page = Candidate.arrive(context).page
        ask_for_permissions(page)
        # The browser writes its preferences some seconds later; a crash before loses the grant.
        page.wait_for_timeout(12_000)
        kill_browser(profile)
    with chromium(playwright, BUILT, profile) as context:
        page = Candidate.arrive(context).page
        held: dict[str, Any] = page.evaluate(HELD)
        for _ in range(40):
            if "scripting" not in held["permissions"]:
                break
            page.wait_for_timeout(250)
            held = page.evaluate(HELD)

    assert "scripting" not in held["permissions"]
    assert held["origins"] == []
