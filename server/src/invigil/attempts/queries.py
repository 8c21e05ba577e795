"""Every select of this room."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution, Person
from invigil.attempts.life import SITTING
from invigil.attempts.models import Attempt
from invigil.exams.models import Course, Exam


async def lock_person(session: AsyncSession, person_id: str) -> None:
    """Hold a person until the transaction ends: redeeming twice at once takes turns.

    SQLite needs no lock, its writers take turns anyway; and everybody of an exam comes in at once.
    """
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


async def last_attempt(session: AsyncSession, exam_id: str, person_id: str) -> Attempt | None:
    """Return a person's last attempt at an exam. Only the last one can be not over."""
    return await session.scalar(
        select(Attempt)
        .where(Attempt.exam_id == exam_id, Attempt.person_id == person_id)
        .order_by(Attempt.number.desc())
        .limit(1)
    )


async def surroundings(
    session: AsyncSession, attempt: Attempt
) -> tuple[Exam, Course, Institution, Person]:
    """Return what an attempt belongs to."""
    found = await session.execute(
        select(Exam, Course, Institution, Person)
        .join(Course, Course.id == Exam.course_id)
        .join(Institution, Institution.id == Exam.institution_id)
        .join(Person, Person.id == attempt.person_id)
        .where(Exam.id == attempt.exam_id)
    )
    exam, course, institution, person = found.one()
    return exam, course, institution, person


async def page_of_exam(
    session: AsyncSession, exam_id: str, *, after: str | None, limit: int
) -> list[tuple[Attempt, str]]:
    """Return attempts of an exam with the candidate's name, in the order they were made."""
    statement = (
        select(Attempt, Person.name)
        .join(Person, Person.id == Attempt.person_id)
        .where(Attempt.exam_id == exam_id)
        .order_by(Attempt.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Attempt.id > after)
    return [(attempt, name) for attempt, name in await session.execute(statement)]


async def silent(session: AsyncSession, heard_before_ms: int) -> Sequence[Attempt]:
    """Return attempts that should be sitting and were not heard since."""
    found = await session.scalars(
        select(Attempt).where(Attempt.state.in_(SITTING), Attempt.heard_ms < heard_before_ms)
    )
    return found.all()
