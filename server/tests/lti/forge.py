"""Makes launches as a platform does, and lets a test change one thing about them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import RSAKey

from invigil.lti.verification import Expectation

CORE: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"

ISSUER: Final = "https://lms.example"
CLIENT_ID: Final = "client-7"
NONCE: Final = "a-nonce-of-ours"
TOOL: Final = "https://invigil.example/lti/launch"
NOW_S: Final = 1_800_000_000
GONE: Final = object()

EXPECTED: Final = Expectation(
    issuer=ISSUER,
    client_id=CLIENT_ID,
    nonce_hash=hashlib.sha256(NONCE.encode()).digest(),
    target_link_uri=TOOL,
    origins=frozenset({ISSUER}),
)


@cache
def platform_key(kid: str = "key-1", bits: int = 2048) -> RSAKey:
    """A platform's signing key; the same one each time for the same name."""
    return RSAKey.generate_key(bits, {"kid": kid})


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a learner's launch. ``GONE`` takes one out; short names mean core claims."""
    members: dict[str, Any] = {
        "iss": ISSUER,
        "sub": "person-3",
        "aud": CLIENT_ID,
        "iat": NOW_S,
        "exp": NOW_S + 60,
        "nonce": NONCE,
        "given_name": "Ana",
        "family_name": "Petrova",
        CORE + "message_type": "LtiResourceLinkRequest",
        CORE + "version": "1.3.0",
        CORE + "deployment_id": "1",
        CORE + "target_link_uri": TOOL,
        CORE + "roles": [MEMBERSHIP + "Learner"],
        CORE + "resource_link": {"id": "link-9", "title": "Midterm"},
        CORE + "context": {"id": "course-4", "title": "Statistics", "type": ["CourseSection"]},
        CORE + "launch_presentation": {
            "document_target": "iframe",
            "return_url": ISSUER + "/course/4",
        },
    }
    return changed(members, changes)


def deep_linking_claims(**changes: Any) -> dict[str, Any]:
    """The claims of a teacher's deep linking request as Moodle makes it: there is no ``data``."""
    members = claims(message_type="LtiDeepLinkingRequest", resource_link=GONE)
    members[CORE + "roles"] = [MEMBERSHIP + "Instructor"]
    members[DEEP_LINKING + "deep_linking_settings"] = {
        "deep_link_return_url": ISSUER + "/mod/lti/contentitem_return.php?course=4",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_multiple": True,
        "auto_create": False,
    }
    return changed(members, changes)


def changed(members: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Apply changes to claims; a name that is not there is a core claim's."""
    known = {name.removeprefix(CORE).removeprefix(DEEP_LINKING): name for name in members}
    for short, value in changes.items():
        name = known.get(short, short if short in {"azp", "email"} else CORE + short)
        if value is GONE:
            members.pop(name)
        else:
            members[name] = value
    return members


_PADDINGS: Final = {
    "RS256": (padding.PKCS1v15(), hashes.SHA256()),
    "RS512": (padding.PKCS1v15(), hashes.SHA512()),
    "PS256": (padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
}


def part(document: object) -> str:
    """One part of a token: JSON (or the bytes themselves) in base64url."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def sign(
    members: Mapping[str, Any] | bytes,
    *,
    key: RSAKey | None = None,
    algorithm: str = "RS256",
    header: Mapping[str, Any] | None = None,
) -> str:
    """Sign claims (or any bytes) by hand: a library would refuse to make bad headers."""
    signing_key = key or platform_key()
    protected = {"alg": algorithm, "typ": "JWT", "kid": signing_key.kid, **(header or {})}
    protected = {name: value for name, value in protected.items() if value is not GONE}
    signed = f"{part(protected)}.{part(members)}"
    private_key = signing_key.private_key
    assert private_key is not None
    return f"{signed}.{part(private_key.sign(signed.encode(), *_PADDINGS[algorithm]))}"
