"""The candidate's attempt, and the reviewer's list of attempts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from invigil.attempts import queries, service
from invigil.attempts.life import State
from invigil.attempts.policy import Candidate, ScopeParty
from invigil.attempts.schemas import (
    AttemptPage,
    AttemptSummary,
    AttemptView,
    Heartbeat,
    QuizStart,
    ScopeTrust,
    SignerView,
    Started,
    Transition,
)
from invigil.exams.access_codes import AccessCodesOf
from invigil.exams.policy import ReviewedExam
from invigil.exams.service import settings_of
from invigil.keys import queries as keys
from invigil.keys import scopes
from invigil.keys.schemas import RevocationView
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.problems import (
    AccessCodeUnreadable,
    AttemptElsewhere,
    ExamNotReady,
    NotFound,
    RecordingNotOpened,
    RoleNeeded,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    TransitionRefused,
    answers,
)
from invigil.kit.rooms import Now
from invigil.kit.wire import Message, example

router = APIRouter(
    prefix="/api",
    tags=["attempts"],
    responses=answers(SignInNeeded, TokenInvalid, TokenExpired, NotFound),
)


class Nothing(Message, json_schema_extra=example({})):
    """A request that needs no words: `{}`."""


@router.get("/attempts/{attempt_id}", responses=answers(AttemptElsewhere))
async def get_attempt(actor: Candidate, session: Session) -> AttemptView:
    """Return the attempt as its candidate sees it."""
    exam, course, institution, person = await queries.surroundings(session, actor.attempt)
    return AttemptView.of(actor.attempt, exam, course, institution=institution, person=person)


@router.post(
    "/attempts/{attempt_id}/transitions", responses=answers(AttemptElsewhere, TransitionRefused)
)
async def move_attempt(
    actor: Candidate, wanted: Transition, session: Session, now: Now
) -> Heartbeat:
    """Move the attempt along its life; asking for where it already is changes nothing."""
    service.change_by_candidate(session, actor.attempt, State(wanted.to), now)
    return Heartbeat(server_time=now, state=actor.attempt.state)


@router.post(
    "/attempts/{attempt_id}/start",
    responses=answers(
        AttemptElsewhere, TransitionRefused, RecordingNotOpened, AccessCodeUnreadable
    ),
)
async def start_attempt(
    actor: Candidate, _: Nothing, session: Session, now: Now, *, codes: AccessCodesOf
) -> Started:
    """Begin the exam and hand out the way into the quiz. Repeatable while the exam runs."""
    exam, *_rest = await queries.surroundings(session, actor.attempt)
    service.start(session, actor.attempt, exam, now)
    quiz = settings_of(exam).quiz
    return Started(
        quiz=QuizStart(access_code=codes.of(exam), **quiz.model_dump(exclude={"end_button"})),
        started=actor.attempt.started_ms or now,
    )


@router.post("/attempts/{attempt_id}/heartbeat", responses=answers(AttemptElsewhere))
async def heartbeat(actor: Candidate, _: Nothing, now: Now) -> Heartbeat:
    """Say that the device is still there; every 15 seconds while nothing uploads."""
    actor.attempt.heard_ms = now
    return Heartbeat(server_time=now, state=actor.attempt.state)


@router.get("/exams/{exam_id}/attempts", responses=answers(RoleNeeded))
async def list_attempts(
    access: ReviewedExam,
    session: Session,
    cursor: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> AttemptPage:
    """List the exam's attempts in the order they were made."""
    found = await queries.page_of_exam(session, access.exam.id, after=cursor, limit=limit + 1)
    shown = found[:limit]
    return AttemptPage(
        attempts=[AttemptSummary.of(*each) for each in shown],
        next=shown[-1][0].id if len(found) > limit else None,
    )


@router.get("/scopes/{exam_id}/trust", responses=answers(ExamNotReady))
async def get_scope_trust(
    reader: ScopeParty,
    session: Session,
    now: Now,
    epoch: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> ScopeTrust:
    """Return to whom the exam's recordings are sealed, and the statement that certifies it.

    With `epoch`, those of that epoch as certified then, for reading what was sealed to it.
    """
    certified = await scopes.certified(session, f"exam/{reader.exam_id}", epoch, now)
    if certified is None:
        raise ExamNotReady
    of_epoch, statement, staff_key = certified
    person_id = statement.signer_id
    revoked = await keys.revocations(session, statement.institution_id, [person_id])
    return ScopeTrust(
        scope=of_epoch.scope,
        epoch=of_epoch.epoch,
        scope_epoch=statement.note,
        signer=SignerView(
            person=person_id,
            staff_key=None if staff_key is None else staff_key.note,
            blind=None if staff_key is None else staff_key.blind,
            revocations=RevocationView.all_of(revoked[person_id]),
        ),
    )
