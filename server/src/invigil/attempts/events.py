"""News about attempts."""

from __future__ import annotations

from dataclasses import dataclass

from invigil.attempts.life import State
from invigil.kit.events import Event


@dataclass(frozen=True, slots=True)
class AttemptChanged(Event):
    """State, generation, opening or closing changed: forget what you cached about the attempt."""

    attempt_id: str
    exam_id: str
    institution_id: str
    state: State
