"""Makes institutions, people and ways in."""

from __future__ import annotations

from itertools import count

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import service
from invigil.accounts.models import Institution, Person
from invigil.accounts.roles import Grant
from invigil.accounts.service import Launch, LmsIdentity

_numbers = count(1)


async def make_institution(
    session: AsyncSession, now_ms: int, *, slug: str = "demo"
) -> Institution:
    return await service.found_institution(
        session, slug, f"{slug.title()} University", contact="Room 1", now_ms=now_ms
    )


async def make_person(
    session: AsyncSession, institution: Institution, now_ms: int, *grants: Grant
) -> Person:
    name = f"Person {next(_numbers)}"
    person = await service.add_person(session, institution.id, name, now_ms)
    for each in grants:
        await service.grant(session, person.id, each, now_ms)
    return person


async def make_identity(session: AsyncSession, person: Person, now_ms: int) -> LmsIdentity:
    lms = LmsIdentity("https://lms.example.org", "client-1", f"sub-{next(_numbers)}")
    await service.add_identity(session, person, lms, now_ms)
    return lms


async def make_launch(
    session: AsyncSession, person: Person, now_ms: int, *, exam_id: str | None = None
) -> str:
    """Return a launch token: a candidate's if it names an exam, otherwise a staff member's."""
    kind: service.LaunchKind = "staff" if exam_id is None else "candidate"
    launch = Launch(kind, person.institution_id, person.id, exam_id=exam_id)
    return await service.issue_launch(session, launch, now_ms=now_ms)


async def make_staff_token(session: AsyncSession, person: Person, now_ms: int) -> str:
    token, _ = await service.issue_staff_token(session, person.id, now_ms)
    return token
