"""The vocabulary of refusals: complete, in use, in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import invigil.lti
from invigil.lti.refusals import Refusal

HERE = Path(__file__).parent
ROOM = Path(invigil.lti.__file__).parent


def _named_in(folder: Path) -> set[str]:
    text = "\n".join(path.read_text() for path in folder.glob("*.py"))
    return set(re.findall(r"Refusal\.([A-Z_]+)\b", text))


def test_every_refusal_can_happen_and_is_tested() -> None:
    names = {each.name for each in Refusal}

    assert _named_in(ROOM) == names
    assert _named_in(HERE) == names


def test_codes_are_the_refusals_own() -> None:
    codes = [each.words.code for each in Refusal]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"lti-[a-z-]+", code) for code in codes)


def test_a_refusal_is_a_title_and_a_sentence_that_says_what_to_do() -> None:
    for each in Refusal:
        assert not each.words.title.endswith("."), each
        assert each.words.what_to_do.endswith("."), each
        assert 400 <= each.words.status < 600, each
