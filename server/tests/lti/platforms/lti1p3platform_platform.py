"""lti1p3platform 0.1.8 as a platform. Runs in its own environment."""

from __future__ import annotations

from typing import Any

from answering import answer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request

_KEY = rsa.generate_private_key(65537, 2048)
_PRIVATE = _KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
).decode()
_PUBLIC = (
    _KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_ROLES = {"teacher": [_MEMBERSHIP + "Instructor"], "learner": [_MEMBERSHIP + "Learner"]}
state: dict[str, Any] = {}


class Platform(LTI1P3PlatformConfAbstract):
    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **_kwargs: Any) -> Registration:
        assert self._registration is not None
        return self._registration


class Login(OIDCLoginAbstract):
    def set_lti_message_hint(self, **kwargs: Any) -> None:
        self._lti_message_hint = kwargs["hint"]

    def get_redirect(self, url: str) -> str:
        return url


class Authorization(Request):
    def build_metadata(self, request: dict[str, str]) -> Any:
        return {"method": "GET", "form_data": {}, "get_data": request, "headers": {}}


class Launch(LTIAdvantageMessageLaunchAbstract):
    def render_launch_form(self, launch_data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return launch_data


def configure(tool: str, own: str, jwks: str, client_id: str) -> None:
    registration = Registration()
    registration.set_iss(own).set_client_id(client_id).set_deployment_id("1")
    registration.set_launch_url(f"{tool}/lti/launch").set_deeplink_launch_url(f"{tool}/lti/launch")
    registration.set_oidc_login_url(f"{tool}/lti/login").set_tool_key_set_url(jwks)
    registration.set_platform_public_key(_PUBLIC).set_platform_private_key(_PRIVATE)
    state["own"], state["platform"] = own, Platform(registration=registration)


def keys() -> dict[str, Any]:
    return state["platform"].get_jwks()


def begin(role: str, *, is_deep: bool, custom: dict[str, str]) -> str:
    """Return the login initiation's address."""
    state["launch"] = (role, is_deep, custom)
    login = Login(None, state["platform"])
    login.set_lti_message_hint(hint="hint")
    return login.initiate_login(f"p13-{role}")


def launch(asked: dict[str, str]) -> dict[str, str]:
    """Answer an authorization request, as the authorization endpoint does."""
    role, is_deep, custom = state["launch"]
    message = Launch(Authorization(asked), state["platform"])
    message.set_user_data(f"p13-{role}", _ROLES[role], full_name=f"P13 {role.title()}")
    message.set_resource_link_claim("link-1", title="A link")
    message.set_launch_context_claim("course-1", ["CourseSection"], "A course", "C1")
    message.set_launch_presentation_claim("iframe", state["own"] + "/back")
    message.set_custom_parameters_claim(custom)
    message.set_nrps(state["own"] + "/members")
    if is_deep:
        message.set_dl(state["own"] + "/return", "Title", "Text", {"ltiResourceLink"}, "opaque")
    return message.lti_launch()


def picked(token: str) -> list[dict[str, Any]]:
    """Check the tool's deep linking answer; return its items."""
    return state["platform"].validate_deeplinking_resp({"JWT": token})


def access_token(form: dict[str, str]) -> dict[str, Any]:
    return state["platform"].get_access_token(form)


def may_read_roster(token: str) -> bool:
    scope = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    return state["platform"].validate_token(token, [scope])


if __name__ == "__main__":
    answer(
        {
            f.__name__: f
            for f in (configure, keys, begin, launch, picked, access_token, may_read_roster)
        }
    )
