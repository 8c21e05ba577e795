"""Login initiation: the platform knocks, we write down what we expect and send the browser on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.kit.db import rows_changed
from invigil.lti import queries
from invigil.lti.binding import LIFE_S, hash_of, new_secret
from invigil.lti.models import LtiForm, LtiLogin, LtiRegistration
from invigil.lti.refusals import Refusal, Refused
from invigil.lti.verification import origin_of

LAUNCH_PATH: Final = "/lti/launch"


class Initiation(BaseModel):
    """What a login says. It is not signed: nothing of it is acted upon, only compared later."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    iss: str = Field(min_length=1, max_length=500)
    login_hint: str = Field(min_length=1, max_length=4096)
    target_link_uri: str = Field(min_length=1, max_length=2048)
    client_id: str | None = Field(default=None, min_length=1, max_length=255)
    lti_message_hint: str | None = Field(default=None, max_length=8192)
    lti_storage_target: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")


@dataclass(frozen=True)
class Departure:
    """Where the browser goes next, and what it takes along."""

    url: str
    storage_target: str
    storage_key: str
    platform_origin: str


def parse_initiation(fields: Mapping[str, str]) -> Initiation:
    """Read a login's parameters; an empty optional one counts as absent."""
    try:
        return Initiation.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        names = sorted({str(problem["loc"][0]) for problem in error.errors()})
        raise Refused(Refusal.LOGIN_INCOMPLETE, ", ".join(names)) from None


async def find_registration(session: AsyncSession, asked: Initiation) -> LtiRegistration:
    """Return the approved registration that a login means.

    Without a client id the issuer must have one registration only: hosted platforms share one
    issuer among all their customers.
    """
    found = await queries.registrations_of_issuer(session, asked.iss, asked.client_id)
    if len(found) != 1:
        raise Refused(Refusal.UNKNOWN_PLATFORM, f"{len(found)} registrations fit")
    if found[0].approved_ms is None:
        raise Refused(Refusal.PLATFORM_PENDING, found[0].id)
    return found[0]


def check_target(asked: Initiation, public_url: str) -> None:
    """Refuse a login for a link that is not on our own origin."""
    if origin_of(asked.target_link_uri) != public_url:
        raise Refused(Refusal.TARGET_ELSEWHERE, "target_link_uri")


def _with_query(url: str, fields: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *fields.items()]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def storage_key(state: str) -> str:
    """Return the name under which platform storage keeps the browser's secret for this launch."""
    return f"invigil-{hash_of(state)[:16]}"


async def begin(
    session: AsyncSession,
    found: LtiRegistration,
    asked: Initiation,
    *,
    binding: str,
    public_url: str,
    now_ms: int,
) -> Departure:
    """Write down state, nonce and browser; return the way to the platform's authorization."""
    state, nonce = new_secret(), new_secret()
    storage_target = asked.lti_storage_target or ""
    session.add(
        LtiLogin(
            state_hash=hash_of(state),
            registration_id=found.id,
            nonce_hash=hash_of(nonce),
            binding_hash=hash_of(binding),
            target_link_uri=asked.target_link_uri,
            storage_target=storage_target,
            expires_ms=now_ms + LIFE_S * 1000,
            used_ms=None,
        )
    )
    fields = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": found.client_id,
        "redirect_uri": public_url + LAUNCH_PATH,
        "login_hint": asked.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if asked.lti_message_hint is not None:
        fields["lti_message_hint"] = asked.lti_message_hint
    return Departure(
        url=_with_query(found.authorization_endpoint, fields),
        storage_target=storage_target,
        storage_key=storage_key(state),
        platform_origin=origin_of(found.authorization_endpoint) or "",
    )


async def find(session: AsyncSession, state: str, now_ms: int) -> LtiLogin:
    """Return the login that a launch answers; raises :class:`Refused` if it is none of ours."""
    found = await queries.login(session, hash_of(state))
    if found is None:
        raise Refused(Refusal.STATE_UNKNOWN, "state")
    if found.used_ms is not None:
        raise Refused(Refusal.STATE_USED, "state")
    if found.expires_ms <= now_ms:
        raise Refused(Refusal.STATE_EXPIRED, "state")
    return found


async def consume(session: AsyncSession, login: LtiLogin, now_ms: int) -> bool:
    """Use up a login and its nonce; say whether this call was the one that did."""
    touched = await rows_changed(
        session.execute(
            update(LtiLogin)
            .where(LtiLogin.state_hash == login.state_hash, LtiLogin.used_ms.is_(None))
            .values(used_ms=now_ms)
        )
    )
    return touched == 1


async def forget_old(session: AsyncSession, now_ms: int) -> None:
    """Drop logins and forms an hour after their end (until then a used one still says so)."""
    before_ms = now_ms - 3_600_000
    await session.execute(delete(LtiLogin).where(LtiLogin.expires_ms < before_ms))
    await session.execute(delete(LtiForm).where(LtiForm.expires_ms < before_ms))
