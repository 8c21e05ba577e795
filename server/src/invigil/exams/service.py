"""Decisions about courses and exams."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.service import plain_name
from invigil.exams import queries
from invigil.exams.models import Course, Exam
from invigil.exams.settings import ExamSettings
from invigil.kit.db import insert_missing
from invigil.kit.ids import new_id
from invigil.kit.problems import SettingsFrozen

MAX_TITLE_CHARS = 300


async def find_or_make_course(
    session: AsyncSession, institution_id: str, external_key: str, *, title: str, now_ms: int
) -> Course:
    """Return the course an LMS connection knows by this key (at most 64 characters: hash it).

    A later, non-empty `title` replaces the first one: the LMS knows it better.
    """
    values = {
        "id": new_id(now_ms),
        "institution_id": institution_id,
        "external_key": external_key,
        "title": _title(title),
        "created_ms": now_ms,
    }
    await insert_missing(session, Course, values)
    course = await queries.course_by_key(session, institution_id, external_key)
    assert course is not None
    if title.strip():
        course.title = _title(title)
    return course


async def find_or_make_exam(
    session: AsyncSession, course: Course, external_key: str, *, title: str, now_ms: int
) -> Exam:
    """Return the exam an LMS connection knows by this key; the first launch makes it.

    The title is only the first one: authors rename exams.
    """
    values = {
        **_fresh(title, now_ms),
        "institution_id": course.institution_id,
        "course_id": course.id,
        "external_key": external_key,
    }
    await insert_missing(session, Exam, values)
    exam = await queries.exam_by_key(session, course.institution_id, external_key)
    assert exam is not None
    return exam


async def make_exam(session: AsyncSession, course: Course, title: str, now_ms: int) -> Exam:
    """Make an exam with the default settings."""
    exam = Exam(
        **_fresh(title, now_ms),
        institution_id=course.institution_id,
        course_id=course.id,
        external_key=None,
        frozen_ms=None,
    )
    session.add(exam)
    await session.flush()
    return exam


def _fresh(title: str, now_ms: int) -> dict[str, object]:
    return {
        "id": new_id(now_ms),
        "title": _title(title),
        "settings": ExamSettings().model_dump(mode="json"),
        "settings_version": 1,
        "sealed_access_code": None,
        "created_ms": now_ms,
    }


def _title(title: str) -> str:
    return plain_name(title.strip() or "Untitled")


@dataclass(frozen=True, slots=True)
class ExamChange:
    """What an author wants to be different; None leaves a thing as it is."""

    title: str | None = None
    settings: ExamSettings | None = None


def change_exam(exam: Exam, change: ExamChange) -> None:
    """Change an exam. Its title stays changeable for ever.

    Raises:
        SettingsFrozen: other settings are wanted and a candidate has started.
    """
    if change.settings is not None and change.settings != settings_of(exam):
        if exam.frozen_ms is not None:
            raise SettingsFrozen
        exam.settings = change.settings.model_dump(mode="json")
        exam.settings_version += 1
    if change.title is not None:
        exam.title = _title(change.title)


def settings_of(exam: Exam) -> ExamSettings:
    """Return an exam's settings."""
    return ExamSettings.model_validate(exam.settings)


def freeze(exam: Exam, now_ms: int) -> None:
    """A candidate starts: from now on everybody sits the exam under these settings."""
    if exam.frozen_ms is None:
        exam.frozen_ms = now_ms
