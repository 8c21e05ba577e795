"""The audit record. The database refuses changes and deletions (a trigger, see the migration)."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Id, Ms


class AuditRecord(Base):
    """One thing that somebody did. Ids only: names live, and are erased, elsewhere."""

    __tablename__ = "audit_record"
    __table_args__ = (
        UniqueConstraint("once_key"),
        Index("ix_audit_record_institution_id_id", "institution_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"))
    at_ms: Mapped[Ms]
    person_id: Mapped[Id | None]
    """Who did it; None: the server itself or its command line."""
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    """`<kind>/<id>`, for instance `exam/01h…`."""
    detail: Mapped[dict[str, str | int | None]] = mapped_column(JSON, default=dict)
    once_key: Mapped[str | None] = mapped_column(String(255))
    """Makes repeated records of one thing one record."""
