"""What a reviewer's client fetches: sealed, every fetch on record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from invigil.attempts.schemas import AttemptSummary
from invigil.evidence import queries, service
from invigil.evidence.custody import CustodyOf
from invigil.evidence.policy import LookedAtAttempt, LookedAtSummaries
from invigil.evidence.schemas import MAX_LEAVES, Evidence, LeafPage, SealedSummary, SummaryPage
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.problems import (
    NotFound,
    RecordingDeleted,
    RoleNeeded,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    answers,
)

router = APIRouter(
    prefix="/api",
    tags=["evidence"],
    responses=answers(SignInNeeded, TokenInvalid, TokenExpired, NotFound, RoleNeeded),
)


@router.get("/attempts/{attempt_id}/evidence", responses=answers(RecordingDeleted))
async def get_evidence(access: LookedAtAttempt, session: Session) -> Evidence:
    """Return what a review begins with: the sealed key and the last receipt."""
    row = await queries.evidence_row(session, access.attempt.id)
    return Evidence(
        attempt=AttemptSummary.of(row.attempt, row.candidate_name),
        wrap=row.wrap,
        log_size=row.attempt.log_size,
        checkpoint=row.receipt,
        epoch=row.attempt.epoch,
    )


@router.get("/attempts/{attempt_id}/leaves", responses=answers(RecordingDeleted))
async def get_leaves(
    access: LookedAtAttempt,
    session: Session,
    *,
    start: Annotated[int, Query(alias="from", ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LEAVES)] = MAX_LEAVES,
) -> LeafPage:
    """Return a page of leaves with the receipt that covers them all."""
    log = await queries.load_log(session, access.attempt.id)
    # Not beyond the receipt: a log that grows while we read must not show what is not cosigned.
    stop = min(start + limit, log.size)
    leaves = await queries.read_leaves(session, access.attempt.id, start, stop)
    return LeafPage(start=start, leaves=leaves, size=log.size, checkpoint=log.receipt)


@router.get("/exams/{exam_id}/summaries")
async def list_summaries(
    access: LookedAtSummaries,
    session: Session,
    custody: CustodyOf,
    *,
    cursor: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> SummaryPage:
    """Return the latest sealed summary of each attempt that has one, in the list's order."""
    rows, following = await queries.summary_rows(
        session, access.exam.id, after=cursor or "", limit=limit
    )
    found = await service.latest_summaries(custody, rows)
    summaries = [
        SealedSummary(attempt=row.attempt_id, wrap=row.wrap, index=row.index, file=file)
        for row, file in found
    ]
    return SummaryPage(summaries=summaries, next=following)
