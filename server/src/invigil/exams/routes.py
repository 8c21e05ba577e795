"""Courses and exams, for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from invigil.accounts.policy import Staff
from invigil.accounts.roles import Role
from invigil.audit.service import Deed, record
from invigil.exams import queries, service
from invigil.exams.access_codes import AccessCodesOf
from invigil.exams.policy import AuthoredExam, ExamAccess, VisibleExam
from invigil.exams.schemas import (
    CourseList,
    CourseView,
    ExamList,
    ExamPatch,
    ExamSummary,
    ExamView,
    NewExam,
)
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.problems import (
    AccessCodeUnreadable,
    NotFound,
    RoleNeeded,
    SettingsFrozen,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.rooms import Now

router = APIRouter(
    prefix="/api", tags=["exams"], responses=answers(SignInNeeded, TokenInvalid, TokenExpired)
)


@router.get("/courses")
async def list_courses(actor: Staff, session: Session) -> CourseList:
    """List the courses the caller can see, newest first."""
    found = await queries.courses(session, actor)
    return CourseList(courses=[CourseView.of(each) for each in found])


@router.get("/exams")
async def list_exams(
    actor: Staff,
    session: Session,
    course: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> ExamList:
    """List the exams the caller can see, newest first."""
    found = await queries.exams(session, actor, course)
    return ExamList(exams=[ExamSummary.of(*each) for each in found])


@router.post("/exams", status_code=status.HTTP_201_CREATED, responses=answers(NotFound, RoleNeeded))
async def create_exam(
    actor: Staff, wanted: NewExam, session: Session, now: Now, *, codes: AccessCodesOf
) -> ExamView:
    """Make an exam in a course the caller is an author of."""
    course = await queries.course(session, actor, wanted.course_id)
    if course is None:
        raise NotFound
    if not actor.may(Role.AUTHOR, course.id):
        raise RoleNeeded
    exam = await service.make_exam(session, course, wanted.title, now)
    record(
        session, Deed(actor.institution_id, actor.person_id, "exam.make", f"exam/{exam.id}"), now
    )
    return ExamView.seen_by(ExamAccess(actor, exam, course), codes)


@router.get("/exams/{exam_id}", responses=answers(NotFound, AccessCodeUnreadable))
async def get_exam(access: VisibleExam, codes: AccessCodesOf) -> ExamView:
    """Return an exam; its access code only to its authors."""
    return ExamView.seen_by(access, codes)


@router.patch(
    "/exams/{exam_id}",
    responses=answers(NotFound, RoleNeeded, SettingsFrozen, AccessCodeUnreadable),
)
async def change_exam(
    access: AuthoredExam, patch: ExamPatch, session: Session, now: Now, *, codes: AccessCodesOf
) -> ExamView:
    """Change title, settings or access code; settings only until the first candidate starts."""
    service.change_exam(access.exam, service.ExamChange(patch.title, patch.settings))
    if patch.access_code is not None:
        codes.put(access.exam, patch.access_code)
    deed = Deed(
        access.actor.institution_id,
        access.actor.person_id,
        "exam.change",
        f"exam/{access.exam.id}",
        {"settings_version": access.exam.settings_version},
    )
    record(session, deed, now)
    return ExamView.seen_by(access, codes)
