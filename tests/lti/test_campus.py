"""Campus, server and browser together: registering, picking, and three ways into an exam."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.lti.stand import (
    Stand,
    browser,
    connect,
    connect_by_hand,
    extension_id_of,
    pick_exam,
    sign_in,
    tool_frame,
)

pytestmark = pytest.mark.e2e


def _token_in(page: Page, stand: Stand) -> str:
    """The launch token with which the extension's front door was opened."""
    parts = urlsplit(page.url)
    assert (parts.scheme, parts.netloc) == ("chrome-extension", extension_id_of(stand.front_door))
    fragment = parse_qs(parts.fragment)
    assert fragment["for"] == ["candidate"]
    assert fragment["server"] == [stand.server]
    return fragment["token"][0]


def _open_as_student(context: BrowserContext, stand: Stand, link: str) -> Page:
    page = sign_in(context, stand, "u-mina")
    page.goto(link)
    return page


def test_a_teacher_connects_and_picks_and_a_student_comes_into_the_extension(
    playwright: Playwright, tmp_path: Path
) -> None:
    stand = Stand(tmp_path)
    with stand.running(), browser(playwright, stand, has_extension=True) as context:
        page = sign_in(context, stand, "u-ada")
        connect(page, stand)
        link = pick_exam(page, stand, "Midterm, supervised", display="window")

        page = _open_as_student(context, stand, link)
        with context.expect_page() as opened:
            page.click("#open-tool")
        launch = opened.value

        expect(launch.locator("#state")).to_have_text("The Invigil extension is ready.")
        expect(launch.locator("main")).to_contain_text("Mina Park")
        expect(launch.locator("#get")).to_be_hidden()
        launch.get_by_role("link", name="Go to the exam").click()
        launch.wait_for_url("chrome-extension://**")

        assert _token_in(launch, stand).startswith("ilt1.")


def test_a_frame_without_cookies_asks_the_person_in_a_new_window_and_helps_to_the_extension(
    playwright: Playwright, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, campus_host="localhost")
    with stand.running(), browser(playwright, stand, has_extension=False) as context:
        link = connect_by_hand(context, stand)
        page = _open_as_student(context, stand, link)
        with context.expect_page() as opened:
            tool_frame(page).get_by_role("button", name="Open in a new window").click()
        window = opened.value

        expect(window.get_by_role("heading")).to_have_text("Is this you?")
        expect(window.locator(".large")).to_have_text("Mina Park")
        window.get_by_role("button", name="Yes, that is me").click()

        missing = "The Invigil extension is not in this browser yet."
        expect(window.locator("#state")).to_have_text(missing)
        expect(window.get_by_role("link", name="Go to the exam")).to_be_hidden()
        expect(window.get_by_role("heading", name="Get the Invigil extension")).to_be_visible()


def test_platform_storage_takes_the_place_of_the_cookie(
    playwright: Playwright, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, campus_host="localhost", campus_options=("--platform-storage",))
    with stand.running(), browser(playwright, stand, has_extension=True) as context:
        link = connect_by_hand(context, stand)
        page = _open_as_student(context, stand, link)
        with context.expect_page() as opened:
            tool_frame(page).get_by_role("link", name="Go to the exam").click()
        opened.value.wait_for_url("chrome-extension://**")

        assert _token_in(opened.value, stand)


def test_a_frame_over_https_needs_no_question_though_third_party_cookies_are_blocked(
    playwright: Playwright, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, campus_host="localhost", is_https=True)
    with stand.running(), browser(playwright, stand, has_extension=True, is_strict=True) as context:
        page = _open_as_student(context, stand, connect_by_hand(context, stand))
        with context.expect_page() as opened:
            tool_frame(page).get_by_role("link", name="Go to the exam").click()
        opened.value.wait_for_url("chrome-extension://**")

        assert _token_in(opened.value, stand)
        [cookie] = [each for each in context.cookies() if each["name"] == "__Host-invigil-lti"]
        assert cookie["partitionKey"] == "https://localhost"


def test_without_a_partitioned_cookie_the_same_frame_has_to_ask(
    playwright: Playwright, tmp_path: Path
) -> None:
    """Shows that the browser of the test before does block what is not partitioned."""
    stand = Stand(
        tmp_path,
        campus_host="localhost",
        is_https=True,
        change=lambda piece: piece.replace(b"; Partitioned", b""),
    )
    with stand.running(), browser(playwright, stand, has_extension=True, is_strict=True) as context:
        page = _open_as_student(context, stand, connect_by_hand(context, stand))

        window = tool_frame(page).get_by_role("button", name="Open in a new window")
        expect(window).to_be_visible()
