"""Alembic's entry: runs on the connection it is given (see kit/migrate.py)."""

from alembic import context

import invigil.app  # noqa: F401  every room's tables
from invigil.kit.db import Base

connection = context.config.attributes["connection"]
if connection is None:
    raise SystemExit("Run `invigil migrate`.")

context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
