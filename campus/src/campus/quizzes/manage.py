"""What the course's staff see of a quiz: its access code, its attempts, and the answers in them."""

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from campus import problems
from campus.people import find_person
from campus.quizzes import attempts as life
from campus.quizzes.attempts import Attempt, Quiz
from campus.quizzes.questions import is_right
from campus.quizzes.visit import AtQuiz, Visit, whole_number
from campus.web import Db, Form, Instructor, Staff, render, see_other

router = APIRouter(prefix="/quiz/{quiz_id}/manage")

LONGEST_MINUTES = 24 * 60


@router.get("")
def manage(request: Request, visit: AtQuiz, staff: Staff) -> HTMLResponse:
    rows = [
        _row_of(visit, attempt) for attempt in life.attempts_at(visit.db, visit.quiz, visit.now)
    ]
    return render(
        request,
        "quiz/manage.html",
        quiz=visit.quiz,
        rows=rows,
        may_change=staff.person.is_instructor,
    )


def _row_of(visit: Visit, attempt: Attempt) -> dict[str, Any]:
    answers = life.answers_in(visit.db, attempt)
    return {
        "attempt": attempt,
        "person": find_person(visit.db, attempt.person_id),
        "answered": len(answers),
        "right": _right_count(visit.quiz, answers),
        "marked": sum(question.kind != "essay" for question in visit.quiz.questions),
    }


def _right_count(quiz: Quiz, answers: dict[int, str]) -> int:
    return sum(
        is_right(quiz.questions[number - 1], answer) is True for number, answer in answers.items()
    )


@router.post("")
def change(visit: AtQuiz, form: Form, _: Instructor) -> RedirectResponse:
    """An empty access code lets everybody in; “make a new code” wins over what was typed."""
    minutes = whole_number(form, "minutes")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise problems.FormRejectedError("The time limit is between 1 minute and 24 hours.")
    code = form.get("access_code", "").strip()
    if "new_code" in form:
        code = secrets.token_hex(5)
    if len(code) > 100:
        raise problems.FormRejectedError("The access code has at most 100 characters.")
    life.change_quiz(visit.db, visit.quiz, access_code=code, time_limit_s=minutes * 60)
    return see_other(f"/quiz/{visit.quiz.id}/manage")


@router.post("/reset")
def reset(visit: AtQuiz, form: Form, _: Staff) -> RedirectResponse:
    life.reset(visit.db, visit.quiz, whole_number(form, "attempt"))
    return see_other(f"/quiz/{visit.quiz.id}/manage")


@router.get("/attempts/{attempt_id}")
def answers(request: Request, visit: AtQuiz, attempt_id: int, db: Db, _: Staff) -> HTMLResponse:
    found = [a for a in life.attempts_at(db, visit.quiz, visit.now) if a.id == attempt_id]
    if not found:
        raise problems.NotFoundError
    return render(
        request,
        "quiz/answers.html",
        quiz=visit.quiz,
        attempt=found[0],
        person=find_person(db, found[0].person_id),
        answers=life.answers_in(db, found[0]),
        is_right=is_right,
    )
