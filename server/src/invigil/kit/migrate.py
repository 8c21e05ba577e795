"""Migrations: bring the tables to the form this version needs, or say that they are not."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from invigil.kit.db import Database

SCRIPTS = Path(__file__).parent.parent / "migrations"


def config(connection: Connection | None = None, table_secret: bytes | None = None) -> Config:
    """Return Alembic's configuration; there is no alembic.ini. Migrations find the secret in it."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    settings.attributes["connection"] = connection
    settings.attributes["table_secret"] = table_secret
    return settings


async def upgrade(database: Database, table_secret: bytes) -> None:
    """Run every migration that has not run yet, in one transaction.

    The secret seals what older versions kept in clear, which then leaves SQLite's journal too.
    """
    if await is_current(database):
        return
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config(sync, table_secret), "head"))
    await database.scrub()


async def is_current(database: Database) -> bool:
    """Say whether the tables have the form this version needs."""
    async with database.engine.connect() as connection:
        have = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_heads()
        )
    return set(have) == set(ScriptDirectory.from_config(config()).get_heads())
