"""Deleting recordings whose time is over: by itself while the server runs, and by command.

Whatever stops it half-way, the next pass ends it: an attempt counts as deleted only when nothing of
it is left. Two processes may do it at once; the audit record has each deletion once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from invigil.attempts import retention as attempts
from invigil.attempts.retention import Due
from invigil.evidence.custody import Custody
from invigil.evidence.service import delete_evidence
from invigil.keys.earlier import forget_files
from invigil.kit.db import Database
from invigil.kit.packs.errors import StoreError
from invigil.kit.problems import Problem

log = structlog.get_logger(__name__)
FIRST_AFTER_S = 300.0
"""A machine that has just started may not have the right time yet, and deleting is for good."""
EVERY_S = 3600.0
BATCH = 50


@dataclass(slots=True)
class Deleted:
    """What one pass did: recordings, their segments, and recordings that have to wait."""

    recordings: int = 0
    segments: int = 0
    failed: int = 0


async def all_due(database: Database, now_ms: int, *, limit: int = BATCH) -> list[Due]:
    """Return what the next pass would begin with: at most `limit` of each institution."""
    async with database.transaction(writes=False) as session:
        found: list[Due] = []
        for institution_id in await attempts.institution_ids(session):
            found += await attempts.due(session, institution_id, now_ms, limit=limit)
    return found


async def delete_due(custody: Custody, database: Database, *, batch: int = BATCH) -> Deleted:
    """Delete every recording whose time is over, one institution after the other, in batches."""
    deleted = Deleted()
    async with database.transaction(writes=False) as session:
        institution_ids = await attempts.institution_ids(session)
    for institution_id in institution_ids:
        is_more = True
        while is_more:
            async with database.transaction(writes=False) as session:
                found = await attempts.due(
                    session, institution_id, custody.clock.now_ms(), limit=batch
                )
            # What failed would be found again at once; it waits for the next pass.
            is_more = await _delete_all(custody, database, found, deleted) and len(found) == batch
        async with database.transaction() as session:
            await attempts.forget_wraps(session, institution_id, custody.clock.now_ms())
    async with database.transaction() as session:
        await forget_files(session, custody.clock.now_ms())
    await database.scrub()
    return deleted


async def _delete_all(
    custody: Custody, database: Database, found: list[Due], deleted: Deleted
) -> bool:
    """Delete recordings and count them; say whether none failed."""
    failed_before = deleted.failed
    for each in found:
        try:
            segments = await _delete(custody, database, each)
        except (StoreError, SQLAlchemyError, Problem, OSError):
            log.exception("deletion_failed", attempt=each.attempt_id)
            deleted.failed += 1
        else:
            deleted.recordings += segments is not None
            deleted.segments += segments or 0
    return deleted.failed == failed_before


async def _delete(custody: Custody, database: Database, due: Due) -> int | None:
    """Delete one recording if its time is still over; return how many segments it had."""
    now_ms = custody.clock.now_ms()
    async with database.transaction() as session:
        if await attempts.take_out(session, due.attempt_id, now_ms) is None:
            return None
    return await delete_evidence(
        custody, database, due.attempt_id, {"retention_days": due.retention_days}
    )


@asynccontextmanager
async def keeping_promises(custody: Custody, database: Database) -> AsyncIterator[None]:
    """Delete what is due now and then while the block lasts."""
    task = asyncio.create_task(_repeat(custody, database))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(custody: Custody, database: Database) -> None:
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        try:
            deleted = await delete_due(custody, database)
        except Exception:
            log.exception("job_failed", job="delete_due")
        else:
            if deleted.recordings or deleted.failed:
                log.info("recordings_deleted", count=deleted.recordings, failed=deleted.failed)
        await asyncio.sleep(EVERY_S)
