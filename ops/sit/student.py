"""What the student does: from the course to the receipt."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, expect

from ops.sit.album import Album
from ops.sit.course import open_tool, sign_in
from ops.sit.hands import Hands, Mouse
from ops.sit.screen import Screen

PERSON = "u-mina"
NAME = "Mina Park"
CHECK_MS = 60_000
UPLOAD_MS = 120_000
DIALOGUE_S = 30
DIMMED = 0.7
GUARD_MS = 1_500
ESSAY = "The sample is small, so I would not trust the mean alone. "


@dataclass
class Student:
    """Mina at her browser, on a screen of its own."""

    context: BrowserContext
    screen: Screen
    campus: str
    album: Album
    person: str = PERSON
    typed_name: str = NAME
    essay: str = ESSAY
    on_start: Callable[[], None] = field(default=lambda: None)
    hands: Hands = field(default_factory=Mouse)

    def arrive(self) -> Page:
        """From the course to the page before the exam."""
        page = self.context.pages[0]
        with self.album.step("The student opens the exam in the course", page):
            sign_in(page, self.campus, self.person)
            launch = open_tool(page, self.campus)
        with self.album.step("The student opens the extension", launch):
            self.hands.press(launch.get_by_role("link", name="Go to the exam"))
            launch.wait_for_url("chrome-extension://*/candidate.html")
            expect(launch.get_by_role("heading", name="Before you begin")).to_be_visible()
        return launch

    def agree(self, page: Page) -> None:
        """Compare the institution's words, and sign."""
        with self.album.step("The student compares the words and agrees", page):
            self.hands.press(page.get_by_role("button", name="The words are the same"))
            self.hands.fill(page.get_by_label("Type your full name"), self.typed_name)
            self.hands.press(page.get_by_role("button", name="I agree and continue"))
            expect(page.get_by_role("button", name="Ask my browser")).to_be_visible()

    def allow(self, page: Page) -> None:
        """Press the button, and Allow in the browser's own dialogue."""
        with self.album.step("The student allows the extension to see the quiz", page):
            bright = self.screen.brightness()
            self.hands.press(page.get_by_role("button", name="Ask my browser"))
            _until(page, lambda: self.screen.brightness() < bright * DIMMED)
            self.album.screen_picture("The browser asks the student", self.screen)
            # The browser ignores what is pressed right after its dialogue opened.
            page.wait_for_timeout(GUARD_MS)
            self.screen.press("Tab", "Return")
            _until(page, lambda: self.screen.brightness() > bright * DIMMED)
            expect(page.get_by_role("heading", name="Checks", exact=True)).to_be_visible()

    def pass_checks(self, page: Page) -> None:
        """Camera, microphone, screen; the others run by themselves."""
        with self.album.step("The student passes the checks", page):
            self._try_device(page, "Camera", "Show me my camera", "This is me, continue")
            self._try_device(page, "Microphone", "Try my microphone")
            self._try_device(page, "Screen sharing", "Share my whole screen")
            proceed = page.get_by_role("button", name="Continue", exact=True)
            expect(proceed).to_be_enabled(timeout=CHECK_MS)
            self.album.picture("All checks passed", page)
            self.hands.press(proceed)
            expect(page.get_by_role("heading", name="Ready when you are")).to_be_visible()

    def start(self, page: Page) -> None:
        """Press the button; the quiz opens with the access code handed in."""
        with self.album.step("The student starts the exam", page):
            self.on_start()
            self.hands.press(page.get_by_role("button", name="Start the exam"))
            page.wait_for_url("**/quiz/1/attempt?*", timeout=CHECK_MS)

    def answer(self, page: Page, seconds: float) -> None:
        """Answer every question; the time is spread over them."""
        pages = int(page.locator("body").get_attribute("data-pages") or "1")
        with self.album.step("The student answers the questions", page):
            for number in range(pages):
                self._answer(page)
                page.wait_for_timeout(seconds * 1000 / pages)
                last = number == pages - 1
                self.hands.press(page.locator("#finish-attempt" if last else "#next-page").first)
                page.wait_for_url("**/quiz/1/summary?*" if last else f"**page={number + 1}")

    def hand_in(self, page: Page) -> Page:
        """Hand in, and wait for the receipt in the tab that the extension opens."""
        with self.album.step("The student hands in the quiz", page):
            with self.context.expect_page(timeout=CHECK_MS) as opened:
                self.hands.press(page.locator("#hand-in"))
            page.wait_for_url("**/quiz/1/done?*")
        return self.await_receipt(opened.value)

    def await_receipt(self, page: Page) -> Page:
        with self.album.step("The student waits for the receipt", page):
            expect(page.get_by_role("heading", name="Everything arrived")).to_be_visible(
                timeout=UPLOAD_MS
            )
        return page

    def _try_device(self, page: Page, check: str, begin: str, confirm: str = "") -> None:
        """Do what the row says until it is done: a dark or silent file is noted."""
        heading = page.get_by_role("heading", name=check, exact=True)
        row = page.get_by_role("listitem").filter(has=heading)
        settled = row.get_by_text("Works").or_(row.get_by_text("Noted for the reviewer"))
        note = row.get_by_role("button", name="Continue and tell the reviewer")
        for _ in range(3):
            self.hands.press(note if note.is_visible() else row.get_by_role("button", name=begin))
            if confirm:
                agree = row.get_by_role("button", name=confirm)
                expect(agree.or_(settled)).to_be_visible(timeout=CHECK_MS)
                if agree.is_visible():
                    self.hands.press(agree)
            expect(settled.or_(row.get_by_text("Needs you"))).to_be_visible(timeout=CHECK_MS)
            if settled.is_visible():
                return
        raise AssertionError(f"the check {check} did not settle")

    def _answer(self, page: Page) -> None:
        question = page.locator("section.question").first
        match question.get_attribute("data-question-type"):
            case "choice":
                self.hands.choose(question.get_by_role("radio").nth(1))
            case "number":
                self.hands.fill(question.get_by_role("textbox"), "14")
            case _:
                self.hands.fill(question.get_by_role("textbox"), self.essay)


def _until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for what no page tells of."""
    give_up = time.monotonic() + DIALOGUE_S
    while not is_so():
        if time.monotonic() > give_up:
            raise TimeoutError("the browser's own dialogue did not open or close")
        page.wait_for_timeout(50)
