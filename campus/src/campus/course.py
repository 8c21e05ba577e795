"""The one course."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """`id` is also the LTI `context.id`."""

    id: str
    label: str
    title: str


COURSE = Course(id="stat-101", label="STAT-101", title="Introduction to Statistics")
