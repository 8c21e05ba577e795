"""The small parts, one by one."""

import hashlib
import zipfile

import pyrage
import pytest
from candidate import Attempt, Key, b64, box, media, note, segment_leaf, whole
from hypothesis import given
from hypothesis import strategies as st

from invigil_verify import leaves, tree
from invigil_verify.archive import open_export, parse_identities
from invigil_verify.extract import Extractor, boxes
from invigil_verify.notes import Note, Vkey
from invigil_verify.problems import NotAnExportError, Refused
from invigil_verify.sealing import derive, open_segment, segment_identity
from invigil_verify.text import Lines, integer
from invigil_verify.text import b64 as read_b64


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1 ", "1.0", "٣", "1e3", "9" * 20])
def test_an_integer_has_one_spelling(text):
    with pytest.raises(Refused):
        integer(text)


@pytest.mark.parametrize("text", ["YQ", "YR==", "YQ==\n", "Y Q==", "-_==", "YQ=", "!!!!"])
def test_base64_has_one_spelling(text):
    with pytest.raises(Refused):
        read_b64(text)


@pytest.mark.parametrize("raw", [b"a", b"a\r\n", b"a\x00\n", b"\xff\n"])
def test_a_text_is_utf8_lines(raw):
    with pytest.raises(Refused):
        Lines.of(raw, cap=100, first=("a",))


def test_a_text_over_its_cap_is_refused():
    with pytest.raises(Refused):
        Lines.of(b"a\n" * 51, cap=100, first=("a",))


GOOD_LEAF = segment_leaf("camera", 0, b"file").decode()
BAD_LEAVES = {
    "a line too many": GOOD_LEAF + "more\n",
    "a line too few": GOOD_LEAF.rsplit("\n", 2)[0] + "\n",
    "an empty line": GOOD_LEAF.replace("camera\n", "camera\n\n"),
    "two spaces": GOOD_LEAF.replace("0 5000", "0  5000"),
    "a capital stream": GOOD_LEAF.replace("camera", "Camera"),
    "a third form": GOOD_LEAF.replace("whole", "half"),
    "a negative time": GOOD_LEAF.replace("0 5000", "-1 5000"),
    "a length over the cap": GOOD_LEAF.replace("whole\n4\n", "whole\n8388609\n"),
    "a short hash": GOOD_LEAF.rsplit("\n", 2)[0] + "\nYQ==\n",
}


@pytest.mark.parametrize("text", BAD_LEAVES.values(), ids=BAD_LEAVES.keys())
def test_a_leaf_outside_the_grammar_is_malformed(text):
    with pytest.raises(Refused) as refused:
        leaves.parse(text.encode())

    assert refused.value.kind == "malformed"


@pytest.mark.parametrize("close", ["screen=1 camera=1", "camera=1 camera=2", "camera=0", "camera"])
def test_a_close_is_sorted_and_counts_from_one(close):
    text = f"invigil/v1/close\n01hattempt0000000000000000\n1\n{close}\n"
    with pytest.raises(Refused):
        leaves.parse(text.encode())


@pytest.mark.parametrize("line", ["9 5 crash", "0 5 boredom"])
def test_a_gap_runs_forward_and_has_a_known_cause(line):
    with pytest.raises(Refused):
        leaves.parse(f"invigil/v1/gap\n01hattempt0000000000000000\n{line}\n".encode())


def test_a_gap_is_read():
    gap = leaves.parse(b"invigil/v1/gap\n01hattempt0000000000000000\n5 9 crash\n")

    assert gap == leaves.Gap("01hattempt0000000000000000", 5, 9, "crash")


def test_a_notes_text_is_what_was_signed():
    key = Key("a/b")
    parsed = Note.parse(note("hello\n", key))

    assert parsed.is_signed_by(Vkey.parse(key.vkey))
    assert not parsed.is_signed_by(Vkey.parse(Key("a/b").vkey))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAA\n".encode(),
        b"\n\n\xff\n",
    ],
)
def test_a_note_outside_the_grammar_is_malformed(raw):
    with pytest.raises(Refused):
        Note.parse(raw)


