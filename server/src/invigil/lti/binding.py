"""Is this the browser in which the login began?

A launch that arrives in another browser than the one that asked for it may have been planted there:
the victim would sit the exam, and be recorded, as somebody else. See the decision record 0004 for
the attacks and why each answer is what it is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from enum import Enum
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from invigil.lti.refusals import Refusal, Refused

LIFE_S: Final = 600
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class Proof(Enum):
    """What we know about the browser of a launch."""

    SAME_BROWSER = "same-browser"
    UNPROVEN_IN_FRAME = "unproven-in-frame"
    """No cookie in somebody else's frame: go on in a window of our own, where one can be asked."""
    UNPROVEN_ON_TOP = "unproven-on-top"
    """No cookie over plain http, where none crosses sites: the person is asked who they are."""


def new_secret() -> str:
    """Return 256 random bits as text; used for states, nonces, bindings and form tokens."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def cookie_name(*, is_https: bool) -> str:
    """Return the cookie's name; over https the prefix keeps sibling domains from planting it."""
    return "__Host-invigil-lti" if is_https else "invigil-lti"


def read_cookie(request: Request, *, is_https: bool) -> str | None:
    """Return the browser's secret, or None when there is none of the right form."""
    value = request.cookies.get(cookie_name(is_https=is_https), "")
    return value if _SECRET.fullmatch(value) else None


def set_cookie(response: Response, secret: str, *, is_https: bool) -> None:
    """Keep the secret in the browser for ten minutes.

    Over https it must come along when another site posts to us in a frame: SameSite=None, and
    Partitioned, so that browsers which block third-party cookies keep it for this one site.
    """
    # Written by hand: the standard library knows Partitioned from Python 3.14 on.
    name = cookie_name(is_https=is_https)
    sites = "Secure; SameSite=None; Partitioned" if is_https else "SameSite=Lax"
    cookie = f"{name}={secret}; Max-Age={LIFE_S}; Path=/; HttpOnly; {sites}"
    response.headers.append("set-cookie", cookie)


def is_in_frame(request: Request) -> bool:
    """Say whether the answer will stand in a frame; not saying so counts as a frame."""
    return request.headers.get("sec-fetch-dest", "iframe") != "document"


def matches(secret: str, binding_hash: str) -> bool:
    """Say whether a secret is the one that was given out."""
    return hmac.compare_digest(hash_of(secret), binding_hash)


def judge(cookie: str | None, binding_hash: str, *, in_frame: bool, is_https: bool) -> Proof:
    """Decide what a launch with this cookie proves; raises :class:`Refused` when it is wrong."""
    if cookie is not None:
        if not matches(cookie, binding_hash):
            raise Refused(Refusal.OTHER_BROWSER, "cookie")
        return Proof.SAME_BROWSER
    if in_frame:
        return Proof.UNPROVEN_IN_FRAME
    if is_https:
        # On top, over https, the cookie always comes along unless the browser keeps none at all.
        raise Refused(Refusal.COOKIES_BLOCKED, "no cookie on top")
    return Proof.UNPROVEN_ON_TOP
