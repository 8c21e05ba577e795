"""Who stands before which quiz, when and with which attempt: what each page starts from."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from campus import problems
from campus.people import SignIn
from campus.quizzes import attempts as life
from campus.quizzes.attempts import Attempt, Quiz
from campus.web import CampusHere, Db, Form, SignedIn


@dataclass(frozen=True)
class Visit:
    """`now` is the same instant for everything a request decides."""

    quiz: Quiz
    signed_in: SignIn
    db: sqlite3.Connection
    now: float

    @property
    def has_pass(self) -> bool:
        return life.has_pass(self.db, self.quiz, self.signed_in)

    def own_attempt(self, attempt_id: int) -> Attempt:
        return life.get_own_attempt(
            self.db, attempt_id, quiz=self.quiz, person=self.signed_in.person, now=self.now
        )

    def path(self, page: str, attempt: Attempt) -> str:
        return f"/quiz/{self.quiz.id}/{page}?attempt={attempt.id}"


def _visit(quiz_id: int, db: Db, signed_in: SignedIn, campus: CampusHere) -> Visit:
    return Visit(life.get_quiz(db, quiz_id), signed_in, db, campus.clock())


AtQuiz = Annotated[Visit, Depends(_visit)]


def _attempt_in_address(
    visit: AtQuiz, attempt_id: Annotated[int, Query(alias="attempt", ge=1)]
) -> Attempt:
    return visit.own_attempt(attempt_id)


def _attempt_in_form(visit: AtQuiz, form: Form) -> Attempt:
    """AccessCodeNeededError in a browser that did not give the code.

    Moodle guards only looking at an attempt; campus guards saving too.
    """
    attempt = visit.own_attempt(whole_number(form, "attempt"))
    if attempt.is_running and not visit.has_pass:
        raise problems.AccessCodeNeededError
    return attempt


AttemptShown = Annotated[Attempt, Depends(_attempt_in_address)]
AttemptChanged = Annotated[Attempt, Depends(_attempt_in_form)]


def answers_from(form: Mapping[str, str], quiz: Quiz) -> dict[int, str]:
    """Only the questions that the form holds, so that saving one page leaves the others alone."""
    numbers = range(1, len(quiz.questions) + 1)
    return {number: form[f"answer_{number}"] for number in numbers if f"answer_{number}" in form}


def whole_number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise problems.FormRejectedError(f"The field “{name}” is not a whole number.")
    return int(text)
