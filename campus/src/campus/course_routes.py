"""Signing in, the course page, its links and its grades."""

import hmac
import re
import secrets
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi import Form as FormField
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from campus import problems
from campus.course import COURSE
from campus.lti import grades, links
from campus.lti.tools import all_tools, find_tool
from campus.people import everyone, find_person, sign_in, sign_out
from campus.quizzes.attempts import all_quizzes, get_quiz
from campus.quizzes.visit import whole_number
from campus.web import (
    COOKIE,
    CampusHere,
    Db,
    Form,
    Instructor,
    SignedIn,
    Staff,
    render,
    required,
    see_other,
    sign_in_of,
)

router = APIRouter()
VISIT_COOKIE = "campus_visit"
_OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")


@router.get("/healthz")
def healthz(db: Db) -> dict[str, str]:
    db.execute("SELECT 1")
    return {"status": "ok"}


@router.get("/")
def home(request: Request, db: Db) -> RedirectResponse:
    return see_other(f"/course/{COURSE.id}" if sign_in_of(request, db) else "/sign-in")


@router.get("/sign-in")
def who_are_you(request: Request, db: Db, campus: CampusHere, then: str = "/") -> HTMLResponse:
    people = everyone(db)
    # Nobody is signed in yet, so the form is tied to the browser by a cookie with the same value.
    visit = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(16)
    page = render(
        request,
        "sign_in.html",
        people=[person for person in people if not person.id.startswith("u-student-")],
        extra_students=[person for person in people if person.id.startswith("u-student-")],
        visit=visit,
        then=then,
    )
    page.set_cookie(
        VISIT_COOKIE, visit, httponly=True, samesite="strict", secure=campus.settings.is_https
    )
    return page


@router.post("/sign-in")
def enter(
    *,
    request: Request,
    db: Db,
    campus: CampusHere,
    person_id: Annotated[str, FormField()],
    visit: Annotated[str, FormField()],
    then: Annotated[str, FormField()] = "/",
) -> Response:
    if not hmac.compare_digest(visit.encode(), request.cookies.get(VISIT_COOKIE, "").encode()):
        raise problems.StaleFormError
    person = find_person(db, person_id)
    if person is None:
        raise problems.NotFoundError
    if before := sign_in_of(request, db):
        sign_out(db, before)
    answer = see_other(then if _OWN_PATH.fullmatch(then) else "/")
    token = sign_in(db, person, now=campus.clock())
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=campus.settings.is_https)
    return answer


@router.post("/sign-out")
def leave(signed_in: SignedIn, _: Form, db: Db) -> RedirectResponse:
    sign_out(db, signed_in)
    answer = see_other("/sign-in")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/course/{course_id}")
def course_page(request: Request, course_id: str, db: Db, _: SignedIn) -> HTMLResponse:
    _check_course(course_id)
    return render(
        request,
        "course.html",
        quizzes=all_quizzes(db),
        links=links.links_in(db, COURSE.id),
        tool_origins=sorted(
            set().union(*(tool.origins for tool in all_tools(db) if tool.is_active))
        ),
    )


@router.get("/course/{course_id}/grades")
def grade_book(request: Request, course_id: str, db: Db, _: Staff) -> HTMLResponse:
    _check_course(course_id)
    columns = [(item, grades.scores_in(db, item)) for item in grades.line_items(db)]
    names = {person.id: person.name for person in everyone(db)}
    return render(request, "grades.html", columns=columns, names=names)


@router.get("/link/{link_id}")
def link_page(request: Request, link_id: str, db: Db, _: SignedIn) -> HTMLResponse:
    link = links.get_link(db, link_id)
    tool = find_tool(db, link.client_id)
    if tool is None:
        raise problems.NotFoundError
    return render(request, "link.html", link=link, tool=tool, frames=tool.origins)


@router.get("/link/{link_id}/edit")
def edit_link(request: Request, link_id: str, db: Db, _: Instructor) -> HTMLResponse:
    return render(
        request, "edit_link.html", link=links.get_link(db, link_id), quizzes=all_quizzes(db)
    )


@router.post("/link/{link_id}/edit")
def change_link(link_id: str, form: Form, db: Db, _: Instructor) -> RedirectResponse:
    link = links.get_link(db, link_id)
    if "remove" in form:
        links.remove_link(db, link)
    else:
        quiz_id = whole_number(form, "quiz")
        changed = replace(
            link,
            title=required(form, "title", "The title")[:200],
            quiz_id=get_quiz(db, quiz_id).id if quiz_id else None,
            display=links.display_from(form.get("display", "")),
        )
        links.save_link(db, changed)
    return see_other(f"/course/{COURSE.id}")


def sign_in_path(then: str) -> str:
    """The sign-in page that leads on to `then`."""
    return "/sign-in?" + urlencode({"then": then})


def _check_course(course_id: str) -> None:
    if course_id != COURSE.id:
        raise problems.NotFoundError
