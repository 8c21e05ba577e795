"""What several tests of launches do and check."""

from __future__ import annotations

from typing import Any, Final

import httpx

from invigil.lti.refusals import Refusal
from server.tests.lti import forge
from server.tests.lti.lms import Browser

INSTRUCTOR: Final = [forge.MEMBERSHIP + "Instructor"]


async def teacher_opens(browser: Browser, now_s: int, **changes: Any) -> httpx.Response:
    """A teacher opens the link: the first time, that makes the exam."""
    return await browser.launch(now_s, roles=INSTRUCTOR, sub="teacher-1", **changes)


def is_refused(answer: httpx.Response, refusal: Refusal) -> None:
    """Assert that the page says this refusal and gives no way in."""
    assert (answer.status_code, refusal.words.code in answer.text) == (refusal.words.status, True)
    assert "chrome-extension:" not in answer.text
