"""The last receipt is kept before anything of the attempt is destroyed."""

from __future__ import annotations

import pytest

from tests.extension.crash import kill_browser
from tests.extension.left import left_behind, wait_for_last_receipt
from tests.extension.sitting import Opening, begin, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]

DEAF = "void (chrome.storage.local.set = () => new Promise(() => undefined))"
"""A background that keeps nothing any more, as one that dies in that moment."""


def test_a_browser_that_dies_before_the_receipt_is_kept_shows_it_when_it_comes_back(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        record(candidate, 6)
        stand.stop_server()
        candidate.ask("attempt.finish")
        [background] = context.service_workers
        background.evaluate(DEAF)
        stand.start_server()
        wait_for_last_receipt(candidate)
        before = candidate.page.evaluate("chrome.storage.local.get('attempt')")["attempt"]
        kill_browser(stand.folder / "profile")
    with opening() as context:
        candidate = Candidate.arrive(context)
        closed = candidate.wait_for_phase("closed", timeout_s=60)
        left = left_behind(candidate)

    assert before["phase"] == "finishing"
    assert closed["receipt"]["complete"]
    assert closed["receipt"]["counts"]["camera"] > 0
    assert left["rows"] == {"files": 0, "leaves": 0, "marks": 0, "secrets": 0}
    assert left["folders"] == []
