"""Every select of this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import (
    Identity,
    Institution,
    LaunchToken,
    Person,
    RoleGrant,
    StaffToken,
)
from invigil.accounts.roles import Grant, Role


async def institution_by_slug(session: AsyncSession, slug: str) -> Institution | None:
    """Return the institution of this name, or None."""
    return await session.scalar(select(Institution).where(Institution.slug == slug))


async def institution(session: AsyncSession, institution_id: str) -> Institution:
    """Return an institution that is known to exist."""
    return await session.get_one(Institution, institution_id)


async def person(session: AsyncSession, institution_id: str, person_id: str) -> Person | None:
    """Return a person of the institution, or None."""
    return await session.scalar(
        select(Person).where(Person.id == person_id, Person.institution_id == institution_id)
    )


async def names(session: AsyncSession, person_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of people, by id."""
    found = await session.execute(
        select(Person.id, Person.name).where(Person.id.in_(set(person_ids)))
    )
    return {person_id: name for person_id, name in found}  # noqa: C416  rows are not pairs to mypy


async def identity(
    session: AsyncSession, institution_id: str, *, issuer: str, client_id: str, sub: str
) -> Identity | None:
    """Return how an LMS calls somebody, or None when it never did."""
    return await session.scalar(
        select(Identity).where(
            Identity.institution_id == institution_id,
            Identity.issuer == issuer,
            Identity.client_id == client_id,
            Identity.sub == sub,
        )
    )


async def grants(session: AsyncSession, person_id: str) -> frozenset[Grant]:
    """Return a person's roles."""
    found = await session.execute(
        select(RoleGrant.role, RoleGrant.course_id).where(RoleGrant.person_id == person_id)
    )
    return frozenset(Grant(Role(role), course_id) for role, course_id in found)


async def people_with_roles(
    session: AsyncSession, institution_id: str
) -> Sequence[tuple[Person, RoleGrant]]:
    """Return the institution's staff: each person once for each role, in order of their ids."""
    found = await session.execute(
        select(Person, RoleGrant)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.institution_id == institution_id)
        .order_by(Person.id, RoleGrant.id)
    )
    return [(each, grant) for each, grant in found]


async def people_in_course(session: AsyncSession, course_id: str, role: Role) -> list[Person]:
    """Return who has a role in a course."""
    found = await session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.course_id == course_id, RoleGrant.role == role)
        .order_by(Person.id)
    )
    return list(found)


async def launch_token(session: AsyncSession, token_hash: str) -> LaunchToken | None:
    """Return a launch token, used or not."""
    return await session.get(LaunchToken, token_hash)


async def staff_token(session: AsyncSession, token_hash: str) -> StaffToken | None:
    """Return a staff token, expired or not."""
    return await session.get(StaffToken, token_hash)


async def has_course(session: AsyncSession, institution_id: str, course_id: str) -> bool:
    """Say whether a course is the institution's. The room above has the model: by table name."""
    course = table("course", column("id"), column("institution_id"))
    found = await session.scalar(
        select(course.c.id).where(
            course.c.id == course_id, course.c.institution_id == institution_id
        )
    )
    return found is not None
