"""Every select of this room but those of the key log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, column, func, literal, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from invigil.accounts.models import Person
from invigil.keys import statements
from invigil.keys.models import (
    EarlierKeyFile,
    EarlierWrap,
    KeyFile,
    Member,
    PersonKeys,
    RevokedKeys,
    Root,
    ScopeEpoch,
    Statement,
)
from invigil.keys.standing import Standing, standing
from invigil.keys.statements import RootStatement
from invigil.kit.signing import SignedNote, parse_note


async def roots(session: AsyncSession, institution_id: str) -> Sequence[Root]:
    """Return all roots of an institution, the first one first."""
    found = await session.scalars(
        select(Root).where(Root.institution_id == institution_id).order_by(Root.serial)
    )
    return found.all()


async def current_root(
    session: AsyncSession, institution_id: str
) -> tuple[SignedNote, RootStatement] | None:
    """Return the root in force, parsed; None when the institution has none yet."""
    row = await session.scalar(
        select(Root)
        .where(Root.institution_id == institution_id)
        .order_by(Root.serial.desc())
        .limit(1)
    )
    if row is None:
        return None
    note = parse_note(row.note)
    parsed = statements.parse(note.text)
    assert isinstance(parsed, RootStatement)
    return note, parsed


async def person_keys(session: AsyncSession, person_id: str) -> PersonKeys | None:
    """Return the keys a person named, certified or not."""
    return await session.get(PersonKeys, person_id)


async def were_revoked(session: AsyncSession, person_id: str, vkey: str, recipient: str) -> bool:
    """Say whether one of these keys of a person was revoked."""
    found = await session.scalars(
        select(RevokedKeys)
        .where(
            RevokedKeys.person_id == person_id,
            or_(RevokedKeys.vkey == vkey, RevokedKeys.recipient == recipient),
        )
        .limit(1)
    )
    return found.first() is not None


async def standings(
    session: AsyncSession, institution_id: str, person_ids: Sequence[str], now_ms: int
) -> dict[str, Standing]:
    """Return where these people of an institution stand, by id."""
    current = await current_root(session, institution_id)
    found = await session.execute(
        select(PersonKeys, Statement)
        .outerjoin(Statement, Statement.id == PersonKeys.staff_key_id)
        .where(PersonKeys.institution_id == institution_id, PersonKeys.person_id.in_(person_ids))
    )
    rows = {keys.person_id: (keys, staff_key) for keys, staff_key in found}
    root = None if current is None else current[1]
    result = {}
    for each in person_ids:
        keys, staff_key = rows.get(each, (None, None))
        result[each] = standing(each, root, keys, staff_key=staff_key, now_ms=now_ms)
    return result


async def standing_of(
    session: AsyncSession, institution_id: str, person_id: str, now_ms: int
) -> Standing:
    """Return where one person stands."""
    found = await standings(session, institution_id, [person_id], now_ms)
    return found[person_id]


async def key_files(session: AsyncSession, person_id: str) -> Sequence[KeyFile]:
    """Return a person's keyring files (and root backup), by method."""
    found = await session.scalars(
        select(KeyFile).where(KeyFile.person_id == person_id).order_by(KeyFile.method)
    )
    return found.all()


async def epochs(session: AsyncSession, scope: str) -> Sequence[tuple[ScopeEpoch, Statement]]:
    """Return a scope's epochs with their statements, the first one first."""
    found = await session.execute(
        select(ScopeEpoch, Statement)
        .join(Statement, Statement.id == ScopeEpoch.statement_id)
        .where(ScopeEpoch.scope == scope)
        .order_by(ScopeEpoch.epoch)
    )
    return [(epoch, statement) for epoch, statement in found]


async def staff_key_before(session: AsyncSession, statement: Statement) -> Statement | None:
    """Return the last staff-key statement about a statement's signer that was logged before it."""
    found = await session.scalars(
        select(Statement)
        .where(
            Statement.institution_id == statement.institution_id,
            Statement.person_id == statement.signer_id,
            Statement.kind == "staff-key",
            Statement.log_index < statement.log_index,
        )
        .order_by(Statement.log_index.desc())
        .limit(1)
    )
    return found.first()


async def revocations(
    session: AsyncSession, institution_id: str, person_ids: Sequence[str]
) -> dict[str, list[Statement]]:
    """Return every staff-revoke statement about these people, in the order of the log."""
    found = await session.scalars(
        select(Statement)
        .where(
            Statement.institution_id == institution_id,
            Statement.person_id.in_(person_ids),
            Statement.kind == "staff-revoke",
            Statement.blind.is_not(None),  # without it nobody can find the statement in the log
        )
        .order_by(Statement.log_index)
    )
    by_person: dict[str, list[Statement]] = {each: [] for each in person_ids}
    for statement in found:
        if statement.person_id is not None:
            by_person[statement.person_id].append(statement)
    return by_person


