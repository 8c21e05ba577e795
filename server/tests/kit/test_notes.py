"""Signed notes, checkpoints and cosignatures (sealed.md §4)."""

from __future__ import annotations

import pytest

from invigil.kit.checkpoints import (
    Checkpoint,
    cosign,
    cosigned_at,
    open_checkpoint,
    sign_checkpoint,
)
from invigil.kit.signing import (
    NoteForgedError,
    NoteMalformedError,
    SigningKey,
    VerifierKey,
    parse_note,
)
from invigil.kit.tree import EMPTY_ROOT

KEY, OTHER = SigningKey(bytes(32)), SigningKey(bytes([1] * 32))
NAME = "invigil/demo/server"
CHECKPOINT = Checkpoint("invigil/demo/keys", 7, EMPTY_ROOT)


def test_the_notes_of_the_specification_of_signed_notes_verify():
    # From C2SP signed-note and Go's golang.org/x/mod/sumdb/note.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
        "qdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert parse_note(note).signers([key]) == {key}


def test_a_vkey_comes_back_from_its_text():
    key = KEY.verifier(NAME)

    assert VerifierKey.parse(key.vkey) == key


@pytest.mark.parametrize(
    "damage",
    [
        lambda vkey: vkey.replace("+", "-", 1),
        lambda vkey: "x" + vkey,
        lambda vkey: vkey[:-1],
        lambda vkey: vkey.replace("invigil", "in vigil"),
        lambda vkey: vkey + "=",
        lambda _: "",
    ],
)
def test_a_damaged_vkey_is_refused(damage):
    with pytest.raises(NoteMalformedError):
        VerifierKey.parse(damage(KEY.verifier(NAME).vkey))


def test_signatures_of_unknown_keys_are_ignored():
    note = KEY.sign_note("text\n", NAME) + OTHER.signature_line("text\n", "somebody/else")

    known = KEY.verifier(NAME)
    assert parse_note(note).signers([known]) == {known}


def test_a_wrong_signature_by_a_known_key_makes_the_note_forged():
    note = KEY.sign_note("text\n", NAME).replace("text", "test")

    with pytest.raises(NoteForgedError):
        parse_note(note).signers([KEY.verifier(NAME)])


GOOD = KEY.sign_note("text\n", NAME)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        GOOD[:-1],
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("text", "te\tx"),
        GOOD.replace("— ", "- "),
        GOOD.replace(NAME, "a+b"),
        GOOD + "more\n",
        GOOD + "\n",
        GOOD.replace("text", "x" * 70_000),
        GOOD + GOOD.split("\n\n")[1] * 100,
        GOOD.encode() + b"\xff",
    ],
)
def test_what_has_not_the_form_of_a_note_is_refused(note):
    with pytest.raises(NoteMalformedError):
        parse_note(note)


def test_a_checkpoint_opens_with_the_key_that_signed_it_only():
    note = sign_checkpoint(CHECKPOINT, KEY, NAME)

    assert open_checkpoint(note, KEY.verifier(NAME))[0] == CHECKPOINT
    with pytest.raises(NoteForgedError):
        open_checkpoint(note, OTHER.verifier(NAME))


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\n{r}\n", "a\n-1\n{r}\n", "a\n1\n{r}\nmore\n", "\n1\n{r}\n", "a\n1\nAAAA\n"],
)
def test_a_checkpoint_of_another_form_is_refused(text):
    root = CHECKPOINT.text.split("\n")[2]

    with pytest.raises(NoteMalformedError):
        Checkpoint.parse(text.format(r=root))


def test_a_cosignature_tells_its_time_and_covers_the_text():
    line = cosign(CHECKPOINT.text, OTHER, NAME, unix_s=1_795_428_000)
    note = sign_checkpoint(CHECKPOINT, KEY, "invigil/demo/attempt/1") + line
    witness = OTHER.verifier(NAME)

    assert cosigned_at(parse_note(note), witness) == 1_795_428_000
    assert cosigned_at(parse_note(note), KEY.verifier(NAME)) is None
    with pytest.raises(NoteForgedError):
        cosigned_at(parse_note(note.replace("\n7\n", "\n8\n")), witness)
