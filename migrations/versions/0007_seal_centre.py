"""The seal centre: holders, applications for a seal, histories, files and answers from outside.

Revision: 0007, after: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = ("seal_history", "licence_history", "clearance_history")
STRICT = {"table_kwargs": {"sqlite_strict": True}}
ISSUED = "state = 'applied' OR (valid_from IS NOT NULL AND valid_until IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("clearances", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reference", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason_category", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("officer_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("second_officer_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_clearances_state", ["state", "clock_from"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_clearances_reference"), ["reference"])
        batch_op.create_check_constraint(
            batch_op.f("ck_clearances_two_officers"), "officer_id <> second_officer_id"
        )
        batch_op.create_foreign_key(batch_op.f("fk_clearances_officer_id"), "people", ["officer_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_clearances_person_id"), "people", ["person_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_clearances_second_officer_id"), "people", ["second_officer_id"], ["id"]
        )

    with op.batch_alter_table("seals", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("valid_from", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch_op.alter_column("valid_until", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch_op.create_index("ix_seals_state", ["state", "valid_until"], unique=False)
        batch_op.create_check_constraint(batch_op.f("ck_seals_issued_with_dates"), ISSUED)

    op.create_table(
        "clearance_callbacks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_category", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "stored",
                "applied",
                "reported",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance_callbacks")),
        sa.UniqueConstraint("event_id", name=op.f("uq_clearance_callbacks_event_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "registry_answers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("stars", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_answers")),
        sa.UniqueConstraint("code", name=op.f("uq_registry_answers_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "registry_uploads",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("seal", "licence", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["people.id"], name=op.f("fk_registry_uploads_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_uploads")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("registry_uploads", schema=None) as batch_op:
        batch_op.create_index("ix_registry_uploads_kind", ["kind", "id"], unique=False)

    op.create_table(
        "seal_applications",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("applicant_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "first", "renewal", "again", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "granted",
                "refused",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proof_method",
            sa.Enum(
                "dns",
                "file",
                "meta",
                name="proof_method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("proof_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof_problem", sa.Text(), nullable=True),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_seal_applications_decided_with_moment")
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["people.id"], name=op.f("fk_seal_applications_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_seal_applications_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_seal_applications_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_applications")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("seal_applications", schema=None) as batch_op:
        batch_op.create_index("ix_seal_applications_state", ["state", "submitted_at"], unique=False)
        batch_op.create_index(
            "uq_seal_applications_open",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "store_holders",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "legal_form",
            sa.Enum(
                "natural", "legal", name="legal_form", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("national_id", sa.Text(), nullable=True),
        sa.Column("legal_id", sa.Text(), nullable=True),
        sa.Column("sheba", sa.Text(), nullable=True),
        sa.Column("sheba_owner", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_holders_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_holders")),
        sa.UniqueConstraint("store_id", name=op.f("uq_store_holders_store_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("store_holders", schema=None) as batch_op:
        batch_op.create_index("ix_store_holders_legal_id", ["legal_id"], unique=False)
        batch_op.create_index("ix_store_holders_national_id", ["national_id"], unique=False)
        batch_op.create_index("ix_store_holders_sheba", ["sheba"], unique=False)

    op.create_table(
        "clearance_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("clearance_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column(
            "state_before",
            sa.Enum(
                "queued",
                "asked",
                "clear",
                "adverse",
                "more_information",
                "objected",
                "final",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "state_after",
            sa.Enum(
                "queued",
                "asked",
                "clear",
                "adverse",
                "more_information",
                "objected",
                "final",
                name="state_after",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason_category", sa.Text(), nullable=True),
        sa.Column("clock_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clearance_id"], ["clearances.id"], name=op.f("fk_clearance_history_clearance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance_history")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("clearance_history", schema=None) as batch_op:
        batch_op.create_index("ix_clearance_history_clearance_id", ["clearance_id", "id"], unique=False)

    op.create_table(
        "licence_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("licence_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column(
            "state_before",
            sa.Enum(
                "active",
                "suspended",
                "revoked",
                "expired",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "state_after",
            sa.Enum(
                "active",
                "suspended",
                "revoked",
                "expired",
                name="state_after",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["union_licences.id"], name=op.f("fk_licence_history_licence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_history")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("licence_history", schema=None) as batch_op:
        batch_op.create_index("ix_licence_history_licence_id", ["licence_id", "id"], unique=False)

    op.create_table(
        "seal_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("seal_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column(
            "state_before",
            sa.Enum(
                "applied",
                "active",
                "suspended",
                "revoked",
                "expired",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "state_after",
            sa.Enum(
                "applied",
                "active",
                "suspended",
                "revoked",
                "expired",
                name="state_after",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stars_before", sa.BigInteger(), nullable=True),
        sa.Column("stars_after", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.CheckConstraint("stars_after BETWEEN 0 AND 5", name=op.f("ck_seal_history_stars")),
        sa.ForeignKeyConstraint(["seal_id"], ["seals.id"], name=op.f("fk_seal_history_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_history")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("seal_history", schema=None) as batch_op:
        batch_op.create_index("ix_seal_history_seal_id", ["seal_id", "id"], unique=False)
    _guard()


def _guard() -> None:
    """Histories are written once."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (
        *APPEND_ONLY,
        "store_holders",
        "seal_applications",
        "registry_uploads",
        "registry_answers",
        "clearance_callbacks",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM seals WHERE valid_from IS NULL OR valid_until IS NULL")
    with op.batch_alter_table("seals", **STRICT) as batch_op:
        batch_op.drop_index("ix_seals_state")
        batch_op.drop_constraint(batch_op.f("ck_seals_issued_with_dates"), type_="check")
        batch_op.alter_column("valid_until", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("valid_from", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_column("revoked_at")
    with op.batch_alter_table("clearances", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_clearances_two_officers"), type_="check")
        for column in ("second_officer_id", "person_id", "officer_id"):
            batch_op.drop_constraint(batch_op.f(f"fk_clearances_{column}"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_clearances_reference"), type_="unique")
        batch_op.drop_index("ix_clearances_state")
        for column in (
            "objected_at",
            "second_officer_id",
            "officer_id",
            "reason_category",
            "clock_from",
            "reference",
            "person_id",
        ):
            batch_op.drop_column(column)
