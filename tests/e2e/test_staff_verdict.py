"""What is said of an attempt while its files are checked: never more than was checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from bench.attempts.make import make_attempt
from tests.e2e.barriers import barriers_of, is_too_wide
from tests.e2e.dishonesty import drop_a_segment
from tests.e2e.reading_room import UNLOCKING_MS, ReadingRoom, reading_room

pytestmark = pytest.mark.e2e

LISTEN = """() => {
  const said = (globalThis.said = []);
  const look = () => {
    const line = document.querySelector("[data-verdict]");
    if (line !== null) said.push(`${line.dataset.verdict}: ${line.innerText}`);
  };
  new MutationObserver(look).observe(document, {
    childList: true, subtree: true, attributes: true, characterData: true,
  });
}"""
FILES = "**/segments/**"
DROPPED = 11
"""The last file of a minute's screen: nothing is wrong until all others were checked."""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    """Two attempts of one minute; the second ended without having been closed."""
    folder = tmp_path_factory.mktemp("verdict")
    with reading_room(folder, playwright) as opened:
        opened.second = make_attempt(opened.stand, folder, minutes=1, closes=False).attempt
        yield opened


class Gate:
    """The server's files come no further than here until it is opened."""

    def __init__(self, page: Page) -> None:
        self._waiting: list[Route] | None = []
        page.route(FILES, self._arrive)

    def _arrive(self, route: Route) -> None:
        if self._waiting is None:
            route.continue_()
        else:
            self._waiting.append(route)

    def open(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()


def listening(room: ReadingRoom) -> Page:
    """At the list; whatever the next page says of an attempt is kept, if only for a moment."""
    page = room.at(room.attempts)
    page.evaluate(LISTEN)
    return page


def said(page: Page) -> list[str]:
    found: list[str] = page.evaluate("() => globalThis.said")
    return found


def go_to(page: Page, room: ReadingRoom, attempt: str) -> None:
    page.evaluate("route => { location.hash = route }", f"{room.attempts}/{attempt}")


def test_the_verdict_comes_when_every_file_was_checked_and_until_then_how_many(
    room: ReadingRoom, tmp_path: Path
) -> None:
    page = listening(room)
    gate = Gate(page)
    go_to(page, room, room.attempt)

    status = page.get_by_role("status").filter(has_text="The record is whole")
    expect(status).to_have_text("The record is whole; its files are being checked")
    expect(
        page.get_by_role("progressbar", name=re.compile("^0 of .* files checked"))
    ).to_be_visible()
    page.screenshot(path=tmp_path / "checking.png", full_page=True)
    assert barriers_of("checking", page) == []
    assert not is_too_wide(page)
    gate.open()

    expect(page.get_by_role("status").filter(has_text="Complete and unaltered")).to_be_visible(
        timeout=UNLOCKING_MS
    )
    heard = said(page)
    green = [line for line in heard if line.startswith("good")]
    assert green
    assert all(re.search(r"all \d+ files checked", line) for line in green)
    assert heard[0].startswith("busy: The record is whole")
    page.close()


def test_an_attempt_that_was_never_closed_has_its_files_checked_too(room: ReadingRoom) -> None:
    page = listening(room)
    go_to(page, room, room.second)

    expect(page.get_by_text("never closed: the end may be missing")).to_be_visible()
    expect(page.get_by_text(re.compile(r"all \d+ files checked"))).to_be_visible(
        timeout=UNLOCKING_MS
    )
    assert {line.split(":")[0] for line in said(page)} == {"warn"}
    page.close()


@pytest.fixture(scope="module")
def robbed(room: ReadingRoom) -> ReadingRoom:
    """Server and browser have forgotten a file of both attempts. For the last tests."""
    room.stand.stop_server()
    drop_a_segment("screen", DROPPED, attempts=2)(room.stand.folder / "data")
    room.stand.start_server()
    page = room.context.new_page()
    room.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.close()
    return room


@pytest.mark.parametrize("closing", ["closed", "never closed"])
def test_a_dropped_file_is_named_and_never_shown_green_not_even_for_a_moment(
    robbed: ReadingRoom, closing: str
) -> None:
    page = listening(robbed)
    go_to(page, robbed, robbed.attempt if closing == "closed" else robbed.second)

    expect(page.locator("li[data-problem=missing]")).to_contain_text(
        f"Screen {DROPPED}", timeout=UNLOCKING_MS
    )
    heard = said(page)
    assert heard != []
    assert [line for line in heard if "good" in line or "naltered" in line] == []
    page.close()


def test_an_export_says_what_it_shows_when_it_is_made(robbed: ReadingRoom) -> None:
    page = robbed.at(f"{robbed.attempts}/{robbed.attempt}")
    page.get_by_role("button", name="Export this attempt").click()
    page.get_by_role("radio", name="With the keys inside").check()
    page.get_by_role("button", name="Make the ZIP").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("in your downloads", timeout=UNLOCKING_MS)
    expect(dialog.get_by_role("alert")).to_contain_text("Not as it was recorded")
    page.close()
