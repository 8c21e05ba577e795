"""The logs of attempts: their leaves in chunks, and how far each came."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt_log",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("attempt_vkey", sa.String(length=300), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("closed_after_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_log_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempt_log")),
    )
    op.create_table(
        "leaf_chunk",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("first_index", sa.Integer(), nullable=False),
        sa.Column("leaf_count", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_leaf_chunk_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "first_index", name=op.f("pk_leaf_chunk")),
    )


def downgrade() -> None:
    op.drop_table("leaf_chunk")
    op.drop_table("attempt_log")
