"""Wraps that were taken back or replaced: kept until there is nothing left to open with them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_wrap",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("scope_epoch_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.Column("statement_id", sa.String(length=26), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scope_epoch_id"],
            ["scope_epoch.id"],
            name=op.f("fk_earlier_wrap_scope_epoch_id_scope_epoch"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_earlier_wrap_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_earlier_wrap_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_wrap")),
    )
    op.create_index(op.f("ix_earlier_wrap_scope_epoch_id"), "earlier_wrap", ["scope_epoch_id"])


def downgrade() -> None:
    op.drop_table("earlier_wrap")
