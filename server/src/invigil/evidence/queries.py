"""Every statement of this room against the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Person
from invigil.attempts.models import Attempt
from invigil.evidence.checkpoints import AttemptLog
from invigil.evidence.chunks import join_leaves, split_leaves
from invigil.evidence.models import AttemptLogRow, LeafChunk
from invigil.evidence.progress import Progress, StreamProgress
from invigil.keys.models import AttemptWrap
from invigil.kit.signing import VerifierKey
from invigil.kit.tree import Frontier

_LOG = cast("Table", AttemptLogRow.__table__)
_CHUNK = cast("Table", LeafChunk.__table__)


@dataclass(frozen=True, slots=True)
class Appended:
    """A log and the leaves by which it grew; `leaves` is never empty."""

    log: AttemptLog
    leaves: tuple[bytes, ...]

    @property
    def first_index(self) -> int:
        """Where the new leaves begin."""
        return self.log.size - len(self.leaves)


async def load_log(session: AsyncSession, attempt: str) -> AttemptLog:
    """Return an attempt's log as it is stored; an empty one when there is none."""
    row = await session.get(AttemptLogRow, attempt)
    if row is None:
        return AttemptLog(Progress(attempt))
    streams = tuple(
        (name, StreamProgress(*reached)) for name, reached in sorted(row.streams.items())
    )
    progress = Progress(attempt, row.size, streams, row.total_bytes, row.closed_after_ms)
    frontier = Frontier.from_bytes(row.size, row.frontier)
    return AttemptLog(progress, frontier, VerifierKey.parse(row.attempt_vkey), row.receipt)


async def store_appends(session: AsyncSession, appends: Sequence[Appended]) -> None:
    """Store several logs' growth.

    Raises:
        IntegrityError: another process appended to one of them meanwhile: its chunk begins at the
            same index, because both began where the stored log ends.
    """
    await session.execute(insert(_CHUNK), [_chunk_values(each) for each in appends])
    created = [_log_values(each.log) for each in appends if each.first_index == 0]
    grown = [_log_values(each.log) for each in appends if each.first_index > 0]
    if created:
        await session.execute(insert(_LOG), created)
    if grown:
        await session.execute(
            update(_LOG).where(_LOG.c.attempt_id == bindparam("log_id")),
            [{"log_id": values.pop("attempt_id"), **values} for values in grown],
        )


async def read_leaves(session: AsyncSession, attempt: str, start: int, stop: int) -> list[bytes]:
    """Return the stored leaves from `start` to `stop` (exclusive); fewer when there are fewer."""
    # The chunk that holds `start` begins at or before it: without this bound a late page would
    # read all earlier ones.
    holding = (
        select(func.max(_CHUNK.c.first_index))
        .where(_CHUNK.c.attempt_id == attempt, _CHUNK.c.first_index <= start)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(_CHUNK.c.first_index, _CHUNK.c.leaves)
        .where(
            _CHUNK.c.attempt_id == attempt,
            _CHUNK.c.first_index >= holding,
            _CHUNK.c.first_index < stop,
        )
        .order_by(_CHUNK.c.first_index)
    )
    found = list(rows)
    if not found:
        return []
    leaves = [leaf for _, joined in found for leaf in split_leaves(joined)]
    skipped = start - found[0][0]
    return leaves[skipped : skipped + stop - start]


async def wrap_sha256(session: AsyncSession, attempt: str) -> bytes | None:
    """Return the hash of the stored `attempt.age`, or None."""
    return await session.scalar(select(AttemptWrap.sha256).where(AttemptWrap.attempt_id == attempt))


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """An attempt that has a sealed summary: its key file, and the last summary's index."""

    attempt_id: str
    wrap: bytes
    index: int


async def summary_rows(
    session: AsyncSession, exam: str, *, after: str, limit: int
) -> tuple[list[SummaryRow], str | None]:
    """Return a page of an exam's attempts that have summaries, and the next page's cursor."""
    rows = list(
        await session.execute(
            select(Attempt.id, AttemptWrap.body, AttemptLogRow.streams)
            .join(AttemptWrap, AttemptWrap.attempt_id == Attempt.id)
            .join(AttemptLogRow, AttemptLogRow.attempt_id == Attempt.id)
            .where(Attempt.exam_id == exam, Attempt.id > after)
            .order_by(Attempt.id)
            .limit(limit)
        )
    )
    found = [
        SummaryRow(attempt, wrap, streams["summary"][0] - 1)
        for attempt, wrap, streams in rows
        if "summary" in streams
    ]
    return found, rows[-1][0] if len(rows) == limit else None


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An attempt with its candidate's name, its key file and its last receipt."""

    attempt: Attempt
    candidate_name: str
    wrap: bytes | None
    receipt: str | None


async def evidence_row(session: AsyncSession, attempt: str) -> EvidenceRow:
    """Return what a review begins with. One query; the attempt exists."""
    row = (
        await session.execute(
            select(Attempt, Person.name, AttemptWrap.body, AttemptLogRow.receipt)
            .join(Person, Person.id == Attempt.person_id)
            .outerjoin(AttemptWrap, AttemptWrap.attempt_id == Attempt.id)
            .outerjoin(AttemptLogRow, AttemptLogRow.attempt_id == Attempt.id)
            .where(Attempt.id == attempt)
        )
    ).one()
    return EvidenceRow(*row)


async def delete_log(session: AsyncSession, attempt: str) -> None:
    """Delete an attempt's leaves, receipt and `attempt.age`."""
    for table in (LeafChunk, AttemptLogRow, AttemptWrap):
        await session.execute(delete(table).where(table.attempt_id == attempt))


def _chunk_values(append: Appended) -> dict[str, Any]:
    return {
        "attempt_id": append.log.progress.attempt,
        "first_index": append.first_index,
        "leaf_count": len(append.leaves),
        "leaves": join_leaves(append.leaves),
    }


def _log_values(log: AttemptLog) -> dict[str, Any]:
    assert log.attempt_key is not None
    progress = log.progress
    return {
        "attempt_id": progress.attempt,
        "size": progress.size,
        "frontier": log.frontier.to_bytes(),
        "streams": {name: [each.count, each.last_t0_ms] for name, each in progress.streams},
        "total_bytes": progress.total_bytes,
        "attempt_vkey": log.attempt_key.vkey,
        "receipt": log.receipt,
        "closed_after_ms": progress.closed_ms,
    }
