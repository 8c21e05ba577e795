"""Every select of this room. Lists go through :func:`visible_to`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.policy import StaffActor
from invigil.exams.models import Course, Exam


def visible_to(actor: StaffActor) -> ColumnElement[bool]:
    """Return the condition on `course` under which this member of staff knows that it exists.

    Administrators see all courses and exams of their institution, others those they have a role
    in. What was recorded is another matter: that takes the reviewer's role, and a key.
    """
    theirs = true() if actor.is_administrator else Course.id.in_(actor.course_ids)
    return and_(Course.institution_id == actor.institution_id, theirs)


async def courses(session: AsyncSession, actor: StaffActor) -> Sequence[Course]:
    """Return the courses the actor can see, newest first."""
    found = await session.scalars(
        select(Course).where(visible_to(actor)).order_by(Course.id.desc())
    )
    return found.all()


async def course(session: AsyncSession, actor: StaffActor, course_id: str) -> Course | None:
    """Return a course, or None when there is none that the actor can see."""
    return await session.scalar(select(Course).where(Course.id == course_id, visible_to(actor)))


async def exams(
    session: AsyncSession, actor: StaffActor, course_id: str | None
) -> list[tuple[Exam, Course]]:
    """Return the exams the actor can see (of one course), newest first."""
    statement = select(Exam, Course).join(Course, Course.id == Exam.course_id)
    statement = statement.where(visible_to(actor)).order_by(Exam.id.desc())
    if course_id is not None:
        statement = statement.where(Exam.course_id == course_id)
    return [(exam, course) for exam, course in await session.execute(statement)]


async def exam(
    session: AsyncSession, actor: StaffActor, exam_id: str
) -> tuple[Exam, Course] | None:
    """Return an exam and its course, or None when there is none that the actor can see."""
    found = await session.execute(
        select(Exam, Course)
        .join(Course, Course.id == Exam.course_id)
        .where(Exam.id == exam_id, visible_to(actor))
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def course_by_key(
    session: AsyncSession, institution_id: str, external_key: str
) -> Course | None:
    """Return the course an LMS connection knows by this key."""
    return await session.scalar(
        select(Course).where(
            Course.institution_id == institution_id, Course.external_key == external_key
        )
    )


async def exam_by_key(session: AsyncSession, institution_id: str, external_key: str) -> Exam | None:
    """Return the exam an LMS connection knows by this key."""
    return await session.scalar(
        select(Exam).where(Exam.institution_id == institution_id, Exam.external_key == external_key)
    )


async def exams_by_id(
    session: AsyncSession, institution_id: str, exam_ids: Sequence[str]
) -> Sequence[Exam]:
    """Return these exams of an institution, newest first."""
    found = await session.scalars(
        select(Exam)
        .where(Exam.institution_id == institution_id, Exam.id.in_(exam_ids))
        .order_by(Exam.id.desc())
    )
    return found.all()


async def exams_with_access_code(session: AsyncSession) -> Sequence[Exam]:
    """Return every exam of the server that has an access code."""
    return (await session.scalars(select(Exam).where(Exam.sealed_access_code.is_not(None)))).all()


async def exam_of_institution(
    session: AsyncSession, institution_id: str, exam_id: str
) -> tuple[Exam, Course] | None:
    """Return an exam of an institution whoever asks: for launches and candidates."""
    found = await session.execute(
        select(Exam, Course)
        .join(Course, Course.id == Exam.course_id)
        .where(Exam.id == exam_id, Exam.institution_id == institution_id)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])
