"""A launch, from the posted form to somebody who stands at the door.

Three steps that never hold a transaction while another machine is asked: read what the login wrote
down, verify the token, then use up state and nonce in one statement. A token that is refused uses
up the state too: nobody gets a second try with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.kit.db import insert_missing
from invigil.kit.rooms import Ports
from invigil.lti import logins, queries
from invigil.lti.claims import LaunchClaims
from invigil.lti.models import LtiDeployment, LtiLogin, LtiRegistration
from invigil.lti.platform_keys import PlatformKeys
from invigil.lti.refusals import Refusal, Refused
from invigil.lti.registrations import origins_of
from invigil.lti.verification import Expectation, read_key_id, verify_launch

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class VerifiedLaunch:
    """A launch that keeps every rule, from a deployment that is approved."""

    claims: LaunchClaims
    registration: LtiRegistration
    login: LtiLogin
    origins: frozenset[str]


async def receive(ports: Ports, keys: PlatformKeys, *, state: str, id_token: str) -> VerifiedLaunch:
    """Verify a launch and use it up. Raises :class:`Refused`."""
    now_ms = ports.clock.now_ms()
    login, registration = await _remembered(ports, state, now_ms)
    origins = origins_of(registration, ports.trusted_hosts)
    expected = Expectation(
        issuer=registration.issuer,
        client_id=registration.client_id,
        nonce_hash=bytes.fromhex(login.nonce_hash),
        target_link_uri=login.target_link_uri,
        origins=origins,
    )
    claims, refused = await _verified(keys, registration, expected, id_token, now_s=now_ms / 1000)
    async with ports.database.transaction() as session:
        is_first = await logins.consume(session, login, now_ms)
        is_known = claims is not None and await _note_deployment(
            session, registration, claims.deployment_id, now_ms
        )
    if not is_first:
        raise Refused(Refusal.STATE_USED, "state")
    if refused is not None or claims is None:
        raise refused or Refused(Refusal.TOKEN_MALFORMED)
    if not is_known:
        raise Refused(Refusal.DEPLOYMENT_PENDING, registration.id)
    return VerifiedLaunch(claims, registration, login, origins)


async def burn(ports: Ports, state: str) -> None:
    """Use up a state without a launch: the platform answered with an error."""
    now_ms = ports.clock.now_ms()
    async with ports.database.transaction() as session:
        await logins.consume(session, await logins.find(session, state, now_ms), now_ms)


async def _remembered(ports: Ports, state: str, now_ms: int) -> tuple[LtiLogin, LtiRegistration]:
    async with ports.database.transaction(writes=False) as session:
        login = await logins.find(session, state, now_ms)
        registration = await queries.registration(session, login.registration_id)
    if registration is None or registration.approved_ms is None:
        raise Refused(Refusal.PLATFORM_PENDING, login.registration_id)
    return login, registration


async def _verified(
    keys: PlatformKeys,
    registration: LtiRegistration,
    expected: Expectation,
    id_token: str,
    *,
    now_s: float,
) -> tuple[LaunchClaims | None, Refused | None]:
    try:
        kid = read_key_id(id_token)
        key = await keys.key(registration.id, registration.jwks_uri, kid)
        return verify_launch(id_token, key, expected, now_s), None
    except Refused as refused:
        return None, refused


async def _note_deployment(
    session: AsyncSession, registration: LtiRegistration, deployment_id: str, now_ms: int
) -> bool:
    """Write down a deployment seen for the first time; say whether it is approved."""
    values = {
        "registration_id": registration.id,
        "deployment_id": deployment_id,
        "approved_ms": None,
        "created_ms": now_ms,
    }
    if await insert_missing(session, LtiDeployment, values):
        log.info("lti_deployment_pending", registration=registration.id)
        return False
    found = await session.get_one(LtiDeployment, (registration.id, deployment_id))
    return found.approved_ms is not None
