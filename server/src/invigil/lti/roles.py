"""What the roles of a launch mean for us.

Platforms spell roles in full (``…/membership#Instructor``), with a sub-role
(``…/membership/Instructor#TeachingAssistant``) or short (``Instructor``). Only roles *in the
course* count: a system or institution role (``…/institution/person#Administrator``) gives nothing
by itself (wire.md §6), because every member of staff of a university may carry one.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

_COURSE: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"


class CourseRole(StrEnum):
    """What a person is in one course, as far as an exam is concerned."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    LEARNER = "learner"


_AUTHOR_AND_REVIEWER: Final = frozenset({CourseRole.AUTHOR, CourseRole.REVIEWER})
_REVIEWER: Final = frozenset({CourseRole.REVIEWER})
_LEARNER: Final = frozenset({CourseRole.LEARNER})
_NOTHING: Final[frozenset[CourseRole]] = frozenset()

_PRINCIPAL_ROLES: Final = {
    "Instructor": _AUTHOR_AND_REVIEWER,
    "ContentDeveloper": _AUTHOR_AND_REVIEWER,
    "TeachingAssistant": _REVIEWER,
    "Learner": _LEARNER,
    "Student": _LEARNER,
}
_ASSISTANTS: Final = frozenset({"TeachingAssistant", "Grader"})


def _parent_and_name(role: str) -> tuple[str, str]:
    """Split a role into principal and sub-role; the latter is empty for a principal role."""
    text = role.strip()
    if text.startswith(("http://", "https://")):
        path, _, name = text.partition("#")
        if path == _COURSE:
            return name, ""
        parent = path.removeprefix(_COURSE + "/")
        return ("", "") if parent == path else (parent, name)
    parent, _, name = text.partition("/")
    return parent, name


def course_roles(roles: Iterable[str]) -> frozenset[CourseRole]:
    """Return what these role URIs or short names mean. An unknown role means nothing.

    Platforms send an assistant as Instructor#TeachingAssistant *and* as plain Instructor, because
    the specification files the one under the other: the plain one then says nothing more.
    """
    split = {_parent_and_name(role) for role in roles}
    is_assistant = any(name in _ASSISTANTS for _, name in split)
    found: set[CourseRole] = set()
    for parent, name in split:
        if name in _ASSISTANTS or (is_assistant and (parent, name) == ("Instructor", "")):
            found |= _REVIEWER
        else:
            found |= _PRINCIPAL_ROLES.get(parent, _NOTHING)
    return frozenset(found)


def is_staff(roles: frozenset[CourseRole]) -> bool:
    """Say whether the person works on the course. Staff who also learn in it are staff."""
    return bool(roles & _AUTHOR_AND_REVIEWER)
