"""What the upload path has to know about an attempt, and what it reports back.

`evidence` caches :class:`AttemptGate` and drops it on :class:`~.events.AttemptChanged`; its
appends call the `note_…` functions in the same transaction as the leaves they are about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution
from invigil.attempts.events import AttemptChanged
from invigil.attempts.life import TAKING_UPLOADS, State
from invigil.attempts.models import Attempt
from invigil.exams.models import Exam
from invigil.exams.settings import ExamSettings, most_leaves, quota_bytes
from invigil.kit.events import emit

_ATTEMPT = cast("Table", Attempt.__table__)
# Columns, not the object: a thousand of them are asked for when an exam begins.
_GATE_COLUMNS = [
    _ATTEMPT.c[name]
    for name in (
        *("id", "exam_id", "person_id", "institution_id", "state", "generation"),
        *("nonce", "epoch", "opened_ms", "closed_ms", "deleted_ms"),
    )
]


@dataclass(frozen=True, slots=True)
class AttemptGate:
    """Facts of one attempt, cheap to cache. `scope` is `exam/<exam id>` (sealed.md §2).

    `nonce` has 16 bytes. `epoch` is None until leaf 0 is cosigned. `quota_bytes` is how much the
    attempt may store in all, `most_leaves` how long its log may grow before its close.
    """

    attempt_id: str
    exam_id: str
    course_id: str
    person_id: str
    institution_id: str
    institution_slug: str
    state: State
    generation: int
    nonce: bytes
    scope: str
    epoch: int | None
    is_opened: bool
    is_closed: bool
    is_deleted: bool
    quota_bytes: int
    most_leaves: int

    @property
    def takes_uploads(self) -> bool:
        """Whether segments and leaves are taken now (wire.md §5)."""
        return self.state in TAKING_UPLOADS and not (self.is_closed or self.is_deleted)


async def load_gates(session: AsyncSession, attempt_ids: Sequence[str]) -> dict[str, AttemptGate]:
    """Return the gates of those that there are. Two queries, for any number."""
    wanted = select(*_GATE_COLUMNS).where(_ATTEMPT.c.id.in_(attempt_ids))
    rows = (await session.execute(wanted)).all()
    exams = await _exam_facts(session, {row.exam_id for row in rows})
    return {row.id: _gate(row, exams[row.exam_id]) for row in rows}


@dataclass(frozen=True, slots=True)
class _ExamFacts:
    course_id: str
    institution_slug: str
    quota_bytes: int
    most_leaves: int


async def _exam_facts(session: AsyncSession, exam_ids: Collection[str]) -> dict[str, _ExamFacts]:
    wanted = (
        select(Exam.id, Exam.course_id, Exam.settings, Institution.slug)
        .join(Institution, Institution.id == Exam.institution_id)
        .where(Exam.id.in_(exam_ids))
    )
    return {
        exam_id: _facts(course_id, slug, ExamSettings.model_validate(settings))
        for exam_id, course_id, settings, slug in (await session.execute(wanted)).all()
    }


def _facts(course_id: str, slug: str, settings: ExamSettings) -> _ExamFacts:
    return _ExamFacts(course_id, slug, quota_bytes(settings), most_leaves(settings))


def _gate(row: Row[Any], exam: _ExamFacts) -> AttemptGate:
    return AttemptGate(
        attempt_id=row.id,
        exam_id=row.exam_id,
        course_id=exam.course_id,
        person_id=row.person_id,
        institution_id=row.institution_id,
        institution_slug=exam.institution_slug,
        state=row.state,
        generation=row.generation,
        nonce=row.nonce,
        scope=f"exam/{row.exam_id}",
        epoch=row.epoch,
        is_opened=row.opened_ms is not None,
        is_closed=row.closed_ms is not None,
        is_deleted=row.deleted_ms is not None,
        quota_bytes=exam.quota_bytes,
        most_leaves=exam.most_leaves,
    )


async def note_opened(
    session: AsyncSession, attempt_id: str, *, epoch: int, generation: int, now_ms: int
) -> None:
    """Leaf 0 was cosigned: the device whose token has this generation records the attempt."""
    attempt = await session.get_one(Attempt, attempt_id)
    if attempt.opened_ms is None:
        attempt.opened_ms, attempt.opened_generation = now_ms, generation
        attempt.epoch = epoch
        tell(session, attempt)


@dataclass(frozen=True, slots=True)
class LogReached:
    """How far an attempt's log came with a cosigned checkpoint, and when the device was heard."""

    attempt_id: str
    log_size: int
    total_bytes: int
    heard_ms: int


async def note_logs(session: AsyncSession, reached: Sequence[LogReached]) -> None:
    """Checkpoints were cosigned, those of many attempts at once."""
    await session.execute(
        update(_ATTEMPT).where(_ATTEMPT.c.id == bindparam("noted_id")),
        [
            {
                "noted_id": each.attempt_id,
                "log_size": each.log_size,
                "total_bytes": each.total_bytes,
                "heard_ms": each.heard_ms,
            }
            for each in reached
        ],
    )


async def note_closed(session: AsyncSession, attempt_id: str, *, now_ms: int) -> None:
    """The close was cosigned: nothing more is taken."""
    attempt = await session.get_one(Attempt, attempt_id)
    if attempt.closed_ms is None:
        attempt.closed_ms = now_ms
        tell(session, attempt)


async def note_heard(session: AsyncSession, heard_ms: Mapping[str, int]) -> None:
    """Devices were heard while they uploaded: attempt id → Unix ms. Call it batched."""
    await session.execute(
        update(_ATTEMPT)
        .where(_ATTEMPT.c.id == bindparam("noted_id"), _ATTEMPT.c.heard_ms < bindparam("at_ms"))
        .values(heard_ms=bindparam("at_ms")),
        [{"noted_id": each, "at_ms": at_ms} for each, at_ms in heard_ms.items()],
    )


def tell(session: AsyncSession, attempt: Attempt) -> None:
    emit(
        session,
        AttemptChanged(attempt.id, attempt.exam_id, attempt.institution_id, attempt.state),
    )