async def members(
    session: AsyncSession, epoch_ids: Sequence[str]
) -> Sequence[tuple[Member, Person]]:
    """Return who can open these epochs' scope keys: nobody by keys that were ended since."""
    found = await session.execute(
        select(Member, Person)
        .join(Person, Person.id == Member.person_id)
        .where(Member.scope_epoch_id.in_(epoch_ids), _is_by_living_keys())
        .order_by(Person.id)
    )
    return [(member, person) for member, person in found]


async def membership(session: AsyncSession, epoch_id: str, person_id: str) -> Member | None:
    """Return a person's membership of an epoch, or None: keys that were ended open nothing more."""
    return await session.scalar(
        select(Member).where(
            Member.scope_epoch_id == epoch_id, Member.person_id == person_id, _is_by_living_keys()
        )
    )


async def epochs_of_person(
    session: AsyncSession, institution_id: str, person_id: str
) -> Sequence[tuple[ScopeEpoch, Statement]]:
    """Return all epochs of every scope of which this person can open, or signed, one."""
    theirs = (
        select(ScopeEpoch.scope)
        .join(Statement, Statement.id == ScopeEpoch.statement_id)
        .outerjoin(
            Member, (Member.scope_epoch_id == ScopeEpoch.id) & (Member.person_id == person_id)
        )
        .where(or_(Statement.signer_id == person_id, Member.person_id.is_not(None)))
    )
    found = await session.execute(
        select(ScopeEpoch, Statement)
        .join(Statement, Statement.id == ScopeEpoch.statement_id)
        .where(ScopeEpoch.institution_id == institution_id, ScopeEpoch.scope.in_(theirs))
        .order_by(ScopeEpoch.scope, ScopeEpoch.epoch)
    )
    return [(epoch, statement) for epoch, statement in found]


async def course_of_scope(session: AsyncSession, scope: str) -> str | None:
    """Return the course of a scope's exam. The room above has the model: by table name."""
    exam = table("exam", column("id"), column("course_id"))
    found: str | None = await session.scalar(
        select(exam.c.course_id).where(literal("exam/").concat(exam.c.id) == scope)
    )
    return found


async def scopes_with_earlier_wraps(session: AsyncSession, institution_id: str) -> Sequence[str]:
    """Return the scopes from which a wrap was taken back or replaced."""
    found = await session.scalars(
        select(ScopeEpoch.scope)
        .join(EarlierWrap, EarlierWrap.scope_epoch_id == ScopeEpoch.id)
        .where(ScopeEpoch.institution_id == institution_id)
        .distinct()
    )
    return found.all()


def _is_by_living_keys() -> ColumnElement[bool]:
    """Return the condition on `member`: its person's keys were not ended after it was added.

    The wrap stays in its row. It is sealed to keys that nobody should work with any more.
    """
    added, ended = aliased(Statement), aliased(Statement)
    since = (
        select(ended.id)
        .join(added, added.institution_id == ended.institution_id)
        .where(
            added.id == Member.statement_id,
            ended.kind == "staff-revoke",
            ended.person_id == Member.person_id,
            ended.log_index > added.log_index,
        )
    )
    return ~since.exists()


async def earlier_file_count(session: AsyncSession, person_id: str) -> int:
    """Return how many earlier key files of a person are kept."""
    statement = select(func.count()).where(EarlierKeyFile.person_id == person_id)
    return await session.scalar(statement) or 0


async def earlier_files(session: AsyncSession) -> Sequence[tuple[EarlierKeyFile, Person]]:
    """Return everybody's earlier key files, the oldest first."""
    found = await session.execute(
        select(EarlierKeyFile, Person)
        .join(Person, Person.id == EarlierKeyFile.person_id)
        .order_by(EarlierKeyFile.id)
    )
    return [(file, person) for file, person in found]


async def earlier_wraps(
    session: AsyncSession,
) -> Sequence[tuple[EarlierWrap, ScopeEpoch, Person]]:
    """Return everybody's earlier wraps with what they open, the oldest first."""
    found = await session.execute(
        select(EarlierWrap, ScopeEpoch, Person)
        .join(ScopeEpoch, ScopeEpoch.id == EarlierWrap.scope_epoch_id)
        .join(Person, Person.id == EarlierWrap.person_id)
        .order_by(EarlierWrap.id)
    )
    return [(wrap, epoch, person) for wrap, epoch, person in found]
