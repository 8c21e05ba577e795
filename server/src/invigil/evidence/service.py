"""What this room decides apart from the log itself: key files, summaries, deletion."""

from __future__ import annotations

import asyncio
import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.attempts.gate import AttemptGate
from invigil.attempts.life import TAKING_UPLOADS
from invigil.attempts.models import Attempt
from invigil.evidence import queries
from invigil.evidence.checkpoints import AttemptLog
from invigil.evidence.custody import Custody
from invigil.evidence.logbook import LogRequest
from invigil.keys.models import AttemptWrap
from invigil.kit.db import Database, insert_missing
from invigil.kit.packs.errors import SegmentMissing
from invigil.kit.packs.ports import SegmentKey
from invigil.kit.problems import AttemptClosed, KeyFileRefused, UploadRefused, WrapDiffers

_AGE = b"age-encryption.org/v1\n"
SUMMARY_STREAM = "summary"


async def store_wrap(session: AsyncSession, attempt: Attempt, body: bytes, now_ms: int) -> bool:
    """Store `attempt.age` once; say whether it was new.

    Raises:
        WrapDiffers: other bytes are stored.
        KeyFileRefused: it is no age file.
        UploadRefused, AttemptClosed: the attempt takes nothing now.
    """
    if attempt.closed_ms is not None:
        raise AttemptClosed
    if attempt.state not in TAKING_UPLOADS:
        raise UploadRefused
    if not body.startswith(_AGE):
        raise KeyFileRefused
    sha256 = hashlib.sha256(body).digest()
    values = {
        "attempt_id": attempt.id,
        "body": body,
        "sha256": sha256,
        "stored_ms": now_ms,
    }
    if await insert_missing(session, AttemptWrap, values):
        return True
    if await queries.wrap_sha256(session, attempt.id) != sha256:
        raise WrapDiffers
    return False


async def append_log(custody: Custody, gate: AttemptGate, request: LogRequest) -> AttemptLog:
    """Extend an attempt's log; see :meth:`LogBook.append`.

    A closed attempt still answers the repetition of its last request: its answer may be lost.
    """
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


async def delete_evidence(custody: Custody, database: Database, attempt: str) -> int:
    """Delete everything that was recorded in an attempt, for good; return how many segments.

    The store goes first and takes no segment of this attempt ever again, so nothing can come in
    behind the deletion. Repeating it after a crash in between ends what was begun.
    """
    async with custody.logbook.alone(attempt):
        erased = await custody.store.erase(attempt)
        async with database.transaction() as session:
            await queries.delete_log(session, attempt)
    custody.gates.forget(attempt)
    return erased
