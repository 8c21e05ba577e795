"""Links that lead staff to another server than their own: asked first, the keyring locked."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from invigil.accounts.models import Person
from server.tests.factories.world import World
from tests.e2e.barriers import barriers_of, is_too_wide
from tests.e2e.reading_room import UNLOCKING_MS, ReadingRoom, reading_room
from tests.extension.stand import EXTENSION_ID

pytestmark = pytest.mark.e2e

QUESTION = "This link leads to another server"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path_factory.mktemp("other-server"), playwright) as opened:
        yield opened


def elsewhere(room: ReadingRoom) -> str:
    """Another origin that names the same institution and people, and shows the same key log."""
    return f"http://localhost:{room.stand.port}"


def follow(room: ReadingRoom, server: str) -> Page:
    """A link for the room's person, as any web page can make one."""

    async def launch(world: World) -> str:
        async with world.ports.database.transaction(writes=False) as session:
            person = await session.get_one(Person, room.stand.person)
        return await world.launch(person)

    fields = {"v": "1", "for": "staff", "server": server, "token": room.stand.with_world(launch)}
    page = room.context.new_page()
    fragment = urllib.parse.urlencode(fields)
    page.goto(f"chrome-extension://{EXTENSION_ID}/open.html#{fragment}")
    page.wait_for_url("**/staff.html*")
    return page


def kept(page: Page, name: str) -> dict[str, Any] | None:
    """What is open in this browser's session."""
    found: dict[str, Any] | None = page.evaluate(
        "async name => (await chrome.storage.session.get(name))[name] ?? null", name
    )
    return found


def test_a_link_to_the_own_server_asks_nothing_and_leaves_the_keyring_open(
    room: ReadingRoom,
) -> None:
    page = follow(room, room.stand.server)

    expect(page.get_by_role("button", name="Lock the keyring")).to_be_visible()
    expect(page.get_by_role("navigation")).to_contain_text(room.stand.server)
    page.close()


def test_a_link_to_another_server_asks_first_and_staying_changes_nothing(
    room: ReadingRoom, tmp_path: Path
) -> None:
    before = room.at("/exams")
    signed_in = kept(before, "staff-sign-in")
    page = follow(room, elsewhere(room))
    expect(page.get_by_role("heading", name=QUESTION)).to_be_focused()
    expect(page.get_by_role("main")).to_contain_text(elsewhere(room))
    expect(page.get_by_role("main")).to_contain_text("Demo University")
    page.screenshot(path=tmp_path / "question.png")
    assert barriers_of("question", page) == []
    assert not is_too_wide(page)

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Stay at your server")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Lock the keyring")).to_be_visible()
    assert kept(page, "staff-sign-in") == signed_in
    assert (kept(page, "staff-keyring") or {})["server"] == room.stand.server
    before.close()
    page.close()


def test_going_on_locks_the_keyring_and_says_that_this_server_is_met_for_the_first_time(
    room: ReadingRoom, tmp_path: Path
) -> None:
    page = follow(room, elsewhere(room))
    page.get_by_role("button", name="Go on to the other server").click()

    expect(page.get_by_role("heading", name="Unlock your keyring")).to_be_visible()
    contact = page.get_by_role("status").filter(has_text="for the first time")
    expect(contact).to_contain_text(elsewhere(room), timeout=UNLOCKING_MS)
    assert kept(page, "staff-keyring") is None
    page.screenshot(path=tmp_path / "contact.png")
    assert barriers_of("contact", page) == []
    assert not is_too_wide(page)

    page.get_by_role("button", name="The words are the same").click()
    expect(page.get_by_text("You compared this institution's words before")).to_be_visible()
    page.close()
