"""A reviewer with an unlocked keyring in a real Chromium with the built extension."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.extension.stand import EXTENSION_ID, Stand, built_extension, chromium

WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")
PATIENCE_MS = 300_000


@dataclass
class Reviewer:
    """At the staff app; what is measured is what the page itself sees, frame by frame."""

    page: Page
    stand: Stand

    def open(self, attempt: str) -> dict[str, float]:
        """Open an attempt from the list; ms until each thing is on the screen."""
        self._at(f"#/exams/{self.stand.exam}/attempts")
        self.page.locator("a[href*='/attempts/']").first.wait_for()
        route = f"#/exams/{self.stand.exam}/attempts/{attempt}"
        found: dict[str, float] = self.page.evaluate("route => watch.open(route)", route)
        return found

    def seek(self, ms: int) -> float:
        """Jump to a moment; ms until both pictures are there."""
        taken: float = self.page.evaluate("ms => watch.seek(ms)", ms)
        return taken

    def list_attempts(self, count: int) -> float:
        """Open the list of the exam's attempts; ms until its rows are there."""
        self._at("#/exams")
        self.page.get_by_role("heading", name="Exams").wait_for()
        route = f"#/exams/{self.stand.exam}/attempts"
        taken: float = self.page.evaluate(
            "([route, count]) => watch.list(route, count)", [route, count]
        )
        return taken

    def _at(self, route: str) -> None:
        self.page.goto(f"chrome-extension://{EXTENSION_ID}/staff.html{route}")
        self.page.reload()
        self.page.evaluate(WATCH)


@contextmanager
def reviewer(stand: Stand, folder: Path) -> Iterator[Reviewer]:
    """Sign in and unlock without the phrase: scrypt's second is not what is asked about."""
    extension = built_extension(folder, granted=[f"{stand.server}/*"])
    with (
        sync_playwright() as playwright,
        chromium(playwright, extension, folder / "profile", headless=True) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"chrome-extension://{EXTENSION_ID}/popup.html")
        page.evaluate("kept => chrome.storage.session.set(kept)", _unlocked(stand))
        # Chromium tells an extension its managed policy only three seconds after its own start.
        # Nobody who has to unlock a keyring first meets that wait.
        page.evaluate("chrome.storage.managed.get(null)")
        yield Reviewer(page, stand)


def _unlocked(stand: Stand) -> dict[str, dict[str, object]]:
    now_ms = time.time_ns() // 1_000_000
    return {
        "staff-sign-in": {
            "server": stand.server,
            "token": stand.staff_token,
            "expires": now_ms + 3_600_000,
        },
        "staff-keyring": {
            "server": stand.server,
            "institution": stand.institution,
            "person": stand.person,
            "identity": stand.keys["identity"],
            "seed": stand.keys["seed"],
            "touched_at": now_ms,
        },
    }
