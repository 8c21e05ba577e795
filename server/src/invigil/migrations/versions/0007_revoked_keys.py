"""Keys that were revoked stay so: they cannot be named again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revoked_keys",
        sa.Column("statement_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("vkey", sa.String(length=300), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_revoked_keys_statement_id_statement")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_revoked_keys_person_id_person")
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_revoked_keys")),
    )
    op.create_index(op.f("ix_revoked_keys_person_id"), "revoked_keys", ["person_id"])
    # What is known of earlier revocations: the keys of people who have named no others since.
    op.execute(
        "INSERT INTO revoked_keys (statement_id, person_id, vkey, recipient) "
        "SELECT max(statement.id), person_keys.person_id, person_keys.vkey, person_keys.recipient "
        "FROM person_keys JOIN statement ON statement.person_id = person_keys.person_id "
        "AND statement.kind = 'staff-revoke' WHERE person_keys.revoked_ms IS NOT NULL "
        "GROUP BY person_keys.person_id, person_keys.vkey, person_keys.recipient"
    )


def downgrade() -> None:
    op.drop_table("revoked_keys")
