"""A server that takes nothing more: the candidate is told, and may remove what is left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from invigil.kit.datadir import ATTEMPT_TOKENS
from tests.extension.sitting import Opening, begin, record
from tests.extension.stand import EXTENSION_ID, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]


def end_every_token(stand: Stand) -> None:
    """What 30 days do to one token: the server takes it for genuine no longer."""
    (stand.folder / "data" / "keys" / ATTEMPT_TOKENS).unlink()  # the next start makes another one


def test_what_the_server_refuses_for_good_can_be_removed_after_a_plain_question(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        stand.stop_server()
        end_every_token(stand)
        candidate.ask("attempt.finish")
        early = candidate.outcome("attempt.forget", lose=True)
        stand.start_server()
        page = context.new_page()
        page.goto(f"chrome-extension://{EXTENSION_ID}/candidate.html")
        removal = page.get_by_role("button", name="Remove it from this computer")
        take_over = page.get_by_role("button", name="Continue here")
        expect(take_over.or_(removal)).to_be_visible(timeout=60_000)
        if take_over.is_visible():
            take_over.click()
        expect(removal).to_be_visible(timeout=60_000)
        unconfirmed = candidate.outcome("attempt.forget")
        removal.click()
        question = page.get_by_role("dialog")
        told = question.inner_text()
        question.get_by_role("button", name="Yes, remove it").click()

        expect(page.get_by_role("heading", name="No exam is open here")).to_be_visible()
        record_left = candidate.ask("attempt.get")

    assert early["problem"]["code"] == "not-now"
    assert unconfirmed["problem"]["code"] == "not-now"
    assert re.search(r"\d+ parts? of the recording \(.+\) (was|were) not sent", told)
    assert record_left is None
