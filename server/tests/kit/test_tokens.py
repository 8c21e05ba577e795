"""Attempt tokens: what a server makes, and nothing else, opens."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invigil.kit.problems import TokenExpired, TokenInvalid
from invigil.kit.tokens import AttemptToken, AttemptTokens, new_opaque_token, token_hash

SECRET = bytes(range(32))
TOKENS = AttemptTokens(SECRET)
SAID = AttemptToken("01kbsnw0000000000000000000", 3, 2_000)


def test_a_token_says_what_was_put_into_it():
    assert TOKENS.verify(TOKENS.issue(SAID), 1_999) == SAID


def test_a_token_has_the_form_of_the_specification():
    payload = base64.urlsafe_b64encode(b"01kbsnw0000000000000000000|3|2000").rstrip(b"=")
    mac = hmac.new(SECRET, b"iat1." + payload, hashlib.sha256).digest()
    expected = b"iat1." + payload + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")

    assert TOKENS.issue(SAID) == expected.decode()


def test_a_token_ends_also_when_it_was_seen_before():
    token = TOKENS.issue(SAID)
    TOKENS.verify(token, 1_999)

    with pytest.raises(TokenExpired):
        TOKENS.verify(token, 2_000)


def test_a_token_of_another_server_is_refused():
    with pytest.raises(TokenInvalid):
        AttemptTokens(bytes(32)).verify(TOKENS.issue(SAID), 0)


@given(st.data())
def test_a_token_with_any_character_changed_is_refused(data):
    token = TOKENS.issue(SAID)
    at = data.draw(st.integers(0, len(token) - 2))  # the last one has two unused bits
    other = data.draw(st.characters().filter(lambda char: char != token[at]))

    with pytest.raises(TokenInvalid):
        TOKENS.verify(token[:at] + other + token[at + 1 :], 0)


@given(st.text())
def test_what_is_no_token_is_refused(text):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(text, 0)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        AttemptTokens(bytes(31))


def test_opaque_tokens_differ_and_say_their_kind():
    first, second = new_opaque_token("ilt1"), new_opaque_token("ilt1")

    assert first != second
    assert first.startswith("ilt1.")
    assert token_hash(first) == hashlib.sha256(first.encode()).hexdigest()
