"""Connections to platforms: adding, approving, removing, and the origins each of them may use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import httpx
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.service import NameRefusedError, plain_name
from invigil.kit.db import insert_missing
from invigil.kit.ids import new_id
from invigil.lti import queries
from invigil.lti.models import LtiCourse, LtiDeployment, LtiForm, LtiLogin, LtiRegistration
from invigil.lti.outbound import Outbound, OutboundBlocked, is_listed
from invigil.lti.verification import origin_of

MAX_PENDING = 50
PENDING_DAYS = 7
"""How long a registration waits for approval before it makes room for the next one."""


class RegistrationInvalidError(ValueError):
    """A field of a registration cannot be used; the message names it and says what it must be."""


class RegistrationExistsError(ValueError):
    """This issuer and client id are connected already."""


@dataclass(frozen=True)
class NewRegistration:
    """What a platform tells the one who connects it."""

    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    name: str = ""
    product: str = ""
    token_audience: str = ""
    extra_origins: Sequence[str] = ()
    deployments: Sequence[str] = field(default=())


def origins_of(registration: LtiRegistration, trusted: Collection[str]) -> frozenset[str]:
    """Return the origins a platform may frame us from and send people back to.

    Https alone, also for an issuer, unless the operator lists the host among `trusted`.
    """
    addresses = (
        registration.issuer,
        registration.authorization_endpoint,
        registration.token_endpoint,
        *registration.extra_origins,
    )
    origins = {origin for address in addresses if (origin := origin_of(address))}
    return frozenset(
        each
        for each in origins
        if each.startswith("https://") or is_listed(httpx.URL(each), trusted)
    )


def _check(new: NewRegistration, door: Outbound) -> None:
    for name, limit in (("issuer", 500), ("client_id", 255), ("token_audience", 2048)):
        if len(getattr(new, name)) > limit or (name != "token_audience" and not getattr(new, name)):
            raise RegistrationInvalidError(f"{name}: 1 to {limit} characters.")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _check_address(getattr(new, name), name, door)
    for origin in new.extra_origins:
        _check_address(origin, "origin", door)
        if origin_of(origin) != origin:
            raise RegistrationInvalidError(
                "origin: scheme, host and port alone, such as https://lms.example.org."
            )
    if not all(1 <= len(each) <= 255 for each in new.deployments):
        raise RegistrationInvalidError("deployment: 1 to 255 characters.")


def _check_address(address: str, name: str, door: Outbound) -> None:
    try:
        door.check(address)
    except OutboundBlocked as error:
        raise RegistrationInvalidError(
            f"{name}: must be https, or its host must be listed in INVIGIL_LTI_TRUSTED_HOSTS."
        ) from error
    if len(address) > 2048:
        raise RegistrationInvalidError(f"{name}: at most 2048 characters.")


async def add(
    session: AsyncSession,
    institution_id: str,
    new: NewRegistration,
    *,
    door: Outbound,
    is_approved: bool,
    now_ms: int,
) -> LtiRegistration:
    """Keep a registration with its deployments.

    Raises:
        RegistrationInvalidError: a field cannot be used.
        RegistrationExistsError: (issuer, client id) is there already.
    """
    _check(new, door)
    values = {
        "id": new_id(now_ms),
        "institution_id": institution_id,
        "issuer": new.issuer,
        "client_id": new.client_id,
        "name": _name(new),
        "product": new.product[:100],
        "authorization_endpoint": new.authorization_endpoint,
        "token_endpoint": new.token_endpoint,
        "token_audience": new.token_audience,
        "jwks_uri": new.jwks_uri,
        "extra_origins": list(new.extra_origins),
        "approved_ms": now_ms if is_approved else None,
        "created_ms": now_ms,
    }
    if not await insert_missing(session, LtiRegistration, values):
        raise RegistrationExistsError
    made = await session.get_one(LtiRegistration, values["id"])
    for deployment_id in dict.fromkeys(new.deployments):
        session.add(
            LtiDeployment(
                registration_id=made.id,
                deployment_id=deployment_id,
                approved_ms=made.approved_ms,
                created_ms=now_ms,
            )
        )
    await session.flush()
    return made


def _name(new: NewRegistration) -> str:
    try:
        return plain_name(new.name)
    except NameRefusedError:
        return plain_name((origin_of(new.issuer) or new.issuer).removeprefix("https://"))


async def approve(session: AsyncSession, registration: LtiRegistration, now_ms: int) -> None:
    """Approve a registration and every deployment of it that waits."""
    if registration.approved_ms is None:
        registration.approved_ms = now_ms
    await session.execute(
        update(LtiDeployment)
        .where(
            LtiDeployment.registration_id == registration.id, LtiDeployment.approved_ms.is_(None)
        )
        .values(approved_ms=now_ms)
    )
    await session.flush()


async def remove(session: AsyncSession, registration: LtiRegistration) -> None:
    """Disconnect a platform. Courses, exams and people stay for when it comes back."""
    for table in (LtiDeployment, LtiLogin, LtiForm, LtiCourse):
        await session.execute(delete(table).where(table.registration_id == registration.id))
    await session.delete(registration)
    await session.flush()


async def has_room_for_another(session: AsyncSession, institution_id: str, now_ms: int) -> bool:
    """Say whether one more may wait: anybody can ask for a registration."""
    found = await queries.pending(session, institution_id)
    return sum(not _is_stale(each, now_ms) for each in found) < MAX_PENDING


async def make_room_for_another(session: AsyncSession, institution_id: str, now_ms: int) -> bool:
    """Drop what has waited too long; say whether one more may wait, until the transaction ends."""
    await queries.lock_institution(session, institution_id)
    for each in await queries.pending(session, institution_id):
        if _is_stale(each, now_ms):
            await remove(session, each)
    return await has_room_for_another(session, institution_id, now_ms)


def _is_stale(registration: LtiRegistration, now_ms: int) -> bool:
    return registration.created_ms <= now_ms - PENDING_DAYS * 86_400_000
