"""What we sign: who we are at a token endpoint, and the answer of the picker."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from joserfc import jwt
from joserfc.jwk import RSAKey

from invigil.lti.claims import CORE, DEEP_LINKING

ASSERTION_LIFE_S: Final = 60
ANSWER_LIFE_S: Final = 300


def _signed(key: RSAKey, claims: Mapping[str, object]) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, dict(claims), key, algorithms=["RS256"])


def client_assertion(key: RSAKey, *, client_id: str, audience: str, now_s: int) -> str:
    """Return a ``private_key_jwt`` assertion (RFC 7523): short, and never the same twice."""
    return _signed(
        key,
        {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now_s,
            "exp": now_s + ASSERTION_LIFE_S,
            "jti": secrets.token_urlsafe(24),
        },
    )


def deep_linking_response(
    key: RSAKey,
    *,
    client_id: str,
    issuer: str,
    deployment_id: str,
    items: Sequence[Mapping[str, object]],
    data: str | None,
    now_s: int,
) -> str:
    """Return the ``JWT`` of an LtiDeepLinkingResponse. ``data`` is echoed when there was one."""
    claims: dict[str, object] = {
        "iss": client_id,
        # A list: Moodle compares the first element of one; the specification allows both.
        "aud": [issuer],
        "iat": now_s,
        "exp": now_s + ANSWER_LIFE_S,
        "nonce": secrets.token_urlsafe(24),
        CORE + "message_type": "LtiDeepLinkingResponse",
        CORE + "version": "1.3.0",
        CORE + "deployment_id": deployment_id,
        DEEP_LINKING + "content_items": [dict(item) for item in items],
    }
    if data is not None:
        claims[DEEP_LINKING + "data"] = data
    return _signed(key, claims)
