"""First contact: whose key it is, and when the page says that nothing is recorded with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.extension.sitting import Opening
from tests.extension.stand import Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
AGREE = "I agree and continue"


def arrive(context: BrowserContext, link: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.wait_for_url("**/candidate.html")
    return page


def fingerprint_of(page: Page) -> str:
    """The root's fingerprint as the extension found it."""
    found: str = page.evaluate(
        "async () => (await chrome.storage.local.get('attempt')).attempt.key.fingerprint_hex"
    )
    return found


def refuses(page: Page, heading: str, reason: str) -> None:
    """The page says so and offers no way on."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(reason)
    expect(page.get_by_role("button", name=AGREE)).to_have_count(0)


def test_a_course_that_names_the_servers_key_pins_it_and_the_page_says_so(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        unpinned = arrive(context, stand.launch_link())
        expect(unpinned.get_by_text("for the first time")).to_be_visible()
        root = fingerprint_of(unpinned)
        pinned = arrive(context, stand.launch_link(root=root.upper()))

        expect(pinned.get_by_text("Your course names the same key")).to_be_visible()
        expect(pinned.get_by_text(stand.server)).to_be_visible()
        expect(pinned.get_by_role("button", name=AGREE)).to_be_enabled()
        pinned.get_by_text("Who holds the key").click()
        pinned.get_by_role("button", name="The words are the same").click()
        expect(pinned.get_by_text("You compared this institution's words before")).to_be_visible()


@pytest.mark.parametrize("named", ["0" * 64, "no fingerprint"])
def test_a_course_that_names_another_key_than_the_server_stops_at_the_door(
    opening: Opening, stand: Stand, named: str
) -> None:
    with opening() as context:
        page = arrive(context, stand.launch_link(root=named))

        refuses(page, "cannot be kept secret", "Your course names another key")


@pytest.mark.parametrize("stand", [{"minimum_client": "99.0.0"}], indirect=True)
def test_an_extension_that_is_too_old_for_the_institution_asks_to_be_updated(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        page = arrive(context, stand.launch_link())

        refuses(page, "Update Invigil", "newer version")
