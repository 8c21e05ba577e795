"""Translating a verified launch into our own words: person, course, exam, role."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Person
from invigil.accounts.roles import Grant, Role
from invigil.accounts.service import (
    Launch,
    LmsIdentity,
    grant,
    issue_launch,
    person_of_identity,
    withdraw,
)
from invigil.exams import queries as exam_queries
from invigil.exams.models import Course, Exam
from invigil.exams.service import (
    ExamChange,
    change_exam,
    find_or_make_course,
    find_or_make_exam,
    settings_of,
)
from invigil.kit.db import insert_missing
from invigil.lti.forms import Picking, Visit
from invigil.lti.launches import VerifiedLaunch
from invigil.lti.models import LtiCourse
from invigil.lti.quiz_pages import quiz_at
from invigil.lti.refusals import Refusal, Refused
from invigil.lti.roles import CourseRole, course_roles, is_staff
from invigil.lti.verification import pinned

EXAM_PARAMETER = "invigil_exam"
QUIZ_PARAMETER = "quiz_url"
ROOT_PARAMETER = "invigil_root"
_GRANTS = {CourseRole.AUTHOR: Role.AUTHOR, CourseRole.REVIEWER: Role.REVIEWER}


def external_key(kind: str, launch: VerifiedLaunch, own_id: str) -> str:
    """Return the key under which a thing of this LMS is found again.

    Made of issuer, client id and deployment, not of our registration: removing a connection and
    adding it again finds the same courses.
    """
    registration, deployment = launch.registration, launch.claims.deployment_id
    parts = (kind, registration.issuer, registration.client_id, deployment, own_id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def _person_and_course(
    session: AsyncSession, launch: VerifiedLaunch, now_ms: int
) -> tuple[Person, Course]:
    claims, registration = launch.claims, launch.registration
    assert claims.context is not None  # verification refuses a launch without a course
    person = await person_of_identity(
        session,
        registration.institution_id,
        LmsIdentity(registration.issuer, registration.client_id, claims.sub),
        name=claims.person_name or "",
        now_ms=now_ms,
    )
    course = await find_or_make_course(
        session,
        registration.institution_id,
        external_key("course", launch, claims.context.id),
        title=claims.context.title or claims.context.label or "",
        now_ms=now_ms,
    )
    return person, course


async def _note_roster(session: AsyncSession, launch: VerifiedLaunch, course: Course) -> None:
    service = launch.claims.roster_service
    if service is None:
        return
    url = pinned(service.context_memberships_url, launch.origins)
    if url is not None:
        said = {"registration_id": launch.registration.id, "memberships_url": url}
        # Inserted only when missing: a whole course may come in at once.
        if not await insert_missing(session, LtiCourse, {"course_id": course.id, **said}):
            await session.merge(LtiCourse(course_id=course.id, **said))


async def _settle_roles(
    session: AsyncSession, visitor: tuple[Person, Course], roles: frozenset[CourseRole], now_ms: int
) -> None:
    """Give the course's roles that the LMS says, and take those that it says no longer."""
    person, course = visitor
    for role, ours in _GRANTS.items():
        if role in roles:
            await grant(session, person.id, Grant(ours, course.id), now_ms)
        else:
            await withdraw(session, person.id, Grant(ours, course.id))


async def _exam(
    session: AsyncSession, launch: VerifiedLaunch, course: Course, *, staff: bool, now_ms: int
) -> Exam:
    link = launch.claims.resource_link
    assert link is not None  # verification refuses a resource link launch without one
    named = launch.claims.custom.get(EXAM_PARAMETER)
    if named is not None:
        found = await exam_queries.exam_of_institution(session, course.institution_id, named)
        if found is None:
            raise Refused(Refusal.EXAM_UNKNOWN, "invigil_exam")
        if found[0].course_id != course.id:
            raise Refused(Refusal.EXAM_ELSEWHERE, "invigil_exam")
        return found[0]
    key = external_key("exam", launch, link.id)
    if staff:
        title = link.title or ""
        return await find_or_make_exam(session, course, key, title=title, now_ms=now_ms)
    exam = await exam_queries.exam_by_key(session, course.institution_id, key)
    if exam is None:
        raise Refused(Refusal.EXAM_UNKNOWN, "no exam for this link")
    return exam


def quiz_url_of(launch: VerifiedLaunch) -> str | None:
    """Return the quiz's address when the LMS names one on an origin of its own."""
    return pinned(launch.claims.custom.get(QUIZ_PARAMETER), launch.origins)


def note_quiz(exam: Exam, quiz_url: str | None) -> None:
    """Let the exam lead to this quiz, unless somebody chose one or a candidate has started."""
    settings = settings_of(exam)
    if quiz_url is None or settings.quiz.launch_url or exam.frozen_ms is not None:
        return
    found = quiz_at(quiz_url).model_copy(update={"end_button": settings.quiz.end_button})
    change_exam(exam, ExamChange(settings=settings.model_copy(update={"quiz": found})))


async def visit_of(session: AsyncSession, launch: VerifiedLaunch, now_ms: int) -> Visit:
    """Return who stands at the door, and before which exam. Raises :class:`Refused`."""
    roles = course_roles(launch.claims.roles)
    staff = is_staff(roles)
    if not staff and CourseRole.LEARNER not in roles:
        raise Refused(Refusal.NOT_IN_COURSE, "roles")
    person, course = await _person_and_course(session, launch, now_ms)
    await _note_roster(session, launch, course)
    await _settle_roles(session, (person, course), roles, now_ms)
    exam = await _exam(session, launch, course, staff=staff, now_ms=now_ms)
    if staff:
        note_quiz(exam, quiz_url_of(launch))
    return Visit(
        institution_id=course.institution_id,
        person_id=person.id,
        is_staff=staff,
        course_id=course.id,
        exam_id=exam.id,
        return_url=launch.claims.launch_presentation.return_url,
        course_root=launch.claims.custom.get(ROOT_PARAMETER),
        binding_hash=launch.login.binding_hash,
    )


async def picking_of(session: AsyncSession, launch: VerifiedLaunch, now_ms: int) -> Picking:
    """Return the teacher who wants to pick an exam. Raises :class:`Refused` for anybody else."""
    roles = course_roles(launch.claims.roles)
    settings = launch.claims.deep_linking_settings
    if CourseRole.AUTHOR not in roles:
        raise Refused(Refusal.NOT_STAFF, "roles")
    assert settings is not None  # verification refuses a request without settings
    person, course = await _person_and_course(session, launch, now_ms)
    await _settle_roles(session, (person, course), roles, now_ms)
    return Picking(
        institution_id=course.institution_id,
        person_id=person.id,
        course_id=course.id,
        deployment_id=launch.claims.deployment_id,
        return_url=settings.deep_link_return_url,
        answer_data=settings.data,
        quiz_url=quiz_url_of(launch),
    )


async def launch_token(session: AsyncSession, visit: Visit, now_ms: int) -> str:
    """Return the token that the extension redeems, once."""
    launch = Launch(
        kind="candidate",
        institution_id=visit.institution_id,
        person_id=visit.person_id,
        course_id=visit.course_id,
        exam_id=visit.exam_id,
    )
    if visit.is_staff:
        launch = replace(launch, kind="staff")
    return await issue_launch(session, launch, now_ms=now_ms)
