"""When a recording was deleted because its time was over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempt", sa.Column("deleted_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("attempt", "deleted_ms")
