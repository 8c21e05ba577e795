"""Is this launch what it says it is? Pure: (token, key, what the login remembered, time) → claims.

The order is deliberate. Until the signature holds, nothing of the payload is read; the header gives
the key's name and must ask for RS256, whatever the key would allow. The caller consumes the state
(and with it the nonce) afterwards, in one statement, so that a launch counts once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from invigil.lti.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST, LaunchClaims
from invigil.lti.refusals import Refusal, Refused

MAX_TOKEN_BYTES: Final = 32 * 1024
MAX_DEPTH: Final = 12
SKEW_S: Final = 60
MAX_AGE_S: Final = 3600
_ALGORITHM: Final = "RS256"


@dataclass(frozen=True)
class Expectation:
    """What must come back: the registration, and what we wrote down when the login began.

    ``nonce_hash`` is SHA-256 of the nonce we gave out; the nonce itself is not kept.
    """

    issuer: str
    client_id: str
    nonce_hash: bytes
    target_link_uri: str
    origins: frozenset[str]


def _reject_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _check_depth(document: bytes) -> None:
    """Refuse deep nesting before a parser walks into it (brackets in texts count too: harmless)."""
    depth = deepest = 0
    for byte in document:
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise Refused(Refusal.TOKEN_MALFORMED, "nested too deeply")


def _parse_object(document: bytes, what: str) -> dict[str, object]:
    _check_depth(document)
    try:
        parsed = json.loads(
            document, parse_constant=_reject_constant, object_pairs_hook=_no_duplicates
        )
    except (ValueError, RecursionError) as error:
        raise Refused(Refusal.TOKEN_MALFORMED, f"{what} is not JSON") from error
    if not isinstance(parsed, dict):
        raise Refused(Refusal.TOKEN_MALFORMED, f"{what} is not an object")
    return parsed


def _decode_part(part: str, what: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Refusal.TOKEN_MALFORMED, f"{what} is not base64url") from error


def read_key_id(token: str) -> str:
    """Return the ``kid`` in a token's header; raises :class:`Refused` unless it asks for RS256."""
    if len(token) > MAX_TOKEN_BYTES:
        raise Refused(Refusal.TOKEN_TOO_LARGE, f"{len(token)} characters")
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise Refused(Refusal.TOKEN_MALFORMED, "not three parts")
    header = _parse_object(_decode_part(parts[0], "header"), "header")
    if header.get("alg") != _ALGORITHM:
        raise Refused(Refusal.ALGORITHM_REFUSED, "alg is not RS256")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= 255:
        raise Refused(Refusal.KEY_UNKNOWN, "no kid")
    return kid


def _registry() -> jws.JWSRegistry:
    registry = jws.JWSRegistry(algorithms=[_ALGORITHM], strict_check_header=False)
    registry.max_header_length = 8 * 1024
    registry.max_payload_length = MAX_TOKEN_BYTES
    return registry


def _verified_payload(token: str, key: RSAKey) -> bytes:
    try:
        signed = jws.deserialize_compact(token, key, registry=_registry())
    except (JoseError, ValueError) as error:
        raise Refused(Refusal.SIGNATURE_WRONG, type(error).__name__) from error
    return signed.payload or b""


_MESSAGE_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/message_type"


def _parse_claims(payload: bytes) -> LaunchClaims:
    members = _parse_object(payload, "payload")
    message = members.get(_MESSAGE_CLAIM)
    if isinstance(message, str) and message not in {RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST}:
        raise Refused(Refusal.MESSAGE_UNSUPPORTED, "message_type")
    try:
        return LaunchClaims.model_validate(members)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        names = sorted({str(problem["loc"][0]) for problem in problems})
        raise Refused(Refusal.CLAIM_MISSING, ", ".join(names)) from None


def _check_audience(claims: LaunchClaims, client_id: str) -> None:
    if client_id not in claims.audiences:
        raise Refused(Refusal.AUDIENCE_WRONG, "aud")
    if claims.azp is None and len(claims.audiences) > 1:
        raise Refused(Refusal.AUDIENCE_WRONG, "several aud without azp")
    if claims.azp is not None and claims.azp != client_id:
        raise Refused(Refusal.AUDIENCE_WRONG, "azp")


def _check_times(claims: LaunchClaims, now_s: float) -> None:
    if claims.exp + SKEW_S <= now_s:
        raise Refused(Refusal.TOKEN_EXPIRED, "exp")
    if claims.iat - SKEW_S > now_s:
        raise Refused(Refusal.TOKEN_FROM_THE_FUTURE, "iat")
    if claims.iat + MAX_AGE_S + SKEW_S <= now_s:
        raise Refused(Refusal.TOKEN_EXPIRED, "iat")


def origin_of(url: str) -> str | None:
    """Return ``scheme://host[:port]`` of an absolute http(s) URL in lower case, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port in {None, {"http": 80, "https": 443}[parts.scheme]}
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")


def pinned(url: str | None, origins: frozenset[str]) -> str | None:
    """Return ``url`` when it leads to an origin of the registration, else None."""
    return url if url is not None and origin_of(url) in origins else None


def _check_message(claims: LaunchClaims, expected: Expectation) -> None:
    if claims.context is None:
        raise Refused(Refusal.COURSE_MISSING, "context")
    if claims.message_type == RESOURCE_LINK_REQUEST:
        if claims.resource_link is None:
            raise Refused(Refusal.CLAIM_MISSING, "resource_link")
        return
    if claims.deep_linking_settings is None:
        raise Refused(Refusal.CLAIM_MISSING, "deep_linking_settings")
    if pinned(claims.deep_linking_settings.deep_link_return_url, expected.origins) is None:
        raise Refused(Refusal.RETURN_ELSEWHERE, "deep_link_return_url")


def verify_launch(token: str, key: RSAKey, expected: Expectation, now_s: float) -> LaunchClaims:
    """Return the claims of a launch that keeps every rule; raise :class:`Refused` otherwise.

    ``key`` is the platform's key named by :func:`read_key_id`; ``now_s`` is Unix seconds. A
    ``return_url`` that leads anywhere but to the registration's origins is left out of the answer.
    """
    read_key_id(token)
    claims = _parse_claims(_verified_payload(token, key))
    if claims.iss != expected.issuer:
        raise Refused(Refusal.ISSUER_WRONG, "iss")
    _check_audience(claims, expected.client_id)
    _check_times(claims, now_s)
    if not hmac.compare_digest(hashlib.sha256(claims.nonce.encode()).digest(), expected.nonce_hash):
        raise Refused(Refusal.NONCE_WRONG, "nonce")
    if claims.target_link_uri != expected.target_link_uri:
        raise Refused(Refusal.TARGET_CHANGED, "target_link_uri")
    _check_message(claims, expected)
    presentation = claims.launch_presentation
    way_back = pinned(presentation.return_url, expected.origins)
    kept = presentation.model_copy(update={"return_url": way_back})
    return claims.model_copy(update={"launch_presentation": kept})
