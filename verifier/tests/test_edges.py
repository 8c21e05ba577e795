"""The edges of the small parts: one step further is refused, one step nearer is not."""

import pytest
from candidate import INSTITUTION, Key, b64, note

from invigil_verify import tree
from invigil_verify.notes import COSIGNATURE, NOTE_CAP, Checkpoint, Note, Vkey
from invigil_verify.problems import Refused
from invigil_verify.text import Lines

KEY = Key(f"invigil/{INSTITUTION}/root/1")
ONE, TWO, THREE, FOUR = (tree.leaf_hash(bytes([number])) for number in range(4))


def refusal(read):
    with pytest.raises(Refused) as refused:
        read()
    return refused.value.kind


def test_a_text_may_be_as_long_as_its_cap():
    assert Lines.of(b"a\n" * 50, cap=100, first=("a",))[1].rest == ["a"] * 49


def test_a_count_under_another_label_is_malformed():
    _, lines = Lines.of(b"a\nroots 1\n", cap=100, first=("a",))

    assert refusal(lambda: lines.counted("servers")) == "malformed"


def test_a_note_may_be_as_long_as_its_cap():
    signed = note("text\n", KEY)
    padding = b"x" * (NOTE_CAP - len(signed))

    assert Note.parse(padding + signed).text.endswith(b"text\n")
    assert refusal(lambda: Note.parse(b"x" + padding + signed)) == "malformed"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(KEY.line(b"text\n"), id="a signature alone"),
        pytest.param(b"text\n\n", id="an empty block"),
        pytest.param(note("text\n", KEY)[:-1], id="no last line feed"),
        pytest.param(note("text\n", KEY, KEY) + "\u2014 x".encode(), id="a line cut short"),
        pytest.param(note("text\n", KEY) + b"\xff\n", id="a block that is not UTF-8"),
    ],
)
def test_a_note_without_a_whole_signature_block_is_malformed(raw):
    assert refusal(lambda: Note.parse(raw)) == "malformed"


@pytest.mark.parametrize(("length", "is_read"), [(4, False), (5, True)])
def test_a_signature_holds_more_than_its_key_id(length, is_read):
    raw = f"text\n\n\u2014 somebody {b64(bytes(length))}\n".encode()

    if is_read:
        assert Note.parse(raw).signatures == (("somebody", bytes(length)),)
    else:
        assert refusal(lambda: Note.parse(raw)) == "malformed"


@pytest.mark.parametrize("text", [b"origin\xff\n1\n", b"origin\n1\n", b"origin\n1\n%s\nmore\n"])
def test_a_checkpoint_is_three_lines_of_utf8(text):
    raw = text.replace(b"%s", b64(ONE).encode())

    assert refusal(lambda: Checkpoint.parse(raw + b"\n" + KEY.line(raw), "origin")) == "malformed"


@pytest.mark.parametrize("length", [71, 73])
def test_a_cosignature_has_72_bytes(length):
    text = f"origin\n1\n{b64(ONE)}\n"
    payload = KEY.key_id(COSIGNATURE) + bytes(length)
    raw = f"{text}\n\u2014 {KEY.name} {b64(payload)}\n".encode()
    checkpoint = Checkpoint.parse(raw, "origin")

    assert refusal(lambda: checkpoint.cosigned_at(Vkey.parse(KEY.vkey))) == "forged"


def test_an_index_is_below_the_size():
    assert not tree.verify_inclusion(ONE, index=1, size=1, proof=[], expected=ONE)


def test_a_proof_that_goes_above_the_root_includes_nothing():
    above = tree.node_hash(TWO, ONE)

    assert not tree.verify_inclusion(ONE, index=0, size=1, proof=[TWO], expected=above)


def consistent(old, new, proof):
    (old_size, old_root), (new_size, new_root) = old, new
    return tree.verify_consistency(
        old_size=old_size, new_size=new_size, old_root=old_root, new_root=new_root, proof=proof
    )


PAIR = tree.root([ONE, TWO])
THIRD, FOURTH = tree.root([ONE, TWO, THREE]), tree.root([ONE, TWO, THREE, FOUR])


def test_a_tree_continues_itself_and_the_empty_one_without_a_proof():
    assert consistent((3, THIRD), (3, THIRD), [])
    assert consistent((0, tree.EMPTY), (3, THIRD), [])
    assert not consistent((3, FOURTH), (3, THIRD), [])
    assert not consistent((0, ONE), (3, THIRD), [])
    assert not consistent((2, tree.EMPTY), (3, THIRD), [])
    assert not consistent((1, tree.EMPTY), (3, THIRD), [])


def test_a_tree_takes_no_proof_that_it_does_not_need():
    assert consistent((3, THIRD), (4, FOURTH), [THREE, FOUR, PAIR])
    assert not consistent((3, THIRD), (3, THIRD), [THREE, PAIR])
    assert not consistent((0, tree.EMPTY), (3, THIRD), [THIRD])
    assert not consistent((4, FOURTH), (3, THIRD), [THREE, PAIR])


def test_a_proof_that_goes_above_both_roots_connects_nothing():
    old, new = tree.node_hash(ONE, THIRD), tree.node_hash(ONE, FOURTH)

    assert not consistent((3, old), (4, new), [THREE, FOUR, PAIR, ONE])


def vkey_named(name):
    key = Key(name)
    key.public = KEY.public
    return key.vkey


@pytest.mark.parametrize("name", ["", "in vigil", "invigil\t"])
def test_a_key_has_a_name_without_spaces_though_its_id_fits(name):
    assert refusal(lambda: Vkey.parse(vkey_named(name))) == "malformed"


def test_a_key_under_another_name_is_malformed_though_its_id_fits():
    other = vkey_named(f"invigil/{INSTITUTION}/root/2")

    assert Vkey.parse(other).name == f"invigil/{INSTITUTION}/root/2"
    assert refusal(lambda: Vkey.parse(other, name=KEY.name)) == "malformed"
