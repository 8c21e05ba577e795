"""lti-consumer-xblock 11.4 as a platform: Open edX's side of LTI 1.3, in its own environment."""

# ruff: noqa: E402 - Django has to be configured before its packages are imported

from __future__ import annotations

from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only for this process",
    PLATFORM_NAME="An Open edX",
    USAGE_ID_PATTERN=".*",
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    DATABASES={},
    INSTALLED_APPS=[],
)
django.setup()

from answering import answer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.lti_1p3.constants import LTI_1P3_CONTEXT_TYPE
from lti_consumer.lti_1p3.consumer import LtiAdvantageConsumer

_KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)
_ROLES = {"teacher": "instructor", "learner": "student"}
connected: list[LtiAdvantageConsumer] = []


def configure(tool: str, own: str, jwks: str, client_id: str) -> None:
    consumer = LtiAdvantageConsumer(
        iss=own,
        lti_oidc_url=f"{tool}/lti/login",
        lti_launch_url=f"{tool}/lti/launch",
        client_id=client_id,
        deployment_id="1",
        rsa_key=_KEY.decode(),
        rsa_key_id="edx-1",
        redirect_uris=[f"{tool}/lti/launch"],
        tool_keyset_url=jwks,
    )
    consumer.enable_nrps(f"{own}/members")
    consumer.enable_deep_linking(f"{tool}/lti/launch", f"{own}/return")
    connected.append(consumer)


def keys() -> dict[str, Any]:
    return connected[-1].get_public_keyset()


def begin(role: str, *, is_deep: bool, custom: dict[str, str]) -> str:
    """Return the login initiation's address."""
    launch_data = Lti1p3LaunchData(
        user_id=f"edx-{role}",
        user_role=_ROLES[role],
        config_id="1",
        resource_link_id="block-1",
        message_type="LtiDeepLinkingRequest" if is_deep else "LtiResourceLinkRequest",
    )
    consumer = connected[-1]
    consumer.set_user_data(
        user_id=f"edx-{role}", role=_ROLES[role], full_name=f"Edx {role.title()}"
    )
    consumer.set_resource_link_claim("block-1", title="Block")
    consumer.set_context_claim(
        "course-v1:x", [LTI_1P3_CONTEXT_TYPE.course_offering], "An edX course", "X"
    )
    consumer.set_launch_presentation_claim("iframe", consumer.iss + "/back")
    if custom:
        consumer.set_custom_parameters(custom)
    return consumer.prepare_preflight_url(launch_data)


def launch(asked: dict[str, str]) -> dict[str, str]:
    """Answer an authorization request, as the authorization endpoint does."""
    return connected[-1].generate_launch_request(asked)


def picked(token: str) -> list[dict[str, Any]]:
    """Check the tool's deep linking answer; return its items."""
    return connected[-1].check_and_decode_deep_linking_token(token)


def access_token(form: dict[str, str]) -> dict[str, Any]:
    return connected[-1].access_token(form)


def may_read_roster(token: str) -> bool:
    scope = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    return connected[-1].check_token(token, [scope])


if __name__ == "__main__":
    answer(
        {
            f.__name__: f
            for f in (configure, keys, begin, launch, picked, access_token, may_read_roster)
        }
    )
