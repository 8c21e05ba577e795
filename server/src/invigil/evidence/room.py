"""The room, as the app plugs it in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from invigil.attempts.events import AttemptChanged
from invigil.attempts.gate import AttemptGate, load_gates
from invigil.evidence import retention, routes, staff_routes
from invigil.evidence.custody import ROOM, Custody
from invigil.evidence.gate import GateCache
from invigil.evidence.heard import Heard
from invigil.evidence.lag import LoopLag
from invigil.evidence.log_writer import LogWriter
from invigil.evidence.logbook import LogBook
from invigil.evidence.looks import Looks
from invigil.evidence.patience import Patience
from invigil.evidence.recent import RecentSegments
from invigil.kit.gathering import Gathering
from invigil.kit.packs.admission import Admission, AdmissionLimits
from invigil.kit.packs.store import PackStore, PackStoreSettings
from invigil.kit.rooms import Ports, Room

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Where segments are kept and how many may be on their way.

    The bytes on their way are the memory that uploads take; see docs/decisions for the measure.
    """

    packs: PackStoreSettings
    admission: AdmissionLimits = field(
        default_factory=lambda: AdmissionLimits(max_in_flight_bytes=24 * MEBIBYTE)
    )


def room(settings: EvidenceSettings) -> Room:
    """Return the room for the app."""

    @asynccontextmanager
    async def lifespan(ports: Ports) -> AsyncIterator[Custody]:
        async with (
            open_custody(settings, ports) as custody,
            retention.keeping_promises(custody, ports.database),
        ):
            yield custody

    routers = routes.segments, routes.router, routes.logs, staff_routes.router
    return Room(ROOM, routers, lifespan, routes.lane)


@asynccontextmanager
async def open_custody(settings: EvidenceSettings, ports: Ports) -> AsyncIterator[Custody]:
    """Open what the room holds, also for a command that works beside the server.

    The packs' `worker` must be another one than the server's then.
    """
    async with AsyncExitStack() as stack:
        yield await _open(settings, ports, stack)


async def _open(settings: EvidenceSettings, ports: Ports, stack: AsyncExitStack) -> Custody:
    """Open what the room holds; the stack closes it in the other order."""
    store = await PackStore.open(settings.packs)
    stack.push_async_callback(store.close)
    writer = LogWriter(ports.database)
    heard = Heard(ports.database, ports.clock)
    lag, patience, recent = LoopLag(), Patience(), RecentSegments()
    for each in (writer, heard, lag, patience):
        ports.vital.watch(type(each).__name__, await stack.enter_async_context(each.running()))
    return Custody(
        tokens=ports.attempt_tokens,
        clock=ports.clock,
        store=store,
        admission=Admission(
            settings.admission,
            queued_segments=store.queued_segments,
            loop_lag_ms=lambda: lag.lag_ms,
        ),
        patience=patience,
        gates=_gates(ports),
        logbook=LogBook(
            ports.database,
            store,
            recent=recent,
            server_key=ports.server_key,
            clock=ports.clock,
            writer=writer,
        ),
        recent=recent,
        heard=heard,
        looks=Looks(ports.database, ports.clock),
    )


def _gates(ports: Ports) -> GateCache:
    async def load(attempts: Sequence[str]) -> dict[str, AttemptGate]:
        async with ports.database.transaction(writes=False) as session:
            return await load_gates(session, attempts)

    gates = GateCache(Gathering(load).load)

    async def forget(event: AttemptChanged) -> None:
        gates.forget(event.attempt_id)

    ports.bus.subscribe(AttemptChanged, forget)
    return gates
