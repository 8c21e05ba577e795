"""Transactions, on every kind of database."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from invigil.accounts.models import Institution
from invigil.audit.models import AuditRecord
from invigil.audit.service import Deed, record, record_hourly
from invigil.kit.db import Base
from invigil.kit.events import Event, emit
from invigil.kit.migrate import is_current, upgrade
from server.tests.factories.accounts import make_institution


class SomethingHappened(Event):
    """News for these tests."""


async def count_institutions(ports) -> int:
    async with ports.database.transaction(writes=False) as session:
        return len((await session.scalars(select(Institution))).all())


async def test_what_a_transaction_did_is_there_after_it(ports, clock):
    async with ports.database.transaction() as session:
        await make_institution(session, clock.now_ms())

    assert await count_institutions(ports) == 1


async def test_a_failed_transaction_leaves_nothing_and_says_nothing(ports, clock):
    heard = []

    async def hear(event):
        heard.append(event)

    async def fail_half_way():
        async with ports.database.transaction() as session:
            await make_institution(session, clock.now_ms())
            emit(session, SomethingHappened())
            raise RuntimeError

    ports.bus.subscribe(SomethingHappened, hear)
    with pytest.raises(RuntimeError):
        await fail_half_way()

    assert (await count_institutions(ports), heard) == (0, [])


async def test_news_is_delivered_after_the_commit_even_when_a_listener_fails(ports, clock):
    seen = []

    async def fail(event):
        raise RuntimeError

    async def count(event):
        seen.append(await count_institutions(ports))

    ports.bus.subscribe(SomethingHappened, fail)
    ports.bus.subscribe(SomethingHappened, count)
    async with ports.database.transaction() as session:
        await make_institution(session, clock.now_ms())
        emit(session, SomethingHappened())

    assert seen == [1]


async def test_many_writers_at_once_all_succeed(ports, clock):
    async def write(number):
        async with ports.database.transaction() as session:
            await session.execute(select(Institution))
            await make_institution(session, clock.now_ms(), slug=f"place-{number}")

    await asyncio.gather(*(write(number) for number in range(20)))

    assert await count_institutions(ports) == 20


async def test_foreign_keys_are_enforced(ports, clock):
    with pytest.raises(IntegrityError):
        async with ports.database.transaction() as session:
            record(session, Deed("0" * 26, None, "test.do", "thing/1"), clock.now_ms())


async def test_the_migrations_build_exactly_the_tables_of_the_models(ports):
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with ports.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(ports):
    await upgrade(ports.database, ports.table_secret)

    assert await is_current(ports.database)


async def test_an_unmigrated_database_is_noticed(ports):
    async with ports.database.transaction() as session:
        await session.execute(text("DELETE FROM alembic_version"))

    assert not await is_current(ports.database)


@pytest.mark.parametrize("deed", [delete(AuditRecord), update(AuditRecord).values(action="x")])
async def test_the_database_refuses_to_change_the_audit_record(ports, clock, deed):
    async with ports.database.transaction() as session:
        institution = await make_institution(session, clock.now_ms())
        record(session, Deed(institution.id, None, "test.do", "thing/1"), clock.now_ms())

    with pytest.raises(DBAPIError, match="append-only"):
        async with ports.database.transaction() as session:
            await session.execute(deed)


async def test_looking_again_within_the_hour_is_one_record(ports, clock):
    async with ports.database.transaction() as session:
        institution = await make_institution(session, clock.now_ms())
        deed = Deed(institution.id, "1" * 26, "evidence.read", "attempt/1")
        first = await record_hourly(session, deed, clock.now_ms())
        again = await record_hourly(session, deed, clock.now_ms() + 1000)
        later = await record_hourly(session, deed, clock.now_ms() + 3_600_000)

    assert (first, again, later) == (True, False, True)
