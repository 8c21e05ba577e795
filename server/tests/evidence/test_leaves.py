"""The grammar of leaves: what is well formed comes back, everything else is refused by name."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invigil.evidence.leaves import (
    CloseLeaf,
    GapLeaf,
    LeafInvalidError,
    OpenLeaf,
    SegmentLeaf,
    parse_leaf,
)
from invigil.kit.signing import VerifierKey
from server.tests.evidence.sealing import Device, b64, lines, segment_leaf

ATTEMPT = "01jd0000000000000000000000"
DEVICE = Device("uni", ATTEMPT, "exam/01je0000000000000000000000", nonce=bytes(range(16)))


def test_an_opening_is_read_field_by_field():
    leaf = parse_leaf(DEVICE.open_leaf())

    assert leaf == OpenLeaf(
        institution="uni",
        attempt=ATTEMPT,
        scope="exam/01je0000000000000000000000",
        epoch=1,
        wrap_sha256=hashlib.sha256(DEVICE.wrap).digest(),
        attempt_key=VerifierKey.parse(DEVICE.signer.vkey),
        device_key=VerifierKey.parse(DEVICE.device.vkey),
        opened_ms=1_790_000_000_000,
        keylog_size=3,
        keylog_root=bytes(32),
        nonce=bytes(range(16)),
        client_version="0.1.0",
    )


def test_a_segment_is_read_field_by_field():
    leaf = parse_leaf(segment_leaf(ATTEMPT, "screen", 7, b"sealed", kind="delta", t0_ms=35_000))

    digest = hashlib.sha256(b"sealed").digest()
    assert leaf == SegmentLeaf(ATTEMPT, "screen", 7, 35_000, 40_000, "delta", 6, digest)


def test_a_gap_and_a_close_are_read_field_by_field():
    gap = parse_leaf(lines("invigil/v1/gap", ATTEMPT, "10 20 crash"))
    close = parse_leaf(lines("invigil/v1/close", ATTEMPT, 90, "camera=2 screen=1"))

    assert gap == GapLeaf(ATTEMPT, 10, 20, "crash")
    assert close == CloseLeaf(ATTEMPT, 90, (("camera", 2), ("screen", 1)))


GOOD_SEGMENT = segment_leaf(ATTEMPT, "camera", 0, b"sealed")
DIGEST = b64(hashlib.sha256(b"sealed").digest()).encode()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("unknown first line", b"invigil/v2/segment\n"),
        ("no line feed at the end", GOOD_SEGMENT[:-1]),
        ("an extra line", GOOD_SEGMENT + b"\n"),
        ("a missing line", b"\n".join(GOOD_SEGMENT.split(b"\n")[:-2]) + b"\n"),
        ("carriage returns", GOOD_SEGMENT.replace(b"\n", b"\r\n")),
        ("two spaces", GOOD_SEGMENT.replace(b"0 5000", b"0  5000")),
        ("trailing space", GOOD_SEGMENT.replace(b"whole\n", b"whole \n")),
        ("a leading zero", GOOD_SEGMENT.replace(b"\n0\n", b"\n00\n")),
        ("a sign", GOOD_SEGMENT.replace(b"\n6\n", b"\n+6\n")),
        ("a digit that is not ASCII", GOOD_SEGMENT.replace(b"\n6\n", "\n٦\n".encode())),
        ("a number beyond 2^53", GOOD_SEGMENT.replace(b"\n0\n", b"\n9007199254740993\n")),
        ("a file beyond 8 MiB", GOOD_SEGMENT.replace(b"\n6\n", b"\n8388609\n")),
        ("an unknown kind", GOOD_SEGMENT.replace(b"whole", b"part")),
        ("an end before its start", GOOD_SEGMENT.replace(b"0 5000", b"5000 0")),
        ("a stream in capitals", GOOD_SEGMENT.replace(b"camera", b"Camera")),
        ("an attempt of 25", GOOD_SEGMENT.replace(ATTEMPT.encode(), ATTEMPT[1:].encode())),
        ("base64 without padding", GOOD_SEGMENT.replace(DIGEST, DIGEST.rstrip(b"="))),
        ("base64 with loose bits", GOOD_SEGMENT.replace(DIGEST, DIGEST[:-2] + b"B=")),
        ("a hash of 31 bytes", GOOD_SEGMENT.replace(DIGEST, b64(bytes(31)).encode())),
        ("not UTF-8", GOOD_SEGMENT.replace(b"camera", b"\xff")),
        ("more than 8 KiB", GOOD_SEGMENT.replace(b"camera", b"a" * 8192)),
        ("an epoch of zero", DEVICE.open_leaf(scope="exam/01je0000000000000000000000 0")),
        ("a nonce of 15 bytes", DEVICE.open_leaf(nonce=b64(bytes(15)))),
        ("a vkey without a key", DEVICE.open_leaf(attempt_vkey="invigil/uni/attempt/x")),
        ("an unknown cause", lines("invigil/v1/gap", ATTEMPT, "10 20 coffee")),
        ("a gap backwards", lines("invigil/v1/gap", ATTEMPT, "20 10 crash")),
        ("counts out of order", lines("invigil/v1/close", ATTEMPT, 9, "screen=1 camera=1")),
        ("a stream counted twice", lines("invigil/v1/close", ATTEMPT, 9, "a=1 a=1")),
        ("a count of zero", lines("invigil/v1/close", ATTEMPT, 9, "camera=0")),
        ("nothing", b""),
    ],
)
def test_a_leaf_of_another_form_is_refused(name, raw):
    assert raw != GOOD_SEGMENT, name

    with pytest.raises(LeafInvalidError):
        parse_leaf(raw)


VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "leaves.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["leaves"], ids=lambda each: each["fields"]["kind"])
def test_the_shared_vectors_are_read(vector):
    leaf = parse_leaf(b64decode(vector["leaf"]))

    assert type(leaf).__name__.lower() == vector["fields"]["kind"] + "leaf"
    assert leaf.attempt == vector["fields"]["attempt"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda each: each["sentence"])
def test_what_the_shared_vectors_refuse_is_refused(vector):
    with pytest.raises(LeafInvalidError):
        parse_leaf(b64decode(vector["leaf"]))


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(GOOD_SEGMENT) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_never_reads_as_the_same_segment(place, byte):
    changed = GOOD_SEGMENT[:place] + bytes([byte]) + GOOD_SEGMENT[place + 1 :]

    try:
        leaf = parse_leaf(changed)
    except LeafInvalidError:
        return
    assert (leaf == parse_leaf(GOOD_SEGMENT)) == (changed == GOOD_SEGMENT)


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=400))
def test_a_gap_that_ends_in_any_bytes_is_refused(raw):
    with pytest.raises(LeafInvalidError):
        parse_leaf(lines("invigil/v1/gap", ATTEMPT) + raw + b"\0")
