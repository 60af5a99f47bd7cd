"""Complaints, what was said in them, revocation cases; the rows of the performance record and what is kept from them.

Revision: 0013, after: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = ("record_rows", "record_marks", "complaint_messages")


def upgrade() -> None:
    op.create_table(
        "clock_pauses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("province_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_fa", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_clock_pauses_span")),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["people.id"], name=op.f("fk_clock_pauses_declared_by_id")
        ),
        sa.ForeignKeyConstraint(["province_id"], ["provinces.id"], name=op.f("fk_clock_pauses_province_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_pauses")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("clock_pauses", schema=None) as batch_op:
        batch_op.create_index("ix_clock_pauses_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "answer_templates",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_answer_templates_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_templates")),
        sa.UniqueConstraint("store_id", "title", name=op.f("uq_answer_templates_store_id_title")),
        sqlite_strict=True,
    )
    op.create_table(
        "record_cases",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "not_delivered",
                "defective",
                "not_as_described",
                "counterfeit",
                "false_discount",
                "shipping_charged",
                "kit_missing",
                "health",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("purchase", sa.Text(), nullable=True),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("answer_hours", sa.BigInteger(), nullable=False),
        sa.Column("province_id", sa.BigInteger(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_minutes", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ruling",
            sa.Enum(
                "filed",
                "admitted",
                "answered",
                "withdrawn",
                "unfounded",
                "duplicate",
                "referred",
                "solved",
                "not_solved",
                "upheld",
                "dismissed",
                name="ruling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "evaluation",
            sa.Enum(
                "filed",
                "admitted",
                "answered",
                "withdrawn",
                "unfounded",
                "duplicate",
                "referred",
                "solved",
                "not_solved",
                "upheld",
                "dismissed",
                name="evaluation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "review",
            sa.Enum(
                "filed",
                "admitted",
                "answered",
                "withdrawn",
                "unfounded",
                "duplicate",
                "referred",
                "solved",
                "not_solved",
                "upheld",
                "dismissed",
                name="review",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["province_id"], ["provinces.id"], name=op.f("fk_record_cases_province_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_record_cases_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_cases")),
        sa.UniqueConstraint("complaint", name=op.f("uq_record_cases_complaint")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("record_cases", schema=None) as batch_op:
        batch_op.create_index("ix_record_cases_store_id", ["store_id", "filed_at"], unique=False)

    op.create_table(
        "record_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "fund_payment",
                "guideline_breach",
                "price_freeze",
                name="mark",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_record_marks_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_marks")),
        sa.UniqueConstraint("key", name=op.f("uq_record_marks_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("record_marks", schema=None) as batch_op:
        batch_op.create_index("ix_record_marks_store_id", ["store_id", "at"], unique=False)

    op.create_table(
        "record_rows",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column(
            "fact",
            sa.Enum(
                "filed",
                "admitted",
                "answered",
                "withdrawn",
                "unfounded",
                "duplicate",
                "referred",
                "solved",
                "not_solved",
                "upheld",
                "dismissed",
                name="fact",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "not_delivered",
                "defective",
                "not_as_described",
                "counterfeit",
                "false_discount",
                "shipping_charged",
                "kit_missing",
                "health",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("purchase", sa.Text(), nullable=True),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("answer_hours", sa.BigInteger(), nullable=True),
        sa.Column("province_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "fact <> 'filed' OR (category IS NOT NULL AND answer_hours IS NOT NULL)",
            name=op.f("ck_record_rows_filed_whole"),
        ),
        sa.ForeignKeyConstraint(["province_id"], ["provinces.id"], name=op.f("fk_record_rows_province_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_record_rows_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_rows")),
        sa.UniqueConstraint("key", name=op.f("uq_record_rows_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("record_rows", schema=None) as batch_op:
        batch_op.create_index("ix_record_rows_complaint", ["complaint", "id"], unique=False)
        batch_op.create_index("ix_record_rows_store_id", ["store_id", "id"], unique=False)

    op.create_table(
        "revocation_cases",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "opened",
                "defended",
                "revoked",
                "kept",
                "appealed",
                "confirmed",
                "restored",
                "fallen",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("complaints", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("defence_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("defence", sa.Text(), nullable=True),
        sa.Column("defended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_decision", sa.Text(), nullable=True),
        sa.Column("appeal_decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("appeal_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_decided_by_id"], ["people.id"], name=op.f("fk_revocation_cases_appeal_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_revocation_cases_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_revocation_cases_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_cases")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("revocation_cases", schema=None) as batch_op:
        batch_op.create_index("ix_revocation_cases_state", ["state", "defence_until"], unique=False)
        batch_op.create_index("ix_revocation_cases_store_id", ["store_id", "id"], unique=False)
        batch_op.create_index(
            "uq_revocation_cases_open",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('opened', 'defended', 'revoked', 'appealed')"),
            postgresql_where=sa.text("state IN ('opened', 'defended', 'revoked', 'appealed')"),
        )

    op.create_table(
        "star_losses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("stars_before", sa.BigInteger(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_star_losses_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_losses")),
        sa.UniqueConstraint("complaint", name=op.f("uq_star_losses_complaint")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("star_losses", schema=None) as batch_op:
        batch_op.create_index("ix_star_losses_store_id", ["store_id"], unique=False)

    op.create_table(
        "store_records",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("lower", sa.BigInteger(), nullable=True),
        sa.Column("closed_count", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_records_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_records")),
        sa.UniqueConstraint("store_id", name=op.f("uq_store_records_store_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("store_records", schema=None) as batch_op:
        batch_op.create_index("ix_store_records_band", ["band", "category_id"], unique=False)
        batch_op.create_index("ix_store_records_good_until", ["good_until"], unique=False)

    op.create_table(
        "complaints",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=True),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "not_delivered",
                "defective",
                "not_as_described",
                "counterfeit",
                "false_discount",
                "shipping_charged",
                "kit_missing",
                "health",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "answered",
                "overdue",
                "evaluated",
                "reviewed",
                "closed",
                "withdrawn",
                "unfounded",
                "referred",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "evaluation",
            sa.Enum(
                "solved",
                "not_solved",
                "not_evaluated",
                name="evaluation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "ruling",
            sa.Enum(
                "filed",
                "admitted",
                "answered",
                "withdrawn",
                "unfounded",
                "duplicate",
                "referred",
                "solved",
                "not_solved",
                "upheld",
                "dismissed",
                name="ruling",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contest_text", sa.Text(), nullable=True),
        sa.Column("contest_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'referred' OR (authority IS NOT NULL AND letter IS NOT NULL)",
            name=op.f("ck_complaints_letter"),
        ),
        sa.CheckConstraint(
            "(store_order_id IS NULL) = is_outside", name=op.f("ck_complaints_outside_without_order")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_complaints_order_line_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_complaints_person_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["people.id"], name=op.f("fk_complaints_reviewed_by_id")),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["people.id"], name=op.f("fk_complaints_ruled_by_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_complaints_store_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_complaints_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.create_index("ix_complaints_clock", ["state", "answer_due_at"], unique=False)
        batch_op.create_index("ix_complaints_contested_at", ["contested_at"], unique=False)
        batch_op.create_index("ix_complaints_inbox", ["store_id", "state", "answer_due_at"], unique=False)
        batch_op.create_index("ix_complaints_person_id", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_complaints_remind_at", ["remind_at"], unique=False)
        batch_op.create_index("ix_complaints_store_order_id", ["store_order_id"], unique=False)
        batch_op.create_index(
            "uq_complaints_open",
            ["store_order_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('filed', 'answered', 'overdue', 'evaluated', 'reviewed')"),
            postgresql_where=sa.text("state IN ('filed', 'answered', 'overdue', 'evaluated', 'reviewed')"),
        )

    op.create_table(
        "answer_drafts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_answer_drafts_complaint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_drafts")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_answer_drafts_complaint_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "complaint_messages",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "shopper",
                "store",
                "office",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "said",
            sa.Enum(
                "complaint",
                "addition",
                "reply",
                "offer",
                "acceptance",
                "refusal",
                "evaluation",
                "decision",
                name="said",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_complaint_messages_not_empty")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_complaint_messages_author_id")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_messages_complaint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_messages")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("complaint_messages", schema=None) as batch_op:
        batch_op.create_index("ix_complaint_messages_complaint_id", ["complaint_id", "id"], unique=False)

    op.create_table(
        "complaint_offers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "remedy",
            sa.Enum(
                "refund",
                "replacement",
                "part_refund",
                name="remedy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_toman", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(remedy = 'replacement') = (amount_toman IS NULL) AND (amount_toman IS NULL OR amount_toman > 0)",
            name=op.f("ck_complaint_offers_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_offers_complaint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_offers")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("complaint_offers", schema=None) as batch_op:
        batch_op.create_index("ix_complaint_offers_complaint_id", ["complaint_id"], unique=False)
        batch_op.create_index(
            "uq_complaint_offers_open",
            ["complaint_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
    _guard()


def _guard() -> None:
    """What was said and what is counted is written once."""
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
    with op.batch_alter_table("complaint_offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_complaint_offers_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_complaint_offers_complaint_id")

    op.drop_table("complaint_offers")
    with op.batch_alter_table("complaint_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_complaint_messages_complaint_id")

    op.drop_table("complaint_messages")
    op.drop_table("answer_drafts")
    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_complaints_open",
            sqlite_where=sa.text("state IN ('filed', 'answered', 'overdue', 'evaluated', 'reviewed')"),
            postgresql_where=sa.text("state IN ('filed', 'answered', 'overdue', 'evaluated', 'reviewed')"),
        )
        batch_op.drop_index("ix_complaints_store_order_id")
        batch_op.drop_index("ix_complaints_remind_at")
        batch_op.drop_index("ix_complaints_person_id")
        batch_op.drop_index("ix_complaints_inbox")
        batch_op.drop_index("ix_complaints_contested_at")
        batch_op.drop_index("ix_complaints_clock")

    op.drop_table("complaints")
    with op.batch_alter_table("store_records", schema=None) as batch_op:
        batch_op.drop_index("ix_store_records_good_until")
        batch_op.drop_index("ix_store_records_band")

    op.drop_table("store_records")
    with op.batch_alter_table("star_losses", schema=None) as batch_op:
        batch_op.drop_index("ix_star_losses_store_id")

    op.drop_table("star_losses")
    with op.batch_alter_table("revocation_cases", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_revocation_cases_open",
            sqlite_where=sa.text("state IN ('opened', 'defended', 'revoked', 'appealed')"),
            postgresql_where=sa.text("state IN ('opened', 'defended', 'revoked', 'appealed')"),
        )
        batch_op.drop_index("ix_revocation_cases_store_id")
        batch_op.drop_index("ix_revocation_cases_state")

    op.drop_table("revocation_cases")
    with op.batch_alter_table("record_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_record_rows_store_id")
        batch_op.drop_index("ix_record_rows_complaint")

    op.drop_table("record_rows")
    with op.batch_alter_table("record_marks", schema=None) as batch_op:
        batch_op.drop_index("ix_record_marks_store_id")

    op.drop_table("record_marks")
    with op.batch_alter_table("record_cases", schema=None) as batch_op:
        batch_op.drop_index("ix_record_cases_store_id")

    op.drop_table("record_cases")
    op.drop_table("answer_templates")
    with op.batch_alter_table("clock_pauses", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_pauses_ends_at")

    op.drop_table("clock_pauses")
