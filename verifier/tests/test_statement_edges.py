"""The edges of statements: names, periods, the order of administrators."""

import pytest
from candidate import INSTITUTION, RECIPIENT, Institution, Key, note

from invigil_verify.problems import Refused
from invigil_verify.statements import Root, ScopeEpoch, StaffKey, StaffRevoke, period
from invigil_verify.text import DISPLAY_NAME, VERSION, matching

FIRST, SECOND = "01h1" + "0" * 22, "01h2" + "0" * 22


@pytest.mark.parametrize("name", ["x", "x" * 200, "Université de Genève", "\u200bx\u3000"])
def test_a_name_has_1_to_200_characters(name):
    assert matching(DISPLAY_NAME, name) == name


@pytest.mark.parametrize("name", ["", "x" * 201, " x", "x ", "x\ty", "x\n", "x\x85y"])
def test_another_name_is_malformed(name):
    with pytest.raises(Refused) as refused:
        matching(DISPLAY_NAME, name)

    assert refused.value.kind == "malformed"


def test_a_version_is_three_integers_of_at_most_nine_digits():
    assert VERSION.fullmatch("999999999.0.10")
    for version in ("1000000000.0.0", "1.0", "1.0.0.0", "01.0.0", "1.0.0\n"):
        assert not VERSION.fullmatch(version)


@pytest.mark.parametrize("line", ["5 5", "5 4"])
def test_a_statement_expires_after_it_begins(line):
    with pytest.raises(Refused) as refused:
        period(line)

    assert refused.value.kind == "malformed"
    assert period("5 6") == (5, 6)


def text_of(raw):
    return raw.split(b"\n\n")[0].decode() + "\n"


def root_with(*people):
    """The institution's root with these administrators, in this order."""
    home = Institution()
    text = text_of(home.root_note())
    before, _, after = text.partition("administrators 1\n")
    lines = [
        f"{person} {Key(f'invigil/{INSTITUTION}/staff/{person}').vkey} {RECIPIENT}\n"
        for person in people
    ]
    rest = after.partition("\n")[2]
    return note(f"{before}administrators {len(people)}\n{''.join(lines)}{rest}", home.root_key)


def test_administrators_stand_in_order():
    assert list(Root.parse(root_with(FIRST, SECOND)).administrators) == [FIRST, SECOND]
    with pytest.raises(Refused) as refused:
        Root.parse(root_with(SECOND, FIRST))
    assert refused.value.kind == "malformed"


def test_a_root_that_counts_more_than_it_names_is_malformed():
    home = Institution()
    text = text_of(home.root_note())

    with pytest.raises(Refused) as refused:
        Root.parse(note(text.replace("recovery 0", "recovery 9000000000"), home.root_key))

    assert refused.value.kind == "malformed"


def test_a_root_does_not_count_one_key_twice():
    home = Institution()
    again = Key(f"invigil/{INSTITUTION}/root/2")
    again.public = home.root_key.public
    once = f"roots 1 1\n{home.root_key.vkey}\n"
    twice = f"roots 2 2\n{home.root_key.vkey}\n{again.vkey}\n"

    with pytest.raises(Refused) as refused:
        Root.parse(note(text_of(home.root_note()).replace(once, twice), home.root_key))

    assert refused.value.kind == "malformed"


def test_an_administrator_is_named_by_an_identifier():
    with pytest.raises(Refused) as refused:
        Root.parse(root_with("ada"))

    assert refused.value.kind == "malformed"


def test_nothing_follows_the_last_line_of_a_statement():
    home = Institution()
    for kind, raw in ((StaffKey, home.staff_note()), (ScopeEpoch, home.epoch_note())):
        kind.parse(raw)
        with pytest.raises(Refused) as refused:
            kind.parse(note(text_of(raw) + "more\n", home.admin))
        assert refused.value.kind == "malformed"


def test_a_revocation_ends_with_its_moment():
    admin = Institution().admin
    text = f"invigil/v1/staff-revoke\n{INSTITUTION}\n{FIRST}\n5\n"

    assert StaffRevoke.parse(note(text, admin)).issued == 5
    with pytest.raises(Refused) as refused:
        StaffRevoke.parse(note(f"{text}6\n", admin))
    assert refused.value.kind == "malformed"
