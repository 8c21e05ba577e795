"""Earlier versions of what only its owner can make again: kept, handed to nobody, put back by hand.

Whoever holds a sign-in or a role for a day can replace or remove sealed keys. Without the earlier
version that would lock their owner out for ever, and recordings with them.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Person
from invigil.audit.service import Deed, record
from invigil.keys import queries
from invigil.keys.models import EarlierKeyFile, EarlierWrap, KeyFile, Member, ScopeEpoch
from invigil.kit.ids import new_id
from invigil.kit.problems import KeyFileRefused, NotFound

FILES_KEPT_MS = 90 * 86_400_000
MAX_FILES = 50
"""Of one person. More are refused instead of dropping the oldest: a thief could push that out."""
OFTEN = (
    "Your key files were changed very often in the last weeks, and each earlier one is kept. "
    "Nothing was changed. Ask who runs the server."
)


async def keep_wrap(session: AsyncSession, whose: tuple[str, str], now_ms: int) -> None:
    """Keep the wrap of a (scope epoch, person) that is about to be removed or replaced."""
    now = await session.get(Member, whose)
    if now is not None:
        session.add(
            EarlierWrap(
                id=new_id(now_ms),
                scope_epoch_id=now.scope_epoch_id,
                person_id=now.person_id,
                wrap=now.wrap,
                statement_id=now.statement_id,
                ended_ms=now_ms,
            )
        )


async def forget_wraps(session: AsyncSession, scope: str, ended_before_ms: int) -> None:
    """Delete a scope's earlier wraps that ended before a time."""
    epoch_ids = [epoch.id for epoch, _ in await queries.epochs(session, scope)]
    await session.execute(
        delete(EarlierWrap).where(
            EarlierWrap.scope_epoch_id.in_(epoch_ids), EarlierWrap.ended_ms < ended_before_ms
        )
    )


async def keep_file(session: AsyncSession, now: KeyFile, now_ms: int) -> None:
    """Keep a key file that is about to be removed or replaced.

    Raises:
        KeyFileRefused: so many of this person's are kept already that it must not go on.
    """
    await forget_files(session, now_ms)
    if await queries.earlier_file_count(session, now.person_id) >= MAX_FILES:
        raise KeyFileRefused(OFTEN)
    session.add(
        EarlierKeyFile(
            id=new_id(now_ms),
            person_id=now.person_id,
            method=now.method,
            body=now.body,
            ended_ms=now_ms,
        )
    )


async def forget_files(session: AsyncSession, now_ms: int) -> None:
    """Delete everybody's key files that were replaced or removed too long ago."""
    await session.execute(
        delete(EarlierKeyFile).where(EarlierKeyFile.ended_ms < now_ms - FILES_KEPT_MS)
    )


async def restore(session: AsyncSession, version_id: str, now_ms: int) -> str:
    """Put an earlier version in force again; return whose it is, by name.

    What it takes the place of becomes an earlier version itself.

    Raises:
        NotFound: there is no such version.
        KeyFileRefused: see :func:`keep_file`.
    """
    detail: dict[str, str | int | None]
    if (wrap := await session.get(EarlierWrap, version_id)) is not None:
        epoch = await session.get_one(ScopeEpoch, wrap.scope_epoch_id)
        detail = {"scope": epoch.scope, "epoch": epoch.epoch}
        person_id = wrap.person_id
        await _restore_wrap(session, wrap, now_ms)
    elif (file := await session.get(EarlierKeyFile, version_id)) is not None:
        detail = {"method": file.method}
        person_id = file.person_id
        await _restore_file(session, file, now_ms)
    else:
        raise NotFound
    person = await session.get_one(Person, person_id)
    subject = f"person/{person.id}"
    record(session, Deed(person.institution_id, None, "keys.restore", subject, detail), now_ms)
    return person.name


async def _restore_wrap(session: AsyncSession, kept: EarlierWrap, now_ms: int) -> None:
    await keep_wrap(session, (kept.scope_epoch_id, kept.person_id), now_ms)
    await session.merge(
        Member(
            scope_epoch_id=kept.scope_epoch_id,
            person_id=kept.person_id,
            wrap=kept.wrap,
            statement_id=kept.statement_id,
        )
    )
    await session.delete(kept)


async def _restore_file(session: AsyncSession, kept: EarlierKeyFile, now_ms: int) -> None:
    now = await session.get(KeyFile, (kept.person_id, kept.method))
    await session.delete(kept)
    await session.flush()
    if now is not None:
        await keep_file(session, now, now_ms)
    await session.merge(
        KeyFile(person_id=kept.person_id, method=kept.method, body=kept.body, changed_ms=now_ms)
    )
