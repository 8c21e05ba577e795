"""Each rule of a launch, broken alone: valid but for one thing, it is refused by name."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from invigil.lti.refusals import Refusal, Refused
from invigil.lti.verification import (
    MAX_DEPTH,
    origin_of,
    read_key_id,
    verify_launch,
)
from server.tests.lti.forge import (
    CLIENT_ID,
    EXPECTED,
    GONE,
    ISSUER,
    NOW_S,
    claims,
    deep_linking_claims,
    part,
    platform_key,
    sign,
)


def _verify(token: str) -> Any:
    return verify_launch(token, platform_key(), EXPECTED, NOW_S)


def _nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(depth):
        inner = {"x": inner}
    return inner


def test_a_valid_launch_gives_its_claims() -> None:
    launch = _verify(sign(claims()))

    assert launch.sub == "person-3"
    assert launch.person_name == "Ana Petrova"
    assert launch.launch_presentation.return_url == ISSUER + "/course/4"


def test_a_valid_deep_linking_request_gives_its_claims() -> None:
    launch = _verify(sign(deep_linking_claims()))

    assert launch.deep_linking_settings.data is None
    assert launch.deep_linking_settings.deep_link_return_url.startswith(ISSUER)


SETTINGS = "deep_linking_settings"
_ALLOWED = {
    "aud as a list": claims(aud=[CLIENT_ID]),
    "several aud with our azp": claims(aud=["other", CLIENT_ID], azp=CLIENT_ID),
    "our azp beside a single aud": claims(azp=CLIENT_ID),
    "no roles at all": claims(roles=[]),
    "exp just inside the skew": claims(exp=NOW_S - 59),
    "iat just inside the skew": claims(iat=NOW_S + 60),
    "iat with a fraction": claims(iat=NOW_S + 0.5),
    "no name, no presentation": claims(given_name=GONE, family_name=GONE, launch_presentation={}),
    "nulls where a text may be missing": claims(
        given_name=None, context={"id": "4", "title": None}
    ),
    "a resource link in a deep linking request": deep_linking_claims(resource_link={"id": "1"}),
}


@pytest.mark.parametrize("members", _ALLOWED.values(), ids=_ALLOWED.keys())
def test_what_the_specification_allows_is_accepted(members: dict[str, Any]) -> None:
    assert _verify(sign(members)).iss == ISSUER


def _return_to(url: str) -> dict[str, Any]:
    return deep_linking_claims(deep_linking_settings={"deep_link_return_url": url})


_BROKEN_CLAIMS: dict[str, tuple[dict[str, Any], Refusal]] = {
    "another issuer": (claims(iss="https://evil.example"), Refusal.ISSUER_WRONG),
    "the issuer with a slash": (claims(iss=ISSUER + "/"), Refusal.ISSUER_WRONG),
    "no issuer": (claims(iss=GONE), Refusal.CLAIM_MISSING),
    "no subject": (claims(sub=GONE), Refusal.CLAIM_MISSING),
    "an empty subject": (claims(sub=""), Refusal.CLAIM_MISSING),
    "a subject that is a number": (claims(sub=3), Refusal.CLAIM_MISSING),
    "a subject of 256 characters": (claims(sub="x" * 256), Refusal.CLAIM_MISSING),
    "no audience": (claims(aud=GONE), Refusal.CLAIM_MISSING),
    "another audience": (claims(aud="client-8"), Refusal.AUDIENCE_WRONG),
    "a list of other audiences": (claims(aud=["a", "b"], azp=CLIENT_ID), Refusal.AUDIENCE_WRONG),
    "an empty list of audiences": (claims(aud=[]), Refusal.AUDIENCE_WRONG),
    "several audiences without azp": (claims(aud=[CLIENT_ID, "b"]), Refusal.AUDIENCE_WRONG),
    "another azp": (claims(azp="client-8"), Refusal.AUDIENCE_WRONG),
    "another azp among several": (claims(aud=[CLIENT_ID, "b"], azp="b"), Refusal.AUDIENCE_WRONG),
    "no expiry": (claims(exp=GONE), Refusal.CLAIM_MISSING),
    "an expiry that is a text": (claims(exp=str(NOW_S + 60)), Refusal.CLAIM_MISSING),
    "an expiry that is true": (claims(exp=True), Refusal.CLAIM_MISSING),
    "expired beyond the skew": (claims(exp=NOW_S - 60), Refusal.TOKEN_EXPIRED),
    "no time of issue": (claims(iat=GONE), Refusal.CLAIM_MISSING),
    "issued in the future": (claims(iat=NOW_S + 61), Refusal.TOKEN_FROM_THE_FUTURE),
    "issued long ago, valid for years": (
        claims(iat=NOW_S - 4000, exp=NOW_S + 10**8),
        Refusal.TOKEN_EXPIRED,
    ),
    "no nonce": (claims(nonce=GONE), Refusal.CLAIM_MISSING),
    "another nonce": (claims(nonce="not-ours"), Refusal.NONCE_WRONG),
    "no version": (claims(version=GONE), Refusal.CLAIM_MISSING),
    "LTI 1.1": (claims(version="LTI-1p0"), Refusal.CLAIM_MISSING),
    "no message type": (claims(message_type=GONE), Refusal.CLAIM_MISSING),
    "a message type we do not know": (
        claims(message_type="LtiStartProctoring"),
        Refusal.MESSAGE_UNSUPPORTED,
    ),
    "no deployment": (claims(deployment_id=GONE), Refusal.CLAIM_MISSING),
    "no target": (claims(target_link_uri=GONE), Refusal.CLAIM_MISSING),
    "a target other than at login": (
        claims(target_link_uri="https://invigil.example/lti/launch?x=1"),
        Refusal.TARGET_CHANGED,
    ),
    "no roles claim": (claims(roles=GONE), Refusal.CLAIM_MISSING),
    "a hundred and one roles": (claims(roles=["Learner"] * 101), Refusal.CLAIM_MISSING),
    "no resource link": (claims(resource_link=GONE), Refusal.CLAIM_MISSING),
    "a resource link without an id": (claims(resource_link={"title": "x"}), Refusal.CLAIM_MISSING),
    "no course": (claims(context=GONE), Refusal.COURSE_MISSING),
    "deep linking without settings": (
        deep_linking_claims(deep_linking_settings=GONE),
        Refusal.CLAIM_MISSING,
    ),
    "a return to another host": (_return_to("https://evil.example/x"), Refusal.RETURN_ELSEWHERE),
    "a return to another scheme": (_return_to("http://lms.example/x"), Refusal.RETURN_ELSEWHERE),
    "a return to another port": (_return_to(ISSUER + ":8443/x"), Refusal.RETURN_ELSEWHERE),
    "a return that runs a script": (_return_to("javascript:alert(1)"), Refusal.RETURN_ELSEWHERE),
    "a return with a name in it": (
        _return_to("https://lms.example@evil.example/"),
        Refusal.RETURN_ELSEWHERE,
    ),
    "a return with a name before it": (
        _return_to("https://x@lms.example/"),
        Refusal.RETURN_ELSEWHERE,
    ),
}


@pytest.mark.parametrize(("members", "refusal"), _BROKEN_CLAIMS.values(), ids=_BROKEN_CLAIMS.keys())
def test_a_broken_claim_is_refused_by_name(members: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        _verify(sign(members))

    assert refused.value.refusal is refusal


def _with_secret_of_public_key() -> str:
    """The classic confusion: HS256 keyed with the platform's public key."""
    signed = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(claims())}"
    secret = platform_key().as_pem(private=False)
    mac = hmac.new(secret, signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _altered(token: str, at: int) -> str:
    parts = token.split(".")
    first = "B" if parts[at][10] == "A" else "A"
    parts[at] = parts[at][:10] + first + parts[at][11:]
    return ".".join(parts)


def _unsigned() -> str:
    return f"{part({'alg': 'none', 'kid': 'key-1'})}.{part(claims())}."


_DUPLICATE = json.dumps(claims())[:-1].encode() + b', "sub": "somebody-else"}'
_BROKEN_TOKENS: dict[str, tuple[str, Refusal]] = {
    "nothing": ("", Refusal.TOKEN_MALFORMED),
    "two parts": ("a.b", Refusal.TOKEN_MALFORMED),
    "five parts": ("a.b.c.d.e", Refusal.TOKEN_MALFORMED),
    "no signature": (_unsigned(), Refusal.TOKEN_MALFORMED),
    "alg none with a signature": (_unsigned() + "AAAA", Refusal.ALGORITHM_REFUSED),
    "HS256 with the public key": (_with_secret_of_public_key(), Refusal.ALGORITHM_REFUSED),
    "RS512": (sign(claims(), algorithm="RS512"), Refusal.ALGORITHM_REFUSED),
    "PS256": (sign(claims(), algorithm="PS256"), Refusal.ALGORITHM_REFUSED),
    "no kid": (sign(claims(), header={"kid": GONE}), Refusal.KEY_UNKNOWN),
    "a kid that is a number": (sign(claims(), header={"kid": 1}), Refusal.KEY_UNKNOWN),
    "an unknown critical header": (
        sign(claims(), header={"crit": ["x"], "x": 1}),
        Refusal.SIGNATURE_WRONG,
    ),
    "signed by somebody else": (
        sign(claims(), key=platform_key("other"), header={"kid": "key-1"}),
        Refusal.SIGNATURE_WRONG,
    ),
    "an altered payload": (_altered(sign(claims()), 1), Refusal.SIGNATURE_WRONG),
    "an altered signature": (_altered(sign(claims()), 2), Refusal.SIGNATURE_WRONG),
    "a header that is no object": (f"{part([1])}.e30.AAAA", Refusal.TOKEN_MALFORMED),
    "a header that is no JSON": ("AAAA.e30.AAAA", Refusal.TOKEN_MALFORMED),
    "a header that is no base64": ("é.e30.AAAA", Refusal.TOKEN_MALFORMED),
    "a payload that is no object": (sign(b"[1]"), Refusal.TOKEN_MALFORMED),
    "a payload with a claim twice": (sign(_DUPLICATE), Refusal.TOKEN_MALFORMED),
    "a payload with NaN": (sign(b'{"exp": NaN}'), Refusal.TOKEN_MALFORMED),
    "a token of 40 KiB": (sign(claims(custom={"x": "y" * 40_000})), Refusal.TOKEN_TOO_LARGE),
    "a payload nested too deeply": (
        sign(claims(custom=_nested(MAX_DEPTH))),
        Refusal.TOKEN_MALFORMED,
    ),
    "a header nested to the end of the stack": (
        base64.urlsafe_b64encode(b"[" * 9000).decode() + ".e30.AAAA",
        Refusal.TOKEN_MALFORMED,
    ),
}


@pytest.mark.parametrize(("token", "refusal"), _BROKEN_TOKENS.values(), ids=_BROKEN_TOKENS.keys())
def test_a_broken_token_is_refused_by_name(token: str, refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        _verify(token)

    assert refused.value.refusal is refusal


def test_a_refusal_says_nothing_of_what_was_sent() -> None:
    with pytest.raises(Refused) as refused:
        _verify(sign(claims(nonce="a-secret-of-somebody", sub="Mallory")))

    assert "secret" not in str(refused.value)
    assert "Mallory" not in str(refused.value)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "http://lms.example/", "//lms.example/", "javascript:1", "x", ""],
)
def test_a_return_url_that_leads_elsewhere_is_left_out(elsewhere: str) -> None:
    launch = _verify(sign(claims(launch_presentation={"return_url": elsewhere})))

    assert launch.launch_presentation.return_url is None


def test_the_key_id_is_read_before_anything_else() -> None:
    assert read_key_id(sign(claims())) == "key-1"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://LMS.example/path?q=1#f", "https://lms.example"),
        ("https://lms.example:443/", "https://lms.example"),
        ("http://127.0.0.1:8401/", "http://127.0.0.1:8401"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://lms.example:99999/", None),
        ("ftp://lms.example/", None),
        ("https:///path", None),
        ("https://x@lms.example/", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin
