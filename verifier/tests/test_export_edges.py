"""The edges of an export: its ZIP, its keys, its files, and what a reader of the report is told."""

import json
import zipfile
from pathlib import Path

import pytest
from candidate import b64, box, whole

from invigil_verify.archive import open_export, parse_identities
from invigil_verify.attempt import verify
from invigil_verify.problems import NotAnExportError, Refused
from invigil_verify.sealing import is_bech32, open_phrase, open_segment, stanzas
from invigil_verify.text import SEGMENT_CAP
from invigil_verify.text import b64 as read_b64

VECTORS = Path(__file__).parents[2] / "vectors"
HEADER = b"age-encryption.org/v1\n"


def kind_of(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.kind


@pytest.mark.parametrize("text", ["age1pq1!", "age1pq1QQQQQQ", "qqqqqqqq", ""])
def test_a_text_outside_bech32_is_not_spelt_right(text):
    assert is_bech32(text) is False


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(HEADER + b"-> X25519 a\nb\n", id="no end of the header"),
        pytest.param(b"-> X25519 a\nb\n--- mac\n", id="no first line"),
    ],
)
def test_a_file_without_a_whole_header_is_no_age_file(file):
    assert kind_of(lambda: stanzas(file)) == "malformed"


def test_a_stanza_after_the_header_is_not_one():
    assert stanzas(HEADER + b"-> X25519 a\nb\n--- mac\n-> scrypt c 18\n") == ["X25519"]


def test_a_segment_file_over_the_cap_is_malformed():
    header = HEADER + b"-> X25519 a\nb\n--- mac\n"

    assert kind_of(lambda: open_segment(header.ljust(SEGMENT_CAP + 1), "x")) == "malformed"
    assert kind_of(lambda: open_segment(header.ljust(SEGMENT_CAP), "x")) == "wrong-key"


def test_a_phrase_file_has_one_scrypt_recipient():
    file = HEADER + b"-> X25519 c2FsdA 18\nYm9keQ\n--- mac\n"

    assert kind_of(lambda: open_phrase(file, "nine words")) == "downgrade"


def test_another_phrase_is_the_wrong_key():
    age = json.loads((VECTORS / "age.json").read_text(encoding="utf-8"))
    sealed = next(c["file"] for c in age["files"] if c["rule"] == "phrase" and c["kind"] is None)

    assert kind_of(lambda: open_phrase(read_b64(sealed), "other words")) == "wrong-key"


def report_of(attempt, tmp_path, **more):
    export = open_export(attempt.export(tmp_path / "export.zip"))
    return verify(export, fingerprint=None, ask_phrase=lambda: None, **more)


def test_a_key_that_opens_but_does_not_follow_from_its_stream_is_wrong(tmp_path):
    attempt = whole()
    lines = attempt.identities().split(b"\n")
    lines[0] = b"# stream camera " + b64(b"\x2b" * 32).encode()
    attempt.members["identities.txt"] = b"\n".join(lines)

    assert {(p.kind, p.stream) for p in report_of(attempt, tmp_path).problems} == {
        ("wrong-key", "camera")
    }


@pytest.mark.parametrize("dropped", [b"# stream screen ", b"# screen-1\n"])
def test_a_file_without_its_key_or_its_streams_secret_is_not_opened(dropped, tmp_path):
    attempt = whole()
    text = attempt.identities()
    at = text.index(dropped)
    end = text.index(b"\n", at) + 1
    if not dropped.startswith(b"# stream"):
        end = text.index(b"\n", end) + 1
    attempt.members["identities.txt"] = text[:at] + text[end:]

    problems = report_of(attempt, tmp_path).problems

    assert {(p.kind, p.stream) for p in problems} == {("wrong-key", "screen")}


def test_empty_lines_and_comments_are_no_identities():
    assert parse_identities(b"\n# a word\n\n").by_file == {}


def test_a_list_ends_in_a_line_feed(tmp_path):
    attempt = whole()
    attempt.members["attempt/leaves"] = (
        b"".join(b64(leaf).encode() + b"\n" for leaf in attempt.leaves) + b"YQ=="
    )

    assert [p.kind for p in report_of(attempt, tmp_path).problems] == ["malformed"]


@pytest.mark.parametrize("described", [b"[]", b"{}", b'{"format": "other"}', b"no json"])
def test_a_zip_that_does_not_name_the_format_is_no_export(described, tmp_path):
    attempt = whole()
    attempt.members["export.json"] = described

    with pytest.raises(NotAnExportError):
        open_export(attempt.export(tmp_path / "export.zip"))


def test_a_zip_without_a_description_is_no_export(tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("README.txt", b"x")

    with pytest.raises(NotAnExportError, match=r"no export\.json"):
        open_export(tmp_path / "export.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_any_name_that_stands_twice_makes_it_no_export(tmp_path):
    path = whole().export(tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README.txt", b"another")

    with pytest.raises(NotAnExportError, match="twice"):
        open_export(path)


def test_a_member_may_be_as_long_as_its_cap(tmp_path):
    path = whole().export(tmp_path / "export.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("segments/camera-9.age", bytes(SEGMENT_CAP))

    assert ("camera", 9) in open_export(path).segments


def test_each_file_that_verified_is_given_out_in_order_and_counted(tmp_path):
    given, steps = [], []

    report = report_of(
        whole(),
        tmp_path,
        sink=lambda segment, plain: given.append((segment.stream, segment.index, plain[4:8])),
        progress=lambda done, total: steps.append((done, total)),
    )

    assert report.verdict == "complete"
    assert given[:4] == [
        ("camera", 0, box(b"ftyp", b"")[4:8]),
        ("camera", 1, b"ftyp"),
        ("camera", 2, b"ftyp"),
        ("screen", 0, b"ftyp"),
    ]
    assert steps == [(number, 6) for number in range(1, 7)]
