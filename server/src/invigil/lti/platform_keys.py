"""The public keys of platforms, remembered for a while.

A key that we know is used for up to :data:`FRESH_S`. A token that names a key we do not know makes
us look again, but at most once a minute for each registration, so that made-up key names cannot
turn us into a hammer. When a platform cannot be reached, the keys we have go on working for a day.
A key that the platform dropped works for :data:`DROPPED_S` more: it signed launches that are on
their way.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from invigil.lti.outbound import Answer, Outbound, OutboundError, OutboundFailed
from invigil.lti.refusals import Refusal, Refused

FRESH_S: Final = 600.0
USABLE_S: Final = 86_400.0
PAUSE_S: Final = 60.0
DROPPED_S: Final = 300.0
_MAX_KEYS: Final = 50
_MIN_MODULUS_CHARACTERS: Final = 342  # 2048 bits in base64url

KeysById = dict[str, RSAKey]


@dataclass(frozen=True)
class _Remembered:
    keys: KeysById = field(default_factory=dict, repr=False)
    dropped: KeysById = field(default_factory=dict, repr=False)
    dropped_s: float = float("-inf")
    etag: str | None = None
    fetched_s: float = float("-inf")
    asked_s: float = float("-inf")


def _readable(entry: object) -> tuple[str, RSAKey] | None:
    """Return (kid, key) of a JWK that can verify RS256; ``use`` and ``alg`` may be missing."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    if entry.get("alg", "RS256") != "RS256" or entry.get("use", "sig") != "sig":
        return None
    kid, n, e = entry.get("kid"), entry.get("n"), entry.get("e")
    if not (isinstance(kid, str) and isinstance(n, str) and isinstance(e, str)):
        return None
    if len(n) < _MIN_MODULUS_CHARACTERS or len(n) > 1400 or not re.fullmatch(r"[\w-]+", n):
        return None
    try:
        return kid, RSAKey.import_key({"kty": "RSA", "n": n, "e": e})
    except (JoseError, ValueError):
        return None


def parse_keys(document: object) -> KeysById:
    """Return the usable keys of a JWKS by their name; raises :class:`OutboundFailed`."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise OutboundFailed("the answer is not a key set")
    return dict(found for entry in entries[:_MAX_KEYS] if (found := _readable(entry)))


class PlatformKeys:
    """Remembers keys by registration. ``clock`` gives seconds that never go back."""

    def __init__(self, outbound: Outbound, clock: Callable[[], float]) -> None:
        self._outbound = outbound
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def key(self, registration_id: str, jwks_uri: str, kid: str) -> RSAKey:
        """Return the key named ``kid``. Raises :class:`Refused` (unknown, or unreachable)."""
        async with self._locks[registration_id]:
            known = self._remembered.get(registration_id, _Remembered())
            now = self._clock()
            is_fresh = kid in known.keys and now - known.fetched_s < FRESH_S
            if not is_fresh and now - known.asked_s >= PAUSE_S:
                known = await self._look_again(known, jwks_uri, now)
                self._remembered[registration_id] = known
            if now - known.fetched_s >= USABLE_S:
                raise Refused(Refusal.KEYS_UNREACHABLE, "jwks")
            if kid in known.keys:
                return known.keys[kid]
            if kid in known.dropped and now - known.dropped_s < DROPPED_S:
                return known.dropped[kid]
            raise Refused(Refusal.KEY_UNKNOWN, "kid")

    def forget(self, registration_id: str) -> None:
        """Drop what is remembered of a registration that was removed or changed."""
        self._remembered.pop(registration_id, None)
        self._locks.pop(registration_id, None)

    async def _look_again(self, known: _Remembered, jwks_uri: str, now: float) -> _Remembered:
        headers = {"if-none-match": known.etag} if known.etag else {}
        try:
            answer = await self._outbound.get(jwks_uri, headers=headers)
            return self._updated(known, answer, now)
        except OutboundError:
            return replace(known, asked_s=now)

    @staticmethod
    def _updated(known: _Remembered, answer: Answer, now: float) -> _Remembered:
        if answer.status == 304 and known.etag:
            return replace(known, fetched_s=now, asked_s=now)
        if answer.status != 200:
            raise OutboundFailed(f"status {answer.status}")
        found, etag = parse_keys(answer.json()), answer.headers.get("etag")
        gone = {kid: key for kid, key in known.keys.items() if kid not in found}
        dropped, dropped_s = (gone, now) if gone else (known.dropped, known.dropped_s)
        return _Remembered(found, dropped, dropped_s, etag=etag, fetched_s=now, asked_s=now)
