"""Who may, as types in a route's signature (and as functions, for the plain routes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from invigil.accounts.policy import StaffActor, authenticate_staff
from invigil.attempts.gate import AttemptGate
from invigil.attempts.policy import AttemptAccess, AttemptId, find_reviewed_attempt
from invigil.audit.service import Deed
from invigil.evidence.custody import Custody, CustodyOf
from invigil.evidence.gate import REFUSAL_AGE_S
from invigil.evidence.looks import LOOKED_AT_ATTEMPT, LOOKED_AT_SUMMARIES
from invigil.exams.policy import ExamAccess, ExamId, find_exam
from invigil.kit.policy import policy
from invigil.kit.problems import NotFound, RecordingDeleted, RoleNeeded
from invigil.kit.rooms import Now, PortsOf
from invigil.kit.tokens import AttemptToken, Bearer

ANY_GENERATION = "attempt token, any generation"


@dataclass(frozen=True, slots=True)
class Device:
    """A candidate's device and its attempt. `generation` is the token's."""

    gate: AttemptGate
    generation: int


def verified_token(custody: Custody, token: str, attempt: str) -> AttemptToken:
    """Return what a genuine token for this attempt says. Asks no database.

    Raises:
        TokenInvalid, TokenExpired: it is not genuine, or its time is over.
        NotFound: it belongs to another attempt.
    """
    verified = custody.tokens.verify(token, custody.clock.now_ms())
    if verified.attempt_id != attempt:
        raise NotFound
    return verified


@policy(ANY_GENERATION)
async def recording_device(attempt_id: AttemptId, token: Bearer, custody: CustodyOf) -> Device:
    """Let a device through though the exam was opened elsewhere since: it brings evidence.

    Like `attempts.policy.recorder`, but without a query: 2,000 candidates ask 200 times a second.
    """
    verified = verified_token(custody, token, attempt_id)
    gate = await custody.gates.of(attempt_id)
    if gate is not None and not gate.takes_uploads:
        gate = await custody.gates.of(attempt_id, at_most_s=REFUSAL_AGE_S)
    if gate is None:
        raise NotFound
    return Device(gate, verified.generation)


RecordingDevice = Annotated[Device, Depends(recording_device)]


@policy("attempt token")
async def bringing_device(attempt_id: AttemptId, token: Bearer, custody: CustodyOf) -> AttemptToken:
    """Let a device bring a body. Whether it holds the attempt is asked once the body is there.

    No transaction may be open while a body arrives: on SQLite one line that stalls would keep
    everybody from writing.
    """
    return verified_token(custody, token, attempt_id)


BringingDevice = Annotated[AttemptToken, Depends(bringing_device)]


@policy("any attempt token")
async def any_device(token: Bearer, custody: CustodyOf, now: Now) -> AttemptToken:
    """Let every candidate's device through."""
    return custody.tokens.verify(token, now)


AnyDevice = Annotated[AttemptToken, Depends(any_device)]


@policy("reviewers of the attempt")
async def looking_at_attempt(
    attempt_id: AttemptId, token: Bearer, *, custody: CustodyOf, ports: PortsOf, now: Now
) -> AttemptAccess:
    """Let reviewers of the attempt through, and put their look on record.

    That writes, so no reading transaction may be open around it: with as many readers as the pool
    has connections, each would wait for one more. A route names this before its own `Session`.
    """
    async with ports.database.transaction(writes=False) as session:
        staff = await authenticate_staff(session, token, now)
        access = await find_reviewed_attempt(session, staff, attempt_id)
    if access.attempt.deleted_ms is not None:
        raise RecordingDeleted(deleted=access.attempt.deleted_ms)
    await custody.looks.note(_look(staff, LOOKED_AT_ATTEMPT, f"attempt/{attempt_id}"))
    return access


LookedAtAttempt = Annotated[AttemptAccess, Depends(looking_at_attempt)]


@policy("reviewers of the exam")
async def looking_at_summaries(
    exam_id: ExamId, token: Bearer, *, custody: CustodyOf, ports: PortsOf, now: Now
) -> ExamAccess:
    """Let reviewers of the exam through, and put their look on record, as above."""
    async with ports.database.transaction(writes=False) as session:
        staff = await authenticate_staff(session, token, now)
        access = await find_exam(session, staff, exam_id)
    if not access.is_reviewer:
        raise RoleNeeded
    await custody.looks.note(_look(staff, LOOKED_AT_SUMMARIES, f"exam/{exam_id}"))
    return access


LookedAtSummaries = Annotated[ExamAccess, Depends(looking_at_summaries)]


def _look(staff: StaffActor, action: str, subject: str) -> Deed:
    return Deed(staff.institution_id, staff.person_id, action, subject)
