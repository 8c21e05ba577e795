"""Dynamic registration: an LMS describes itself, we say what we are, an administrator decides.

Anybody can start this, so everything in it is a stranger's: each address passes the guard of
:mod:`.outbound`, and what comes of it waits for approval.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from invigil.lti.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST, ROSTER_SCOPE
from invigil.lti.outbound import Answer, Outbound, OutboundBlocked, OutboundError
from invigil.lti.refusals import Refusal, Refused
from invigil.lti.registrations import NewRegistration
from invigil.lti.verification import origin_of

_TOOL: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_PLATFORM: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_CLAIMS: Final = ["iss", "sub", "name", "given_name", "family_name"]
_Url = Field(min_length=1, max_length=2048)


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str


class _Product(BaseModel):
    model_config = ConfigDict(extra="ignore")

    product_family_code: str = Field(default="", max_length=200)
    messages_supported: tuple[_Message, ...] = ()


class PlatformDescription(BaseModel):
    """What an LMS says about itself (its OpenID configuration)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str = Field(min_length=1, max_length=500)
    authorization_endpoint: str = _Url
    token_endpoint: str = _Url
    jwks_uri: str = _Url
    registration_endpoint: str = _Url
    scopes_supported: tuple[str, ...] = ()
    authorization_server: str = Field(default="", max_length=2048)
    product: _Product = Field(default=_Product(), validation_alias=_PLATFORM)


class _ToolAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    deployment_id: str | None = Field(default=None, max_length=255)


class _Confirmation(BaseModel):
    model_config = ConfigDict(extra="ignore")

    client_id: str = Field(min_length=1, max_length=255)
    tool: _ToolAnswer = Field(default=_ToolAnswer(), validation_alias=_TOOL)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def check_host(configuration_url: str, issuer: str) -> None:
    """Refuse a configuration that speaks for an issuer on another host.

    A configuration may lie on a subdomain of its issuer's host (Blackboard's does).
    """
    host, issuer_host = _host(configuration_url), _host(issuer)
    if not issuer_host or (host != issuer_host and not host.endswith("." + issuer_host)):
        raise Refused(Refusal.REGISTRATION_MALFORMED, "issuer is on another host")


def tool_description(public_url: str, platform: PlatformDescription) -> dict[str, object]:
    """Return what we register as: the least that works, and only scopes that are offered."""
    launch_url = public_url + "/lti/launch"
    offered = {message.type for message in platform.product.messages_supported}
    messages: list[dict[str, object]] = [
        {"type": RESOURCE_LINK_REQUEST, "target_link_uri": launch_url, "label": "Invigil"}
    ]
    if not offered or DEEP_LINKING_REQUEST in offered:
        messages.append(
            {"type": DEEP_LINKING_REQUEST, "target_link_uri": launch_url, "label": "Invigil exam"}
        )
    return {
        "application_type": "web",
        "client_name": "Invigil",
        "client_uri": public_url,
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": public_url + "/lti/login",
        "redirect_uris": [launch_url],
        "jwks_uri": public_url + "/lti/jwks.json",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": ROSTER_SCOPE if ROSTER_SCOPE in platform.scopes_supported else "",
        _TOOL: {
            "domain": urlsplit(public_url).netloc,
            "target_link_uri": launch_url,
            "description": "Exam supervision, encrypted from end to end",
            "claims": _CLAIMS,
            "custom_parameters": {},
            "messages": messages,
        },
    }


async def describe(door: Outbound, configuration_url: str) -> PlatformDescription:
    """Fetch and check what an LMS says about itself. Raises :class:`Refused`."""
    try:
        answer = await door.get(configuration_url)
        if answer.status != 200:
            raise Refused(Refusal.REGISTRATION_UNREACHABLE, f"configuration: {answer.status}")
        platform = PlatformDescription.model_validate(answer.json())
        for address in (
            platform.authorization_endpoint,
            platform.token_endpoint,
            platform.jwks_uri,
            platform.registration_endpoint,
        ):
            door.check(address)
    except ValidationError:
        raise Refused(Refusal.REGISTRATION_MALFORMED, "configuration") from None
    except OutboundBlocked as error:
        raise Refused(Refusal.REGISTRATION_BLOCKED, str(error)) from error
    except OutboundError as error:
        raise Refused(Refusal.REGISTRATION_UNREACHABLE, str(error)) from error
    check_host(configuration_url, platform.issuer)
    return platform


async def register(
    door: Outbound,
    platform: PlatformDescription,
    *,
    configuration_url: str,
    registration_token: str | None,
    public_url: str,
) -> NewRegistration:
    """Tell the LMS about us; return what it gave us. Raises :class:`Refused`."""
    description = tool_description(public_url, platform)
    try:
        answer = await door.post_json(
            platform.registration_endpoint, description, bearer=registration_token
        )
    except OutboundBlocked as error:
        raise Refused(Refusal.REGISTRATION_BLOCKED, str(error)) from error
    except OutboundError as error:
        raise Refused(Refusal.REGISTRATION_UNREACHABLE, str(error)) from error
    confirmation = _confirmation(answer)
    deployment_id = confirmation.tool.deployment_id
    own_origin = origin_of(configuration_url)
    return NewRegistration(
        issuer=platform.issuer,
        client_id=confirmation.client_id,
        authorization_endpoint=platform.authorization_endpoint,
        token_endpoint=platform.token_endpoint,
        token_audience=platform.authorization_server,
        jwks_uri=platform.jwks_uri,
        name=_host(platform.issuer),
        product=platform.product.product_family_code,
        extra_origins=[own_origin] if own_origin else [],
        deployments=[deployment_id] if deployment_id else [],
    )


def _confirmation(answer: Answer) -> _Confirmation:
    if answer.status not in {200, 201}:
        raise Refused(Refusal.REGISTRATION_UNREACHABLE, f"registration: {answer.status}")
    try:
        return _Confirmation.model_validate(answer.json())
    except ValidationError:
        raise Refused(Refusal.REGISTRATION_MALFORMED, "confirmation") from None
    except OutboundError as error:
        raise Refused(Refusal.REGISTRATION_UNREACHABLE, str(error)) from error
