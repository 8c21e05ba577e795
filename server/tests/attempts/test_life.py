"""The state table, every pair of it."""

from __future__ import annotations

from itertools import product

import pytest

from invigil.attempts.life import BY_CANDIDATE, OVER, TAKING_UPLOADS, TRANSITIONS, State, move
from invigil.kit.problems import TransitionRefused

# Written out from wire.md §5, apart from the code.
ALLOWED = {
    "created": {"checking", "ended"},
    "checking": {"created", "ready", "ended"},
    "ready": {"created", "running", "ended"},
    "running": {"paused", "ended", "interrupted", "terminated"},
    "paused": {"running", "ended", "interrupted", "terminated"},
    "interrupted": {"running", "ended", "terminated"},
    "ended": set(),
    "terminated": set(),
}
PAIRS = list(product(State, State))


@pytest.mark.parametrize(("before", "to"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_every_pair_is_allowed_or_refused_as_the_specification_says(before, to):
    if to in ALLOWED[before]:
        assert move(before, to) is to
    else:
        with pytest.raises(TransitionRefused):
            move(before, to)


def test_candidates_may_only_ask_for_what_the_table_has():
    assert BY_CANDIDATE <= TRANSITIONS


def test_candidates_cannot_start_pause_or_terminate_by_a_transition():
    forbidden = {State.PAUSED, State.INTERRUPTED, State.TERMINATED}

    assert {to for _, to in BY_CANDIDATE} & forbidden == set()
    assert (State.READY, State.RUNNING) not in BY_CANDIDATE


def test_what_is_over_still_takes_uploads():
    assert OVER < TAKING_UPLOADS
