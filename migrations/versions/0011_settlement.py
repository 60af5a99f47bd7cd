"""Settlement lines, statements, payouts; lines and statements are written once.

Revision: 0011, after: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = ("settlement_lines", "statements", "bank_answers")


def upgrade() -> None:
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "signed",
                "approved",
                "sent",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("open_slot", sa.BigInteger(), nullable=True),
        sa.Column("payout_count", sa.BigInteger(), nullable=False),
        sa.Column("total_toman", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_signer_id", sa.BigInteger(), nullable=True),
        sa.Column("first_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_signer_id", sa.BigInteger(), nullable=True),
        sa.Column("second_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('proposed', 'signed', 'approved')) = (open_slot IS NOT NULL) AND coalesce(open_slot, 1) = 1",
            name=op.f("ck_payout_batches_open_slot"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'sent', 'done') "
            "OR (first_signer_id IS NOT NULL AND second_signer_id IS NOT NULL)",
            name=op.f("ck_payout_batches_signed_twice"),
        ),
        sa.CheckConstraint(
            "first_signer_id IS NULL OR second_signer_id IS NULL OR first_signer_id <> second_signer_id",
            name=op.f("ck_payout_batches_two_persons"),
        ),
        sa.CheckConstraint("payout_count > 0 AND total_toman > 0", name=op.f("ck_payout_batches_not_empty")),
        sa.ForeignKeyConstraint(
            ["first_signer_id"], ["people.id"], name=op.f("fk_payout_batches_first_signer_id")
        ),
        sa.ForeignKeyConstraint(
            ["second_signer_id"], ["people.id"], name=op.f("fk_payout_batches_second_signer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_payout_batches_number")),
        sa.UniqueConstraint("open_slot", name=op.f("uq_payout_batches_open_slot")),
        sqlite_strict=True,
    )
    op.create_table(
        "bank_answers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paid_count", sa.BigInteger(), nullable=False),
        sa.Column("failed_count", sa.BigInteger(), nullable=False),
        sa.Column("read_by_id", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_bank_answers_batch_id")),
        sa.ForeignKeyConstraint(["read_by_id"], ["people.id"], name=op.f("fk_bank_answers_read_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_answers")),
        sa.UniqueConstraint("digest", name=op.f("uq_bank_answers_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("sheba", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sheba) = 26", name=op.f("ck_payout_accounts_sheba_length")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_payout_accounts_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payout_accounts", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payout_accounts_live",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "rail",
            sa.Enum("paya", "satna", name="rail", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("sheba", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "sent",
                "paid",
                "failed",
                "retried",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'failed' OR problem IS NOT NULL", name=op.f("ck_payouts_failed_with_reason")
        ),
        sa.CheckConstraint(
            "state <> 'paid' OR bank_reference IS NOT NULL", name=op.f("ck_payouts_paid_with_reference")
        ),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_payouts_amount_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["transfers.id"], name=op.f("fk_payouts_hold_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_payouts_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("batch_id", "store_id", name=op.f("uq_payouts_batch_id_store_id")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_payouts_hold_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_payouts_reference")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payouts_open",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'sent', 'failed')"),
            postgresql_where=sa.text("state IN ('proposed', 'sent', 'failed')"),
        )

    op.create_table(
        "statements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("last_line_id", sa.BigInteger(), nullable=False),
        sa.Column("last_transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("opening_toman", sa.BigInteger(), nullable=False),
        sa.Column("reference_toman", sa.BigInteger(), nullable=False),
        sa.Column("goods_toman", sa.BigInteger(), nullable=False),
        sa.Column("shipping_toman", sa.BigInteger(), nullable=False),
        sa.Column("borne_toman", sa.BigInteger(), nullable=False),
        sa.Column("refunded_toman", sa.BigInteger(), nullable=False),
        sa.Column("fund_toman", sa.BigInteger(), nullable=False),
        sa.Column("lottery_toman", sa.BigInteger(), nullable=False),
        sa.Column("recourse_toman", sa.BigInteger(), nullable=False),
        sa.Column("late_refunded_toman", sa.BigInteger(), nullable=False),
        sa.Column("paid_out_toman", sa.BigInteger(), nullable=False),
        sa.Column("returned_toman", sa.BigInteger(), nullable=False),
        sa.Column("other_toman", sa.BigInteger(), nullable=False),
        sa.Column("closing_toman", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "closing_toman = opening_toman + goods_toman + shipping_toman - refunded_toman - fund_toman "
            "- lottery_toman - recourse_toman - late_refunded_toman - paid_out_toman + returned_toman + other_toman",
            name=op.f("ck_statements_arithmetic"),
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_statements_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("store_id", "number", name=op.f("uq_statements_store_id_number")),
        sa.UniqueConstraint("store_id", "until_on", name=op.f("uq_statements_store_id_until_on")),
        sqlite_strict=True,
    )
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("reference_toman", sa.BigInteger(), nullable=False),
        sa.Column("goods_toman", sa.BigInteger(), nullable=False),
        sa.Column("shipping_toman", sa.BigInteger(), nullable=False),
        sa.Column("borne_toman", sa.BigInteger(), nullable=False),
        sa.Column("refunded_toman", sa.BigInteger(), nullable=False),
        sa.Column("fund_toman", sa.BigInteger(), nullable=False),
        sa.Column("net_toman", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "refunded_toman >= 0 AND fund_toman >= 0 AND net_toman >= 0 "
            "AND net_toman = goods_toman + shipping_toman - refunded_toman - fund_toman",
            name=op.f("ck_settlement_lines_arithmetic"),
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_settlement_lines_store_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_settlement_lines_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint("store_order_id", name=op.f("uq_settlement_lines_store_order_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("settlement_lines", schema=None) as batch_op:
        batch_op.create_index("ix_settlement_lines_store_id", ["store_id", "id"], unique=False)
    _guard()


def _guard() -> None:
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
    with op.batch_alter_table("settlement_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_settlement_lines_store_id")

    op.drop_table("settlement_lines")
    op.drop_table("statements")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payouts_open",
            sqlite_where=sa.text("state IN ('proposed', 'sent', 'failed')"),
            postgresql_where=sa.text("state IN ('proposed', 'sent', 'failed')"),
        )

    op.drop_table("payouts")
    with op.batch_alter_table("payout_accounts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payout_accounts_live",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("payout_accounts")
    op.drop_table("bank_answers")
    op.drop_table("payout_batches")
