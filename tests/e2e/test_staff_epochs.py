"""An exam's key is renewed, readers come and go: what was recorded stays readable by who had it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from bench.attempts.make import make_attempt
from tests.e2e.reading_room import UNLOCKING_MS, ReadingRoom, reading_room

pytestmark = pytest.mark.e2e
PORT = 8640


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    """Two attempts: one sealed to the exam's first key, one to its second."""
    folder = tmp_path_factory.mktemp("epochs")
    with reading_room(folder, playwright, PORT) as opened:
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
    expect(page.get_by_role("status").filter(has_text="Complete and unaltered")).to_be_visible()


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
