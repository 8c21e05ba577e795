"""Settings and the vocabulary of problems."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from invigil.kit.problems import all_problems
from invigil.lti.verification import origin_of
from invigil.settings import Settings


def test_settings_are_frozen(settings):
    with pytest.raises(ValidationError):
        settings.port = 1


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("INVIGIL_PORT", "8999")
    monkeypatch.setenv("INVIGIL_EXTENSION_IDS", "a" * 32 + "," + "b" * 32)

    settings = Settings()

    assert settings.origin == "http://127.0.0.1:8999"
    assert settings.extension_ids == ("a" * 32, "b" * 32)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXTENSION_IDS", "not-an-id"),
        ("PUBLIC_URL", "invigil.example.org"),
        ("PUBLIC_URL", "https://invigil.example.org/path"),
        ("PUBLIC_URL", "https://invigil.example.org?x"),
        ("PUBLIC_URL", "https://ada@invigil.example.org"),
        ("PUBLIC_URL", "https://invigil.example.org:99999"),
        ("PUBLIC_URL", "https://:443"),
        ("PUBLIC_URL", "https://bücher.example"),
        ("PORT", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"INVIGIL_{name}", value)

    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://Invigil.Example.org", "https://invigil.example.org"),
        ("HTTPS://invigil.example.org:443", "https://invigil.example.org"),
        ("http://invigil.example.org:80", "http://invigil.example.org"),
        ("https://invigil.example.org:8443", "https://invigil.example.org:8443"),
        ("http://[::1]:8400", "http://[::1]:8400"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_the_public_address_is_kept_as_browsers_send_it_and_logins_compare_it(
    monkeypatch, written, sent
):
    monkeypatch.setenv("INVIGIL_PUBLIC_URL", written)

    assert Settings().origin == sent
    assert origin_of(f"{written}/lti/launch") == sent


def test_problem_codes_differ_and_each_has_a_sentence():
    kinds = list(all_problems())

    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.sentence.endswith(".") and kind.title for kind in kinds)
