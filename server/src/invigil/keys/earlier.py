"""Earlier versions of what only its owner can make again: kept, handed to nobody, put back by hand.

Whoever holds a sign-in or a role for a day can replace or remove sealed keys. Without the earlier
version that would lock their owner out for ever, and recordings with them.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.keys import queries
from invigil.keys.models import EarlierWrap, Member
from invigil.kit.ids import new_id


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
