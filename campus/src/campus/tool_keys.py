"""A tool's public keys, fetched from its key set URL and kept for a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from campus.problems import BadTokenError

KEPT_S = 300
# An unknown kid asks again, but not more often than this: a forged kid must not cause traffic.
ASKED_AGAIN_AFTER_S = 5
MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class _Fetched:
    at: float
    keys: dict[str, RSAKey]


class ToolKeys:
    """`client` is where tools are reached; a test gives one that leads to its own tool."""

    def __init__(self, client: httpx.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._fetched: dict[str, _Fetched] = {}

    def find(self, jwks_url: str, kid: str) -> RSAKey:
        """BadTokenError when the key set cannot be had or does not hold the key."""
        now = self._clock()
        kept = self._fetched.get(jwks_url)
        is_stale = kept is None or now - kept.at > KEPT_S
        if (
            kept is None
            or is_stale
            or (kid not in kept.keys and now - kept.at > ASKED_AGAIN_AFTER_S)
        ):
            kept = self._fetched[jwks_url] = _Fetched(now, self._fetch(jwks_url))
        if kid not in kept.keys:
            raise BadTokenError("the key id is not in the tool's key set")
        return kept.keys[kid]

    def _fetch(self, url: str) -> dict[str, RSAKey]:
        try:
            with self._client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
                answer.raise_for_status()
                document = self._read_json(answer)
        except (httpx.HTTPError, ValueError) as error:
            raise BadTokenError(f"the tool's key set at {url} could not be read") from error
        return dict(_rsa_keys(document))

    def _read_json(self, answer: httpx.Response) -> Any:
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError("key set too large")
        return httpx.Response(200, content=bytes(body)).json()


def _rsa_keys(document: Any) -> list[tuple[str, RSAKey]]:
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise BadTokenError("the tool's key set is not a key set")
    # Keys of other types may stand beside ours (RFC 7517, 5); only RSA can have signed RS256.
    usable = [
        jwk
        for jwk in listed
        if isinstance(jwk, dict) and jwk.get("kty") == "RSA" and jwk.get("kid")
    ]
    try:
        key_set = KeySet.import_key_set({"keys": usable}) if usable else KeySet([])
    except (JoseError, ValueError, KeyError) as error:
        raise BadTokenError("the tool's key set holds an unreadable key") from error
    return [(str(key.kid), key) for key in key_set.keys if isinstance(key, RSAKey)]
