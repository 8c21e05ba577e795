"""Invitations and the audit record, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from invigil.accounts import queries, service
from invigil.accounts.links import enrolment_links
from invigil.accounts.policy import Administrator
from invigil.accounts.roles import Grant, Role
from invigil.accounts.schemas import AuditEntry, AuditPage, Invitation, Invite
from invigil.audit import queries as audit
from invigil.audit.service import Deed, record
from invigil.kit.db import Session
from invigil.kit.ids import ID_PATTERN
from invigil.kit.problems import (
    AdministratorNeeded,
    RequestInvalid,
    SignInNeeded,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.rooms import Now, PortsOf
from invigil.kit.wire import Named

router = APIRouter(
    prefix="/api",
    tags=["accounts"],
    responses=answers(SignInNeeded, TokenInvalid, TokenExpired, AdministratorNeeded),
)


@router.post("/invitations", status_code=status.HTTP_201_CREATED, responses=answers(RequestInvalid))
async def invite_person(
    actor: Administrator, wanted: Invite, *, session: Session, now: Now, ports: PortsOf
) -> Invitation:
    """Make a person with roles and a link that lets them in once."""
    grants = [_grant(role, wanted.course_id) for role in wanted.roles]
    person, token = await service.invite(
        session, actor.institution_id, wanted.name, grants=grants, now_ms=now
    )
    deed = Deed(actor.institution_id, actor.person_id, "person.invite", f"person/{person.id}")
    record(session, deed, now)
    return Invitation(
        person=Named(id=person.id, name=person.name),
        token=token,
        links=enrolment_links(ports.origins, token),
        expires=now + service.ENROLMENT_LIFE_MS,
    )


def _grant(role: Role, course_id: str | None) -> Grant:
    if role is not Role.ADMINISTRATOR and course_id is None:
        raise RequestInvalid("Authors and reviewers need a course. Nothing was changed.")
    return Grant(role, None if role is Role.ADMINISTRATOR else course_id)


@router.get("/audit")
async def list_audit_records(
    actor: Administrator,
    session: Session,
    cursor: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """List who did what in the institution, the newest first."""
    found = await audit.page(session, actor.institution_id, before=cursor, limit=limit + 1)
    shown = found[:limit]
    people = {each.person_id for each in shown if each.person_id is not None}
    names = await queries.names(session, people)
    return AuditPage(
        records=[AuditEntry.of(each, names) for each in shown],
        next=shown[-1].id if len(found) > limit else None,
    )
