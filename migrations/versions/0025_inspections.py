"""Visits, checklists, what stores did about findings, and guidelines acknowledged.

Revision: 0025, after: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "checklists",
    "guideline_acknowledgements",
    "visit_answers",
    "corrective_actions",
)


def upgrade() -> None:
    op.create_table(
        "acknowledgement_rounds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("last_store_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement_rounds")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_acknowledgement_rounds_key_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "checklists",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("version > 1", name=op.f("ck_checklists_after_first")),
        sa.ForeignKeyConstraint(["written_by_id"], ["people.id"], name=op.f("fk_checklists_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklists")),
        sa.UniqueConstraint("version", name=op.f("uq_checklists_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "guideline_acknowledgements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_guideline_acknowledgements_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_guideline_acknowledgements_store_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_acknowledgements")),
        sa.UniqueConstraint(
            "store_id", "key", "version", name=op.f("uq_guideline_acknowledgements_store_id_key_version")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("guideline_acknowledgements", schema=None) as batch_op:
        batch_op.create_index("ix_guideline_acknowledgements_key", ["key", "version"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "planned",
                "spot_check",
                "complaint",
                "re_visit",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "done",
                "unmet",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("inspector_id", sa.BigInteger(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checklist_version", sa.BigInteger(), nullable=True),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.Column("met_name", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason IS NOT NULL)",
            name=op.f("ck_visits_cancelled_with_reason"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'unmet')) = (submission_key IS NOT NULL AND reported_at IS NOT NULL)",
            name=op.f("ck_visits_reported"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR checklist_version IS NOT NULL", name=op.f("ck_visits_by_a_checklist")
        ),
        sa.ForeignKeyConstraint(["inspector_id"], ["people.id"], name=op.f("fk_visits_inspector_id")),
        sa.ForeignKeyConstraint(["reported_by_id"], ["people.id"], name=op.f("fk_visits_reported_by_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_visits_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("origin", name=op.f("uq_visits_origin")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_visits_submission_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index("ix_visits_plan", ["state", "planned_on", "store_id"], unique=False)
        batch_op.create_index("ix_visits_store_id", ["store_id", "reported_at"], unique=False)
        batch_op.create_index(
            "uq_visits_re_visit",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("state = 'planned' AND kind = 're_visit'"),
            postgresql_where=sa.text("state = 'planned' AND kind = 're_visit'"),
        )

    op.create_table(
        "visit_answers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "ok", "not_ok", "not_here", name="mark", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_answers_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_answers")),
        sa.UniqueConstraint("visit_id", "item_key", name=op.f("uq_visit_answers_visit_id_item_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "corrective_actions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_corrective_actions_not_empty")),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["findings.id"], name=op.f("fk_corrective_actions_finding_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_corrective_actions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_actions")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("corrective_actions", schema=None) as batch_op:
        batch_op.create_index("ix_corrective_actions_finding_id", ["finding_id", "id"], unique=False)

    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("item_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("late_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cleared_by_visit_id", sa.BigInteger(), nullable=True))
        batch_op.create_index("ix_findings_due_at", ["cleared_at", "due_at"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_findings_visit_id_item_key"), ["visit_id", "item_key"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_findings_cleared_by_visit_id"), "visits", ["cleared_by_visit_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_findings_visit_id"), "visits", ["visit_id"], ["id"])

    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            continue
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_findings_visit_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_findings_cleared_by_visit_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_findings_visit_id_item_key"), type_="unique")
        batch_op.drop_index("ix_findings_due_at")
        batch_op.drop_column("cleared_by_visit_id")
        batch_op.drop_column("late_told_at")
        batch_op.drop_column("breached_at")
        batch_op.drop_column("mended_at")
        batch_op.drop_column("item_key")
        batch_op.drop_column("visit_id")

    with op.batch_alter_table("corrective_actions", schema=None) as batch_op:
        batch_op.drop_index("ix_corrective_actions_finding_id")

    op.drop_table("corrective_actions")
    op.drop_table("visit_answers")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_visits_re_visit",
            sqlite_where=sa.text("state = 'planned' AND kind = 're_visit'"),
            postgresql_where=sa.text("state = 'planned' AND kind = 're_visit'"),
        )
        batch_op.drop_index("ix_visits_store_id")
        batch_op.drop_index("ix_visits_plan")

    op.drop_table("visits")
    with op.batch_alter_table("guideline_acknowledgements", schema=None) as batch_op:
        batch_op.drop_index("ix_guideline_acknowledgements_key")

    op.drop_table("guideline_acknowledgements")
    op.drop_table("checklists")
    op.drop_table("acknowledgement_rounds")
