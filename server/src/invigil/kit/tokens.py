"""Tokens: opaque ones are kept as hashes; attempt tokens are checked without a database.

wire.md §2. A token is only ever in an `Authorization` header or a launch link's fragment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from invigil.kit.problems import SignInNeeded, TokenExpired, TokenInvalid

OpaqueKind = Literal["ilt1", "ist1"]
LAUNCH: OpaqueKind = "ilt1"
STAFF: OpaqueKind = "ist1"
ATTEMPT = "iat1"
MIN_SECRET_BYTES = 32
MAX_TOKEN_CHARS = 256
REMEMBERED_TOKENS = 8192


def new_opaque_token(kind: OpaqueKind) -> str:
    """Return `<kind>.<43 characters>`: 256 random bits. Show it once, keep :func:`token_hash`."""
    return f"{kind}.{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    """Return what is stored of an opaque token. It has 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AttemptToken:
    """What an attempt token says: the attempt, the generation, its end (Unix ms)."""

    attempt_id: str
    generation: int
    expires_ms: int


class AttemptTokens:
    """Makes and checks `iat1.<b64url payload>.<b64url mac>`, HMAC-SHA256."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"The attempt token secret needs {MIN_SECRET_BYTES} bytes.")
        self._secret = secret
        # A device sends one token thousands of times; its signature is worked out once.
        self._genuine = lru_cache(maxsize=REMEMBERED_TOKENS)(self._read)

    def issue(self, token: AttemptToken) -> str:
        """Write and sign a token."""
        payload = f"{token.attempt_id}|{token.generation}|{token.expires_ms}".encode()
        body = base64.urlsafe_b64encode(payload).rstrip(b"=")
        return f"{ATTEMPT}.{body.decode()}.{self._mac(body)}"

    def verify(self, token: str, now_ms: int) -> AttemptToken:
        """Return what a genuine, unexpired token says; under a microsecond when seen before.

        Raises:
            TokenInvalid: it was not made by this server.
            TokenExpired: its time is over.
        """
        said = self._genuine(token)
        if said.expires_ms <= now_ms:
            raise TokenExpired
        return said

    def _read(self, token: str) -> AttemptToken:
        kind, _, rest = token.partition(".")
        body, _, mac = rest.partition(".")
        if kind != ATTEMPT or len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise TokenInvalid
        if not hmac.compare_digest(self._mac(body.encode()), mac):
            raise TokenInvalid
        attempt_id, generation, expires = _decode(body).split("|")
        return AttemptToken(attempt_id, int(generation), int(expires))

    def _mac(self, body: bytes) -> str:
        digest = hmac.digest(self._secret, b"iat1." + body, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _decode(body: str) -> str:
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:  # a genuine MAC over anything else
        raise TokenInvalid from error


_bearer = HTTPBearer(auto_error=False, description="An attempt token or a staff token.")


async def bearer_token(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Return the request's bearer token.

    Raises:
        SignInNeeded: there is none.
    """
    if credentials is None or not credentials.credentials:
        raise SignInNeeded
    return credentials.credentials


Bearer = Annotated[str, Depends(bearer_token)]
