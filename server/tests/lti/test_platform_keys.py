"""How long a platform's keys are believed, and how often we ask for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from invigil.lti.outbound import Answer, Outbound, OutboundFailed
from invigil.lti.platform_keys import PlatformKeys, parse_keys
from invigil.lti.refusals import Refusal, Refused
from server.tests.lti.forge import platform_key

URI = "https://lms.example/jwks"


def _public(kid: str, **extra: str) -> dict[str, object]:
    public = platform_key(kid).as_dict(private=False)
    return {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": kid, **extra}


@dataclass
class FakePlatform(Outbound):
    """A port's fake: answers key requests from memory and notes them. Never leaves the process."""

    documents: dict[str, object]
    is_down: bool = False
    etag: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    async def get(self, address: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        self.asked.append(dict(headers or {}))
        if self.is_down:
            raise OutboundFailed("down")
        if self.etag and self.asked[-1].get("if-none-match") == self.etag:
            return Answer(304, {}, b"")
        body = json.dumps(self.documents[address]).encode()
        return Answer(200, {"etag": self.etag} if self.etag else {}, body)


@dataclass
class Time:
    s: float = 1000.0

    def __call__(self) -> float:
        return self.s


def _set(*kids: str) -> dict[str, object]:
    return {"keys": [_public(kid) for kid in kids]}


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform({URI: _set("a")})


@pytest.fixture
def keys(platform: FakePlatform, time: Time) -> PlatformKeys:
    return PlatformKeys(platform, time)


async def _refusal(keys: PlatformKeys, kid: str) -> Refusal:
    with pytest.raises(Refused) as refused:
        await keys.key("r", URI, kid)
    return refused.value.refusal


async def test_keys_are_asked_for_once_while_they_are_fresh(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    time.s += 599
    await keys.key("r", URI, "a")
    assert len(platform.asked) == 1

    time.s += 1
    await keys.key("r", URI, "a")
    assert len(platform.asked) == 2


async def test_an_unknown_key_makes_us_look_again_but_at_most_once_a_minute(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    for _ in range(50):
        assert await _refusal(keys, "made-up") is Refusal.KEY_UNKNOWN

    time.s += 59
    await _refusal(keys, "made-up")
    assert len(platform.asked) == 1

    time.s += 1
    for _ in range(50):
        await _refusal(keys, "made-up")

    assert len(platform.asked) == 2


async def test_a_rotated_key_is_found_by_looking_again(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    platform.documents[URI] = _set("a", "b")
    time.s += 60

    assert await keys.key("r", URI, "b")


async def test_a_key_that_was_dropped_works_for_five_more_minutes(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    platform.documents[URI] = _set("b")
    time.s += 120
    assert await keys.key("r", URI, "b")

    time.s += 299
    assert await keys.key("r", URI, "a")
    time.s += 1

    assert await _refusal(keys, "a") is Refusal.KEY_UNKNOWN
    assert await keys.key("r", URI, "b")


async def test_looking_again_does_not_prolong_a_dropped_keys_time(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    platform.documents[URI] = _set("b")
    time.s += 120
    for _ in range(5):
        await keys.key("r", URI, "a")
        await _refusal(keys, "made-up")
        time.s += 60

    assert len(platform.asked) == 6
    assert await _refusal(keys, "a") is Refusal.KEY_UNKNOWN


async def test_known_keys_go_on_working_for_a_day_while_the_platform_is_down(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    await keys.key("r", URI, "a")
    platform.is_down = True
    time.s += 24 * 3600 - 1

    assert await keys.key("r", URI, "a")

    time.s += 1

    assert await _refusal(keys, "a") is Refusal.KEYS_UNREACHABLE


async def test_a_platform_that_never_answered_is_unreachable(
    keys: PlatformKeys, platform: FakePlatform
) -> None:
    platform.is_down = True

    assert await _refusal(keys, "a") is Refusal.KEYS_UNREACHABLE
    assert await _refusal(keys, "a") is Refusal.KEYS_UNREACHABLE
    assert len(platform.asked) == 1


async def test_an_unchanged_set_is_kept_by_its_etag(
    keys: PlatformKeys, platform: FakePlatform, time: Time
) -> None:
    platform.etag = '"1"'
    await keys.key("r", URI, "a")
    time.s += 600

    assert await keys.key("r", URI, "a")
    assert platform.asked == [{}, {"if-none-match": '"1"'}]


async def test_registrations_do_not_share_keys(keys: PlatformKeys, platform: FakePlatform) -> None:
    platform.documents["https://other.example/jwks"] = _set("b")
    await keys.key("r", URI, "a")

    with pytest.raises(Refused):
        await keys.key("other", "https://other.example/jwks", "a")


def test_a_key_without_alg_and_use_is_taken() -> None:
    assert list(parse_keys({"keys": [_public("x")]})) == ["x"]


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "AAAA", "kid": "x"},
        {"kty": "EC", "crv": "P-256", "x": "A", "y": "A", "kid": "x"},
        _public("x", alg="RS512"),
        _public("x", use="enc"),
        {**_public("x"), "kid": 7},
        {**_public("x"), "n": "AQAB"},
        {**_public("x"), "n": 65537},
        {"kty": "RSA"},
        "text",
        None,
    ],
)
def test_a_key_that_cannot_verify_rs256_is_passed_over(entry: object) -> None:
    assert list(parse_keys({"keys": [entry, _public("good")]})) == ["good"]


@pytest.mark.parametrize("document", [[], {}, {"keys": "x"}, "x", None])
def test_something_else_than_a_key_set_is_a_failure(document: object) -> None:
    with pytest.raises(OutboundFailed):
        parse_keys(document)
