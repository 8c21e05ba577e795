"""What the log says of refusals under overload (kit/lane.py)."""

from structlog.testing import capture_logs

from invigil.kit.lane import BusyLines


def test_refusals_for_want_of_room_are_counted_in_one_line_a_second():
    now = [100.0]
    lines = BusyLines(lambda: now[0])

    with capture_logs() as logged:
        for _ in range(3):
            lines.note(503)
        now[0] += 1
        lines.note(503)

    assert [(each["event"], each["count"]) for each in logged] == [
        ("requests_refused", 1),
        ("requests_refused", 3),
    ]
