"""The composition root: builds the ports and plugs the rooms together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from invigil.accounts import models as _accounts
from invigil.accounts import room as accounts
from invigil.attempts import models as _attempts
from invigil.attempts import room as attempts
from invigil.audit import models as _audit
from invigil.evidence import models as _evidence
from invigil.evidence import room as evidence
from invigil.exams import models as _exams
from invigil.exams import room as exams
from invigil.keys import models as _keys
from invigil.keys import room as keys
from invigil.kit import health
from invigil.kit.clock import Clock, SystemClock
from invigil.kit.datadir import DataDir
from invigil.kit.db import Database
from invigil.kit.doors import DoorLimits, Doors, Rate
from invigil.kit.events import EventBus
from invigil.kit.lane import LanedApp, open_lane
from invigil.kit.openapi import describe
from invigil.kit.packs.admission import AdmissionLimits
from invigil.kit.packs.store import PackStoreSettings
from invigil.kit.policy import policies
from invigil.kit.problem_answers import ProblemAnswers
from invigil.kit.rooms import Origins, Ports, Room
from invigil.kit.tokens import AttemptTokens
from invigil.kit.web import MAX_BODY_BYTES, add_edge
from invigil.lti import models as _lti
from invigil.lti import room as lti
from invigil.pages import routes as pages
from invigil.pages.problem_page import problem_page
from invigil.settings import Settings

TABLES = (_accounts, _attempts, _audit, _evidence, _exams, _keys, _lti)
"""Every room with tables: importing this module is knowing them all."""


def rooms(settings: Settings) -> Sequence[Room]:
    """Return every room of the server. A new room is one line here."""
    packs = PackStoreSettings(root=settings.data_dir / "packs")
    uploads = AdmissionLimits(max_in_flight_bytes=settings.upload_memory_mb * 1024 * 1024)
    return (
        health.room(),
        accounts.room(),
        keys.room(),
        exams.room(),
        attempts.room(),
        evidence.room(evidence.EvidenceSettings(packs, uploads)),
        pages.room(),
        lti.room(),
    )


def build_ports(
    settings: Settings, clock: Clock | None = None, *, may_create_secrets: bool | None = None
) -> Ports:
    """Open what all rooms share. The embedded server makes its secrets on the first start.

    Servers that share a database share their secrets too: one of them makes them
    (`may_create_secrets`, set by `invigil init`), the others get a copy.

    Raises:
        StartRefusedError: the data directory or a secret is not usable.
    """
    if may_create_secrets is None:
        may_create_secrets = settings.is_embedded
    data_dir = DataDir(settings.data_dir, may_create_secrets=may_create_secrets)
    data_dir.prepare()
    bus = EventBus()
    return Ports(
        database=Database(settings.database, bus),
        bus=bus,
        clock=clock or SystemClock(),
        attempt_tokens=AttemptTokens(data_dir.attempt_token_secret()),
        server_key=data_dir.server_key(),
        origins=Origins(settings.origin, settings.extension_ids, settings.extension_page),
        table_secret=data_dir.table_secret(),
        doors=Doors(_door_limits(settings)),
        trusted_hosts=frozenset(settings.lti_trusted_hosts),
    )


def _door_limits(settings: Settings) -> DoorLimits:
    per_s = settings.registrations_per_min / 60
    return DoorLimits(
        entrance=Rate(settings.entrance_burst, settings.entrance_per_s),
        registration=Rate(settings.registrations_per_min, per_s),
    )


def create_app(
    settings: Settings, ports: Ports | None = None, plugged: Sequence[Room] | None = None
) -> FastAPI:
    """Wire the app. Tests hand in their own ports (a clock, a database) and fewer rooms.

    Raises:
        UnguardedRouteError: a route does not say who may call it.
    """
    ports = ports or build_ports(settings)
    plugged = rooms(settings) if plugged is None else plugged
    app = LanedApp(
        title="Invigil",
        lifespan=_lifespan,
        openapi_url=None,  # health.room() serves it: a route like any other, with a policy
        docs_url=None,  # the built-in pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    give_ports(app, ports, plugged)
    for router in (router for room in plugged for router in room.routers):
        app.include_router(router, max_body_size=MAX_BODY_BYTES)  # its own limit comes first
    describe(app)
    add_edge(
        app,
        ProblemAnswers(problem_page),
        extension_ids=settings.extension_ids,
        is_https=settings.origin.startswith("https://"),
    )
    open_lane(
        app,
        [route for room in plugged for route in room.lane],
        extension_ids=settings.extension_ids,
        is_https=settings.origin.startswith("https://"),
    )
    list(policies(app.routes))
    return app


def give_ports(app: FastAPI, ports: Ports, plugged: Sequence[Room]) -> None:
    """Set what an app works with from its next start on. Wiring the routes is the slow part."""
    app.state.ports = ports
    app.state.plugged = plugged
    app.state.rooms = {}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    ports: Ports = app.state.ports
    plugged: Sequence[Room] = app.state.plugged
    async with AsyncExitStack() as stack:
        stack.push_async_callback(ports.database.close)
        for room in plugged:
            if room.lifespan is not None:
                opened = await stack.enter_async_context(room.lifespan(ports))
                app.state.rooms[room.name] = opened
        yield
