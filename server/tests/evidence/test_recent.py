"""What was stored a moment ago is remembered, within bounds."""

from invigil.evidence.recent import RecentSegments
from invigil.kit.packs.ports import SegmentKey, StoredSegment


def stored(attempt, index):
    key = SegmentKey(str(attempt).zfill(26), "camera", index)
    return StoredSegment(key, bytes(32), 1, 0)


def test_a_segment_is_remembered_until_its_attempt_is_forgotten():
    recent = RecentSegments()
    segment = stored(1, 0)
    recent.note(segment)

    assert recent.find(segment.key) == segment
    assert recent.find(stored(1, 1).key) is None

    recent.forget(segment.key.attempt)
    assert recent.find(segment.key) is None


def test_what_its_leaf_has_settled_is_forgotten_and_the_rest_stays():
    recent = RecentSegments()
    for index in range(3):
        recent.note(stored(1, index))

    recent.settled([stored(1, 0).key, stored(1, 1).key, stored(2, 0).key])

    found = [recent.find(stored(1, index).key) is not None for index in range(3)]
    assert found == [False, False, True]


def test_an_attempt_that_never_sends_its_leaves_takes_bounded_memory():
    recent = RecentSegments()
    for index in range(1000):
        recent.note(stored(1, index))

    remembered = [recent.find(stored(1, index).key) is not None for index in range(1000)]
    assert sum(remembered) == 64
    assert remembered[-64:] == [True] * 64


def test_the_oldest_attempt_makes_room():
    recent = RecentSegments(max_attempts=2)
    for attempt in (1, 2, 3):
        recent.note(stored(attempt, 0))

    assert [recent.find(stored(attempt, 0).key) is not None for attempt in (1, 2, 3)] == [
        False,
        True,
        True,
    ]
