"""Who may begin an upload when many want to."""

import contextlib

import pytest

from invigil.kit.packs.admission import Admission, AdmissionLimits
from invigil.kit.packs.errors import StoreBusy
from server.tests.packs.making import attempt


class Situation:
    """What admission looks at, set by the test."""

    def __init__(self, **limits):
        self.queued = 0
        self.lag_ms = 0.0
        self.now_s = 1000.0
        self.admission = Admission(
            AdmissionLimits(**limits),
            queued_segments=lambda: self.queued,
            loop_lag_ms=lambda: self.lag_ms,
            monotonic=lambda: self.now_s,
        )

    def refusal(self, number=1, length=100):
        with pytest.raises(StoreBusy) as busy, self.admission.admit(attempt(number), length):
            pass
        return busy.value


def test_bytes_on_their_way_are_bounded_and_given_back_also_after_an_error():
    situation = Situation(max_in_flight_bytes=1000)
    with contextlib.suppress(ValueError), situation.admission.admit(attempt(1), 900):
        assert situation.admission.in_flight_bytes == 900
        situation.refusal(2, 101)
        with situation.admission.admit(attempt(2), 100):
            raise ValueError
    assert situation.admission.in_flight_bytes == 0
    with situation.admission.admit(attempt(3), 1000):
        pass


def test_a_long_queue_refuses_until_it_is_shorter():
    situation = Situation(max_queued_segments=10)
    situation.queued = 10
    situation.refusal()
    situation.queued = 9
    with situation.admission.admit(attempt(1), 100):
        pass
    assert situation.admission.refused == 1


def admitted_together(situation):
    """Count how many uploads find a place at the same time."""
    with contextlib.ExitStack() as scope:
        for count in range(1000):
            try:
                scope.enter_context(situation.admission.admit(attempt(count), 1))
            except StoreBusy:
                return count
    return 1000


@pytest.mark.parametrize(
    ("lag_ms", "places"), [(0, 100), (150, 100), (300, 50), (1_500, 10), (10**9, 8)]
)
def test_a_lagging_loop_has_fewer_places_but_never_none(lag_ms, places):
    situation = Situation(max_loop_lag_ms=150, max_in_flight=100, min_in_flight=8)
    situation.lag_ms = lag_ms
    assert places == admitted_together(situation)
    assert places == admitted_together(situation)


def test_one_attempt_cannot_take_all_places():
    situation = Situation(max_per_attempt=2)
    with situation.admission.admit(attempt(1), 1), situation.admission.admit(attempt(1), 1):
        situation.refusal(1)
        with situation.admission.admit(attempt(2), 1):
            pass
    with situation.admission.admit(attempt(1), 1):
        pass


MEBIBYTE = 1024 * 1024


def held_by(situation, scope, number, length):
    """Let an attempt take all the places it gets; return the bytes it holds then."""
    before = situation.admission.in_flight_bytes
    with contextlib.suppress(StoreBusy):
        while True:
            scope.enter_context(situation.admission.admit(attempt(number), length))
    return situation.admission.in_flight_bytes - before


@pytest.mark.parametrize("length", [8 * MEBIBYTE, 4 * MEBIBYTE, MEBIBYTE, 512 * 1024])
def test_one_attempt_cannot_take_all_bytes(length):
    situation = Situation(max_in_flight_bytes=24 * MEBIBYTE)
    with contextlib.ExitStack() as scope:
        assert held_by(situation, scope, 1, length) <= 8 * MEBIBYTE
        assert held_by(situation, scope, 2, 150_000) == 6 * 150_000
    with situation.admission.admit(attempt(1), length):
        pass


def test_large_uploads_of_many_attempts_leave_half_of_the_bytes_to_ordinary_ones():
    situation = Situation(max_in_flight_bytes=24 * MEBIBYTE)
    with contextlib.ExitStack() as scope:
        held = [held_by(situation, scope, number, 3 * MEBIBYTE) for number in range(20)]
        assert sum(held) == 12 * MEBIBYTE
        for number in range(20, 60):
            scope.enter_context(situation.admission.admit(attempt(number), 150_000))
    with situation.admission.admit(attempt(1), 3 * MEBIBYTE):
        pass


def test_a_budget_of_one_large_segment_takes_it():
    situation = Situation(max_in_flight_bytes=8 * MEBIBYTE)
    with situation.admission.admit(attempt(1), 8 * MEBIBYTE):
        situation.refusal(2)


def test_clients_stay_away_longer_while_more_are_refused_than_taken_and_shorter_after():
    situation = Situation(max_queued_segments=1)
    situation.queued = 1
    waits = []
    for _ in range(20):
        waits.append(situation.refusal().retry_after_s)
        situation.now_s += 1
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2, 60)

    situation.queued = 0
    for _ in range(30):
        with situation.admission.admit(attempt(1), 1):
            situation.now_s += 1
    situation.queued = 1
    assert situation.refusal().retry_after_s == 2


def test_a_calm_pause_shortens_the_wait_as_well():
    situation = Situation(max_queued_segments=0)
    for _ in range(20):
        situation.refusal()
        situation.now_s += 1
    situation.now_s += 60
    assert situation.refusal().retry_after_s == 2
