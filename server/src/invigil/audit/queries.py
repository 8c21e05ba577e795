"""Reading the audit record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.audit.models import AuditRecord


async def page(
    session: AsyncSession, institution_id: str, *, before: str | None, limit: int
) -> Sequence[AuditRecord]:
    """Return records of an institution, the newest first, before the record with id `before`."""
    statement = (
        select(AuditRecord)
        .where(AuditRecord.institution_id == institution_id)
        .order_by(AuditRecord.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(AuditRecord.id < before)
    return (await session.scalars(statement)).all()
