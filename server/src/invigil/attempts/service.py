"""Decisions about attempts: beginning, resuming, starting, moving, falling silent.

The upload path's side (what it must know, what it reports) is in :mod:`.gate`.
"""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.service import Launch
from invigil.attempts import queries
from invigil.attempts.gate import tell
from invigil.attempts.life import BY_CANDIDATE, OVER, State, move
from invigil.attempts.models import Attempt
from invigil.audit.service import Deed, record
from invigil.exams.models import Exam
from invigil.exams.service import freeze, settings_of
from invigil.kit.ids import new_id
from invigil.kit.problems import (
    AttemptOnAnotherDevice,
    NotFound,
    RecordingNotOpened,
    TransitionRefused,
)
from invigil.kit.tokens import AttemptToken

SILENCE_MS = 60_000
"""A device that was not heard for so long counts as gone."""
NONCE_BYTES = 16
TOKEN_SPARE_MS = 30 * 24 * 3_600_000
"""A device that is off or offline after the exam still brings what it recorded."""


async def redeem(
    session: AsyncSession, launch: Launch, *, held: AttemptToken | None, now_ms: int
) -> Attempt:
    """Find the candidate's running attempt or make the next one; raise its generation.

    `held` is the attempt token that the caller's device already has: it shows that the caller is
    the device that opened the recording.

    Raises:
        NotFound: the launch names no exam.
        AttemptOnAnotherDevice: another device records the attempt and was heard within a minute.
    """
    if launch.exam_id is None:
        raise NotFound
    await queries.lock_person(session, launch.person_id)
    last = await queries.last_attempt(session, launch.exam_id, launch.person_id)
    attempt = None if last is None or last.state in OVER else last
    if attempt is not None and not _is_from_its_device(attempt, held):
        if now_ms - attempt.heard_ms < SILENCE_MS:
            raise AttemptOnAnotherDevice(retry_after_s=SILENCE_MS // 1000)
        await _abandon(session, attempt, now_ms)
        attempt = None
    if attempt is None:
        number = 1 if last is None else last.number + 1
        attempt = _begin(session, launch, launch.exam_id, number=number, now_ms=now_ms)
    attempt.generation += 1
    attempt.heard_ms = now_ms
    tell(session, attempt)
    return attempt


def _is_from_its_device(attempt: Attempt, held: AttemptToken | None) -> bool:
    """Say whether the caller may go on with an attempt: nobody opened it yet, or the caller did."""
    if attempt.opened_generation is None:
        return True
    return (
        held is not None
        and held.attempt_id == attempt.id
        and held.generation >= attempt.opened_generation
    )


async def _abandon(session: AsyncSession, attempt: Attempt, now_ms: int) -> None:
    """End an attempt whose device is gone: its keys were there and nowhere else."""
    if attempt.state in {State.RUNNING, State.PAUSED}:
        change_state(session, attempt, State.INTERRUPTED, now_ms=now_ms)
    change_state(session, attempt, State.ENDED, now_ms=now_ms)
    await session.flush()


def _begin(
    session: AsyncSession, launch: Launch, exam_id: str, *, number: int, now_ms: int
) -> Attempt:
    attempt = Attempt(
        id=new_id(now_ms),
        institution_id=launch.institution_id,
        exam_id=exam_id,
        person_id=launch.person_id,
        number=number,
        state=State.CREATED,
        generation=0,
        nonce=secrets.token_bytes(NONCE_BYTES),
        log_size=0,
        total_bytes=0,
        created_ms=now_ms,
        heard_ms=now_ms,
    )
    session.add(attempt)
    return attempt


def token_for(attempt: Attempt, exam: Exam, now_ms: int) -> AttemptToken:
    """Return what the attempt's next token says: the exam's length and 30 days."""
    length_ms = (settings_of(exam).duration_min or 0) * 60_000
    expires_ms = now_ms + length_ms + TOKEN_SPARE_MS
    return AttemptToken(attempt.id, attempt.generation, expires_ms)


def change_state(
    session: AsyncSession,
    attempt: Attempt,
    to: State,
    *,
    now_ms: int,
    by_person_id: str | None = None,
) -> None:
    """Move an attempt along the table; `by_person_id` is None when the server does it.

    Raises:
        TransitionRefused: the table does not have it.
    """
    before = attempt.state
    attempt.state = move(before, to)
    if to in OVER:
        attempt.ended_ms = now_ms
    detail: dict[str, str | int | None] = {"from": before.value}
    subject = f"attempt/{attempt.id}"
    record(
        session,
        Deed(attempt.institution_id, by_person_id, f"attempt.{to.value}", subject, detail),
        now_ms,
    )
    tell(session, attempt)


def change_by_candidate(session: AsyncSession, attempt: Attempt, to: State, now_ms: int) -> None:
    """Move an attempt as its candidate asks. Asking for the present state changes nothing.

    Raises:
        TransitionRefused: the table does not have it, or not for candidates.
    """
    attempt.heard_ms = now_ms
    if attempt.state == to:
        return
    if (attempt.state, to) not in BY_CANDIDATE:
        raise TransitionRefused(state=attempt.state.value)
    change_state(session, attempt, to, now_ms=now_ms, by_person_id=attempt.person_id)


def start(session: AsyncSession, attempt: Attempt, exam: Exam, now_ms: int) -> None:
    """Begin the exam: ready → running. Repeatable while it runs.

    Raises:
        RecordingNotOpened: leaf 0 is not cosigned yet.
        TransitionRefused: the attempt is not ready.
    """
    attempt.heard_ms = now_ms
    if attempt.state is State.RUNNING:
        return
    if attempt.state is not State.READY:
        raise TransitionRefused(state=attempt.state.value)
    if attempt.opened_ms is None:
        raise RecordingNotOpened
    change_state(session, attempt, State.RUNNING, now_ms=now_ms, by_person_id=attempt.person_id)
    attempt.started_ms = now_ms
    freeze(exam, now_ms)


async def interrupt_silent(session: AsyncSession, now_ms: int) -> int:
    """Mark attempts whose device was not heard for a minute; return how many."""
    found = await queries.silent(session, now_ms - SILENCE_MS)
    for attempt in found:
        change_state(session, attempt, State.INTERRUPTED, now_ms=now_ms)
    return len(found)
