"""People, exams, attempts, keys and the audit record."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "institution",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("slug", name=op.f("uq_institution_slug")),
    )
    op.create_table(
        "audit_record",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("once_key", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_audit_record_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
        sa.UniqueConstraint("once_key", name=op.f("uq_audit_record_once_key")),
    )
    with op.batch_alter_table("audit_record", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_record_institution_id_id", ["institution_id", "id"], unique=False
        )

    op.create_table(
        "course",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("external_key", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_course_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint(
            "institution_id", "external_key", name=op.f("uq_course_institution_id_external_key")
        ),
    )
    op.create_table(
        "key_log",
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_key_log_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_key_log")),
    )
    op.create_table(
        "key_log_leaf",
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("leaf_index", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_key_log_leaf_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("institution_id", "leaf_index", name=op.f("pk_key_log_leaf")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_person_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_institution_id_id", ["institution_id", "id"], unique=False)

    op.create_table(
        "root",
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_root_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("institution_id", "serial", name=op.f("pk_root")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.Column("signer_id", sa.String(length=26), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=True),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("accepted_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_statement_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "institution_id", "log_index", name=op.f("uq_statement_institution_id_log_index")
        ),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_institution_id_person_id", ["institution_id", "person_id"], unique=False
        )

    op.create_table(
        "exam",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("course_id", sa.String(length=26), nullable=False),
        sa.Column("external_key", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("access_code", sa.String(length=200), nullable=False),
        sa.Column("frozen_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_exam_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_exam_institution_id_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
        sa.UniqueConstraint(
            "institution_id", "external_key", name=op.f("uq_exam_institution_id_external_key")
        ),
    )
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.create_index("ix_exam_course_id_id", ["course_id", "id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("sub", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_identity_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_identity_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint(
            "institution_id",
            "issuer",
            "client_id",
            "sub",
            name=op.f("uq_identity_institution_id_issuer_client_id_sub"),
        ),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_person_id"), ["person_id"], unique=False)

    op.create_table(
        "key_file",
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("method", sa.String(length=400), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_key_file_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", "method", name=op.f("pk_key_file")),
    )
    op.create_table(
        "person_keys",
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("vkey", sa.String(length=300), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("staff_key_id", sa.String(length=26), nullable=True),
        sa.Column("certified_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_person_keys_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_keys_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["staff_key_id"], ["statement.id"], name=op.f("fk_person_keys_staff_key_id_statement")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_keys")),
    )
    with op.batch_alter_table("person_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_keys_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("course_id", sa.String(length=26), nullable=True),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(role = 'administrator') = (course_id IS NULL)",
            name=op.f("ck_role_grant_role_has_its_place"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_role_grant_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "person_id", "role", "course_id", name=op.f("uq_role_grant_person_id_role_course_id")
        ),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_course_id"), ["course_id"], unique=False)
        batch_op.create_index(
            "uq_role_grant_person_id_institution_wide",
            ["person_id", "role"],
            unique=True,
            sqlite_where=sa.text("course_id IS NULL"),
            postgresql_where=sa.text("course_id IS NULL"),
        )

    op.create_table(
        "scope_epoch",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_scope_epoch_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_scope_epoch_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope_epoch")),
        sa.UniqueConstraint("scope", "epoch", name=op.f("uq_scope_epoch_scope_epoch")),
    )
    op.create_table(
        "staff_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_token_person_id_person")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_token")),
    )
    with op.batch_alter_table("staff_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_token_expires_ms"), ["expires_ms"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("exam_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "checking",
                "ready",
                "running",
                "paused",
                "interrupted",
                "ended",
                "terminated",
                name="state",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=True),
        sa.Column("log_size", sa.Integer(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=True),
        sa.Column("opened_generation", sa.Integer(), nullable=True),
        sa.Column("started_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_attempt_exam_id_exam")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_attempt_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_attempt_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "exam_id", "person_id", "number", name=op.f("uq_attempt_exam_id_person_id_number")
        ),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_exam_id_id", ["exam_id", "id"], unique=False)
        batch_op.create_index("ix_attempt_state_heard_ms", ["state", "heard_ms"], unique=False)
        batch_op.create_index(
            "uq_attempt_exam_id_person_id_not_over",
            ["exam_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('ended', 'terminated')"),
            postgresql_where=sa.text("state NOT IN ('ended', 'terminated')"),
        )

    op.create_table(
        "launch_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("course_id", sa.String(length=26), nullable=True),
        sa.Column("exam_id", sa.String(length=26), nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_launch_token_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_launch_token_exam_id_exam")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_launch_token_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_launch_token_person_id_person")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_launch_token")),
    )
    with op.batch_alter_table("launch_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_launch_token_expires_ms"), ["expires_ms"], unique=False
        )

    op.create_table(
        "member",
        sa.Column("scope_epoch_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.Column("statement_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_member_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["scope_epoch_id"],
            ["scope_epoch.id"],
            name=op.f("fk_member_scope_epoch_id_scope_epoch"),
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_member_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("scope_epoch_id", "person_id", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "attempt_wrap",
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_wrap_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempt_wrap")),
    )
    _make_append_only("audit_record")


def _make_append_only(table: str) -> None:
    """Refuse changes and deletions in the database itself, whoever asks for them."""
    message = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
