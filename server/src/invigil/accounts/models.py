"""Who there is: institutions, people, how an LMS calls them, what they may do, their tokens."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Id, Ms

HASH = String(64)


class Institution(Base):
    """One of the institutions on this server. `slug` is its name in keys and URLs, for ever."""

    __tablename__ = "institution"

    id: Mapped[Id] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(300), default="")
    """Where a candidate gets help, as text: an address, a telephone number, a room."""
    created_ms: Mapped[Ms]


class Person(Base):
    """A candidate or a member of staff."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_institution_id_id", "institution_id", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str] = mapped_column(String(200))
    created_ms: Mapped[Ms]


class Identity(Base):
    """How an LMS calls a person: issuer, client id and subject of its LTI messages."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("institution_id", "issuer", "client_id", "sub"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    sub: Mapped[str] = mapped_column(String(255))


class RoleGrant(Base):
    """A role of a person: `administrator` of the institution, others of one course."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(
            "(role = 'administrator') = (course_id IS NULL)", name="role_has_its_place"
        ),
        UniqueConstraint("person_id", "role", "course_id"),
        Index(
            "uq_role_grant_person_id_institution_wide",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("course_id IS NULL"),
            postgresql_where=text("course_id IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(20))
    course_id: Mapped[Id | None] = mapped_column(ForeignKey("course.id"), index=True)
    granted_ms: Mapped[Ms]


class LaunchToken(Base):
    """A way in that works once: made by an LTI launch, or by an invitation for a new person."""

    __tablename__ = "launch_token"

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    course_id: Mapped[Id | None] = mapped_column(ForeignKey("course.id"))
    exam_id: Mapped[Id | None] = mapped_column(ForeignKey("exam.id"))
    expires_ms: Mapped[Ms] = mapped_column(index=True)
    used_ms: Mapped[Ms | None]


class StaffToken(Base):
    """A staff member's sign-in: 12 hours."""

    __tablename__ = "staff_token"

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    expires_ms: Mapped[Ms] = mapped_column(index=True)
