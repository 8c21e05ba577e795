"""`POST /api/launches/redeem`: the door through which everybody comes in."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries as accounts
from invigil.accounts.models import Person
from invigil.accounts.schemas import RoleView
from invigil.accounts.service import Launch, consume_launch, issue_staff_token
from invigil.attempts import queries, service
from invigil.attempts.schemas import (
    AttemptView,
    CandidateSignIn,
    Redeem,
    SignIn,
    StaffSignIn,
)
from invigil.audit.service import Deed, record
from invigil.kit.db import Session
from invigil.kit.policy import Anyone
from invigil.kit.problems import (
    AttemptOnAnotherDevice,
    LaunchExpired,
    LaunchUnknown,
    LaunchUsed,
    TokenExpired,
    TokenInvalid,
    TooManyRequests,
    answers,
)
from invigil.kit.rooms import Now, Ports, PortsOf
from invigil.kit.tokens import AttemptToken
from invigil.kit.wire import InstitutionView, Named

router = APIRouter(prefix="/api", tags=["launches"])


@router.post(
    "/launches/redeem",
    responses=answers(
        LaunchUnknown, LaunchUsed, LaunchExpired, AttemptOnAnotherDevice, TooManyRequests
    ),
)
async def redeem_launch(
    _: Anyone, wanted: Redeem, *, session: Session, now: Now, ports: PortsOf
) -> SignIn:
    """Exchange a launch token, once, for an attempt token or a staff token.

    A refusal leaves the launch token usable.
    """
    launch = await consume_launch(session, wanted.token, now)
    if launch.kind == "candidate":
        held = _held(ports, wanted.attempt_token, now)
        return await _let_candidate_in(session, launch, held=held, ports=ports)
    return await _let_staff_in(session, launch, now)


def _held(ports: Ports, token: str | None, now_ms: int) -> AttemptToken | None:
    """Read the token that shows which device this is; a stale one shows nothing."""
    if token is None:
        return None
    try:
        return ports.attempt_tokens.verify(token, now_ms)
    except (TokenInvalid, TokenExpired):
        return None


async def _let_candidate_in(
    session: AsyncSession, launch: Launch, *, held: AttemptToken | None, ports: Ports
) -> CandidateSignIn:
    now_ms = ports.clock.now_ms()
    attempt = await service.redeem(session, launch, held=held, now_ms=now_ms)
    exam, course, institution, person = await queries.surroundings(session, attempt)
    token = service.token_for(attempt, exam, now_ms)
    return CandidateSignIn(
        server_time=now_ms,
        institution=InstitutionView(slug=institution.slug, name=institution.name),
        attempt=AttemptView.of(attempt, exam, course, institution=institution, person=person),
        attempt_token=ports.attempt_tokens.issue(token),
        expires=token.expires_ms,
    )


async def _let_staff_in(session: AsyncSession, launch: Launch, now_ms: int) -> StaffSignIn:
    person = await session.get_one(Person, launch.person_id)
    institution = await accounts.institution(session, launch.institution_id)
    grants = await accounts.grants(session, person.id)
    token, expires_ms = await issue_staff_token(session, person.id, now_ms)
    record(session, Deed(institution.id, person.id, "staff.sign-in", f"person/{person.id}"), now_ms)
    return StaffSignIn(
        server_time=now_ms,
        institution=InstitutionView(slug=institution.slug, name=institution.name),
        person=Named(id=person.id, name=person.name),
        roles=RoleView.all_of(grants),
        staff_token=token,
        expires=expires_ms,
        course_id=launch.course_id,
        exam_id=launch.exam_id,
    )
