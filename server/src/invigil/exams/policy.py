"""Who may do what with an exam, as types in a route's signature. A stranger gets 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.policy import Staff, StaffActor, authenticate_staff
from invigil.accounts.roles import Role
from invigil.exams import queries
from invigil.exams.models import Course, Exam
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.policy import policy
from invigil.kit.problems import NotFound, RoleNeeded
from invigil.kit.rooms import Now, PortsOf
from invigil.kit.tokens import Bearer

ExamId = Annotated[str, Path(pattern=ID_PATTERN)]


@dataclass(frozen=True, slots=True)
class ExamAccess:
    """A member of staff at an exam they can see."""

    actor: StaffActor
    exam: Exam
    course: Course

    @property
    def is_author(self) -> bool:
        return self.actor.may(Role.AUTHOR, self.course.id)

    @property
    def is_reviewer(self) -> bool:
        return self.actor.may(Role.REVIEWER, self.course.id)


async def find_exam(session: AsyncSession, actor: StaffActor, exam_id: str) -> ExamAccess:
    """Return an exam that the actor can see.

    Raises:
        NotFound: there is none.
    """
    found = await queries.exam(session, actor, exam_id)
    if found is None:
        raise NotFound
    return ExamAccess(actor, *found)


@policy("staff who see the exam")
async def visible_exam(exam_id: ExamId, actor: Staff, session: Session) -> ExamAccess:
    """Let through whoever can see the exam."""
    return await find_exam(session, actor, exam_id)


VisibleExam = Annotated[ExamAccess, Depends(visible_exam)]


@policy("authors of the exam")
async def authored_exam(access: VisibleExam) -> ExamAccess:
    """Let authors of the exam's course through."""
    if not access.is_author:
        raise RoleNeeded
    return access


AuthoredExam = Annotated[ExamAccess, Depends(authored_exam)]


@policy("reviewers of the exam")
async def reviewed_exam(access: VisibleExam) -> ExamAccess:
    """Let reviewers of the exam's course through."""
    if not access.is_reviewer:
        raise RoleNeeded
    return access


ReviewedExam = Annotated[ExamAccess, Depends(reviewed_exam)]


@policy("authors and reviewers of the exam")
async def worked_exam(access: VisibleExam) -> ExamAccess:
    """Let authors and reviewers of the exam's course through."""
    if not (access.is_author or access.is_reviewer):
        raise RoleNeeded
    return access


WorkedExam = Annotated[ExamAccess, Depends(worked_exam)]


@policy("authors and reviewers of the exam")
async def briefly_worked_exam(
    exam_id: ExamId, token: Bearer, ports: PortsOf, now: Now
) -> ExamAccess:
    """Let authors and reviewers through, in a transaction that is over when the route begins."""
    async with ports.database.transaction(writes=False) as session:
        actor = await authenticate_staff(session, token, now)
        return await worked_exam(await find_exam(session, actor, exam_id))


BrieflyWorkedExam = Annotated[ExamAccess, Depends(briefly_worked_exam)]
"""For a route that asks another machine: it must hold no transaction meanwhile."""
