"""What this room holds open while the server runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import Scope

from invigil.evidence.gate import GateCache
from invigil.evidence.heard import Heard
from invigil.evidence.logbook import LogBook
from invigil.evidence.looks import Looks
from invigil.evidence.patience import Patience
from invigil.evidence.recent import RecentSegments
from invigil.kit.clock import Clock
from invigil.kit.packs.admission import Admission
from invigil.kit.packs.ports import SegmentStore
from invigil.kit.tokens import AttemptTokens

ROOM = "evidence"


@dataclass(frozen=True, slots=True)
class Custody:
    """The store, the logs, and what stands before them."""

    tokens: AttemptTokens
    clock: Clock
    store: SegmentStore
    admission: Admission
    patience: Patience
    gates: GateCache
    logbook: LogBook
    recent: RecentSegments
    heard: Heard
    looks: Looks


def custody_in(scope: Scope) -> Custody:
    """Return the custody of the app that answers a request."""
    return cast("Custody", scope["app"].state.rooms[ROOM])


async def get_custody(connection: HTTPConnection) -> Custody:
    return custody_in(connection.scope)


CustodyOf = Annotated[Custody, Depends(get_custody)]
