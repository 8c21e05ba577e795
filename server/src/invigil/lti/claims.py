"""The claims of a launch, as types. Names are the protocol's own; what we do not use is dropped.

Shapes are checked here and nothing else: whether a claim may be *believed* is decided in
:mod:`.verification`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

CORE: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ROSTER: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
ROSTER_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

RESOURCE_LINK_REQUEST: Final = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST: Final = "LtiDeepLinkingRequest"
MessageType = Literal["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]

_Identifier = Annotated[str, Field(min_length=1, max_length=255)]
_Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _clipped(value: object) -> object:
    return value.strip()[:500] or None if isinstance(value, str) else value


_Text = Annotated[str | None, BeforeValidator(_clipped)]


def _only_texts(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {str(key): str(item) for key, item in value.items() if isinstance(item, (str, int))}


class _Claims(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ResourceLink(_Claims):
    """The place in the course that was clicked."""

    id: _Identifier
    title: _Text = None


class Context(_Claims):
    """The course."""

    id: _Identifier
    label: _Text = None
    title: _Text = None


class ToolPlatform(_Claims):
    """Who the platform says it is: for people to read, never for decisions."""

    name: _Text = None
    product_family_code: _Text = None


class LaunchPresentation(_Claims):
    """How the platform shows us. ``return_url`` is only used when its origin is pinned."""

    document_target: _Text = None
    return_url: str | None = Field(default=None, max_length=2048)


class DeepLinkingSettings(_Claims):
    """What the platform takes back from the picker. ``data`` is opaque and echoed."""

    deep_link_return_url: str = Field(min_length=1, max_length=2048)
    accept_types: tuple[str, ...] = ()
    accept_multiple: bool = False
    data: str | None = Field(default=None, max_length=8192)


class RosterService(_Claims):
    """Names and Role Provisioning Service of this course."""

    context_memberships_url: str = Field(min_length=1, max_length=2048)


class LaunchClaims(_Claims):
    """A launch, once verified. Times are Unix seconds, as the protocol has them."""

    iss: str
    sub: _Identifier
    aud: str | tuple[str, ...]
    azp: str | None = None
    exp: _Seconds
    iat: _Seconds
    nonce: str = Field(min_length=1, max_length=255)
    name: _Text = None
    given_name: _Text = None
    family_name: _Text = None
    message_type: MessageType = Field(validation_alias=CORE + "message_type")
    version: Literal["1.3.0"] = Field(validation_alias=CORE + "version")
    deployment_id: _Identifier = Field(validation_alias=CORE + "deployment_id")
    target_link_uri: str = Field(validation_alias=CORE + "target_link_uri")
    roles: tuple[str, ...] = Field(validation_alias=CORE + "roles", max_length=100)
    resource_link: ResourceLink | None = Field(
        default=None, validation_alias=CORE + "resource_link"
    )
    context: Context | None = Field(default=None, validation_alias=CORE + "context")
    tool_platform: ToolPlatform | None = Field(
        default=None, validation_alias=CORE + "tool_platform"
    )
    launch_presentation: LaunchPresentation = Field(
        default=LaunchPresentation(), validation_alias=CORE + "launch_presentation"
    )
    custom: Annotated[dict[str, str], BeforeValidator(_only_texts)] = Field(
        default={}, validation_alias=CORE + "custom"
    )
    deep_linking_settings: DeepLinkingSettings | None = Field(
        default=None, validation_alias=DEEP_LINKING + "deep_linking_settings"
    )
    roster_service: RosterService | None = Field(default=None, validation_alias=ROSTER)

    @property
    def audiences(self) -> tuple[str, ...]:
        """``aud`` is a text or a list of them; always a list from here on."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud

    @property
    def person_name(self) -> str | None:
        """The name to show, or None when the platform keeps names to itself."""
        parts = " ".join(part for part in (self.given_name, self.family_name) if part)
        return self.name or parts or None
