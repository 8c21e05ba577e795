"""Where trust begins: roots and the key log, for everybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries as accounts
from invigil.accounts.models import Institution
from invigil.keys import log, queries
from invigil.keys.names import server_verifier
from invigil.keys.schemas import KeyLogHead, KeyLogPage, Trust
from invigil.kit.db import Session
from invigil.kit.policy import Anyone
from invigil.kit.problems import NotFound, answers
from invigil.kit.rooms import PortsOf

router = APIRouter(prefix="/api/institutions/{slug}", tags=["trust"], responses=answers(NotFound))
Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


async def _institution(session: AsyncSession, slug: str) -> Institution:
    found = await accounts.institution_by_slug(session, slug)
    if found is None:
        raise NotFound
    return found


@router.get("/trust")
async def get_trust(_: Anyone, slug: Slug, session: Session, ports: PortsOf) -> Trust:
    """Return an institution's roots, where its key log stands, and the server's key."""
    institution = await _institution(session, slug)
    roots = await queries.roots(session, institution.id)
    size, checkpoint = await log.checkpoint(session, institution, ports.server_key)
    return Trust(
        roots=[each.note for each in roots],
        keylog=KeyLogHead(size=size, checkpoint=checkpoint),
        server_vkey=server_verifier(ports.server_key, slug).vkey,
        root_present=bool(roots),
    )


@router.get("/keylog")
async def get_key_log(
    _: Anyone,
    slug: Slug,
    *,
    session: Session,
    ports: PortsOf,
    start: Annotated[int, Query(alias="from", ge=0, lt=2**31)] = 0,
) -> KeyLogPage:
    """Return leaves of the key log from an index on, at most 1000."""
    institution = await _institution(session, slug)
    leaves = await log.leaves(session, institution.id, start)
    _size, checkpoint = await log.checkpoint(session, institution, ports.server_key)
    return KeyLogPage(**{"from": start}, leaves=leaves, checkpoint=checkpoint)
