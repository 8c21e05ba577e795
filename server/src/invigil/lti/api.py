"""Connections to LMSs for administrators, and the roster for those who work on an exam."""

from __future__ import annotations

from fastapi import APIRouter, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.policy import Administrator
from invigil.audit.service import Deed, record
from invigil.exams.policy import BrieflyWorkedExam
from invigil.kit.db import Session
from invigil.kit.problems import (
    AdministratorNeeded,
    LmsKnown,
    LmsRefused,
    LmsSilent,
    NotFound,
    RequestInvalid,
    RoleNeeded,
    RosterMissing,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.rooms import Now, Ports
from invigil.lti import queries, registrations, roster
from invigil.lti.desk import DeskOf
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import OutboundError
from invigil.lti.registrations import NewRegistration
from invigil.lti.schemas import (
    RegistrationList,
    RegistrationView,
    RegistrationWanted,
    Roster,
    RosterMember,
    ToolAddresses,
)
from invigil.lti.service_tokens import ScopeNotGrantedError

router = APIRouter(
    prefix="/api", tags=["lti"], responses=answers(SignInNeeded, TokenInvalid, TokenExpired)
)
_REGISTRATIONS = "/lti/registrations"


async def view_of(session: AsyncSession, ports: Ports, found: LtiRegistration) -> RegistrationView:
    """Return a registration as it goes over the wire."""
    deployments = await queries.deployments(session, found.id)
    return RegistrationView.of(
        found, list(deployments), registrations.origins_of(found, ports.trusted_hosts)
    )


async def _find(
    session: AsyncSession, actor: Administrator, registration_id: str
) -> LtiRegistration:
    found = await queries.registration(session, registration_id, actor.institution_id)
    if found is None:
        raise NotFound
    return found


def _deed(actor: Administrator, verb: str, registration_id: str) -> Deed:
    subject = f"lti-registration/{registration_id}"
    return Deed(actor.institution_id, actor.person_id, f"lti.{verb}", subject)


@router.get(_REGISTRATIONS, responses=answers(AdministratorNeeded))
async def list_registrations(
    actor: Administrator, session: Session, desk: DeskOf
) -> RegistrationList:
    """List the connections to LMSs, pending ones too, with our own addresses for the other side."""
    found = await queries.registrations(session, actor.institution_id)
    return RegistrationList(
        tool=ToolAddresses.at(desk.public_url),
        registrations=[await view_of(session, desk.ports, each) for each in found],
    )


@router.post(
    _REGISTRATIONS,
    status_code=status.HTTP_201_CREATED,
    responses=answers(AdministratorNeeded, LmsKnown, RequestInvalid),
)
async def add_registration(
    actor: Administrator, wanted: RegistrationWanted, *, session: Session, desk: DeskOf, now: Now
) -> RegistrationView:
    """Connect an LMS by hand. It is approved at once, with the deployments named."""
    try:
        made = await registrations.add(
            session,
            actor.institution_id,
            NewRegistration(**wanted.model_dump()),
            door=desk.door,
            is_approved=True,
            now_ms=now,
        )
    except registrations.RegistrationExistsError as error:
        raise LmsKnown from error
    except registrations.RegistrationInvalidError as error:
        raise RequestInvalid(str(error)) from error
    record(session, _deed(actor, "add", made.id), now)
    return await view_of(session, desk.ports, made)


@router.post(_REGISTRATIONS + "/{registration_id}/approve", responses=answers(NotFound))
async def approve_registration(
    actor: Administrator, registration_id: str, *, session: Session, desk: DeskOf, now: Now
) -> RegistrationView:
    """Approve a connection and every deployment of it that waits."""
    found = await _find(session, actor, registration_id)
    await registrations.approve(session, found, now)
    record(session, _deed(actor, "approve", found.id), now)
    return await view_of(session, desk.ports, found)


@router.delete(
    _REGISTRATIONS + "/{registration_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(NotFound),
)
async def remove_registration(
    actor: Administrator, registration_id: str, *, session: Session, desk: DeskOf, now: Now
) -> Response:
    """Disconnect an LMS. Its courses, exams and people stay."""
    found = await _find(session, actor, registration_id)
    await registrations.remove(session, found)
    record(session, _deed(actor, "remove", registration_id), now)
    desk.platform_keys.forget(registration_id)
    desk.service_tokens.forget(registration_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/exams/{exam_id}/roster",
    responses=answers(NotFound, RoleNeeded, RosterMissing, LmsRefused, LmsSilent),
)
async def get_roster(access: BrieflyWorkedExam, desk: DeskOf) -> Roster:
    """Ask the LMS who takes part in the exam's course: to see who has not started."""
    database = desk.ports.database
    async with database.transaction(writes=False) as session:
        place = await queries.lms_course(session, access.course.id)
        if place is None:
            raise RosterMissing
        found = await queries.registration(session, place.registration_id)
        assert found is not None  # the table's foreign key says so
    try:
        everybody = await roster.fetch(desk, found, place.memberships_url)
    except ScopeNotGrantedError as error:
        raise LmsRefused from error
    except OutboundError as error:
        raise LmsSilent from error
    learners = roster.learners(everybody)
    async with database.transaction(writes=False) as session:
        people = await queries.people_by_sub(session, found, [each.sub for each in learners])
    return Roster(
        members=[RosterMember(person=people.get(each.sub), name=each.name) for each in learners]
    )
