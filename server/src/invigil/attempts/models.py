"""Attempts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from invigil.attempts.life import State
from invigil.kit.db import Base, Bytes, Id, Ms

STATE = Enum(
    State,
    native_enum=False,  # adding a state must not need a migration of a database type
    create_constraint=False,
    length=12,
    values_callable=lambda states: [each.value for each in states],
)
NOT_OVER = text("state NOT IN ('ended', 'terminated')")


class Attempt(Base):
    """One candidate sitting one exam once. The database allows one that is not over."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("exam_id", "person_id", "number"),
        Index(
            "uq_attempt_exam_id_person_id_not_over",
            "exam_id",
            "person_id",
            unique=True,
            sqlite_where=NOT_OVER,
            postgresql_where=NOT_OVER,
        ),
        Index("ix_attempt_exam_id_id", "exam_id", "id"),
        Index("ix_attempt_state_heard_ms", "state", "heard_ms"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    exam_id: Mapped[Id] = mapped_column(ForeignKey("exam.id"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    state: Mapped[State] = mapped_column(STATE)
    generation: Mapped[int] = mapped_column(default=0)
    """Raised by each redeemed launch; an attempt token of an older one is too old."""
    nonce: Mapped[Bytes]
    """16 bytes that leaf 0 must repeat."""
    epoch: Mapped[int | None]
    """The scope's epoch that leaf 0 names."""
    log_size: Mapped[int] = mapped_column(default=0)
    total_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """Ciphertext bytes that the log's leaves name."""

    created_ms: Mapped[Ms]
    opened_ms: Mapped[Ms | None]
    """When leaf 0 was cosigned."""
    opened_generation: Mapped[int | None]
    started_ms: Mapped[Ms | None]
    ended_ms: Mapped[Ms | None]
    closed_ms: Mapped[Ms | None]
    """When the close was cosigned: nothing more is taken."""
    deleted_ms: Mapped[Ms | None]
    """When the recording was deleted because its time was over; the attempt stays in the list."""
    heard_ms: Mapped[Ms]
    """When the candidate's device was last heard of."""
