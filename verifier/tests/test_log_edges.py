"""The edges of the log: gaps, times and counts, one step further and one step nearer."""

import pytest
from candidate import ATTEMPT, segment_leaf

from invigil_verify import leaves
from invigil_verify.leaves import History


def history_of(*raw):
    history = History(ATTEMPT)
    for leaf in raw:
        history.append(leaves.parse(leaf))
    return history


def close(counts):
    return f"invigil/v1/close\n{ATTEMPT}\n99000\n{counts}\n".encode()


def found(history):
    return [(problem.kind, problem.stream) for problem in history.problems]


@pytest.mark.parametrize("end", [5, 6])
def test_a_gap_ends_when_it_begins_or_later_and_is_kept(end):
    history = history_of(f"invigil/v1/gap\n{ATTEMPT}\n5 {end} crash\n".encode())

    assert [(gap.start, gap.end) for gap in history.gaps] == [(5, end)]
    assert history.problems == []


def test_two_files_may_begin_at_once():
    first, second = (segment_leaf("events", index, b"x", t0=0) for index in range(2))

    assert found(history_of(first, second)) == []


def test_a_stream_of_one_file_that_the_close_forgets_is_malformed():
    history = history_of(segment_leaf("camera", 0, b"x"), close(""))

    assert found(history) == [("malformed", "camera")]


def test_a_stream_of_one_file_that_the_log_lacks_is_truncated():
    assert found(history_of(close("camera=1"))) == [("truncated", "camera")]
