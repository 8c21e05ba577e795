"""Every page of the staff app as people meet it: no barrier, room on a phone, all by keyboard."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.e2e.barriers import barriers_of, is_too_wide
from tests.e2e.reading_room import ReadingRoom, crowd, reading_room

pytestmark = pytest.mark.e2e
CROWD = 120


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[ReadingRoom]:
    with reading_room(tmp_path_factory.mktemp("pages"), playwright) as opened:
        crowd(opened, CROWD)
        yield opened


@pytest.fixture(scope="module")
def watching(room: ReadingRoom) -> Page:
    """The attempt's page; each test leaves it as it found it."""
    return room.watch()


def expect_no_barrier(name: str, page: Page, folder: Path) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)

    assert barriers_of(name, page) == []
    assert not is_too_wide(page)


def test_the_exams_settings_have_no_barrier(room: ReadingRoom, tmp_path: Path) -> None:
    page = room.at(f"/exams/{room.stand.exam}")
    expect(page.get_by_role("heading", name="Who can watch")).to_be_visible()

    expect_no_barrier("settings", page, tmp_path)
    page.get_by_role("button", name="Renew the key").click()
    expect_no_barrier("renewing", page, tmp_path)
    page.close()


def test_the_keys_page_says_what_an_older_link_in_the_lms_needs(
    room: ReadingRoom, tmp_path: Path
) -> None:
    page = room.at("/keys")
    with urllib.request.urlopen(
        f"{room.stand.server}/api/institutions/{room.stand.institution}/trust"
    ) as answer:
        first_root = json.load(answer)["roots"][0].rpartition("\n\n")[0] + "\n"
    fingerprint = hashlib.sha256(first_root.encode()).hexdigest()

    expect(page.get_by_text(f"invigil_root={fingerprint}")).to_be_visible()
    expect_no_barrier("keys-page", page, tmp_path)
    page.close()


def test_the_list_has_no_barrier_and_sorts_and_filters(room: ReadingRoom, tmp_path: Path) -> None:
    page = room.at(room.attempts)
    rows = page.locator("tr.row")
    expect(page.get_by_text(f"{CROWD + 1} attempts")).to_be_visible()
    expect_no_barrier("list", page, tmp_path)

    page.get_by_role("button", name="Size").click()

    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(rows.first).to_contain_text("Closed with receipt")
    page.get_by_role("button", name="Size").click()
    expect(rows.first).not_to_contain_text("Closed with receipt")
    page.get_by_role("button", name="Running 0").click()
    expect(page.get_by_role("heading", name="No attempt is like that")).to_be_visible()
    page.close()


def test_the_list_is_walked_by_keyboard_also_beyond_the_rows_in_sight(room: ReadingRoom) -> None:
    page = room.at(room.attempts)
    expect(page.get_by_text(f"{CROWD + 1} attempts")).to_be_visible()
    page.get_by_role("region", name="Attempts").focus()

    for _ in range(60):
        page.keyboard.press("ArrowDown")

    row = page.locator("tr.row:focus-within")
    expect(row).to_have_attribute("data-place", "59")
    expect(row).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"60 of {CROWD + 1}", exact=True)).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_text(f"61 of {CROWD + 1}", exact=True)).to_be_visible()
    page.close()


def test_slash_finds_a_candidate(room: ReadingRoom) -> None:
    page = room.at(room.attempts)
    expect(page.get_by_text(f"{CROWD + 1} attempts")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("nobody is called so")

    expect(page.get_by_text(f"0 of {CROWD + 1} attempts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text(f"{CROWD + 1} attempts", exact=True)).to_be_visible()
    page.close()


def test_the_attempts_page_and_its_dialogues_have_no_barrier(
    watching: Page, tmp_path: Path
) -> None:
    expect(watching.get_by_text("Handed in the quiz")).to_be_visible()
    expect_no_barrier("attempt", watching, tmp_path)

    watching.keyboard.press("?")
    expect(watching.get_by_role("dialog", name="Keys")).to_be_visible()
    expect_no_barrier("keys", watching, tmp_path)
    watching.keyboard.press("Escape")
    watching.get_by_role("button", name="Export this attempt").click()
    expect_no_barrier("export", watching, tmp_path)
    watching.keyboard.press("Escape")
    expect(watching.get_by_role("dialog")).to_have_count(0)


def position_s(page: Page) -> float:
    value: float = page.evaluate("() => Number(document.querySelector('[type=range]').value)")
    return value / 1000


def times_s(page: Page) -> list[float]:
    """Where both pictures are."""
    found: list[float] = page.evaluate(
        "() => [...document.querySelectorAll('video')].map((video) => video.currentTime)"
    )
    return found


def expect_both_at(page: Page, moment_s: float) -> None:
    page.wait_for_function(
        """moment => [...document.querySelectorAll('figure')].every((figure) => {
          const { currentTime, seeking } = figure.querySelector('video');
          return figure.dataset.state === 'shown' && !seeking
            && Math.abs(currentTime - moment) < 0.3;
        })""",
        arg=moment_s,
    )


def test_the_player_is_worked_by_keyboard_alone(watching: Page) -> None:
    page = watching
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("Home")
    expect_both_at(page, 0)

    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect_both_at(page, 30)
    page.keyboard.press("l")
    expect(page.get_by_label("Speed")).to_have_value("1.5")
    page.keyboard.press("j")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Enlarge screen")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("2")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((video) => video.currentTime > 32)"
    )
    camera, screen = times_s(page)
    page.keyboard.press("k")

    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert abs(camera - screen) < 1
    assert position_s(page) > 31


def test_the_last_picture_is_shown_and_the_player_comes_back_from_it(watching: Page) -> None:
    page = watching
    end_s = page.evaluate("() => Number(document.querySelector('[type=range]').max)") / 1000
    page.get_by_role("slider").evaluate(
        """slider => {
          slider.value = String(slider.max - 50);
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect_both_at(page, end_s - 0.05)

    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("Home")

    expect_both_at(page, 0)


def test_a_note_leads_to_its_moment(watching: Page) -> None:
    watching.get_by_role("button", name=re.compile("The camera was lost")).click()

    expect_both_at(watching, 36)


LONGEST_MS = """() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) => {
  const { transitionDuration, animationDuration } = getComputedStyle(element);
  return `${transitionDuration}, ${animationDuration}`.split(", ").map((text) =>
    parseFloat(text) * (text.endsWith("ms") ? 1 : 1000));
}))"""


def test_with_reduced_motion_nothing_moves_but_the_recording(watching: Page) -> None:
    with_motion_ms = watching.evaluate(LONGEST_MS)

    watching.emulate_media(reduced_motion="reduce")

    assert with_motion_ms > 100
    assert watching.evaluate(LONGEST_MS) <= 1
    watching.emulate_media(reduced_motion="no-preference")
