"""What this room says over the wire (wire.md §6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from invigil.kit.wire import NO_NUL, IdText, Message, UnixMs, example
from invigil.lti.models import LtiDeployment, LtiRegistration

Address = Annotated[
    str,
    Field(min_length=1, max_length=2048, examples=["https://lms.example.org/mod/lti/auth.php"]),
    NO_NUL,
]


class ToolAddresses(Message):
    """What an LMS asks for when the connection is entered by hand."""

    login_url: str
    launch_url: str
    redirect_uri: str
    jwks_url: str
    registration_url: str

    @staticmethod
    def at(public_url: str) -> ToolAddresses:
        return ToolAddresses(
            login_url=public_url + "/lti/login",
            launch_url=public_url + "/lti/launch",
            redirect_uri=public_url + "/lti/launch",
            jwks_url=public_url + "/lti/jwks.json",
            registration_url=public_url + "/lti/register",
        )


class DeploymentView(Message):
    """A part of an LMS; a pending one was seen in a launch and waits."""

    id: str
    state: Literal["pending", "approved"]


class RegistrationView(Message):
    """A connection to an LMS."""

    id: IdText
    name: str
    product: str
    state: Literal["pending", "approved"]
    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    token_audience: str
    jwks_uri: str
    origins: list[str]
    deployments: list[DeploymentView]
    created: UnixMs

    @staticmethod
    def of(
        found: LtiRegistration, deployments: list[LtiDeployment], origins: frozenset[str]
    ) -> RegistrationView:
        return RegistrationView(
            id=found.id,
            name=found.name,
            product=found.product,
            state="approved" if found.approved_ms is not None else "pending",
            issuer=found.issuer,
            client_id=found.client_id,
            authorization_endpoint=found.authorization_endpoint,
            token_endpoint=found.token_endpoint,
            token_audience=found.token_audience,
            jwks_uri=found.jwks_uri,
            origins=sorted(origins),
            deployments=[
                DeploymentView(
                    id=each.deployment_id,
                    state="approved" if each.approved_ms is not None else "pending",
                )
                for each in deployments
            ],
            created=found.created_ms,
        )


class RegistrationList(Message):
    """Our side of every connection, and the connections of the institution."""

    tool: ToolAddresses
    registrations: list[RegistrationView]


class RegistrationWanted(
    Message,
    json_schema_extra=example(
        {
            "issuer": "https://lms.example.org",
            "client_id": "a1b2c3",
            "authorization_endpoint": "https://lms.example.org/mod/lti/auth.php",
            "token_endpoint": "https://lms.example.org/mod/lti/token.php",
            "jwks_uri": "https://lms.example.org/mod/lti/certs.php",
            "name": "Moodle",
            "deployments": ["1"],
        }
    ),
):
    """A connection entered by hand; it is approved at once."""

    issuer: Annotated[str, Field(min_length=1, max_length=500), NO_NUL]
    client_id: Annotated[str, Field(min_length=1, max_length=255), NO_NUL]
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    name: Annotated[str, Field(max_length=200), NO_NUL] = ""
    token_audience: Annotated[str, Field(max_length=2048), NO_NUL] = ""
    extra_origins: Annotated[tuple[Annotated[str, NO_NUL], ...], Field(max_length=20)] = ()
    deployments: Annotated[tuple[Annotated[str, NO_NUL], ...], Field(max_length=100)] = ()


class RosterMember(Message):
    """Somebody who sits exams in the course. `person` is null before their first launch."""

    person: IdText | None
    name: str | None


class Roster(Message):
    """The course's learners, as the LMS has them now; by name."""

    members: list[RosterMember]
