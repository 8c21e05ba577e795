"""The bytes of a record: what was written is read, anything else is refused."""

from hypothesis import given
from hypothesis import strategies as st

from invigil.kit.packs.record import (
    BLOCK,
    HEADER_BYTES,
    PackHead,
    RecordHeader,
    padding,
    record_bytes,
)

KEY = b"0123456789abcdef"
headers = st.builds(
    RecordHeader,
    kind=st.sampled_from([1, 2]),
    attempt=st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26),
    stream=st.from_regex(r"[a-z][a-z0-9-]{0,23}", fullmatch=True),
    index=st.integers(0, 2**31 - 1),
    length=st.integers(0, 64 * 1024 * 1024),
    stored_at_ms=st.integers(0, 2**63),
    sha256=st.binary(min_size=32, max_size=32),
)
offsets = st.integers(1, 2**20).map(lambda block: block * BLOCK)


@given(headers, offsets)
def test_a_header_reads_back_at_its_place_and_nowhere_else(header, offset):
    raw = header.encode(KEY, offset)
    assert header == RecordHeader.decode(raw, KEY, offset)
    assert RecordHeader.decode(raw, KEY, offset + BLOCK) is None
    assert RecordHeader.decode(raw, KEY[::-1], offset) is None


@given(headers, offsets, st.integers(0, HEADER_BYTES * 8 - 1))
def test_one_changed_bit_is_enough_to_refuse_a_header(header, offset, bit):
    raw = bytearray(header.encode(KEY, offset))
    raw[bit // 8] ^= 1 << bit % 8
    assert RecordHeader.decode(bytes(raw), KEY, offset) is None


@given(st.integers(0, 64 * 1024 * 1024))
def test_a_record_ends_on_a_block_boundary(length):
    assert record_bytes(length) % BLOCK == 0
    assert HEADER_BYTES + length + len(padding(length)) == record_bytes(length)


@given(st.integers(0, (len(PackHead.new("g", "w", 1).encode())) - 1))
def test_a_changed_head_is_refused_and_a_changed_rest_of_its_block_is_not_read(at):
    head = PackHead.new("exam-1", "w0", 7)
    block = bytearray(head.encode())
    assert head == PackHead.decode(bytes(block))
    block[at] ^= 1
    assert PackHead.decode(bytes(block)) == (None if at < 124 else head)
