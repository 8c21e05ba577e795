"""The life of an attempt as a table (wire.md §5). Pure: what may follow what, and who may say so.

created ⇄ checking → ready → running ⇄ paused → ended
   ↖________________/          ↘  ↙              ↑
                           interrupted ──────────┘        running|paused|interrupted → terminated
"""

from __future__ import annotations

from enum import StrEnum

from invigil.kit.problems import TransitionRefused


class State(StrEnum):
    """Where an attempt stands."""

    CREATED = "created"
    CHECKING = "checking"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    TERMINATED = "terminated"


_S = State
TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (_S.CREATED, _S.CHECKING),
        (_S.CHECKING, _S.READY),
        (_S.CHECKING, _S.CREATED),
        (_S.READY, _S.CREATED),
        (_S.READY, _S.RUNNING),
        (_S.RUNNING, _S.PAUSED),
        (_S.PAUSED, _S.RUNNING),
        (_S.RUNNING, _S.ENDED),
        (_S.PAUSED, _S.ENDED),
        (_S.RUNNING, _S.INTERRUPTED),
        (_S.PAUSED, _S.INTERRUPTED),
        (_S.INTERRUPTED, _S.RUNNING),
        (_S.INTERRUPTED, _S.ENDED),
        (_S.RUNNING, _S.TERMINATED),
        (_S.PAUSED, _S.TERMINATED),
        (_S.INTERRUPTED, _S.TERMINATED),
        # The recording was opened on a device that is gone before the exam began.
        (_S.CREATED, _S.ENDED),
        (_S.CHECKING, _S.ENDED),
        (_S.READY, _S.ENDED),
    }
)

BY_CANDIDATE: frozenset[tuple[State, State]] = frozenset(
    {
        (_S.CREATED, _S.CHECKING),
        (_S.CHECKING, _S.READY),
        (_S.CHECKING, _S.CREATED),
        (_S.READY, _S.CREATED),
        (_S.PAUSED, _S.RUNNING),
        (_S.INTERRUPTED, _S.RUNNING),
        (_S.RUNNING, _S.ENDED),
        (_S.PAUSED, _S.ENDED),
        (_S.INTERRUPTED, _S.ENDED),
    }
)
"""What a candidate may ask for by itself; ready → running is `start`."""

OVER = frozenset({State.ENDED, State.TERMINATED})
SITTING = frozenset({State.RUNNING, State.PAUSED})
TAKING_UPLOADS = frozenset(State) - {State.CREATED}
"""States in which segments and leaves are taken, until the close is cosigned."""


def move(before: State, to: State) -> State:
    """Return the state after a transition.

    Raises:
        TransitionRefused: the table does not have it.
    """
    if (before, to) not in TRANSITIONS:
        raise TransitionRefused(state=before.value)
    return to
