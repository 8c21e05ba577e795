"""Key files that were replaced or removed: kept for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_key_file",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("method", sa.String(length=400), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_earlier_key_file_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_key_file")),
    )
    op.create_index(op.f("ix_earlier_key_file_person_id"), "earlier_key_file", ["person_id"])


def downgrade() -> None:
    op.drop_table("earlier_key_file")
