"""What this room decides apart from the log itself: key files, summaries, deletion."""

from __future__ import annotations

import asyncio
import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.attempts.gate import AttemptGate
from invigil.attempts.life import TAKING_UPLOADS
from invigil.attempts.models import Attempt
from invigil.attempts.retention import note_deleted
from invigil.audit.service import Deed, record
from invigil.evidence import queries
from invigil.evidence.checkpoints import AttemptLog
from invigil.evidence.custody import Custody
from invigil.evidence.logbook import LogRequest
from invigil.keys.agefile import check_wrap
from invigil.keys.models import AttemptWrap
from invigil.kit.db import Database
from invigil.kit.packs.errors import SegmentMissing
from invigil.kit.packs.ports import SegmentKey
from invigil.kit.problems import AttemptClosed, UploadRefused, WrapDiffers

SUMMARY_STREAM = "summary"
DELETED = "evidence.delete"


async def store_wrap(session: AsyncSession, attempt: Attempt, body: bytes, now_ms: int) -> bool:
    """Store `attempt.age`; say whether it was new.

    Until leaf 0 is cosigned it can be replaced: a device may be lost between the two, and the next
    one has another secret. From then on leaf 0 names it, so it stays.

    Raises:
        WrapDiffers: leaf 0 names other bytes.
        KeyFileRefused: it is no age file, or has another recipient than a hybrid one.
        UploadRefused, AttemptClosed: the attempt takes nothing now.
    """
    check_wrap(body)
    # Held until the end: leaf 0 may be on its way to the log.
    await session.refresh(attempt, with_for_update=True)
    if attempt.closed_ms is not None or attempt.deleted_ms is not None:
        raise AttemptClosed
    if attempt.state not in TAKING_UPLOADS:
        raise UploadRefused
    sha256 = hashlib.sha256(body).digest()
    stored = await session.get(AttemptWrap, attempt.id)
    if stored is not None and stored.sha256 == sha256:
        return False
    if attempt.opened_ms is not None:
        raise WrapDiffers
    wrap = AttemptWrap(attempt_id=attempt.id, body=body, sha256=sha256, stored_ms=now_ms)
    await session.merge(wrap)
    return True


async def append_log(custody: Custody, gate: AttemptGate, request: LogRequest) -> AttemptLog:
    """Extend an attempt's log; see :meth:`LogBook.append`.

    A closed attempt still answers the repetition of its last request: its answer may be lost.
    """
    if gate.is_deleted:
        raise AttemptClosed
    if not gate.takes_uploads and not gate.is_closed:
        raise UploadRefused
    log = await custody.logbook.append(gate, request)
    custody.heard.told(gate.attempt_id)
    return log


async def latest_summaries(
    custody: Custody, found: list[queries.SummaryRow]
) -> list[tuple[queries.SummaryRow, bytes]]:
    """Read the latest sealed summary of each attempt; one that was erased is left out."""

    async def read(row: queries.SummaryRow) -> bytes | None:
        key = SegmentKey(row.attempt_id, SUMMARY_STREAM, row.index)
        try:
            return await custody.store.read(key)
        except SegmentMissing:
            return None

    files = await asyncio.gather(*map(read, found))
    return [(row, file) for row, file in zip(found, files, strict=True) if file is not None]


async def delete_evidence(
    custody: Custody, database: Database, attempt: str, detail: dict[str, str | int | None]
) -> int:
    """Delete everything that was recorded in an attempt, for good; return how many segments.

    The store goes first and takes no segment of this attempt ever again, so nothing can come in
    behind the deletion. Then the log and `attempt.age`: without it a copy of a segment, wherever
    one may be, opens no more. Repeating it after a crash in between ends what was begun. `detail`
    goes into the audit record, which has the deletion once.
    """
    now_ms = custody.clock.now_ms()
    async with custody.logbook.alone(attempt):
        erased = await custody.store.erase(attempt)
        async with database.transaction() as session:
            await queries.delete_log(session, attempt)
            gone = await note_deleted(session, attempt, now_ms)
            if gone is not None:
                counts = {"segments": erased, "bytes": gone.total_bytes}
                subject = f"attempt/{attempt}"
                deed = Deed(gone.institution_id, None, DELETED, subject, {**detail, **counts})
                record(session, deed, now_ms)
    custody.gates.forget(attempt)
    return erased
