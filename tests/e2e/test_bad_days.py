"""Bad days that must end well, as the people whom they meet see them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ops.demo.installation import HOST
from ops.dev.stamps import ROOT
from ops.dev.system import chromium
from ops.sit.album import Album
from ops.sit.browser import browser
from ops.sit.course import open_tool, sign_in
from ops.sit.instructor import Instructor
from ops.sit.ports import free_ports
from ops.sit.sitting import Hall
from ops.sit.student import NAME
from tests.e2e.conftest import Sitting
from tests.e2e.dishonesty import cut_the_end, dishonest, drop_a_segment, swap_the_exam_key

pytestmark = [pytest.mark.e2e, pytest.mark.alone]


def test_a_taken_port_is_named_with_the_variable_that_chooses_another() -> None:
    port, other = free_ports(2)
    with socket.create_server((HOST, other)):
        environment = os.environ | {"PORT": str(port), "CAMPUS_PORT": str(other)}
        ended = subprocess.run(
            [sys.executable, "-m", "ops.demo"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert f"Port {other} cannot be used" in ended.stderr
    assert "CAMPUS_PORT=" in ended.stderr


def test_a_student_without_the_extension_is_told_how_to_get_it(sitting: Sitting) -> None:
    place = sitting.place
    bare = place.playwright.chromium.launch(
        executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
    )
    page = bare.new_context().new_page()
    sign_in(page, place.installation.campus_url, "u-lea")
    launch = open_tool(page, place.installation.campus_url)

    expect(launch.get_by_text("not in this browser yet")).to_be_visible()
    expect(launch.get_by_role("heading", name="Get the Invigil extension")).to_be_visible()
    expect(launch.get_by_role("link", name="Go to the exam")).to_be_hidden()
    bare.close()


@contextmanager
def _browser_of(place: Hall, name: str) -> Iterator[BrowserContext]:
    with browser(place.playwright, place.profile(name)) as context:
        yield context


def test_a_launch_link_opens_the_exam_once_and_helps_a_thief_to_nothing(sitting: Sitting) -> None:
    place = sitting.place
    with _browser_of(place, "jonas") as own, _browser_of(place, "thief") as other:
        page = own.pages[0]
        sign_in(page, place.installation.campus_url, "u-jonas")
        launch = open_tool(page, place.installation.campus_url)
        link = launch.get_by_role("link", name="Go to the exam")
        address = link.get_attribute("href")
        link.click()
        expect(launch.get_by_role("heading", name="Before you begin")).to_be_visible()
        thief = other.pages[0]
        thief.goto(address or "")

        expect(thief.get_by_text("open the exam again")).to_be_visible()
        expect(thief.get_by_role("heading", name="Before you begin")).to_be_hidden()


def test_a_wrong_phrase_opens_nothing_and_the_right_one_still_does(sitting: Sitting) -> None:
    page, phrase = sitting.staff_page, sitting.instructor.phrase
    page.get_by_role("button", name="Lock the keyring").click()
    box = page.get_by_label("Your phrase")

    box.fill(" ".join(reversed(phrase.split())))
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.get_by_text("do not open your keyring")).to_be_visible()
    box.fill(phrase)
    page.get_by_role("button", name="Unlock", exact=True).click()

    expect(page.get_by_role("button", name="Lock the keyring")).to_be_visible()


def test_a_reviewer_without_the_exams_key_sees_the_list_and_opens_nothing(
    sitting: Sitting, tmp_path: Path
) -> None:
    place, ada = sitting.place, sitting.staff_page
    with _browser_of(place, "tomas") as context:
        campus = place.installation.campus_url
        tomas = Instructor(context, campus, Album(tmp_path), person="u-tomas")
        page = tomas.enter()
        tomas.make_keyring(page)
        expect(page.get_by_role("heading", name="must confirm your key")).to_be_visible()
        _confirm(ada, "Tomás Reyes")
        page.get_by_role("button", name="Look again").click()
        page.get_by_role("link", name="Attempts").first.click()
        page.get_by_role("link", name=NAME).first.click()

        expect(page.get_by_text("You cannot open this exam's recordings")).to_be_visible()
        expect(page.locator("video")).to_have_count(0)


def _confirm(administrator: Page, name: str) -> None:
    administrator.get_by_role("link", name="People").click()
    row = administrator.get_by_role("row").filter(has_text=name)
    row.get_by_role("button", name="Confirm the key").click()
    administrator.get_by_role("button", name="The words are the same").click()
    expect(row.get_by_text("Confirmed")).to_be_visible()


def _attempt(sitting: Sitting) -> Page:
    """The reviewer opens the attempt afresh."""
    page = sitting.staff_page
    page.get_by_role("link", name="Exams").first.click()
    page.reload()
    page.get_by_role("link", name="Attempts").last.click()
    page.get_by_role("link", name=NAME).first.click()
    return page


def test_a_segment_that_the_server_drops_is_named(sitting: Sitting) -> None:
    with dishonest(sitting.place, drop_a_segment("screen", 2)):
        # Sealed files never change, so the browser keeps those that it was given before.
        devtools = sitting.staff_page.context.new_cdp_session(sitting.staff_page)
        devtools.send("Network.clearBrowserCache")
        page = _attempt(sitting)

        expect(page.get_by_role("alert").filter(has_text="Not as it was recorded")).to_be_visible()
        expect(page.locator("li[data-problem=missing]")).to_contain_text("Screen 2")


def test_an_end_that_the_server_cuts_off_is_named(sitting: Sitting) -> None:
    with dishonest(sitting.place, cut_the_end):
        page = _attempt(sitting)

        expect(page.locator("li[data-problem=truncated]")).to_be_visible()


def test_a_key_that_the_server_swaps_stops_everything(sitting: Sitting) -> None:
    with dishonest(sitting.place, swap_the_exam_key):
        page = _attempt(sitting)

        expect(page.get_by_role("alert").first).to_contain_text(re.compile("Do not go on|trusted"))
        expect(page.locator("video")).to_have_count(0)
