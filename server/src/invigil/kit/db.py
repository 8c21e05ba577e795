"""The database: one engine, one transaction for each request or job, committed here and only here.

SQLite (WAL) is the embedded default, PostgreSQL (asyncpg) the same code at scale. On SQLite one
transaction writes at a time: writers queue on a lock of this process instead of polling the file,
readers never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, cast

from fastapi import Depends, Request
from sqlalchemy import BigInteger, Connection, LargeBinary, MetaData, Result, String, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from invigil.kit.events import EventBus, take_pending
from invigil.kit.ids import ID_LENGTH
from invigil.kit.problems import Busy

BUSY_TIMEOUT_S = 10
TURN_TIMEOUT_S = 20
"""Everybody of an exam comes in within the same seconds: served late is better than refused."""
KEPT_CONNECTIONS = 5
MOST_CONNECTIONS = 20
"""Of one process. A request holds one at a time (never a second inside the first), for
milliseconds, so twenty keep two cores busy; PostgreSQL has a hundred for all its clients.
"""
_WRITES = "invigil_writes"

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[str, mapped_column(String(ID_LENGTH))]
Ms = Annotated[int, mapped_column(BigInteger)]
"""Unix milliseconds, UTC. Column names end in `_ms`."""
Bytes = Annotated[bytes, mapped_column(LargeBinary)]


class Base(DeclarativeBase):
    """Base of all tables. Constraints have predictable names, so migrations can drop them."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class Database:
    """Hands out transactions. Build one per process, at the root, and close it at the end."""

    def __init__(self, url: str, bus: EventBus) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            hide_parameters=True,  # a failed statement's values are names and codes: not for logs
            pool_pre_ping=not self.is_sqlite,
            pool_size=KEPT_CONNECTIONS,
            max_overflow=MOST_CONNECTIONS - KEPT_CONNECTIONS,
            pool_timeout=TURN_TIMEOUT_S,
        )
        self._reading = self.engine.execution_options(**{_WRITES: False})
        self._writing = self.engine.execution_options(**{_WRITES: True})
        self._bus = bus
        self._write_turn = asyncio.Lock()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def transaction(self, *, writes: bool = True) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction; commit at the end, roll back on any exception.

        Events emitted inside are delivered after the commit. With `writes=False` nothing may be
        changed. Never open a transaction inside another: a writing one waits for itself on SQLite,
        and any two hold two connections while others wait for their first (both fail after 20 s).
        Do not wait for another machine inside one either.
        """
        async with self._turn(writes=writes):
            session = AsyncSession(
                self._writing if writes else self._reading, expire_on_commit=False
            )
            try:
                yield session
                if writes:
                    await session.commit()
            finally:
                # Closing rolls back what was not committed; it must not be cut off half-way.
                await asyncio.shield(session.close())
        await self._bus.deliver(take_pending(session))

    @asynccontextmanager
    async def _turn(self, *, writes: bool) -> AsyncIterator[None]:
        if not (writes and self.is_sqlite):
            yield
            return
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._write_turn.acquire()
        except TimeoutError as error:
            raise Busy(retry_after_s=2) from error
        try:
            yield
        finally:
            self._write_turn.release()

    async def scrub(self) -> None:
        """Let what was deleted leave the disk too: it still stands in SQLite's journal.

        Best effort: a reader that holds on to it makes it wait for the next time. PostgreSQL
        overwrites by itself (autovacuum).
        """
        if not self.is_sqlite:
            return
        async with self._turn(writes=True), self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            # Not through SQLAlchemy: it would begin a transaction, and a checkpoint needs none.
            await cast("Any", raw.driver_connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling is off (isolation_level None): SQLAlchemy's "begin" says
    # which kind of transaction it is.
    cast("Any", connection).isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a receipt promises that its leaves survive a power cut
        "foreign_keys=ON",
        "secure_delete=ON",  # a deleted recording's key is overwritten, not only forgotten
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def get_database(request: Request) -> Database:
    """Return the database of the app that answers this request."""
    return cast("Database", request.app.state.ports.database)


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One request, one transaction. GET and HEAD may not write."""
    writes = request.method not in {"GET", "HEAD"}
    async with get_database(request).transaction(writes=writes) as session:
        yield session


# "function": committed before the answer leaves, so that what is acknowledged is durable.
Session = Annotated[AsyncSession, Depends(open_session, scope="function")]


async def insert_missing(
    session: AsyncSession, table: type[Base], values: Mapping[str, object]
) -> bool:
    """Insert a row unless its key (or another unique value) is taken; say whether it was new."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(cast("Table", table.__table__)).values(**values).on_conflict_do_nothing()
    return await rows_changed(session.execute(statement)) == 1


async def rows_changed(execution: Any) -> int:
    """Await an UPDATE, DELETE or INSERT and return how many rows it touched."""
    result: Result[Any] = await execution
    return cast("CursorResult[Any]", result).rowcount
