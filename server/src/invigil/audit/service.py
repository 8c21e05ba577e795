"""Writing to the audit record: part of the transaction of what it records."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.audit.models import AuditRecord
from invigil.kit.db import insert_missing
from invigil.kit.ids import new_id

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done: `action` is `<room>.<verb>`, `subject` is `<kind>/<id>`.

    `person_id` is None when the server or its command line did it. `detail` holds ids and numbers,
    never names, tokens or content.
    """

    institution_id: str
    person_id: str | None
    action: str
    subject: str
    detail: dict[str, str | int | None] = field(default_factory=dict)


def record(session: AsyncSession, deed: Deed, now_ms: int) -> None:
    """Record a deed together with the change itself."""
    session.add(AuditRecord(**_values(deed, now_ms, once_key=None)))


async def record_hourly(session: AsyncSession, deed: Deed, now_ms: int) -> bool:
    """Record a deed once for each person, subject and hour; say whether it was new.

    For looking at evidence: a reviewer fetches thousands of segments of one attempt. The session
    must be one that writes, also on a GET: `async with ports.database.transaction() as session`.
    """
    once_key = f"{deed.action}:{deed.person_id}:{deed.subject}:{now_ms // HOUR_MS}"
    return await insert_missing(session, AuditRecord, _values(deed, now_ms, once_key=once_key))


def _values(deed: Deed, now_ms: int, *, once_key: str | None) -> dict[str, object]:
    return {
        "id": new_id(now_ms),
        "institution_id": deed.institution_id,
        "at_ms": now_ms,
        "person_id": deed.person_id,
        "action": deed.action,
        "subject": deed.subject,
        "detail": deed.detail,
        "once_key": once_key,
    }
