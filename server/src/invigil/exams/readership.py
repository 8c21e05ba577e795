"""What rests on one person's keys: which exams they read, and which keys they made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.exams import queries
from invigil.exams.models import Exam
from invigil.keys import queries as keys


@dataclass(frozen=True, slots=True)
class Reading:
    """One exam: whether they signed its newest key, and whether only they can open some epoch."""

    exam: Exam
    signed: bool
    alone: bool


async def readership_of(
    session: AsyncSession, institution_id: str, person_id: str
) -> list[Reading]:
    """Return the exams that this person can read, or whose newest key they signed."""
    epochs = await keys.epochs_of_person(session, institution_id, person_id)
    readers: dict[str, set[str]] = defaultdict(set)
    for member, who in await keys.members(session, [epoch.id for epoch, _ in epochs]):
        readers[member.scope_epoch_id].add(who.id)
    signer: dict[str, str] = {}
    reads: set[str] = set()
    alone: set[str] = set()
    for epoch, statement in epochs:
        exam_id = epoch.scope.removeprefix("exam/")
        signer[exam_id] = statement.signer_id  # the newest epoch comes last
        if person_id in readers[epoch.id]:
            reads.add(exam_id)
        if readers[epoch.id] == {person_id}:
            alone.add(exam_id)
    theirs = [each for each in signer if each in reads or signer[each] == person_id]
    found = await queries.exams_by_id(session, institution_id, theirs)
    return [Reading(exam, signer[exam.id] == person_id, exam.id in alone) for exam in found]
