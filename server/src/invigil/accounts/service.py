"""Decisions about people: who is who, who may what, and the ways in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries
from invigil.accounts.models import (
    Identity,
    Institution,
    LaunchToken,
    Person,
    RoleGrant,
    StaffToken,
)
from invigil.accounts.roles import Grant
from invigil.kit import tokens
from invigil.kit.db import insert_missing
from invigil.kit.ids import new_id
from invigil.kit.problems import LaunchExpired, LaunchUnknown, LaunchUsed, NotFound

MINUTE_MS = 60_000
LAUNCH_LIFE_MS = 10 * MINUTE_MS
ENROLMENT_LIFE_MS = 24 * 60 * MINUTE_MS
STAFF_TOKEN_LIFE_MS = 12 * 60 * MINUTE_MS
MAX_NAME_CHARS = 200

LaunchKind = Literal["candidate", "staff"]
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class NameRefusedError(ValueError):
    """A slug or a name has a form that keys and statements cannot hold."""


def plain_name(name: str) -> str:
    """Return a name on one line, without control characters, at most 200 characters.

    Raises:
        NameRefusedError: nothing is left.
    """
    printable = "".join(char if char.isprintable() else " " for char in name)
    cleaned = " ".join(printable.split())[:MAX_NAME_CHARS].strip()
    if not cleaned:
        raise NameRefusedError("A name needs at least one character.")
    return cleaned


async def found_institution(
    session: AsyncSession, slug: str, name: str, *, contact: str = "", now_ms: int
) -> Institution:
    """Make an institution.

    Raises:
        NameRefusedError: the slug is taken or not of the form `[a-z0-9][a-z0-9-]{0,39}`.
    """
    if not _SLUG.fullmatch(slug):
        raise NameRefusedError("A short name has 1 to 40 lower-case letters, digits or hyphens.")
    if await queries.institution_by_slug(session, slug) is not None:
        raise NameRefusedError(f"There is an institution '{slug}' already.")
    made = Institution(
        id=new_id(now_ms), slug=slug, name=plain_name(name), contact=contact, created_ms=now_ms
    )
    session.add(made)
    await session.flush()
    return made


async def add_person(session: AsyncSession, institution_id: str, name: str, now_ms: int) -> Person:
    """Make a person without any role."""
    made = Person(
        id=new_id(now_ms), institution_id=institution_id, name=plain_name(name), created_ms=now_ms
    )
    session.add(made)
    await session.flush()
    return made


@dataclass(frozen=True, slots=True)
class LmsIdentity:
    """How an LMS calls somebody in its LTI messages."""

    issuer: str
    client_id: str
    sub: str


async def add_identity(
    session: AsyncSession, person: Person, lms: LmsIdentity, now_ms: int
) -> None:
    """Let this LMS account sign in as this person."""
    session.add(
        Identity(
            id=new_id(now_ms),
            institution_id=person.institution_id,
            person_id=person.id,
            issuer=lms.issuer,
            client_id=lms.client_id,
            sub=lms.sub,
        )
    )
    await session.flush()


async def _is_first(session: AsyncSession, person: Person, lms: LmsIdentity, now_ms: int) -> bool:
    """Let this LMS account sign in as this person, unless it belongs to somebody already."""
    values = {
        "id": new_id(now_ms),
        "institution_id": person.institution_id,
        "person_id": person.id,
        "issuer": lms.issuer,
        "client_id": lms.client_id,
        "sub": lms.sub,
    }
    return await insert_missing(session, Identity, values)


async def person_of_identity(
    session: AsyncSession, institution_id: str, lms: LmsIdentity, *, name: str, now_ms: int
) -> Person:
    """Return whom an LMS account belongs to; the first launch makes the person.

    A later launch with another non-empty `name` renames the person: the LMS knows it better. An
    LMS that gives no name gets "Unnamed"; the sealed agreement holds what was typed.
    """
    known = await queries.identity(
        session, institution_id, issuer=lms.issuer, client_id=lms.client_id, sub=lms.sub
    )
    if known is None:
        person = await add_person(session, institution_id, name.strip() or "Unnamed", now_ms)
        if await _is_first(session, person, lms, now_ms):
            return person
        # Two first launches at once: the other one made the person.
        await session.delete(person)
        known = await queries.identity(
            session, institution_id, issuer=lms.issuer, client_id=lms.client_id, sub=lms.sub
        )
        assert known is not None
    person = await session.get_one(Person, known.person_id)
    if name.strip():
        person.name = plain_name(name)
    return person


async def grant(session: AsyncSession, person_id: str, granted: Grant, now_ms: int) -> bool:
    """Give a person a role; say whether it is new."""
    return await insert_missing(
        session,
        RoleGrant,
        {
            "id": new_id(now_ms),
            "person_id": person_id,
            "role": granted.role.value,
            "course_id": granted.course_id,
            "granted_ms": now_ms,
        },
    )


async def withdraw(session: AsyncSession, person_id: str, granted: Grant) -> None:
    """Take a role away."""
    await session.execute(
        delete(RoleGrant).where(
            RoleGrant.person_id == person_id,
            RoleGrant.role == granted.role.value,
            RoleGrant.course_id == granted.course_id
            if granted.course_id is not None
            else RoleGrant.course_id.is_(None),
        )
    )


@dataclass(frozen=True, slots=True)
class Launch:
    """Who comes in, and where to. A candidate's launch names an exam."""

    kind: LaunchKind
    institution_id: str
    person_id: str
    course_id: str | None = None
    exam_id: str | None = None


