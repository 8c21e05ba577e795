"""The caps of sealed.md §2 and what a ZIP may hold, one byte below and one byte above."""

import zipfile

import pytest
from candidate import ATTEMPT, Key, note, whole

from invigil_verify import leaves
from invigil_verify.archive import open_export
from invigil_verify.notes import Note
from invigil_verify.problems import NotAnExportError, Refused
from invigil_verify.sealing import open_phrase

KIB, MIB = 1024, 1024 * 1024
MEMBERS = {
    "trust/root-2.note": 64 * KIB,
    "trust/staff-key.blind": 64,
    "attempt/checkpoint": 64 * KIB,
    "attempt/leaves": 512 * MIB,
    "identities.txt.age": 512 * MIB,
    "attempt/attempt.age": 64 * KIB,
    "segments/camera-9.age": 8 * MIB,
    "README.txt": MIB,
}


def refusal(read):
    with pytest.raises(Refused) as refused:
        read()
    return refused.value.kind


def test_a_note_holds_at_most_64_kib():
    signed = note("text\n", Key("a/b"))
    padding = b"x" * (64 * KIB - len(signed))

    assert Note.parse(padding + signed).text.endswith(b"text\n")
    assert refusal(lambda: Note.parse(b"x" + padding + signed)) == "malformed"


def close_of(length):
    """A close whose many streams make it exactly so long."""
    head = f"invigil/v1/close\n{ATTEMPT}\n1\n"
    counts = [f"s{number:07}=1" for number in range((length - len(head)) // 11)]
    text = head + " ".join(counts)
    return (text + "1" * (length - len(text) - 1) + "\n").encode()


def test_a_leaf_holds_at_most_8_kib():
    assert isinstance(leaves.parse(close_of(8 * KIB)), leaves.Close)
    assert refusal(lambda: leaves.parse(close_of(8 * KIB + 1))) == "malformed"


def export_with(path, name, *, size=None, flag=0):
    """An export with one more member that the ZIP's directory describes so."""
    attempt = whole()
    attempt.members.pop(name, None)
    attempt.export(path)
    with zipfile.ZipFile(path) as archive:
        kept = {member: archive.read(member) for member in archive.namelist() if member != name}
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in {**kept, name: b"x"}.items():
            archive.writestr(member, content)
        described = archive.getinfo(name)
        described.flag_bits |= flag
        if size is not None:
            described.file_size = size
    return path


@pytest.mark.parametrize(("name", "cap"), MEMBERS.items(), ids=MEMBERS.keys())
def test_a_member_over_its_cap_is_refused_before_it_is_unpacked(name, cap, tmp_path):
    assert name in open_export(export_with(tmp_path / "fits.zip", name, size=cap)).names
    with pytest.raises(NotAnExportError, match="cap"):
        open_export(export_with(tmp_path / "large.zip", name, size=cap + 1))


def test_a_member_that_the_zip_encrypts_is_refused(tmp_path):
    with pytest.raises(NotAnExportError, match="encrypted"):
        open_export(export_with(tmp_path / "export.zip", "README.txt", flag=0x1))


def spoilt(path, method):
    """An export one of whose files was changed inside the ZIP."""
    attempt = whole()
    attempt.members["README.txt"] = b"These words are stored here. " * 40
    attempt.export(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        at = archive.getinfo("README.txt").header_offset + 30 + len("README.txt")
    raw = bytearray(path.read_bytes())
    raw[at : at + 8] = b"\xff" * 8
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"]
)
def test_a_member_that_was_changed_inside_the_zip_is_tampered(method, tmp_path):
    export = open_export(spoilt(tmp_path / "export.zip", method))

    assert refusal(lambda: export.read("README.txt")) == "tampered"


@pytest.mark.parametrize(("work", "kind"), [(20, "wrong-key"), (21, "malformed")])
def test_a_phrase_may_cost_a_work_factor_of_20(work, kind):
    # A body of the wrong length: the file is refused before its phrase is worked on.
    header = f"age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA {work}\nYm9keQ\n--- mac\n"

    assert refusal(lambda: open_phrase(header.encode(), "nine words")) == kind
