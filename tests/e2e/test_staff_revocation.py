"""A reader's keys are ended: nothing opens any more, it is said why, and there is a way back."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from invigil.exams.models import Course, Exam
from ops.sit.album import Album
from ops.sit.instructor import Instructor
from server.tests.factories.world import World
from tests.e2e.barriers import barriers_of, is_too_wide
from tests.e2e.reading_room import (
    APP,
    UNLOCKING_MS,
    ReadingRoom,
    reading_room,
    sign_in_at_once,
)
from tests.extension.stand import chromium

pytestmark = pytest.mark.e2e


@dataclass
class Reader:
    """An author at a browser of their own: `room` is the staff app there. `exam` is only theirs."""

    name: str
    exam: Exam
    headers: dict[str, str]
    room: ReadingRoom
    folder: Path

    @property
    def context(self) -> BrowserContext:
        return self.room.context

    def make_keyring(self, page: Page) -> None:
        """The nine words, written down and proved; then the wait for an administrator."""
        Instructor(self.context, "", Album(self.folder)).make_keyring(page)
        waiting = page.get_by_role("heading", name="An administrator must confirm your key")
        expect(waiting).to_be_visible(timeout=UNLOCKING_MS)

    def holds_keys(self) -> list[bool]:
        """For each of the exam's keys, whether the server hands it to this person."""
        address = f"{self.room.stand.server}/api/exams/{self.room.stand.exam}/scope"
        request = urllib.request.Request(address, headers=self.headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return [epoch["my_wrap"] is not None for epoch in json.load(answer)["epochs"]]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path_factory.mktemp("revocation"), playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(
    room: ReadingRoom, tmp_path_factory: pytest.TempPathFactory, playwright: Playwright
) -> Iterator[Reader]:
    """Somebody who was confirmed, was let in by a reader, and made another exam's key."""

    async def enrol(world: World) -> tuple[str, Exam, dict[str, str]]:
        async with world.ports.database.transaction(writes=False) as session:
            exam = await session.get_one(Exam, room.stand.exam)
            course = await session.get_one(Course, exam.course_id)
        staffer = await world.author(course)
        return staffer.person.name, await world.exam(course), staffer.headers

    name, exam, headers = room.stand.with_world(enrol)
    folder = tmp_path_factory.mktemp("reader")
    with chromium(playwright, room.extension, folder / "profile", headless=True) as context:
        token = headers["Authorization"].removeprefix("Bearer ")
        sign_in_at_once(context, room.stand.server, token)
        theirs = ReadingRoom(room.stand, context, room.attempt, room.extension)
        reader = Reader(name, exam, headers, theirs, folder / "pictures")
        page = context.new_page()
        page.goto(APP)
        reader.make_keyring(page)
        page.close()
        let_in(room, name)
        make_exam_key(theirs, exam)
        yield reader


def make_exam_key(room: ReadingRoom, exam: Exam, name: str = "Make the exam's key") -> None:
    page = room.at(f"/exams/{exam.id}")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("listitem").filter(has_text="(you)")).to_be_visible()
    page.close()


def let_in(room: ReadingRoom, name: str) -> None:
    """The administrator confirms the key, and lets its owner read."""
    people = room.at("/people")
    row = people.get_by_role("row").filter(has_text=name)
    row.get_by_role("button", name="Confirm the key").click()
    people.get_by_role("button", name="The words are the same").click()
    expect(row.get_by_text("Confirmed")).to_be_visible()
    people.close()
    exam = room.at(f"/exams/{room.stand.exam}")
    exam.get_by_role("button", name=f"Let {name} read").click()
    expect(exam.get_by_role("button", name=f"Remove {name}")).to_be_visible(timeout=UNLOCKING_MS)
    exam.close()


def expect_complete(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Complete and unaltered")).to_be_visible()


def test_keys_that_the_root_lists_are_not_ended_here(room: ReadingRoom) -> None:
    page = room.at("/people")
    listed = page.get_by_role("row").filter(has_text="administrator")

    expect(listed.get_by_text("Listed in the root")).to_be_visible()
    expect(listed.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("end only with a new root")).to_be_visible()
    page.close()


def test_a_reader_whose_keys_are_ended_opens_nothing_more_and_is_told_why(
    room: ReadingRoom, reader: Reader, tmp_path: Path
) -> None:
    watching = reader.room.watch()
    expect_complete(watching)
    people = room.at("/people")
    row = people.get_by_role("row").filter(has_text=reader.name)
    row.get_by_role("button", name=f"End keys of {reader.name}").click()
    asked = people.get_by_role("dialog", name=f"End {reader.name}'s keys?")
    expect(asked.get_by_text("they may have copied")).to_be_visible()
    resting = asked.get_by_role("listitem")
    expect(resting).to_have_count(2)
    theirs, shared = resting.all()
    expect(theirs).to_contain_text(reader.exam.title)
    expect(theirs).to_contain_text("nothing can be recorded until it is renewed")
    expect(theirs).to_contain_text("Nobody else opens some of its recordings")
    expect(shared.get_by_text("Nobody else")).to_have_count(0)
    barriers = barriers_of("ending keys", people)
    people.set_viewport_size({"width": 390, "height": 844})
    is_wide = is_too_wide(people)
    look_at(people, tmp_path, "ask")

    asked.get_by_role("button", name=f"End {reader.name}'s keys").click()

    expect(row.get_by_text("Keys ended on")).to_be_visible()
    expect(row.get_by_role("button")).to_have_count(0)
    look_at(people, tmp_path, "ended")
    people.close()
    assert reader.holds_keys() == [False]
    watching.goto(f"{APP}#{reader.room.attempts}")
    watching.goto(f"{APP}#{reader.room.attempts}/{room.attempt}")
    expect(watching.get_by_text("An administrator ended your keys")).to_be_visible()
    expect(watching.locator("figure[data-state=shown]")).to_have_count(0)
    watching.reload()
    expect(watching.get_by_role("heading", name="Your keys were ended")).to_be_visible()
    expect(watching.get_by_role("navigation")).to_have_count(0)
    barriers += barriers_of("ended keys", watching)
    look_at(watching, tmp_path, "told")
    watching.close()
    assert (barriers, is_wide) == ([], False)


def test_an_exam_whose_only_reader_is_gone_gets_a_new_key_from_another_author(
    room: ReadingRoom, reader: Reader
) -> None:
    page = room.at(f"/exams/{reader.exam.id}")
    expect(page.get_by_text("Nobody can read with this key any more")).to_be_visible()
    page.close()

    make_exam_key(room, reader.exam, "Make a new key")

    page = room.at(f"/exams/{reader.exam.id}")
    expect(page.get_by_text("Key 2 of this exam")).to_be_visible()
    page.close()


def test_with_a_new_keyring_the_reader_is_confirmed_and_let_in_again(
    room: ReadingRoom, reader: Reader
) -> None:
    page = reader.context.new_page()
    page.goto(APP)
    page.get_by_role("button", name="Make a new keyring").click()
    reader.make_keyring(page)
    page.close()

    let_in(room, reader.name)

    again = reader.room.watch()
    expect_complete(again)
    again.close()
    assert reader.holds_keys() == [True]


def look_at(page: Page, folder: Path, name: str) -> None:
    """Pictures for people, at the width of a phone and of a desk."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=folder / f"{name}-{width}.png")
