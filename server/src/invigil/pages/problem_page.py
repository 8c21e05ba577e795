"""The page that a browser gets where a program gets problem+json."""

from __future__ import annotations

from typing import Final

from fastapi.responses import HTMLResponse

from invigil.kit.problem_base import Problem
from invigil.pages.render import Page, Surroundings, render

ANYWHERE: Final = Surroundings(framed_by=frozenset({"*"}))
"""An LMS shows its launches in a frame, and which LMS it is must not cost a look into the database
where too many knock. The page has nothing to press and names nobody."""


def problem_page(problem: Problem) -> HTMLResponse:
    """Return a problem as a page, with the headers that a program would get."""
    headers = dict(problem.headers or {})
    values: dict[str, object] = {
        "title": problem.title,
        "sentence": str(problem.detail),
        "retry_after_s": headers.get("Retry-After"),
        "code": problem.code,
    }
    answer = render(Page("problem.html", values, status=problem.status), ANYWHERE)
    answer.headers.update(headers)
    return answer
