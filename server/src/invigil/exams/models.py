"""Courses and exams."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Id, Ms


class Course(Base):
    """A course of an institution. `external_key` is how its LMS connection finds it again."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("institution_id", "external_key"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    external_key: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    created_ms: Mapped[Ms]


class Exam(Base):
    """An exam of a course, with its settings (wire.md §3) and, apart from them, the access code."""

    __tablename__ = "exam"
    __table_args__ = (
        UniqueConstraint("institution_id", "external_key"),
        Index("ix_exam_course_id_id", "course_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    course_id: Mapped[Id] = mapped_column(ForeignKey("course.id"))
    external_key: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    settings_version: Mapped[int] = mapped_column(default=1)
    """Counts the changes of the settings; a candidate's page shows when it is behind."""
    sealed_access_code: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed for this row (access_codes.py); None when the quiz asks for none."""
    frozen_ms: Mapped[Ms | None]
    """When the first candidate started: the settings are fixed from then on."""
    created_ms: Mapped[Ms]
