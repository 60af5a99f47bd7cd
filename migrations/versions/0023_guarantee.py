"""The guarantee fund: claims, decisions, payments and recourse; gifts, assessments, months and days of its book.

Revision: 0023, after: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "claim_messages",
    "claim_choices",
    "claim_decisions",
    "claim_appeals",
    "recourse_moves",
    "fund_gifts",
    "fund_month_lines",
    "fund_coverage_steps",
)


def upgrade() -> None:
    op.create_table(
        "fund_assessments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "open",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("free_toman", sa.BigInteger(), nullable=False),
        sa.Column("floor_toman", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_toman > 0 AND floor_toman > free_toman", name=op.f("ck_fund_assessments_below_the_floor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_assessments")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_assessments_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund_coverage_steps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_toman", sa.BigInteger(), nullable=False),
        sa.Column("exposure_toman", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_fund_coverage_steps_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_coverage_steps")),
        sa.UniqueConstraint("from_at", name=op.f("uq_fund_coverage_steps_from_at")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("balance_toman", sa.BigInteger(), nullable=False),
        sa.Column("reserved_toman", sa.BigInteger(), nullable=False),
        sa.Column("free_toman", sa.BigInteger(), nullable=False),
        sa.Column("contributed_toman", sa.BigInteger(), nullable=False),
        sa.Column("given_toman", sa.BigInteger(), nullable=False),
        sa.Column("recovered_toman", sa.BigInteger(), nullable=False),
        sa.Column("paid_toman", sa.BigInteger(), nullable=False),
        sa.Column("other_toman", sa.BigInteger(), nullable=False),
        sa.Column("expected_toman", sa.BigInteger(), nullable=False),
        sa.Column("open_claim_count", sa.BigInteger(), nullable=False),
        sa.Column("last_transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "balance_toman = reserved_toman + free_toman", name=op.f("ck_fund_days_reserved_and_free")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_days")),
        sa.UniqueConstraint("day_on", name=op.f("uq_fund_days_day_on")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund_months",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("free_toman", sa.BigInteger(), nullable=False),
        sa.Column("wanted_toman", sa.BigInteger(), nullable=False),
        sa.Column("given_toman", sa.BigInteger(), nullable=False),
        sa.Column("carried_toman", sa.BigInteger(), nullable=False),
        sa.Column("claim_count", sa.BigInteger(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "free_toman >= 0 AND given_toman >= 0 AND given_toman <= free_toman "
            "AND wanted_toman = given_toman + carried_toman AND carried_toman >= 0",
            name=op.f("ck_fund_months_arithmetic"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_months")),
        sa.UniqueConstraint("month", name=op.f("uq_fund_months_month")),
        sqlite_strict=True,
    )
    op.create_table(
        "assessment_shares",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("most_toman", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("paid_toman", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount_toman > 0 AND amount_toman <= most_toman", name=op.f("ck_assessment_shares_within_most")
        ),
        sa.CheckConstraint("paid_toman BETWEEN 0 AND amount_toman", name=op.f("ck_assessment_shares_paid")),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["fund_assessments.id"], name=op.f("fk_assessment_shares_assessment_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_assessment_shares_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_shares")),
        sa.UniqueConstraint(
            "assessment_id", "store_id", name=op.f("uq_assessment_shares_assessment_id_store_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("assessment_shares", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_shares_store_id", ["store_id"], unique=False)

    op.create_table(
        "fund_gifts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("booked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_fund_gifts_amount")),
        sa.CheckConstraint("length(giver) > 0", name=op.f("ck_fund_gifts_giver")),
        sa.ForeignKeyConstraint(["booked_by_id"], ["people.id"], name=op.f("fk_fund_gifts_booked_by_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_fund_gifts_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_gifts")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_fund_gifts_bank_reference")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_fund_gifts_transfer_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
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
            "payer",
            sa.Enum("fund", "insurer", name="payer", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "answered",
                "assessed",
                "approved",
                "rejected",
                "appealed",
                "final",
                "reserved",
                "waiting",
                "paid",
                "recourse_open",
                "recovered",
                "written_off",
                "withdrawn",
                "stopped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("loss_toman", sa.BigInteger(), nullable=False),
        sa.Column("residual_toman", sa.BigInteger(), nullable=False),
        sa.Column("approved_toman", sa.BigInteger(), nullable=False),
        sa.Column("reserved_toman", sa.BigInteger(), nullable=False),
        sa.Column("paid_toman", sa.BigInteger(), nullable=False),
        sa.Column("made_good_toman", sa.BigInteger(), nullable=False),
        sa.Column("sheba", sa.Text(), nullable=True),
        sa.Column("sheba_owner", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complete_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_by_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stood_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "stop",
            sa.Enum(
                "chargeback", "repaid", name="stop", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'stopped') = (stop IS NOT NULL)", name=op.f("ck_claims_stopped_with_reason")
        ),
        sa.CheckConstraint("loss_toman > 0", name=op.f("ck_claims_loss")),
        sa.CheckConstraint("made_good_toman >= 0", name=op.f("ck_claims_made_good")),
        sa.CheckConstraint("paid_at IS NULL OR paid_toman > 0", name=op.f("ck_claims_paid_something")),
        sa.CheckConstraint(
            "paid_toman >= 0 AND paid_toman <= reserved_toman AND reserved_toman <= approved_toman",
            name=op.f("ck_claims_paid_within_reserved_within_approved"),
        ),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_claims_complaint_id")),
        sa.ForeignKeyConstraint(["festival_id"], ["festivals.id"], name=op.f("fk_claims_festival_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_claims_person_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_claims_store_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_claims_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_claims_complaint_id")),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("ix_claims_answers", ["state", "answer_due_at"], unique=False)
        batch_op.create_index("ix_claims_filed_at", ["filed_at"], unique=False)
        batch_op.create_index("ix_claims_person_id", ["person_id", "festival_id"], unique=False)
        batch_op.create_index("ix_claims_queue", ["state", "decide_by_at"], unique=False)
        batch_op.create_index("ix_claims_store_id", ["store_id", "id"], unique=False)
        batch_op.create_index(
            "uq_claims_open",
            ["store_order_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND paid_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND paid_at IS NULL"),
        )

    op.create_table(
        "claim_appeals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
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
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_claim_appeals_reasons")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_appeals_claim_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_claim_appeals_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_appeals")),
        sa.UniqueConstraint("claim_id", "side", name=op.f("uq_claim_appeals_claim_id_side")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_assignments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("adjudicator_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "round",
            sa.Enum("first", "appeal", name="round", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "release",
            sa.Enum(
                "conflict",
                "absent",
                "ended",
                name="release",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(released_at IS NULL) = (release IS NULL)",
            name=op.f("ck_claim_assignments_released_with_reason"),
        ),
        sa.CheckConstraint("seat BETWEEN 1 AND 3", name=op.f("ck_claim_assignments_seat")),
        sa.ForeignKeyConstraint(
            ["adjudicator_id"], ["people.id"], name=op.f("fk_claim_assignments_adjudicator_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_assignments_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_assignments")),
        sa.UniqueConstraint(
            "claim_id", "adjudicator_id", name=op.f("uq_claim_assignments_claim_id_adjudicator_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_assignments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_claim_assignments_load", ["adjudicator_id", "released_at", "chosen_at"], unique=False
        )
        batch_op.create_index(
            "uq_claim_assignments_seat",
            ["claim_id", "round", "seat"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "claim_choices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("adjudicator_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "round",
            sa.Enum("first", "appeal", name="round", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("seat", sa.BigInteger(), nullable=False),
        sa.Column("is_for_shopper", sa.Boolean(), nullable=False),
        sa.Column("loss_toman", sa.BigInteger(), nullable=False),
        sa.Column("store_share_percent", sa.BigInteger(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "not_delivered",
                "store_silent",
                "defect_proven",
                "not_as_described",
                "counterfeit",
                "false_discount",
                "shipping_charged",
                "health_risk",
                "promise_broken",
                "shared",
                "delivered",
                "defect_unproven",
                "fault_of_shopper",
                "made_good",
                "too_small",
                "not_covered",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_claim_choices_reasons")),
        sa.CheckConstraint("loss_toman >= 0", name=op.f("ck_claim_choices_loss")),
        sa.CheckConstraint("store_share_percent BETWEEN 0 AND 100", name=op.f("ck_claim_choices_share")),
        sa.ForeignKeyConstraint(
            ["adjudicator_id"], ["people.id"], name=op.f("fk_claim_choices_adjudicator_id")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_choices_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_choices")),
        sa.UniqueConstraint(
            "claim_id", "adjudicator_id", name=op.f("uq_claim_choices_claim_id_adjudicator_id")
        ),
        sa.UniqueConstraint("claim_id", "round", "seat", name=op.f("uq_claim_choices_claim_id_round_seat")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_clawbacks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "returned",
                "netted",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_claim_clawbacks_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_clawbacks_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_clawbacks")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_claim_clawbacks_bank_reference")),
        sa.UniqueConstraint("key", name=op.f("uq_claim_clawbacks_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_clawbacks", schema=None) as batch_op:
        batch_op.create_index("ix_claim_clawbacks_claim_id", ["claim_id"], unique=False)

    op.create_table(
        "claim_decisions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "round",
            sa.Enum("first", "appeal", name="round", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
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
        sa.Column("is_for_shopper", sa.Boolean(), nullable=False),
        sa.Column("loss_toman", sa.BigInteger(), nullable=False),
        sa.Column("store_share_percent", sa.BigInteger(), nullable=False),
        sa.Column("coverage_percent", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "not_delivered",
                "store_silent",
                "defect_proven",
                "not_as_described",
                "counterfeit",
                "false_discount",
                "shipping_charged",
                "health_risk",
                "promise_broken",
                "shared",
                "delivered",
                "defect_unproven",
                "fault_of_shopper",
                "made_good",
                "too_small",
                "not_covered",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman >= 0 AND loss_toman >= 0", name=op.f("ck_claim_decisions_amounts")),
        sa.CheckConstraint(
            "is_for_shopper = (amount_toman > 0)", name=op.f("ck_claim_decisions_amount_where_granted")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_decisions_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_decisions")),
        sa.UniqueConstraint("claim_id", "round", name=op.f("uq_claim_decisions_claim_id_round")),
        sa.UniqueConstraint("number", name=op.f("uq_claim_decisions_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_decisions", schema=None) as batch_op:
        batch_op.create_index("ix_claim_decisions_decided_at", ["decided_at"], unique=False)
        batch_op.create_index("ix_claim_decisions_library", ["category", "ground", "id"], unique=False)

    op.create_table(
        "claim_inspections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "asked_by",
            sa.Enum(
                "shopper",
                "store",
                "office",
                name="asked_by",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inspector", sa.Text(), nullable=True),
        sa.Column("cost_toman", sa.BigInteger(), nullable=False),
        sa.Column(
            "finding",
            sa.Enum(
                "for_shopper",
                "for_store",
                "unclear",
                name="finding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "borne_by",
            sa.Enum(
                "shopper",
                "store",
                "office",
                name="borne_by",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(finding IS NULL) = (borne_by IS NULL)", name=op.f("ck_claim_inspections_borne")),
        sa.CheckConstraint(
            "(finding IS NULL) = (reported_at IS NULL)", name=op.f("ck_claim_inspections_reported")
        ),
        sa.CheckConstraint("cost_toman >= 0", name=op.f("ck_claim_inspections_cost")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_inspections_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_inspections")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_claim_inspections_claim_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_messages",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
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
                "claim",
                "answer",
                "addition",
                "request",
                "appeal",
                "inspection",
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
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_claim_messages_not_empty")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_claim_messages_author_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_messages_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_messages")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_messages", schema=None) as batch_op:
        batch_op.create_index("ix_claim_messages_claim_id", ["claim_id", "id"], unique=False)

    op.create_table(
        "claim_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "of",
            sa.Enum(
                "shopper", "store", "office", name="of", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR ended_at IS NOT NULL", name=op.f("ck_claim_requests_answer_ends_it")
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_claim_requests_not_empty")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_claim_requests_asked_by_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_requests_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_requests")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_requests", schema=None) as batch_op:
        batch_op.create_index("ix_claim_requests_due_at", ["ended_at", "due_at"], unique=False)
        batch_op.create_index(
            "uq_claim_requests_open",
            ["claim_id", "of"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "claim_reservations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("freed_toman", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "held", "paid", "freed", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_claim_reservations_amount")),
        sa.CheckConstraint(
            "freed_toman BETWEEN 0 AND amount_toman", name=op.f("ck_claim_reservations_freed")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_reservations_claim_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["transfers.id"], name=op.f("fk_claim_reservations_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_reservations")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_claim_reservations_hold_id")),
        sa.UniqueConstraint("key", name=op.f("uq_claim_reservations_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_reservations", schema=None) as batch_op:
        batch_op.create_index("ix_claim_reservations_claim_id", ["claim_id"], unique=False)
        batch_op.create_index("ix_claim_reservations_due", ["state", "pay_by_at"], unique=False)

    op.create_table(
        "fund_month_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("fund_month_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("wanted_toman", sa.BigInteger(), nullable=False),
        sa.Column("given_toman", sa.BigInteger(), nullable=False),
        sa.Column("carried_toman", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "wanted_toman > 0 AND given_toman >= 0 AND carried_toman >= 0 "
            "AND wanted_toman = given_toman + carried_toman",
            name=op.f("ck_fund_month_lines_arithmetic"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_fund_month_lines_claim_id")),
        sa.ForeignKeyConstraint(
            ["fund_month_id"], ["fund_months.id"], name=op.f("fk_fund_month_lines_fund_month_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_month_lines")),
        sa.UniqueConstraint(
            "fund_month_id", "claim_id", name=op.f("uq_fund_month_lines_fund_month_id_claim_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("fund_month_lines", schema=None) as batch_op:
        batch_op.create_index("ix_fund_month_lines_claim_id", ["claim_id"], unique=False)

    op.create_table(
        "recourses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "netting",
                "overdue",
                "recovered",
                "written_off",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("recovered_toman", sa.BigInteger(), nullable=False),
        sa.Column("written_off_toman", sa.BigInteger(), nullable=False),
        sa.Column("clawed_toman", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('recovered', 'written_off')) = "
            "(recovered_toman + written_off_toman + clawed_toman = amount_toman)",
            name=op.f("ck_recourses_ended_when_nothing_is_open"),
        ),
        sa.CheckConstraint(
            "amount_toman > 0 AND recovered_toman >= 0 AND written_off_toman >= 0 AND clawed_toman >= 0 "
            "AND recovered_toman + written_off_toman + clawed_toman <= amount_toman",
            name=op.f("ck_recourses_within_amount"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_recourses_claim_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_recourses_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recourses")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_recourses_claim_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recourses", schema=None) as batch_op:
        batch_op.create_index("ix_recourses_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_recourses_store_id", ["store_id", "id"], unique=False)

    op.create_table(
        "claim_payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("refund", "transfer", name="way", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "sent",
                "paid",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("sheba", sa.Text(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(way = 'refund') = (refund_id IS NOT NULL)", name=op.f("ck_claim_payments_refund_by_gateway")
        ),
        sa.CheckConstraint(
            "way <> 'transfer' OR state <> 'paid' OR bank_reference IS NOT NULL",
            name=op.f("ck_claim_payments_paid_with_reference"),
        ),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_claim_payments_amount")),
        sa.CheckConstraint("sheba IS NULL OR length(sheba) = 26", name=op.f("ck_claim_payments_sheba")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_payments_claim_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_claim_payments_refund_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["claim_reservations.id"], name=op.f("fk_claim_payments_reservation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_payments")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_claim_payments_bank_reference")),
        sa.UniqueConstraint("reference", name=op.f("uq_claim_payments_reference")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_claim_payments_refund_id")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_claim_payments_reservation_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("claim_payments", schema=None) as batch_op:
        batch_op.create_index("ix_claim_payments_claim_id", ["claim_id"], unique=False)
        batch_op.create_index("ix_claim_payments_state", ["state", "id"], unique=False)

    op.create_table(
        "recourse_moves",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("recourse_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "netted",
                "paid",
                "written_off",
                "relieved",
                "clawed",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step <> 'paid' OR bank_reference IS NOT NULL", name=op.f("ck_recourse_moves_paid_with_reference")
        ),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_recourse_moves_amount")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_recourse_moves_actor_id")),
        sa.ForeignKeyConstraint(
            ["recourse_id"], ["recourses.id"], name=op.f("fk_recourse_moves_recourse_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_recourse_moves_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recourse_moves")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_recourse_moves_bank_reference")),
        sa.UniqueConstraint("key", name=op.f("uq_recourse_moves_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recourse_moves", schema=None) as batch_op:
        batch_op.create_index("ix_recourse_moves_recourse_id", ["recourse_id", "id"], unique=False)

    _guard()


def _guard() -> None:
    """What was said, chosen, decided and booked is written once."""
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
        "recourse_moves",
        "claim_payments",
        "recourses",
        "fund_month_lines",
        "claim_reservations",
        "claim_requests",
        "claim_messages",
        "claim_inspections",
        "claim_decisions",
        "claim_clawbacks",
        "claim_choices",
        "claim_assignments",
        "claim_appeals",
        "claims",
        "fund_gifts",
        "assessment_shares",
        "fund_months",
        "fund_days",
        "fund_coverage_steps",
        "fund_assessments",
    ):
        op.drop_table(table)
