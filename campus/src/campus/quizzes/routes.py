"""The candidate's way through a quiz: view, start, pages, summary, hand in, done."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from campus import problems
from campus.quizzes import attempts as life
from campus.quizzes.attempts import Attempt
from campus.quizzes.visit import (
    AtQuiz,
    AttemptChanged,
    AttemptShown,
    Visit,
    answers_from,
    whole_number,
)
from campus.web import Form, render, see_other

router = APIRouter(prefix="/quiz/{quiz_id}")


@router.get("")
def view(request: Request, visit: AtQuiz) -> HTMLResponse:
    return _view_page(request, visit)


def _view_page(request: Request, visit: Visit, *, code_error: str = "") -> HTMLResponse:
    mine = life.attempts_of(visit.db, visit.quiz, visit.signed_in.person, visit.now)
    return render(
        request,
        "quiz/view.html",
        status=403 if code_error else 200,
        quiz=visit.quiz,
        attempts=mine,
        running=mine[-1] if mine and mine[-1].is_running else None,
        asks_for_code=not visit.has_pass,
        code_error=code_error,
    )


@router.get("/start")
def start_again(quiz_id: int) -> RedirectResponse:
    """The address of the page after a wrong code: opening it again leads back."""
    return see_other(f"/quiz/{quiz_id}")


@router.post("/start")
def start(request: Request, visit: AtQuiz, form: Form) -> Response:
    if not visit.has_pass:
        given = form.get("access_code", "")
        if not life.code_is_right(visit.quiz, given):
            error = "This access code is not right." if given.strip() else "Enter the access code."
            return _view_page(request, visit, code_error=error)
    attempt = life.start_or_continue(visit.db, visit.quiz, visit.signed_in.person, visit.now)
    life.give_pass(visit.db, visit.quiz, visit.signed_in)
    return see_other(visit.path("attempt", attempt))


@router.get("/attempt")
def attempt_page(
    request: Request, visit: AtQuiz, attempt: AttemptShown, page: Annotated[int, Query(ge=0)] = 0
) -> Response:
    if turned_away := _turned_away(visit, attempt):
        return turned_away
    quiz = visit.quiz
    if page >= quiz.page_count:
        raise problems.NotFoundError
    return render(
        request,
        "quiz/attempt.html",
        page=page,
        questions=[(number, quiz.questions[number - 1]) for number in quiz.numbers_on(page)],
        **_attempt_values(visit, attempt),
    )


@router.get("/summary")
def summary(request: Request, visit: AtQuiz, attempt: AttemptShown) -> Response:
    if turned_away := _turned_away(visit, attempt):
        return turned_away
    return render(request, "quiz/summary.html", **_attempt_values(visit, attempt))


def _turned_away(visit: Visit, attempt: Attempt) -> RedirectResponse | None:
    """Where a person belongs who may not see a page of the running attempt, else None."""
    if not attempt.is_running:
        return see_other(visit.path("done", attempt))
    return None if visit.has_pass else see_other(f"/quiz/{visit.quiz.id}")


def _attempt_values(visit: Visit, attempt: Attempt) -> dict[str, Any]:
    return {
        "quiz": visit.quiz,
        "attempt": attempt,
        "answers": life.answers_in(visit.db, attempt),
        "seconds_left": attempt.seconds_left(visit.now),
    }


@router.post("/process")
def process(visit: AtQuiz, attempt: AttemptChanged, form: Form) -> RedirectResponse:
    """Saves the page that was sent and goes where its button says."""
    if not attempt.is_running:
        return see_other(visit.path("done", attempt))
    life.save_answers(visit.db, attempt, answers_from(form, visit.quiz), now=visit.now)
    # A page may say early that its time is up; only our clock ends an attempt.
    if form.get("timeup") == "1" and attempt.seconds_left(visit.now) == 0:
        life.hand_in(visit.db, attempt, by="time", at=attempt.ends_at)
        return see_other(visit.path("done", attempt))
    if "finish" in form:
        return see_other(visit.path("summary", attempt))
    return see_other(f"{visit.path('attempt', attempt)}&page={_page_after(form, visit)}")


def _page_after(form: Mapping[str, str], visit: Visit) -> int:
    if "go" in form:
        page = whole_number(form, "go")
    else:
        page = whole_number(form, "page") + ("next" in form) - ("previous" in form)
    return min(max(page, 0), visit.quiz.page_count - 1)


@router.post("/autosave")
def autosave(visit: AtQuiz, attempt: AttemptChanged, form: Form) -> JSONResponse:
    life.save_answers(visit.db, attempt, answers_from(form, visit.quiz), now=visit.now)
    return JSONResponse({"status": "saved", "seconds_left": attempt.seconds_left(visit.now)})


@router.post("/hand-in")
def hand_in(visit: AtQuiz, attempt: AttemptChanged, form: Form) -> RedirectResponse:
    if attempt.is_running:
        life.save_answers(visit.db, attempt, answers_from(form, visit.quiz), now=visit.now)
        by: Literal["candidate", "time"] = "candidate" if visit.now < attempt.ends_at else "time"
        life.hand_in(visit.db, attempt, by=by, at=min(visit.now, attempt.ends_at))
    return see_other(visit.path("done", attempt))


@router.get("/done")
def done(request: Request, visit: AtQuiz, attempt: AttemptShown) -> Response:
    return _page_after_hand_in(request, "quiz/done.html", visit, attempt)


@router.get("/review")
def review(request: Request, visit: AtQuiz, attempt: AttemptShown) -> Response:
    return _page_after_hand_in(request, "quiz/review.html", visit, attempt)


def _page_after_hand_in(request: Request, page: str, visit: Visit, attempt: Attempt) -> Response:
    if attempt.is_running:
        return see_other(visit.path("attempt", attempt))
    return render(request, page, **_attempt_values(visit, attempt))