def test_a_vkey_whose_id_is_not_its_keys_is_refused():
    name, key_id, key = Key("a/b").vkey.split("+", 2)

    with pytest.raises(Refused):
        Vkey.parse(f"{name}+{'0' * 8}+{key}")
    with pytest.raises(Refused):
        Vkey.parse(f"other+{key_id}+{key}", name="a/b")


def test_the_empty_tree_and_one_leaf_follow_the_rfc():
    assert tree.root([]) == hashlib.sha256(b"").digest()
    assert tree.root([tree.leaf_hash(b"x")]) == hashlib.sha256(b"\x00x").digest()


def reference_root(hashes):
    """RFC 9162 §2.1.1, word for word: split at the largest power of two below n."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else tree.EMPTY
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return tree.node_hash(reference_root(hashes[:split]), reference_root(hashes[split:]))


def inclusion_path(index, hashes):
    """RFC 9162 §2.1.3.1, word for word."""
    if len(hashes) == 1:
        return []
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if index < split:
        return [*inclusion_path(index, hashes[:split]), reference_root(hashes[split:])]
    return [*inclusion_path(index - split, hashes[split:]), reference_root(hashes[:split])]


def consistency_path(size, hashes, *, complete=True):
    """RFC 9162 §2.1.4.1, word for word."""
    if size == len(hashes):
        return [] if complete else [reference_root(hashes)]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if size <= split:
        path = consistency_path(size, hashes[:split], complete=complete)
        return [*path, reference_root(hashes[split:])]
    path = consistency_path(size - split, hashes[split:], complete=False)
    return [*path, reference_root(hashes[:split])]


HASHES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


@given(HASHES, st.data())
def test_trees_and_proofs_follow_the_rfc(hashes, data):
    index = data.draw(st.integers(0, len(hashes) - 1))
    old = data.draw(st.integers(1, len(hashes)))
    now, before = tree.root(hashes), tree.root(hashes[:old])
    path, link = inclusion_path(index, hashes), consistency_path(old, hashes)
    size = len(hashes)

    assert now == reference_root(hashes)
    assert tree.verify_inclusion(hashes[index], index=index, size=size, proof=path, expected=now)
    assert not tree.verify_inclusion(b"x" * 32, index=index, size=size, proof=path, expected=now)
    assert tree.verify_consistency(
        old_size=old, new_size=size, old_root=before, new_root=now, proof=link
    )
    if old < size:
        assert not tree.verify_consistency(
            old_size=old, new_size=size, old_root=b"x" * 32, new_root=now, proof=link
        )


def test_hkdf_follows_rfc_5869():
    """The schedule's derivation written out with HMAC alone."""
    import hmac

    extracted = hmac.digest(b"invigil/v1", b"s" * 32, "sha256")

    assert derive(b"s" * 32, "info") == hmac.digest(extracted, b"info\x01", "sha256")


def test_a_derived_identity_is_one_that_age_takes():
    identity = segment_identity(b"s" * 32, 7)

    assert str(pyrage.x25519.Identity.from_str(identity)) == identity


def test_a_file_for_somebody_else_is_wrong_key():
    attempt = Attempt()
    attempt.seal("camera", b"plain")

    with pytest.raises(Refused) as refused:
        open_segment(attempt.files["camera", 0], segment_identity(b"other".ljust(32), 0))

    assert refused.value.kind == "wrong-key"


