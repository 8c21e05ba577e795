"""A JWT that a tool made: whose it is, whether it is genuine, whether it was used before."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from campus.lti.tools import Tool
from campus.problems import BadTokenError
from campus.tool_keys import ToolKeys

SKEW_S = 60
LONGEST_LIFE_S = 3600
MOST_CHARS = 64 * 1024


def claimed_issuer(token: str) -> str:
    """Who says to have made it, unverified: only good for finding the key to verify it with."""
    return str(_part(token, 1).get("iss", ""))


def verify(
    token: str, *, tool: Tool, tool_keys: ToolKeys, audiences: Iterable[str], now: float
) -> dict[str, Any]:
    """The claims of a token that this tool signed for one of the audiences and that is valid now.

    BadTokenError otherwise. Whether it was used before is asked by `use_once`.
    """
    if not tool.is_active:
        raise BadTokenError("the tool is not active here")
    kid = _part(token, 0).get("kid")
    if not isinstance(kid, str) or not kid:
        raise BadTokenError("the header names no key (kid)")
    key = tool_keys.find(tool.jwks_url, kid)
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise BadTokenError("the signature is not the tool's, or not RS256") from error
    if claims.get("iss") != tool.client_id:
        raise BadTokenError("iss is not the tool's client id")
    _check_audience(claims.get("aud"), set(audiences))
    _check_times(claims, now)
    return claims


def use_once(
    db: sqlite3.Connection, *, tool: Tool, identifier: object, claims: dict[str, Any]
) -> None:
    """BadTokenError the second time, and when there is nothing to tell two tokens apart."""
    if not isinstance(identifier, str) or not identifier or len(identifier) > 255:
        raise BadTokenError("the token has no identifier (jti or nonce)")
    added = db.execute(
        "INSERT OR IGNORE INTO seen_tokens VALUES (?, ?, ?)",
        (tool.client_id, identifier, claims["exp"] + SKEW_S),
    )
    if added.rowcount == 0:
        raise BadTokenError("this token was used before")


def forget_expired(db: sqlite3.Connection, now: float) -> None:
    for table in ("seen_tokens", "access_tokens", "launches", "deep_links", "registration_tokens"):
        db.execute(f"DELETE FROM {table} WHERE expires_at < ?", (now - SKEW_S,))  # noqa: S608 - names above


def _part(token: str, index: int) -> dict[str, Any]:
    segments = token.split(".")
    if len(segments) != 3 or len(token) > MOST_CHARS:
        raise BadTokenError("this is not a signed JWT")
    try:
        padded = segments[index] + "=" * (-len(segments[index]) % 4)
        part = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadTokenError("this is not a signed JWT") from error
    if not isinstance(part, dict):
        raise BadTokenError("this is not a signed JWT")
    return part


def _check_audience(audience: object, expected: set[str]) -> None:
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one in expected for one in named):
        raise BadTokenError("aud does not name this platform")


def _moment(claims: dict[str, Any], name: str) -> float:
    moment = claims.get(name)
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 < moment < 2**40:
        raise BadTokenError(f"{name} is missing or not a time")
    return float(moment)


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    if expires_at <= now:
        raise BadTokenError("the token has expired")
    if issued_at > now + SKEW_S:
        raise BadTokenError("the token is from the future")
    if expires_at - issued_at > LONGEST_LIFE_S:
        raise BadTokenError("the token lives longer than an hour")
