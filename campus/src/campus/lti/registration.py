"""Dynamic registration (LTI Dynamic Registration 1.0): campus's side."""

import sqlite3
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from campus.lti import names, tools
from campus.lti.tools import Tool
from campus.problems import OAuthProblem
from campus.settings import origin_of
from campus.storage import hash_of, new_secret

TOKEN_LIFE_S = 3600


class Message(BaseModel):
    type: str
    target_link_uri: str = ""


class ToolConfiguration(BaseModel):
    domain: str = Field(min_length=1)
    target_link_uri: str
    deployment_id: str = ""
    messages: list[Message] = Field(default_factory=list, max_length=20)
    custom_parameters: dict[str, str] = Field(default_factory=dict, max_length=50)


class Registration(BaseModel):
    application_type: Literal["web"]
    response_types: list[str]
    grant_types: list[str]
    initiate_login_uri: str
    redirect_uris: list[str] = Field(min_length=1, max_length=20)
    client_name: str = Field(min_length=1, max_length=200)
    jwks_uri: str
    token_endpoint_auth_method: Literal["private_key_jwt"]
    scope: str = ""
    # The name of names.TOOL_CONFIGURATION; a type checker wants it written out.
    tool: ToolConfiguration = Field(alias="https://purl.imsglobal.org/spec/lti-tool-configuration")

    @field_validator("response_types")
    @classmethod
    def _answers_with_id_token(cls, given: list[str]) -> list[str]:
        if "id_token" not in given:
            raise ValueError("must contain id_token")
        return given

    @field_validator("grant_types")
    @classmethod
    def _can_be_launched_and_call(cls, given: list[str]) -> list[str]:
        if not {"implicit", "client_credentials"} <= set(given):
            raise ValueError("must contain implicit and client_credentials")
        return given


def configuration(issuer: str) -> dict[str, Any]:
    """What a tool reads before it registers."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/lti/auth",
        "token_endpoint": f"{issuer}/lti/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{issuer}/lti/jwks.json",
        "registration_endpoint": f"{issuer}/lti/register",
        "scopes_supported": ["openid", *names.ALL_SCOPES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email", "locale"],
        names.PLATFORM_CONFIGURATION: {
            "product_family_code": "campus",
            "version": "1",
            "messages_supported": [
                {"type": names.RESOURCE_LINK_REQUEST},
                {"type": names.DEEP_LINKING_REQUEST, "placements": ["ContentArea"]},
            ],
            "variables": [
                "User.id",
                "User.username",
                "Person.name.full",
                "Person.email.primary",
                "Context.id",
                "Context.label",
                "Context.title",
                "ResourceLink.id",
                "ResourceLink.title",
            ],
        },
    }


def invite(db: sqlite3.Connection, *, now: float) -> str:
    """A registration token: one registration, within the hour."""
    token = new_secret()
    db.execute(
        "INSERT INTO registration_tokens VALUES (?, ?, NULL)", (hash_of(token), now + TOKEN_LIFE_S)
    )
    return token


def take_invitation(db: sqlite3.Connection, token: str, *, now: float) -> None:
    row = db.execute(
        "UPDATE registration_tokens SET used_at = ?1 WHERE token_hash = ?2 AND used_at IS NULL"
        " AND expires_at > ?1 RETURNING 1",
        (now, hash_of(token)),
    ).fetchone()
    if row is None:
        raise OAuthProblem(
            "invalid_token", "The registration token is unknown, used or out of date.", 401
        )


def tool_from(registration: Registration) -> Tool:
    """A pending tool. OAuthProblem when its addresses are not usable or not on its own domain."""
    client_id = tools.new_client_id()
    try:
        _check_domain(registration.tool)
        tool = Tool(
            client_id=client_id,
            deployment_id="1",
            name=registration.client_name,
            state="pending",
            login_url=registration.initiate_login_uri,
            launch_url=registration.tool.target_link_uri,
            deep_link_url=_deep_link_url(registration.tool),
            jwks_url=registration.jwks_uri,
            redirect_uris=tuple(registration.redirect_uris),
            scopes=tools.known_scopes(registration.scope),
            custom=registration.tool.custom_parameters,
        )
        tools.check_urls(tool)
    except ValueError as error:
        raise OAuthProblem("invalid_client_metadata", str(error)) from error
    return tool


def confirmation(registration: Registration, tool: Tool) -> dict[str, Any]:
    """What the tool sent, as far as it was kept, with its client id and deployment id."""
    messages = [{"type": names.RESOURCE_LINK_REQUEST, "target_link_uri": tool.launch_url}]
    if tool.deep_link_url:
        messages.append({"type": names.DEEP_LINKING_REQUEST, "target_link_uri": tool.deep_link_url})
    kept = registration.model_dump(exclude={"tool", "scope"})
    return kept | {
        "client_id": tool.client_id,
        "scope": " ".join(tool.scopes),
        names.TOOL_CONFIGURATION: {
            "domain": registration.tool.domain,
            "target_link_uri": tool.launch_url,
            "deployment_id": tool.deployment_id,
            "messages": messages,
            "custom_parameters": tool.custom,
        },
    }


def _check_domain(configuration: ToolConfiguration) -> None:
    host = origin_of(configuration.target_link_uri).partition("://")[2]
    if configuration.domain.lower() != host:
        raise ValueError("target_link_uri is not on the domain, port included")


def _deep_link_url(configuration: ToolConfiguration) -> str:
    for message in configuration.messages:
        if message.type == names.DEEP_LINKING_REQUEST:
            return message.target_link_uri or configuration.target_link_uri
    return ""
