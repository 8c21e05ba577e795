"""Who may, as types in a route's signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries
from invigil.accounts.models import Person
from invigil.accounts.roles import Grant, Role
from invigil.kit.db import Session
from invigil.kit.policy import policy
from invigil.kit.problems import AdministratorNeeded, TokenExpired, TokenInvalid
from invigil.kit.rooms import Now
from invigil.kit.tokens import Bearer, token_hash


@dataclass(frozen=True, slots=True)
class StaffActor:
    """A signed-in member of staff and what they may do, as of this request."""

    person_id: str
    name: str
    institution_id: str
    institution_slug: str
    grants: frozenset[Grant]

    @property
    def is_administrator(self) -> bool:
        return Grant(Role.ADMINISTRATOR) in self.grants

    def may(self, role: Role, course_id: str) -> bool:
        """Say whether they hold a role in a course."""
        return Grant(role, course_id) in self.grants

    @property
    def course_ids(self) -> frozenset[str]:
        """The courses in which they hold any role."""
        return frozenset(each.course_id for each in self.grants if each.course_id is not None)


@dataclass(frozen=True, slots=True)
class AdministratorActor:
    """A member of staff who administers the institution."""

    staff: StaffActor

    @property
    def person_id(self) -> str:
        return self.staff.person_id

    @property
    def institution_id(self) -> str:
        return self.staff.institution_id

    @property
    def institution_slug(self) -> str:
        return self.staff.institution_slug


async def authenticate_staff(session: AsyncSession, token: str, now_ms: int) -> StaffActor:
    """Return who holds a staff token. Plain routes call it themselves.

    Raises:
        TokenInvalid: this server did not give it out.
        TokenExpired: its 12 hours are over.
    """
    row = await queries.staff_token(session, token_hash(token))
    if row is None:
        raise TokenInvalid
    if row.expires_ms <= now_ms:
        raise TokenExpired
    person = await session.get_one(Person, row.person_id)
    institution = await queries.institution(session, person.institution_id)
    return StaffActor(
        person_id=person.id,
        name=person.name,
        institution_id=institution.id,
        institution_slug=institution.slug,
        grants=await queries.grants(session, person.id),
    )


@policy("staff")
async def staff(token: Bearer, session: Session, now: Now) -> StaffActor:
    """Let every signed-in member of staff through."""
    return await authenticate_staff(session, token, now)


Staff = Annotated[StaffActor, Depends(staff)]


@policy("administrator")
async def administrator(actor: Staff) -> AdministratorActor:
    """Let administrators of the institution through."""
    if not actor.is_administrator:
        raise AdministratorNeeded
    return AdministratorActor(actor)


Administrator = Annotated[AdministratorActor, Depends(administrator)]
