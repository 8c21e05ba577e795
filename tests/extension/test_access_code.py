"""Who is given the quiz's access code, and who is not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.extension.quiz import PASSWORD
from tests.extension.sitting import Opening, begin, finish, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]
HANDED_IN_S = 4
"""What is handed in at all is handed in within a second of the page."""


def tab_at(candidate: Candidate, address: str) -> Page:
    for _ in range(80):
        for page in candidate.page.context.pages:
            if page.url == address:
                return page
        record(candidate, 0.25)
    raise AssertionError(f"no tab came to {address}")


@pytest.mark.parametrize("stand", [{"opens": "/course", "names_start": False}], indirect=True)
def test_a_sign_in_on_the_way_is_not_given_the_code_and_the_quiz_behind_it_is(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        tab = tab_at(candidate, f"{stand.quiz}/login")
        record(candidate, HANDED_IN_S)
        expect(tab).to_have_url(f"{stand.quiz}/login")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Sign in").click()
        expect(tab).to_have_url(f"{stand.quiz}/quiz/take")
        finish(candidate)


@pytest.mark.parametrize(
    "stand", [{"opens": "/quiz/elsewhere", "names_start": False}], indirect=True
)
def test_a_form_that_posts_to_another_origin_is_not_given_the_code(
    opening: Opening, stand: Stand
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        tab = tab_at(candidate, f"{stand.quiz}/quiz/elsewhere")
        record(candidate, HANDED_IN_S)
        expect(tab).to_have_url(f"{stand.quiz}/quiz/elsewhere")
        finish(candidate)
