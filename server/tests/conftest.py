"""The server under test: a real database, built by the migrations, fresh for each test."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from invigil.app import build_ports, create_app, give_ports, rooms
from invigil.kit.logs import set_up_logs
from invigil.kit.rooms import Ports
from invigil.settings import Settings
from server.tests.databases import Postgres, TemplateDatabases
from server.tests.factories.world import World
from server.tests.fakes import FakeClock

EXTENSION_ID = "abcdefghijklmnopabcdefghijklmnop"


class CurrentStderr:
    """Writes to the standard error of the test that runs now: pytest shows it on failure."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


@pytest.fixture(scope="session", autouse=True)
def _logs_as_in_production() -> None:
    set_up_logs(CurrentStderr())


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemplateDatabases]:
    with TemplateDatabases(tmp_path_factory.mktemp("templates")) as templates:
        yield templates


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(
    request: pytest.FixtureRequest, templates: TemplateDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a migrated, empty database: once each kind that this machine can run."""
    if request.param == "sqlite":
        yield await templates.sqlite_copy(tmp_path / "meta.db")
        return
    reason = Postgres.why_not()
    if reason is not None:
        pytest.skip(f"PostgreSQL IS NOT TESTED HERE: {reason}")
    async with templates.postgres_copy() as url:
        yield url


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        public_url="https://invigil.example.org",
        extension_ids=(EXTENSION_ID,),
    )


@pytest.fixture
async def ports(settings: Settings, database_url: str, clock: FakeClock) -> AsyncIterator[Ports]:
    build_ports(settings, clock)  # as an embedded server: makes the secrets
    shared = settings.model_copy(update={"database_url": database_url})
    ports = build_ports(shared, clock)
    yield ports
    await ports.database.close()


@pytest.fixture(scope="session")
def wired() -> dict[str, FastAPI]:
    """The whole app, wired once for a run."""
    return {}


@pytest.fixture
def app(settings: Settings, ports: Ports, wired: dict[str, FastAPI]) -> FastAPI:
    """The whole app with this test's database, clock and data directory."""
    app = wired.get("app") or create_app(settings, ports)
    wired["app"] = app
    give_ports(app, ports, rooms(settings))
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to the whole app in process; the rooms' lifespans run."""
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://test") as client,
    ):
        yield client


@pytest.fixture
def world(ports: Ports, clock: FakeClock) -> World:
    """Makes people, courses, exams and attempts in the database of this test."""
    return World(ports, clock)
