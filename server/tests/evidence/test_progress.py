"""The rules that span leaves (sealed.md §7)."""

import pytest

from invigil.evidence.leaves import LeafInvalidError, parse_leaf
from invigil.evidence.progress import Progress
from server.tests.evidence.sealing import Device, lines, segment_leaf

ATTEMPT = "01jd0000000000000000000000"


@pytest.fixture
def device():
    device = Device("uni", ATTEMPT, "exam/01je0000000000000000000000", nonce=bytes(16))
    device.open()
    return device


def walk(*log):
    progress = Progress(ATTEMPT)
    for raw in log:
        progress = progress.after(parse_leaf(raw))
    return progress


def test_a_whole_log_counts_its_files_and_ends_closed(device):
    for stream in ("camera", "screen", "camera"):
        device.seal(stream, b"x" * 10)
    device.gap()
    device.close()

    progress = walk(*device.log)

    assert progress.size == 6
    assert progress.counts == (("camera", 2), ("screen", 1))
    assert progress.total_bytes == 30
    assert progress.closed_ms == 60_000


def test_a_log_has_no_more_streams_than_a_recording_may_have(device):
    for number in range(32):
        device.seal(f"stream-{number}", b"x")
    assert len(walk(*device.log).streams) == 32
    device.seal("stream-0", b"x")
    device.seal("one-more", b"x")

    with pytest.raises(LeafInvalidError, match="32 streams"):
        walk(*device.log)


def test_a_log_without_any_file_may_close(device):
    device.close()

    assert walk(*device.log).closed_ms == 60_000


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("opening", lambda d: [d.open_leaf(), d.open_leaf()]),
        ("opening", lambda d: [segment_leaf(ATTEMPT, "camera", 0, b"x")]),
        ("index 1 where 0", lambda d: [d.open_leaf(), segment_leaf(ATTEMPT, "camera", 1, b"x")]),
        ("index 0 where 1", lambda d: [d.open_leaf(), *[segment_leaf(ATTEMPT, "a", 0, b"x")] * 2]),
        (
            "back in time",
            lambda d: [
                d.open_leaf(),
                segment_leaf(ATTEMPT, "camera", 0, b"x", t0_ms=10),
                segment_leaf(ATTEMPT, "camera", 1, b"x", t0_ms=9),
            ],
        ),
        (
            "begins with a delta",
            lambda d: [d.open_leaf(), segment_leaf(ATTEMPT, "screen", 0, b"x", kind="delta")],
        ),
        ("another attempt", lambda d: [d.open_leaf(), segment_leaf("0" * 26, "a", 0, b"x")]),
        (
            "counts other files",
            lambda d: [d.open_leaf(), lines("invigil/v1/close", ATTEMPT, 1, "a=1")],
        ),
        ("follows the close", lambda d: [d.open_leaf(), d.close_leaf(), d.close_leaf()]),
    ],
)
def test_a_broken_rule_is_named(device, rule, broken):
    with pytest.raises(LeafInvalidError, match=rule):
        walk(*broken(device))
