"""The roles there are (wire.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; the administrator's is institution-wide, the others are a course's."""

    ADMINISTRATOR = "administrator"
    AUTHOR = "author"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and its place: the course's id, or None for the whole institution."""

    role: Role
    course_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a role in the wrong place with ValueError."""
        if (self.role is Role.ADMINISTRATOR) != (self.course_id is None):
            raise ValueError("An administrator's role has no course, every other role has one.")
