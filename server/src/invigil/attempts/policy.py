"""Who may do what with an attempt. A token of another attempt gets 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.policy import Staff, StaffActor, authenticate_staff
from invigil.attempts.models import Attempt
from invigil.exams.policy import ExamAccess, ExamId, find_exam
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.policy import policy
from invigil.kit.problems import AttemptElsewhere, NotFound, RoleNeeded, TokenInvalid
from invigil.kit.rooms import Now, PortsOf
from invigil.kit.tokens import ATTEMPT, AttemptToken, Bearer

AttemptId = Annotated[str, Path(pattern=ID_PATTERN)]


@dataclass(frozen=True, slots=True)
class CandidateActor:
    """The candidate of an attempt, at a device that holds a genuine token for it."""

    attempt: Attempt
    token: AttemptToken

    @property
    def is_current(self) -> bool:
        """Whether no later launch was redeemed elsewhere."""
        return self.token.generation == self.attempt.generation


@policy("attempt token, any generation")
async def recorder(
    attempt_id: AttemptId, token: Bearer, *, session: Session, now: Now, ports: PortsOf
) -> CandidateActor:
    """Let every device through that holds or held the attempt: evidence is never refused for it."""
    said = ports.attempt_tokens.verify(token, now)
    if said.attempt_id != attempt_id:
        raise NotFound
    return await _find_recorder(session, said)


async def _find_recorder(session: AsyncSession, said: AttemptToken) -> CandidateActor:
    attempt = await session.get(Attempt, said.attempt_id)
    if attempt is None or said.generation > attempt.generation:
        raise TokenInvalid
    return CandidateActor(attempt, said)


Recorder = Annotated[CandidateActor, Depends(recorder)]


@policy("attempt token")
async def candidate(actor: Recorder) -> CandidateActor:
    """Let the device through that redeemed the attempt's last launch."""
    return _current(actor)


async def find_candidate(session: AsyncSession, said: AttemptToken) -> CandidateActor:
    """Return the candidate whose genuine token says this. Routes that read a body first call it.

    Raises:
        TokenInvalid: there is no such attempt.
        AttemptElsewhere: a later launch was redeemed elsewhere.
    """
    return _current(await _find_recorder(session, said))


def _current(actor: CandidateActor) -> CandidateActor:
    if not actor.is_current:
        raise AttemptElsewhere
    return actor


Candidate = Annotated[CandidateActor, Depends(candidate)]


@dataclass(frozen=True, slots=True)
class AttemptAccess:
    """A reviewer at an attempt of an exam they review."""

    attempt: Attempt
    exam_access: ExamAccess

    @property
    def actor(self) -> StaffActor:
        return self.exam_access.actor


async def find_reviewed_attempt(
    session: AsyncSession, actor: StaffActor, attempt_id: str
) -> AttemptAccess:
    """Return an attempt that the actor reviews. Plain routes call it themselves.

    Raises:
        NotFound: there is none that the actor can see.
        RoleNeeded: the actor sees the exam and does not review it.
    """
    attempt = await session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound
    access = await find_exam(session, actor, attempt.exam_id)
    if not access.is_reviewer:
        raise RoleNeeded
    return AttemptAccess(attempt, access)


@policy("reviewers of the attempt")
async def reviewed_attempt(attempt_id: AttemptId, actor: Staff, session: Session) -> AttemptAccess:
    """Let reviewers of the attempt's exam through."""
    return await find_reviewed_attempt(session, actor, attempt_id)


ReviewedAttempt = Annotated[AttemptAccess, Depends(reviewed_attempt)]


@dataclass(frozen=True, slots=True)
class ScopeReader:
    """Somebody who may know to whom an exam is sealed: a candidate of it, or its staff."""

    exam_id: str
    institution_id: str


@policy("attempt token or staff who see the exam")
async def scope_reader(
    exam_id: ExamId, token: Bearer, *, session: Session, now: Now, ports: PortsOf
) -> ScopeReader:
    """Let the exam's candidates and staff through."""
    if not token.startswith(ATTEMPT):
        actor = await authenticate_staff(session, token, now)
        access = await find_exam(session, actor, exam_id)
        return ScopeReader(exam_id, access.exam.institution_id)
    said = ports.attempt_tokens.verify(token, now)
    attempt = await session.get(Attempt, said.attempt_id)
    if attempt is None or attempt.exam_id != exam_id:
        raise NotFound
    return ScopeReader(exam_id, attempt.institution_id)


ScopeParty = Annotated[ScopeReader, Depends(scope_reader)]
