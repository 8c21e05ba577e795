"""What this room says over the wire (wire.md §6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from invigil.exams.access_codes import AccessCodes
from invigil.exams.models import Course, Exam
from invigil.exams.policy import ExamAccess
from invigil.exams.service import MAX_TITLE_CHARS, settings_of
from invigil.exams.settings import ExamSettings
from invigil.kit.wire import NO_NUL, SOME_ID, IdText, Message, UnixMs, example

Title = Annotated[
    str, Field(min_length=1, max_length=MAX_TITLE_CHARS, examples=["Statistics I"]), NO_NUL
]
AccessCode = Annotated[str, Field(max_length=200, examples=["open sesame"]), NO_NUL]


class CourseView(Message):
    """A course."""

    id: IdText
    title: str

    @staticmethod
    def of(course: Course) -> CourseView:
        return CourseView(id=course.id, title=course.title)


class CourseList(Message):
    """The courses the caller can see."""

    courses: list[CourseView]


class ExamSummary(Message):
    """An exam in a list."""

    id: IdText
    title: str
    course: CourseView
    frozen: bool
    created: UnixMs

    @staticmethod
    def of(exam: Exam, course: Course) -> ExamSummary:
        return ExamSummary(
            id=exam.id,
            title=exam.title,
            course=CourseView.of(course),
            frozen=exam.frozen_ms is not None,
            created=exam.created_ms,
        )


class ExamList(Message):
    """The exams the caller can see."""

    exams: list[ExamSummary]


class ExamView(ExamSummary):
    """An exam. `access_code` is null for whoever is not its author."""

    settings: ExamSettings
    settings_version: int
    access_code: str | None
    may_edit: bool
    may_review: bool

    @staticmethod
    def seen_by(access: ExamAccess, codes: AccessCodes) -> ExamView:
        """Return the exam as the actor may see it.

        Raises:
            AccessCodeUnreadable: an author looks, and the code does not open.
        """
        exam = access.exam
        return ExamView(
            **dict(ExamSummary.of(exam, access.course)),
            settings=settings_of(exam),
            settings_version=exam.settings_version,
            access_code=codes.of(exam) if access.is_author else None,
            may_edit=access.is_author,
            may_review=access.is_reviewer,
        )


class NewExam(
    Message, json_schema_extra=example({"course_id": SOME_ID, "title": "Statistics I, final"})
):
    """An exam to make."""

    course_id: IdText
    title: Title


class ExamPatch(
    Message,
    json_schema_extra=example(
        {
            "title": "Statistics I, final",
            "settings": {"one_screen": True, "duration_min": 90, "retention_days": 30},
            "access_code": "open sesame",
        }
    ),
):
    """What to change; a member that is absent stays as it is."""

    title: Title | None = None
    settings: ExamSettings | None = None
    access_code: AccessCode | None = None
