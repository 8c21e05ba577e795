"""An instructor's first day: a keyring, a passkey for it, another computer. Each page is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, expect

from ops.sit.album import Album
from ops.sit.browser import browser
from ops.sit.course import ACCESS_CODE
from ops.sit.instructor import Instructor
from ops.sit.sitting import Hall, hall
from tests.e2e.barriers import Barrier, barriers_of, is_too_wide

pytestmark = pytest.mark.e2e

AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "hasPrf": True,
    "automaticPresenceSimulation": True,
    "isUserVerified": True,
}


@dataclass
class FirstDay:
    """The instructor made keyring, root and exam key, and is at the staff app."""

    place: Hall
    instructor: Instructor
    page: Page
    album: Album
    barriers: list[Barrier]
    too_wide: list[str]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[FirstDay]:
    folder = tmp_path_factory.mktemp("first-day")
    barriers: list[Barrier] = []
    too_wide: list[str] = []

    def inspect(name: str, page: Page) -> None:
        barriers.extend(barriers_of(name, page))
        if page.url.startswith("chrome-extension:") and is_too_wide(page):
            too_wide.append(name)

    album = Album(folder / "pictures", inspect)
    with (
        hall(folder / "hall", playwright) as place,
        browser(place.playwright, place.profile("instructor")) as desk,
    ):
        instructor = Instructor(desk, place.installation.campus_url, album)
        page = instructor.prepare_exam(ACCESS_CODE)
        yield FirstDay(place, instructor, page, album, barriers, too_wide)


def plug_in(page: Page, **changes: object) -> tuple[CDPSession, str]:
    """An authenticator of the test's own; between it and the page is the real WebAuthn."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR | changes})
    return devtools, added["authenticatorId"]


def lock(page: Page) -> None:
    page.get_by_role("button", name="Lock the keyring").click()
    expect(page.get_by_role("heading", name="Unlock your keyring")).to_be_visible()


def unlock_by_phrase(page: Page, phrase: str) -> None:
    page.get_by_label("Your phrase").fill(phrase)
    page.get_by_role("button", name="Unlock", exact=True).click()
    expect(page.get_by_role("button", name="Lock the keyring")).to_be_visible()


def add_passkey(page: Page) -> None:
    page.get_by_role("link", name="Your keyring").click()
    page.get_by_role("button", name="Add a passkey").click()


def test_a_device_that_derives_no_keys_is_told_so_and_nothing_is_stored(day: FirstDay) -> None:
    devtools, device = plug_in(day.page, hasPrf=False)

    add_passkey(day.page)

    expect(day.page.get_by_role("alert")).to_contain_text("This passkey cannot keep a keyring")
    expect(day.page.get_by_role("button", name="Add a passkey")).to_be_visible()
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    devtools.detach()


def test_a_passkey_unlocks_the_keyring_and_belongs_to_the_extension(day: FirstDay) -> None:
    page = day.page
    devtools, device = plug_in(page)
    add_passkey(page)
    expect(page.get_by_text("This browser has a passkey for it")).to_be_visible()
    [made] = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    lock(page)
    with day.album.step("Unlocking by passkey is offered", page):
        expect(page.get_by_role("button", name="Unlock with the passkey")).to_be_visible()

    page.get_by_role("button", name="Unlock with the passkey").click()

    expect(page.get_by_role("button", name="Lock the keyring")).to_be_visible()
    assert made["rpId"] == f"chrome-extension://{page.evaluate('chrome.runtime.id')}"
    assert made["isResidentCredential"]
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    devtools.detach()


def test_another_passkey_opens_nothing_and_the_phrase_still_does(day: FirstDay) -> None:
    page = day.page
    devtools, device = plug_in(page)
    lock(page)

    page.get_by_role("button", name="Unlock with the passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The browser did not use a passkey")
    unlock_by_phrase(page, day.instructor.phrase)
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    devtools.detach()


def test_another_computer_without_the_passkey_unlocks_by_the_phrase(day: FirstDay) -> None:
    place = day.place
    with browser(place.playwright, place.profile("at-home")) as home:
        page = Instructor(home, place.installation.campus_url, day.album).enter()

        expect(page.get_by_role("heading", name="Unlock your keyring")).to_be_visible()
        expect(page.get_by_role("button", name="Unlock with the passkey")).to_be_hidden()
        unlock_by_phrase(page, day.instructor.phrase)


def test_no_page_of_the_first_day_has_a_barrier_or_is_too_wide_for_a_phone(day: FirstDay) -> None:
    assert day.barriers == []
    assert day.too_wide == []