async def issue_launch(
    session: AsyncSession, launch: Launch, *, now_ms: int, life_ms: int = LAUNCH_LIFE_MS
) -> str:
    """Make a launch token and return it. It is shown once; its hash is what is kept."""
    token = tokens.new_opaque_token(tokens.LAUNCH)
    session.add(
        LaunchToken(
            token_hash=tokens.token_hash(token),
            institution_id=launch.institution_id,
            person_id=launch.person_id,
            kind=launch.kind,
            course_id=launch.course_id,
            exam_id=launch.exam_id,
            expires_ms=now_ms + life_ms,
            used_ms=None,
        )
    )
    await session.flush()
    return token


async def invite(
    session: AsyncSession, institution_id: str, name: str, *, grants: Sequence[Grant], now_ms: int
) -> tuple[Person, str]:
    """Make a person with roles; return them and an enrolment token that lives for 24 hours.

    Raises:
        NotFound: a role's course is not the institution's.
    """
    for each in grants:
        if each.course_id is not None and not await queries.has_course(
            session, institution_id, each.course_id
        ):
            raise NotFound
    person = await add_person(session, institution_id, name, now_ms)
    for each in grants:
        await grant(session, person.id, each, now_ms)
    launch = Launch("staff", institution_id, person.id)
    token = await issue_launch(session, launch, now_ms=now_ms, life_ms=ENROLMENT_LIFE_MS)
    return person, token


async def consume_launch(session: AsyncSession, token: str, now_ms: int) -> Launch:
    """Use up a launch token. Of several at once exactly one succeeds.

    If the transaction fails later, the token stays usable.

    Raises:
        LaunchUnknown: there is no such token.
        LaunchUsed: it was used before.
        LaunchExpired: it was not used in time.
    """
    token_hash = tokens.token_hash(token)
    taking = (
        update(LaunchToken)
        .where(
            LaunchToken.token_hash == token_hash,
            LaunchToken.used_ms.is_(None),
            LaunchToken.expires_ms > now_ms,
        )
        .values(used_ms=now_ms)
        .returning(LaunchToken)
    )
    row = await session.scalar(taking)
    if row is None:
        known = await queries.launch_token(session, token_hash)
        if known is None:
            raise LaunchUnknown
        raise LaunchExpired if known.used_ms is None else LaunchUsed
    kind: LaunchKind = "candidate" if row.kind == "candidate" else "staff"
    return Launch(kind, row.institution_id, row.person_id, row.course_id, row.exam_id)


async def issue_staff_token(session: AsyncSession, person_id: str, now_ms: int) -> tuple[str, int]:
    """Sign a person in; return the token and when it ends (Unix ms)."""
    token = tokens.new_opaque_token(tokens.STAFF)
    expires_ms = now_ms + STAFF_TOKEN_LIFE_MS
    session.add(
        StaffToken(token_hash=tokens.token_hash(token), person_id=person_id, expires_ms=expires_ms)
    )
    await session.flush()
    return token, expires_ms


async def forget_old_tokens(session: AsyncSession, now_ms: int) -> None:
    """Drop tokens that ended more than a day ago (until then a used link still says so)."""
    ended_before_ms = now_ms - ENROLMENT_LIFE_MS
    await session.execute(delete(LaunchToken).where(LaunchToken.expires_ms < ended_before_ms))
    await session.execute(delete(StaffToken).where(StaffToken.expires_ms < ended_before_ms))
