"""Our own keys: one signs, the next is published already, the last one stays published for a day.

Platforms cache our key set, so a key is published one rotation before it signs. Rotation happens
by command, and by itself when the signing key is :data:`LIFE_MS` old: whoever needs a key next
does it.
Private keys lie in the database sealed under a secret that does not (AES-256-GCM).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.lti.models import LtiToolKey

DAY_MS: Final = 86_400_000
LIFE_MS: Final = 90 * DAY_MS
OVERLAP_MS: Final = DAY_MS
_BITS: Final = 2048


class ToolKeySecretChangedError(RuntimeError):
    """The keys in the database were sealed under another secret than this server's."""


class Safe:
    """Seals private keys. `secret` is 32 bytes that are not in the database."""

    def __init__(self, secret: bytes) -> None:
        self._key = OctKey.import_key(secret)

    def seal(self, key: RSAKey) -> str:
        """Return the private key as a compact JWE."""
        protected = {"alg": "dir", "enc": "A256GCM"}
        plaintext = json.dumps(key.as_dict(private=True))
        return jwe.encrypt_compact(protected, plaintext, self._key)

    def open(self, sealed: str) -> RSAKey:
        """Return the private key; raises :class:`ToolKeySecretChangedError`."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=["dir", "A256GCM"])
            return RSAKey.import_key(json.loads(opened.plaintext or b""))
        except (JoseError, ValueError) as error:
            raise ToolKeySecretChangedError(
                "The LTI keys cannot be opened with this server's secret. Restore the keys"
                " directory from the backup, or run `invigil lti rotate-keys --discard`."
            ) from error


def _new(safe: Safe, now_ms: int, *, signs_from_ms: int | None) -> LtiToolKey:
    key = RSAKey.generate_key(_BITS)
    kid = key.thumbprint()
    named = RSAKey.import_key({**key.as_dict(private=True), "kid": kid})
    return LtiToolKey(
        kid=kid,
        sealed=safe.seal(named),
        created_ms=now_ms,
        signs_from_ms=signs_from_ms,
        retires_ms=None,
    )


async def _published(session: AsyncSession, now_ms: int) -> Sequence[LtiToolKey]:
    found = await session.scalars(
        select(LtiToolKey)
        .where(or_(LtiToolKey.retires_ms.is_(None), LtiToolKey.retires_ms > now_ms))
        .order_by(LtiToolKey.created_ms, LtiToolKey.kid)
    )
    return found.all()


def _signing(keys: Sequence[LtiToolKey]) -> LtiToolKey | None:
    return next((key for key in keys if key.signs_from_ms is not None and not key.retires_ms), None)


def _next(keys: Sequence[LtiToolKey]) -> LtiToolKey | None:
    return next((key for key in keys if key.signs_from_ms is None), None)


async def is_rotation_due(session: AsyncSession, now_ms: int) -> bool:
    """Say whether there is no pair of keys yet, or the signing one has done its time."""
    keys = await _published(session, now_ms)
    signing = _signing(keys)
    if signing is None or signing.signs_from_ms is None or _next(keys) is None:
        return True
    return now_ms - signing.signs_from_ms >= LIFE_MS


async def rotate(session: AsyncSession, safe: Safe, now_ms: int) -> None:
    """Let the next key sign and publish a new next one. The first call makes both."""
    keys = await _published(session, now_ms)
    successor = _next(keys) or _new(safe, now_ms, signs_from_ms=None)
    if signing := _signing(keys):
        signing.retires_ms = now_ms + OVERLAP_MS
    successor.signs_from_ms = now_ms
    session.add_all([successor, _new(safe, now_ms, signs_from_ms=None)])
    await session.execute(delete(LtiToolKey).where(LtiToolKey.retires_ms <= now_ms))
    await session.flush()


async def discard(session: AsyncSession) -> None:
    """Forget all keys: after a leak, or when their secret is lost."""
    await session.execute(delete(LtiToolKey))


async def public_set(session: AsyncSession, safe: Safe, now_ms: int) -> dict[str, object]:
    """Return what ``/lti/jwks.json`` says: at least the signing key and the next one."""
    keys = [safe.open(key.sealed) for key in await _published(session, now_ms)]
    return {"keys": [{**key.as_dict(private=False), "alg": "RS256", "use": "sig"} for key in keys]}


async def signing_key(session: AsyncSession, safe: Safe, now_ms: int) -> RSAKey:
    """Return the key that signs now. Call :func:`rotate` first when it is due."""
    signing = _signing(await _published(session, now_ms))
    assert signing is not None, "rotate() comes first"
    return safe.open(signing.sealed)
