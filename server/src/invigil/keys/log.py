"""The key log (sealed.md §6.5): append a leaf, sign the checkpoint, read pages."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution
from invigil.keys.models import KeyLog, KeyLogLeaf
from invigil.keys.names import key_log_origin, server_name
from invigil.kit.checkpoints import Checkpoint, sign_checkpoint
from invigil.kit.db import insert_missing
from invigil.kit.signing import SigningKey, encode_base64
from invigil.kit.tree import Frontier, leaf_hash

PAGE_LEAVES = 1000
BLIND_BYTES = 32


def commitment(blind: bytes, note: str) -> bytes:
    """Return the leaf of a note that names a person: deleting blind and note is the erasure."""
    digest = hashlib.sha256(blind + note.encode()).digest()
    return f"invigil/v1/commit\n{encode_base64(digest)}\n".encode()


async def append(
    session: AsyncSession, institution: Institution, data: bytes, server_key: SigningKey
) -> int:
    """Append a leaf, sign the new checkpoint and return the leaf's index."""
    log = await _locked(session, institution, server_key)
    index = log.size
    session.add(KeyLogLeaf(institution_id=institution.id, index=index, data=data))
    grown = Frontier.from_bytes(log.size, log.frontier).append(leaf_hash(data))
    log.size, log.frontier = grown.size, grown.to_bytes()
    log.checkpoint = _signed(institution.slug, grown, server_key)
    await session.flush()
    return index


async def _locked(
    session: AsyncSession, institution: Institution, server_key: SigningKey
) -> KeyLog:
    """Return the log's row, held until the transaction ends: leaves are appended in turn."""
    empty = Frontier()
    values = {
        "institution_id": institution.id,
        "size": 0,
        "frontier": b"",
        "checkpoint": _signed(institution.slug, empty, server_key),
    }
    await insert_missing(session, KeyLog, values)
    statement = select(KeyLog).where(KeyLog.institution_id == institution.id).with_for_update()
    return (await session.scalars(statement)).one()


def _signed(slug: str, frontier: Frontier, server_key: SigningKey) -> str:
    checkpoint = Checkpoint(key_log_origin(slug), frontier.size, frontier.root)
    return sign_checkpoint(checkpoint, server_key, server_name(slug))


async def checkpoint(
    session: AsyncSession, institution: Institution, server_key: SigningKey
) -> tuple[int, str]:
    """Return the log's size and signed checkpoint; of an empty log too."""
    log = await session.get(KeyLog, institution.id)
    if log is None:
        return 0, _signed(institution.slug, Frontier(), server_key)
    return log.size, log.checkpoint


async def leaves(session: AsyncSession, institution_id: str, start: int) -> list[bytes]:
    """Return at most 1000 leaves from index `start`."""
    found = await session.scalars(
        select(KeyLogLeaf.data)
        .where(KeyLogLeaf.institution_id == institution_id, KeyLogLeaf.index >= start)
        .order_by(KeyLogLeaf.index)
        .limit(PAGE_LEAVES)
    )
    return list(found)
