"""Makes attempts."""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Person
from invigil.attempts.life import OVER, State
from invigil.attempts.models import Attempt
from invigil.exams.models import Exam
from invigil.kit.ids import new_id


async def make_attempt(
    session: AsyncSession,
    exam: Exam,
    candidate: Person,
    now_ms: int,
    *,
    state: State = State.CREATED,
    is_opened: bool = False,
    number: int = 1,
) -> Attempt:
    attempt = Attempt(
        id=new_id(now_ms),
        institution_id=exam.institution_id,
        exam_id=exam.id,
        person_id=candidate.id,
        number=number,
        state=state,
        generation=1,
        nonce=secrets.token_bytes(16),
        epoch=1 if is_opened else None,
        opened_ms=now_ms if is_opened else None,
        opened_generation=1 if is_opened else None,
        ended_ms=now_ms if state in OVER else None,
        created_ms=now_ms,
        heard_ms=now_ms,
    )
    session.add(attempt)
    await session.flush()
    return attempt
