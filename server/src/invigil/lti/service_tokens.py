"""Access tokens for a platform's services: asked for with a signed assertion, kept while they last.

Cached by registration and scope set, because platforms leave out scopes they do not grant instead
of refusing (xblock's proctoring consumer grants one of four and says nothing).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from invigil.lti.assertions import client_assertion
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import Outbound, OutboundFailed

_JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY_S: Final = 60
_LONGEST_S: Final = 3600


class ScopeNotGrantedError(Exception):
    """The platform's token lacks the scope: the service is switched off there."""


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    access_token: str = Field(min_length=1, max_length=8192, repr=False)
    expires_in: float = Field(default=_EARLY_S, ge=0)
    scope: str | None = None


@dataclass(frozen=True)
class _Kept:
    token: str = field(repr=False)
    until_s: float


class ServiceTokens:
    """Gives out access tokens. `clock` tells Unix seconds."""

    def __init__(self, door: Outbound, clock: Callable[[], int]) -> None:
        self._door = door
        self._clock = clock
        self._kept: dict[tuple[str, frozenset[str]], _Kept] = {}

    async def token(
        self,
        registration: LtiRegistration,
        scopes: frozenset[str],
        signing_key: Callable[[], Awaitable[RSAKey]],
    ) -> str:
        """Return a token with all of `scopes`.

        Raises:
            OutboundError: the platform cannot be asked, or says no.
            ScopeNotGrantedError: it says yes, but not to this.
        """
        kept = self._kept.get((registration.id, scopes))
        if kept is not None and self._clock() < kept.until_s:
            return kept.token
        answer = await self._ask(registration, scopes, await signing_key())
        granted = scopes if answer.scope is None else frozenset(answer.scope.split())
        if not scopes <= granted:
            raise ScopeNotGrantedError
        life_s = min(answer.expires_in, _LONGEST_S) - _EARLY_S
        self._kept[registration.id, scopes] = _Kept(answer.access_token, self._clock() + life_s)
        return answer.access_token

    def forget(self, registration_id: str) -> None:
        """Drop the tokens of a registration: it was removed, or one of them was refused."""
        for key in [key for key in self._kept if key[0] == registration_id]:
            del self._kept[key]

    async def _ask(
        self, registration: LtiRegistration, scopes: frozenset[str], key: RSAKey
    ) -> _TokenAnswer:
        assertion = client_assertion(
            key,
            client_id=registration.client_id,
            audience=registration.token_audience or registration.token_endpoint,
            now_s=self._clock(),
        )
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": _JWT_BEARER,
            "client_assertion": assertion,
            "scope": " ".join(sorted(scopes)),
        }
        answer = await self._door.post_form(registration.token_endpoint, fields)
        if answer.status not in {200, 201}:
            raise OutboundFailed(f"the token endpoint answered {answer.status}")
        try:
            return _TokenAnswer.model_validate(answer.json())
        except ValidationError:
            raise OutboundFailed("the token endpoint's answer has another form") from None
