"""Access codes are sealed with the secret in `keys/`; the table holds none in clear any more."""

import sqlalchemy as sa
from alembic import context, op

from invigil.kit.table_seal import TableSeal

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMN = "exam.access_code"
EXAM = sa.table(
    "exam",
    sa.column("id", sa.String),
    sa.column("access_code", sa.String),
    sa.column("sealed_access_code", sa.LargeBinary),
)


def upgrade() -> None:
    op.add_column("exam", sa.Column("sealed_access_code", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    in_clear = sa.select(EXAM.c.id, EXAM.c.access_code).where(EXAM.c.access_code != "")
    for exam_id, code in connection.execute(in_clear).all():
        sealed = _seal().seal(code, exam_id)
        # Emptied too: PostgreSQL keeps the bytes of a column that is dropped.
        changed = sa.update(EXAM).where(EXAM.c.id == exam_id)
        connection.execute(changed.values(sealed_access_code=sealed, access_code=""))
    op.drop_column("exam", "access_code")


def downgrade() -> None:
    op.add_column(
        "exam", sa.Column("access_code", sa.String(200), nullable=False, server_default="")
    )
    connection = op.get_bind()
    sealed = sa.select(EXAM.c.id, EXAM.c.sealed_access_code)
    for exam_id, code in connection.execute(
        sealed.where(EXAM.c.sealed_access_code.is_not(None))
    ).all():
        changed = sa.update(EXAM).where(EXAM.c.id == exam_id)
        connection.execute(changed.values(access_code=_seal().open(code, exam_id)))
    op.drop_column("exam", "sealed_access_code")


def _seal() -> TableSeal:
    return TableSeal(context.config.attributes["table_secret"], COLUMN)
