"""Connections to learning platforms, launches under way, our own LTI keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lti_tool_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("signs_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("retires_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_lti_tool_key")),
    )
    op.create_table(
        "lti_registration",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("product", sa.String(length=100), nullable=False),
        sa.Column("authorization_endpoint", sa.String(length=2048), nullable=False),
        sa.Column("token_endpoint", sa.String(length=2048), nullable=False),
        sa.Column("token_audience", sa.String(length=2048), nullable=False),
        sa.Column("jwks_uri", sa.String(length=2048), nullable=False),
        sa.Column("extra_origins", sa.JSON(), nullable=False),
        sa.Column("approved_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_lti_registration_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_registration")),
        sa.UniqueConstraint(
            "issuer", "client_id", name=op.f("uq_lti_registration_issuer_client_id")
        ),
    )
    op.create_index(
        op.f("ix_lti_registration_institution_id"), "lti_registration", ["institution_id"]
    )
    op.create_table(
        "lti_course",
        sa.Column("course_id", sa.String(length=26), nullable=False),
        sa.Column("registration_id", sa.String(length=26), nullable=False),
        sa.Column("memberships_url", sa.String(length=2048), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_lti_course_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["lti_registration.id"],
            name=op.f("fk_lti_course_registration_id_lti_registration"),
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_lti_course")),
    )
    op.create_index(op.f("ix_lti_course_registration_id"), "lti_course", ["registration_id"])
    op.create_table(
        "lti_deployment",
        sa.Column("registration_id", sa.String(length=26), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("approved_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["lti_registration.id"],
            name=op.f("fk_lti_deployment_registration_id_lti_registration"),
        ),
        sa.PrimaryKeyConstraint("registration_id", "deployment_id", name=op.f("pk_lti_deployment")),
    )
    op.create_table(
        "lti_form",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("registration_id", sa.String(length=26), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["lti_registration.id"],
            name=op.f("fk_lti_form_registration_id_lti_registration"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_lti_form")),
    )
    op.create_index(op.f("ix_lti_form_expires_ms"), "lti_form", ["expires_ms"])
    op.create_table(
        "lti_login",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.String(length=26), nullable=False),
        sa.Column("nonce_hash", sa.String(length=64), nullable=False),
        sa.Column("binding_hash", sa.String(length=64), nullable=False),
        sa.Column("target_link_uri", sa.String(length=2048), nullable=False),
        sa.Column("storage_target", sa.String(length=64), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["lti_registration.id"],
            name=op.f("fk_lti_login_registration_id_lti_registration"),
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_lti_login")),
    )
    op.create_index(op.f("ix_lti_login_expires_ms"), "lti_login", ["expires_ms"])
