"""Settings and the vocabulary of problems."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from invigil.kit.problems import all_problems
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
        ("PORT", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"INVIGIL_{name}", value)

    with pytest.raises(ValidationError):
        Settings()


def test_problem_codes_differ_and_each_has_a_sentence():
    kinds = list(all_problems())

    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.sentence.endswith(".") and kind.title for kind in kinds)