def test_no_age_file_is_malformed():
    with pytest.raises(Refused) as refused:
        open_segment(b"not age", segment_identity(b"s" * 32, 0))

    assert refused.value.kind == "malformed"


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "segments/../x", "segments/camera-01.age", "extra.txt"]
)
def test_a_zip_with_a_stranger_in_it_is_no_export(name, tmp_path):
    attempt = whole()
    attempt.members[name] = b"x"

    with pytest.raises(NotAnExportError):
        open_export(attempt.export(tmp_path / "export.zip"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_name_twice_is_no_export(tmp_path):
    path = whole().export(tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("export.json", b"{}")

    with pytest.raises(NotAnExportError):
        open_export(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = whole().export(tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("segments/camera-9.age", b"\x00" * (8 * 1024 * 1024 + 1))

    with pytest.raises(NotAnExportError):
        open_export(path)


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_a_file_that_is_no_zip_is_no_export(content, tmp_path):
    (tmp_path / "x.zip").write_bytes(content)

    with pytest.raises(NotAnExportError):
        open_export(tmp_path / "x.zip")


@pytest.mark.parametrize("text", [b"AGE-SECRET-KEY-1X\n", b"# camera-0\nA\nB\n"])
def test_an_identity_without_a_place_is_malformed(text):
    with pytest.raises(Refused):
        parse_identities(text)


def segment(index, form="whole"):
    leaf = leaves.parse(segment_leaf("screen", index, b"x", form=form))
    assert isinstance(leaf, leaves.Segment)
    return leaf


def test_media_files_are_joined_behind_one_initialisation(tmp_path):
    extractor = Extractor(tmp_path)
    for index in range(2):
        extractor(segment(index), media(b"init", b"f%d" % index))
    extractor.close()

    kinds = [kind for kind, _ in boxes((tmp_path / "screen.mp4").read_bytes())]
    assert kinds == [b"ftyp", b"moov", b"moof", b"mdat", b"moof", b"mdat"]


def test_a_new_initialisation_begins_a_new_file(tmp_path):
    extractor = Extractor(tmp_path)
    extractor(segment(0), media(b"one", b"f"))
    extractor(segment(1), media(b"two", b"f"))
    extractor.close()

    assert [path.name for path in extractor.paths] == ["screen.mp4", "screen-2.mp4"]


def test_deltas_behind_a_hole_are_left_out_until_the_next_whole_file(tmp_path):
    extractor = Extractor(tmp_path)
    extractor(segment(0), media(b"i", b"f0"))
    extractor(segment(2, "delta"), media(b"i", b"f2"))
    extractor(segment(3), media(b"i", b"f3"))
    extractor.close()

    fragments = [
        raw for kind, raw in boxes((tmp_path / "screen.mp4").read_bytes()) if kind == b"moof"
    ]
    assert fragments == [box(b"moof", b"f0"), box(b"moof", b"f3")]


@pytest.mark.parametrize("broken", [b"\x00\x00\x00\x10ftyp", b"\x00\x00\x00\x01ftyp" + bytes(8)])
def test_a_file_that_is_no_film_is_left_out_with_the_deltas_behind_it(broken, tmp_path):
    extractor = Extractor(tmp_path)
    extractor(segment(0), media(b"i", b"f0"))
    extractor(segment(1), broken)
    extractor(segment(2, "delta"), media(b"i", b"f2"))
    extractor(segment(3), media(b"i", b"f3"))
    extractor.close()

    assert [left.index for left in extractor.left_out] == [1]
    found = boxes((tmp_path / "screen.mp4").read_bytes())
    assert [raw[8:] for kind, raw in found if kind == b"moof"] == [b"f0", b"f3"]


@pytest.mark.parametrize("character", ["\0", "\x01", "\t", "\r", "\x1f", "\x7f"])
def test_a_text_holds_no_control_character(character):
    raw = f"first\na{character}b\n".encode()

    with pytest.raises(Refused) as refused:
        Lines.of(raw, cap=100, first=("first",))

    assert refused.value.kind == "malformed"


def test_b64_and_its_reader_agree():
    assert read_b64(b64(b"\x00\xff")) == b"\x00\xff"
