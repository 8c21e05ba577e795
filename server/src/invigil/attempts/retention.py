"""Whose recording is to go: its time, as its candidate was told, is over (wire.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution
from invigil.attempts.gate import tell
from invigil.attempts.life import OVER, SITTING, State
from invigil.attempts.models import Attempt
from invigil.attempts.service import change_state
from invigil.exams.models import Exam
from invigil.exams.service import settings_of
from invigil.keys import earlier
from invigil.keys import queries as keys

DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Due:
    """A recording whose time was over at `due_ms`. `recorded_ms` is when its time began."""

    attempt_id: str
    institution_slug: str
    exam_title: str
    retention_days: int
    recorded_ms: int

    @property
    def due_ms(self) -> int:
        """The first moment at which it may be deleted."""
        return self.recorded_ms + self.retention_days * DAY_MS


async def institution_ids(session: AsyncSession) -> Sequence[str]:
    """Return every institution, in a fixed order."""
    return (await session.scalars(select(Institution.id).order_by(Institution.id))).all()


async def due(session: AsyncSession, institution_id: str, now_ms: int, *, limit: int) -> list[Due]:
    """Return at most `limit` recordings of an institution whose time is over."""
    found: list[Due] = []
    exams = await session.execute(
        select(Exam, Institution.slug)
        .join(Institution, Institution.id == Exam.institution_id)
        .where(Exam.institution_id == institution_id)
        .order_by(Exam.id)
    )
    for exam, slug in exams.all():
        days = settings_of(exam).retention_days
        attempts = await session.scalars(
            select(Attempt)
            .where(Attempt.exam_id == exam.id, _is_over(now_ms - days * DAY_MS))
            .order_by(Attempt.id)
            .limit(limit - len(found))
        )
        found += [Due(each.id, slug, exam.title, days, _recorded_ms(each)) for each in attempts]
        if len(found) >= limit:
            break
    return found


async def take_out(session: AsyncSession, attempt_id: str, now_ms: int) -> Attempt | None:
    """Make sure that nobody goes on with an attempt whose time is over; None when it is not over.

    Looked at again under a lock: its device may have come back since it was found.
    """
    attempt = await session.get_one(Attempt, attempt_id, with_for_update=True)
    exam = await session.get_one(Exam, attempt.exam_id)
    cutoff_ms = now_ms - settings_of(exam).retention_days * DAY_MS
    still = select(Attempt.id).where(Attempt.id == attempt_id, _is_over(cutoff_ms))
    if await session.scalar(still) is None:
        return None
    if attempt.state not in OVER:
        change_state(session, attempt, State.ENDED, now_ms=now_ms)
    return attempt


async def note_deleted(session: AsyncSession, attempt_id: str, now_ms: int) -> Attempt | None:
    """Its recording is gone; the attempt stays in the list. None when that is known already."""
    attempt = await session.get_one(Attempt, attempt_id, with_for_update=True)
    if attempt.deleted_ms is not None:
        return None
    attempt.deleted_ms = now_ms
    tell(session, attempt)
    return attempt


async def forget_wraps(session: AsyncSession, institution_id: str, now_ms: int) -> None:
    """Delete the wraps of readers who were removed, or got another one, when they open nothing.

    The exam has no recording any more, and one of the day of the removal would be gone too.
    """
    scopes = await keys.scopes_with_earlier_wraps(session, institution_id)
    exam_ids = [each.removeprefix("exam/") for each in scopes]
    recorded = select(Attempt.exam_id).where(
        Attempt.deleted_ms.is_(None), Attempt.opened_ms.is_not(None)
    )
    exams = await session.scalars(
        select(Exam).where(Exam.id.in_(exam_ids), Exam.id.not_in(recorded))
    )
    for exam in exams.all():
        ended_before_ms = now_ms - settings_of(exam).retention_days * DAY_MS
        await earlier.forget_wraps(session, f"exam/{exam.id}", ended_before_ms)


def _recorded_ms(attempt: Attempt) -> int:
    return attempt.heard_ms if attempt.closed_ms is None else attempt.closed_ms


def _is_over(cutoff_ms: int) -> ColumnElement[bool]:
    """Whether a recording ended before `cutoff_ms`: by its close, or with the last sign of life.

    Who has not begun has no recording; who is sitting is never touched.
    """
    return and_(
        Attempt.deleted_ms.is_(None),
        Attempt.state.not_in(SITTING),
        or_(Attempt.state != State.CREATED, Attempt.opened_ms.is_not(None)),
        or_(
            Attempt.closed_ms <= cutoff_ms,
            and_(Attempt.closed_ms.is_(None), Attempt.heard_ms <= cutoff_ms),
        ),
    )
