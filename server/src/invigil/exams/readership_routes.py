"""What an administrator looks at before ending somebody's keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from invigil.accounts.policy import Administrator
from invigil.exams.readership import readership_of
from invigil.exams.scope_schemas import Readership, ReadExam
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.problems import (
    AdministratorNeeded,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.wire import Named

router = APIRouter(
    prefix="/api", tags=["exams"], responses=answers(SignInNeeded, TokenInvalid, TokenExpired)
)


@router.get("/people/{person_id}/readership", responses=answers(AdministratorNeeded))
async def get_readership(
    person_id: Annotated[str, Path(pattern=ID_PATTERN)], actor: Administrator, session: Session
) -> Readership:
    """List the exams that rest on a person's keys; none of a person of another institution."""
    found = await readership_of(session, actor.institution_id, person_id)
    return Readership(
        exams=[
            ReadExam(
                exam=Named(id=each.exam.id, name=each.exam.title),
                signed=each.signed,
                alone=each.alone,
            )
            for each in found
        ]
    )
