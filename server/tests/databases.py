"""Databases for tests: migrated once for each run, copied for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from invigil.kit.db import Database
from invigil.kit.events import EventBus
from invigil.kit.migrate import upgrade

_DEBIAN_BINARIES = Path("/usr/lib/postgresql")
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
_PREFIX = "invigil-postgres-"
TEMPLATE = "invigil_template"


class TemplateDatabases:
    """One migrated database of each kind; a test gets a copy."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sqlite: Path | None = None
        self._postgres: Postgres | None = None
        self._is_postgres_migrated = False
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._postgres is not None:
            self._postgres.stop()

    async def sqlite_copy(self, path: Path) -> str:
        """Copy the SQLite template to `path`; return its address."""
        if self._sqlite is None:
            template = self._directory / "template.db"
            await _migrate(f"sqlite+aiosqlite:///{template}")
            with sqlite3.connect(template) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._sqlite = template
        shutil.copyfile(self._sqlite, path)
        return f"sqlite+aiosqlite:///{path}"

    @asynccontextmanager
    async def postgres_copy(self) -> AsyncIterator[str]:
        """Copy the PostgreSQL template under a new name; drop it at the end."""
        if self._postgres is None:
            self._postgres = Postgres()
            await self._postgres.execute(f"CREATE DATABASE {TEMPLATE}")
        if not self._is_postgres_migrated:
            await _migrate(self._postgres.url(TEMPLATE))
            self._is_postgres_migrated = True
        name = f"invigil_test_{next(self._numbers)}"
        await self._postgres.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield self._postgres.url(name)
        await self._postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _migrate(url: str) -> None:
    database = Database(url, EventBus())
    await upgrade(database, bytes(32))
    await database.close()


class Postgres:
    """A private PostgreSQL server, from Debian's binaries, on a free port, listening locally."""

    def __init__(self) -> None:
        # Not below pytest's directory: each start of a pytest closes that to other users.
        _sweep()
        prefix = f"{_PREFIX}{os.getpid()}-"
        self._directory = directory = Path(tempfile.mkdtemp(prefix=prefix))
        self.port = _free_port()
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        self._run("initdb", "--auth=trust", "--no-sync", "--username=invigil", "-D", self._data)
        options = f"-p {self.port} -k {directory} -c listen_addresses=127.0.0.1 {_FAST}"
        log_file = str(directory / "log")
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log_file, "-o", options)

    @staticmethod
    def why_not() -> str | None:
        """Say why PostgreSQL cannot be tested on this machine; None when it can."""
        if _binaries() is None:
            return "its binaries are not installed (Debian package `postgresql`)."
        return None

    @property
    def _data(self) -> str:
        return str(self._directory / "data")

    def url(self, name: str) -> str:
        """Return the address of a database of this server."""
        return f"postgresql+asyncpg://invigil@127.0.0.1:{self.port}/{name}"

    async def execute(self, statement: str) -> None:
        """Run one statement outside any test's database."""
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="invigil", database="postgres", ssl=False
        )
        try:
            await connection.execute(statement)
        finally:
            await asyncio.wait_for(connection.close(), 10)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._data)
        shutil.rmtree(self._directory)

    def _run(self, program: str, *arguments: str) -> None:
        _run(self._directory, program, *arguments)


def _run(directory: Path, program: str, *arguments: str, check: bool = True) -> None:
    binaries = _binaries()
    assert binaries is not None
    # PostgreSQL refuses to run as root; Debian's package brings the user.
    user = "postgres" if os.geteuid() == 0 else None
    command = [binaries / program, *arguments]
    subprocess.run(command, check=check, user=user, cwd=directory, stdout=subprocess.DEVNULL)


def _sweep() -> None:
    """Stop and remove what a run left that was killed before it could do so itself."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = directory.name.removeprefix(_PREFIX).split("-")[0]
        if not Path("/proc", owner).exists():
            data = str(directory / "data")
            _run(directory, "pg_ctl", "stop", "-m", "immediate", "-D", data, check=False)
            shutil.rmtree(directory, ignore_errors=True)


@cache
def _binaries() -> Path | None:
    found = sorted(_DEBIAN_BINARIES.glob("*/bin/pg_ctl"))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
