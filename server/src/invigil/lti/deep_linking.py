"""The teacher's answer to the picker: which exam, and the content item that carries it."""

from __future__ import annotations

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.service import NameRefusedError, plain_name
from invigil.exams.models import Course, Exam
from invigil.exams.service import make_exam
from invigil.keys import queries as key_queries
from invigil.kit.signing import parse_note
from invigil.lti import queries
from invigil.lti.arrivals import EXAM_PARAMETER, QUIZ_PARAMETER, ROOT_PARAMETER, note_quiz
from invigil.lti.forms import Picking
from invigil.lti.refusals import Refusal, Refused

NEW = "new"


class TitleMissingError(ValueError):
    """A new exam was asked for without a title."""


async def chosen_exam(
    session: AsyncSession, picking: Picking, choice: str, title: str, *, now_ms: int
) -> Exam:
    """Return the exam that was chosen; makes it when it is a new one.

    Raises:
        TitleMissingError: it is a new one without a title.
        Refused: it is not an exam of this course.
    """
    if choice == NEW:
        try:
            wanted = plain_name(title)
        except NameRefusedError as error:
            raise TitleMissingError from error
        course = await session.get_one(Course, picking.course_id)
        exam = await make_exam(session, course, wanted, now_ms)
    else:
        exams = await queries.exams_of_course(session, picking.course_id)
        found = next((each for each in exams if each.id == choice), None)
        if found is None:
            raise Refused(Refusal.EXAM_ELSEWHERE, "choice")
        exam = found
    note_quiz(exam, picking.quiz_url)
    return exam


async def root_fingerprint(session: AsyncSession, institution_id: str) -> str | None:
    """Return the institution's fingerprint (sealed.md §6.1) as hex; None before it has a root."""
    roots = await key_queries.roots(session, institution_id)
    if not roots:
        return None
    return hashlib.sha256(parse_note(roots[0].note).text.encode()).hexdigest()


def content_item(
    exam: Exam, *, launch_url: str, quiz_url: str | None, fingerprint: str | None
) -> dict[str, object]:
    """Return the link that the LMS keeps."""
    custom = {EXAM_PARAMETER: exam.id, QUIZ_PARAMETER: quiz_url, ROOT_PARAMETER: fingerprint}
    return {
        "type": "ltiResourceLink",
        "title": exam.title,
        "url": launch_url,
        "custom": {name: value for name, value in custom.items() if value is not None},
    }
