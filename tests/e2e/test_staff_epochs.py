"""An exam's key is renewed, readers come and go: what was recorded stays readable by who had it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from bench.attempts.make import make_attempt
from invigil.exams.models import Course, Exam
from ops.dev.stamps import ROOT
from server.tests.factories.keys import StaffKeyring
from server.tests.factories.world import World, bearer
from tests.e2e.reading_room import UNLOCKING_MS, ReadingRoom, reading_room

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    """Two attempts: one sealed to the exam's first key, one to its second."""
    folder = tmp_path_factory.mktemp("epochs")
    with reading_room(folder, playwright) as opened:
        renew(opened)
        opened.second = make_attempt(opened.stand, folder, minutes=1).attempt
        yield opened


def renew(room: ReadingRoom) -> None:
    page = room.at(f"/exams/{room.stand.exam}")
    page.get_by_role("button", name="Renew the key").click()
    page.get_by_role("dialog").get_by_role("button", name="Renew the key").click()
    expect(page.get_by_text("Key 2 of this exam")).to_be_visible(timeout=UNLOCKING_MS)
    page.close()


def expect_complete(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Complete and unaltered")).to_be_visible(
        timeout=UNLOCKING_MS
    )


def test_attempts_of_both_keys_verify_and_open(room: ReadingRoom) -> None:
    for attempt in (room.attempt, room.second):
        page = room.watch(attempt)

        expect_complete(page)
        page.close()


def test_the_list_opens_the_summaries_of_both_keys(room: ReadingRoom) -> None:
    page = room.at(room.attempts)

    expect(page.get_by_role("cell", name="no gaps, 1 check noted")).to_have_count(2)
    page.close()


def test_an_attempt_of_the_first_key_is_exported_with_the_first_certificate(
    room: ReadingRoom, tmp_path: Path
) -> None:
    page = room.watch()
    page.get_by_role("button", name="Export this attempt").click()
    page.get_by_role("radio", name="With the keys inside").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the ZIP").click()
    export = tmp_path / "export.zip"
    download.value.save_as(export)
    page.close()

    program = Path(sys.executable).with_name("invigil-verify")
    verified = subprocess.run([program, export, "--json"], capture_output=True, check=False)

    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout)["verdict"] == "complete"
    with zipfile.ZipFile(export) as archive:
        scope_epoch = archive.read("trust/scope-epoch.note").decode().splitlines()
    assert scope_epoch[3] == "1"


@dataclass
class Colleague:
    """A reviewer of the exam's course who has named keys; nobody sits at their browser."""

    name: str
    headers: dict[str, str]


@pytest.fixture
def colleague(room: ReadingRoom) -> Colleague:
    async def enrol(world: World) -> tuple[str, str, dict[str, str]]:
        async with world.ports.database.transaction(writes=False) as session:
            exam = await session.get_one(Exam, room.stand.exam)
            course = await session.get_one(Course, exam.course_id)
        staffer = await world.reviewer(course)
        return staffer.person.id, staffer.person.name, staffer.headers

    person, name, headers = room.stand.with_world(enrol)
    keyring = StaffKeyring(room.stand.institution, person, recipient=a_real_recipient())
    keys = {"vkey": keyring.vkey, "recipient": keyring.recipient}
    ask(room, "PUT", "/api/me/keys", headers, keys)
    return Colleague(name, headers)


def a_real_recipient() -> str:
    """One that a key can be wrapped to, from the shared vectors."""
    vectors = json.loads((ROOT / "vectors" / "statements.json").read_text(encoding="utf-8"))
    found = (one["fields"] for one in vectors["statements"] if one["kind"] == "staff-key")
    return str(next(found)["recipient"])


def ask(
    room: ReadingRoom, method: str, path: str, headers: dict[str, str], body: object = None
) -> bytes:
    sent = None if body is None else json.dumps(body).encode()
    whole = headers | {"Content-Type": "application/json"}
    request = urllib.request.Request(room.stand.server + path, sent, whole, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def holds(room: ReadingRoom, headers: dict[str, str]) -> list[bool]:
    """For each of the exam's keys, whether the server hands it to this person."""
    scope = json.loads(ask(room, "GET", f"/api/exams/{room.stand.exam}/scope", headers))
    return [epoch["my_wrap"] is not None for epoch in scope["epochs"]]


def test_a_reader_who_is_removed_gets_no_key_any_more_and_a_new_key_begins(
    room: ReadingRoom, colleague: Colleague
) -> None:
    people = room.at("/people")
    row = people.get_by_role("row").filter(has_text=colleague.name)
    row.get_by_role("button", name="Confirm the key").click()
    people.get_by_role("button", name="The words are the same").click()
    expect(row.get_by_text("Confirmed")).to_be_visible()
    people.close()
    page = room.at(f"/exams/{room.stand.exam}")
    page.get_by_role("button", name=f"Let {colleague.name} read").click()
    removal = page.get_by_role("button", name=f"Remove {colleague.name}")
    expect(removal).to_be_visible(timeout=UNLOCKING_MS)
    read_before = holds(room, colleague.headers)

    removal.click()
    page.get_by_role("dialog").get_by_role("button", name=f"Remove {colleague.name}").click()

    expect(page.get_by_text("Key 3 of this exam")).to_be_visible(timeout=UNLOCKING_MS)
    expect(page.get_by_role("button", name=f"Let {colleague.name} read")).to_be_visible()
    assert read_before == [True, True]
    assert holds(room, colleague.headers) == [False, False, False]
    assert holds(room, bearer(room.stand.staff_token)) == [True, True, True]
    page.close()
