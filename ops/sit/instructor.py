"""What the instructor does: from the course to an exam that can be recorded; later the review."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from ops.sit.album import Album
from ops.sit.course import open_tool, sign_in

SEALING_MS = 60_000
VERIFYING_MS = 60_000
PERSON = "u-ada"
PLAYING = re.compile(r"^0:(0[5-9]|[1-5]\d) /")


@dataclass
class Instructor:
    """Ada at her browser; `phrase` is on her paper."""

    context: BrowserContext
    campus: str
    album: Album
    phrase: str = ""
    person: str = PERSON

    def prepare_exam(self, access_code: str) -> Page:
        """Everything from the first sign-in to the saved settings; returns the staff app."""
        page = self.enter()
        with self.album.step("The instructor makes a keyring", page):
            self.make_keyring(page)
            expect(page.get_by_role("heading", name="root key")).to_be_visible(timeout=SEALING_MS)
        with self.album.step("The instructor makes the root key", page):
            self._make_root(page)
        with self.album.step("The instructor makes the exam key", page):
            page.get_by_role("button", name="Make the exam's key").click()
            expect(page.get_by_role("listitem").filter(has_text="(you)")).to_be_visible()
        with self.album.step("The instructor hands over the access code", page):
            page.get_by_label("Access code").fill(access_code)
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        return page

    def enter(self) -> Page:
        """From the course into the staff app."""
        page = self.context.pages[0]
        with self.album.step("The instructor opens the exam in the course", page):
            sign_in(page, self.campus, self.person)
            launch = open_tool(page, self.campus)
        with self.album.step("The instructor opens the staff app", launch):
            launch.get_by_role("link", name="Open in Invigil").click()
            launch.wait_for_url("chrome-extension://*/staff.html*")
            expect(launch.get_by_role("heading", level=1)).to_be_visible()
        return launch

    def make_keyring(self, page: Page) -> None:
        """Write the words down, and prove it."""
        page.get_by_role("button", name="Make my keyring").click()
        phrase = page.locator("ol > li")
        expect(phrase).to_have_count(9)
        words = phrase.all_inner_texts()
        self.phrase = " ".join(words)
        self.album.picture("The phrase", page)
        page.get_by_role("button", name="I have written them down").click()
        for place, box in _asked(page):
            box.fill(words[place])
        page.get_by_role("button", name="Store my keyring").click()

    def _make_root(self, page: Page) -> None:
        page.get_by_role("button", name="Make the root key").click()
        kept = page.get_by_role("button", name="It is in the safe")
        expect(kept).to_be_visible(timeout=SEALING_MS)
        self.album.picture("The root key's copy", page)
        kept.click()
        expect(page.get_by_role("heading", name="Who can watch the recordings")).to_be_visible()

    def review(self, page: Page, candidate: str) -> None:
        """Open an attempt, and wait until all of it is verified."""
        with self.album.step("The reviewer looks at the attempts", page):
            page.get_by_role("link", name="Attempts").first.click()
            expect(page.get_by_role("link", name=candidate).first).to_be_visible()
        with self.album.step("The reviewer verifies the attempt", page):
            page.get_by_role("link", name=candidate).first.click()
            expect(page.get_by_text("Complete and unaltered").first).to_be_visible(
                timeout=VERIFYING_MS
            )
            expect(page.get_by_text("files checked").first).to_contain_text(
                "all", timeout=VERIFYING_MS
            )
        with self.album.step("The reviewer watches", page):
            self._watch(page)

    def _watch(self, page: Page) -> None:
        """Play on until both are there: the screen begins a moment after the camera."""
        page.get_by_role("button", name="Play", exact=True).click()
        for stream in ("camera", "screen"):
            shown = page.locator(f"figure[data-state=shown] video[data-stream={stream}]")
            expect(shown).to_be_visible(timeout=VERIFYING_MS)
        position = page.get_by_role("status", name="Position")
        expect(position).to_have_text(PLAYING, timeout=VERIFYING_MS)
        page.get_by_role("button", name="Pause", exact=True).click()

    def export(self, page: Page, target: Path) -> None:
        """Make the ZIP with the keys inside and save it."""
        with self.album.step("The reviewer exports the attempt", page):
            page.get_by_role("button", name="Export this attempt").click()
            page.get_by_role("radio", name="With the keys inside").check()
            with page.expect_download(timeout=VERIFYING_MS) as download:
                page.get_by_role("button", name="Make the ZIP").click()
            download.value.save_as(target)


def _asked(page: Page) -> Iterator[tuple[int, Locator]]:
    boxes = page.get_by_role("textbox")
    for box in boxes.all():
        name = box.get_attribute("id") or ""
        yield int(name.removeprefix("word-")) - 1, box
