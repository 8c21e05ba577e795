"""Makes courses and exams."""

from __future__ import annotations

from itertools import count

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution
from invigil.exams.access_codes import AccessCodes
from invigil.exams.models import Course, Exam
from invigil.exams.settings import ExamSettings, QuizSettings
from invigil.kit.ids import new_id

_numbers = count(1)
ACCESS_CODE = "open sesame"
QUIZ = QuizSettings(launch_url="https://lms.example.org/quiz/1", exam_end="*://*/done")


async def make_course(session: AsyncSession, institution: Institution, now_ms: int) -> Course:
    course = Course(
        id=new_id(now_ms),
        institution_id=institution.id,
        title=f"Course {next(_numbers)}",
        created_ms=now_ms,
    )
    session.add(course)
    await session.flush()
    return course


async def make_exam(
    session: AsyncSession,
    course: Course,
    now_ms: int,
    *,
    settings: ExamSettings | None = None,
    codes: AccessCodes | None = None,
) -> Exam:
    exam = Exam(
        id=new_id(now_ms),
        institution_id=course.institution_id,
        course_id=course.id,
        title=f"Exam {next(_numbers)}",
        settings=(settings or ExamSettings(quiz=QUIZ)).model_dump(mode="json"),
        created_ms=now_ms,
    )
    if codes is not None:
        codes.put(exam, ACCESS_CODE)
    session.add(exam)
    await session.flush()
    return exam
