"""Applications: forms, answers from outside, decisions, histories, appeals, referrals, places.

Revision: 0015, after: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = ("application_steps",)
STRICT = {"table_kwargs": {"sqlite_strict": True}}


def upgrade() -> None:
    op.create_table(
        "application_decisions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "approve",
                "reject",
                "revise",
                "waitlist",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("letter_number", sa.Text(), nullable=True),
        sa.Column("letter_on", sa.Date(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_application_decisions_count_positive")),
        sa.CheckConstraint(
            "told_at IS NULL OR undone_at IS NULL", name=op.f("ck_application_decisions_told_or_undone")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_application_decisions_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festivals.id"], name=op.f("fk_application_decisions_festival_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["people.id"], name=op.f("fk_application_decisions_undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_decisions")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("application_decisions", schema=None) as batch_op:
        batch_op.create_index("ix_application_decisions_waiting", ["tell_at", "told_at"], unique=False)

    op.create_table(
        "category_capacities",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("capacity_count >= 0", name=op.f("ck_category_capacities_not_negative")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_category_capacities_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festivals.id"], name=op.f("fk_category_capacities_festival_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_capacities")),
        sa.UniqueConstraint(
            "festival_id", "category_id", name=op.f("uq_category_capacities_festival_id_category_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "application_appeals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "granted",
                "dismissed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rejected_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'filed') = (decided_at IS NULL)", name=op.f("ck_application_appeals_decided")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR rejected_by_id IS NULL OR decided_by_id <> rejected_by_id",
            name=op.f("ck_application_appeals_another_officer"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_appeals_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_application_appeals_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by_id"], ["people.id"], name=op.f("fk_application_appeals_filed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["rejected_by_id"], ["people.id"], name=op.f("fk_application_appeals_rejected_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_appeals")),
        sa.UniqueConstraint("application_id", name=op.f("uq_application_appeals_application_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "application_forms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "legal_form",
            sa.Enum(
                "natural", "legal", name="legal_form", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("national_id", sa.Text(), nullable=True),
        sa.Column("legal_id", sa.Text(), nullable=True),
        sa.Column("legal_name", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("sheba", sa.Text(), nullable=True),
        sa.Column("sheba_owner", sa.Text(), nullable=True),
        sa.Column("category_ids", sa.JSON(), nullable=False),
        sa.Column("seal_code", sa.Text(), nullable=True),
        sa.Column("licence_number", sa.Text(), nullable=True),
        sa.Column("licence_from_on", sa.Date(), nullable=True),
        sa.Column("licence_until_on", sa.Date(), nullable=True),
        sa.Column("is_hard_hit", sa.Boolean(), nullable=False),
        sa.Column("fall_percent", sa.BigInteger(), nullable=True),
        sa.Column("fall_story", sa.Text(), nullable=True),
        sa.Column("who_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("categories_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seal_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("licence_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clearance_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hard_hit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health_answers", sa.JSON(), nullable=False),
        sa.CheckConstraint("fall_percent BETWEEN 1 AND 100", name=op.f("ck_application_forms_fall")),
        sa.CheckConstraint(
            "licence_from_on < licence_until_on", name=op.f("ck_application_forms_licence_dates")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_forms_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_forms")),
        sa.UniqueConstraint("application_id", name=op.f("uq_application_forms_application_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "application_matches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("identity", "account", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "match",
                "mismatch",
                "unanswered",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_matches_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_matches")),
        sa.UniqueConstraint(
            "application_id",
            "kind",
            "fingerprint",
            name=op.f("uq_application_matches_application_id_kind_fingerprint"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "application_referrals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("letter_number", sa.Text(), nullable=True),
        sa.Column("letter_on", sa.Date(), nullable=True),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_application_referrals_answered")
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_application_referrals_colleague")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_referrals_application_id")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["people.id"], name=op.f("fk_application_referrals_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"], name=op.f("fk_application_referrals_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_referrals")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("application_referrals", schema=None) as batch_op:
        batch_op.create_index("ix_application_referrals_application_id", ["application_id"], unique=False)
        batch_op.create_index(
            "ix_application_referrals_tray",
            ["to_id"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "application_steps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "draft",
                "submitted",
                "revision",
                "approved",
                "rejected",
                "waitlisted",
                "suspended",
                "withdrawn",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "submitted",
                "revision",
                "approved",
                "rejected",
                "waitlisted",
                "suspended",
                "withdrawn",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_steps_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["application_decisions.id"], name=op.f("fk_application_steps_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_steps")),
        sa.UniqueConstraint(
            "application_id", "version", name=op.f("uq_application_steps_application_id_version")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("application_steps", schema=None) as batch_op:
        batch_op.create_index("ix_application_steps_decision_id", ["decision_id"], unique=False)

    op.create_table(
        "application_vacancies",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column("left_application_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fill_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filled_application_id", sa.BigInteger(), nullable=True),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(filled_at IS NULL) = (filled_application_id IS NULL)",
            name=op.f("ck_application_vacancies_filled"),
        ),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festivals.id"], name=op.f("fk_application_vacancies_festival_id")
        ),
        sa.ForeignKeyConstraint(
            ["filled_application_id"],
            ["applications.id"],
            name=op.f("fk_application_vacancies_filled_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["left_application_id"],
            ["applications.id"],
            name=op.f("fk_application_vacancies_left_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_vacancies")),
        sa.UniqueConstraint(
            "filled_application_id", name=op.f("uq_application_vacancies_filled_application_id")
        ),
        sa.UniqueConstraint("left_application_id", name=op.f("uq_application_vacancies_left_application_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("application_vacancies", schema=None) as batch_op:
        batch_op.create_index("ix_application_vacancies_open", ["festival_id", "filled_at"], unique=False)

    with op.batch_alter_table("applications", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("category_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("score", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column(
                "check_result",
                sa.Enum(
                    "ok",
                    "look",
                    "wait",
                    "no",
                    name="check_result",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=False,
                server_default="wait",
            )
        )
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_applications_score", ["festival_id", "score", "id"], unique=False)
        batch_op.create_check_constraint(batch_op.f("ck_applications_score"), "score BETWEEN 0 AND 100")
        batch_op.create_foreign_key(
            batch_op.f("fk_applications_category_id"), "categories", ["category_id"], ["id"]
        )
    with op.batch_alter_table("applications", **STRICT) as batch_op:
        for column in ("version", "score", "check_result"):
            batch_op.alter_column(column, server_default=None)
    _guard()


def _guard() -> None:
    """The history is written once."""
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
    with op.batch_alter_table("applications", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_applications_category_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_applications_score"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_applications_check_result"), type_="check")
        batch_op.drop_index("ix_applications_score")
        for column in ("due_at", "check_result", "score", "version", "category_id"):
            batch_op.drop_column(column)
    for table in (
        "application_vacancies",
        "application_steps",
        "application_referrals",
        "application_matches",
        "application_forms",
        "application_appeals",
        "category_capacities",
        "application_decisions",
    ):
        op.drop_table(table)
