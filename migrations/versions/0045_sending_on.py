"""Money sent on by the gateway, and money that goes to shoppers with the bank's file.

Revision: 0045, after: 0044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

STRICT = {"table_kwargs": {"sqlite_strict": True}}
RAILS = ("paya", "satna")
FINDINGS = (
    *("capture_missing_here", "capture_missing_there", "amount_differs", "currency_differs"),
    *("reference_differs", "double_capture", "refunded_above_capture", "late_success", "duplicate_reference"),
    *("refund_missing_here", "refund_missing_there", "refund_amount_differs", "refund_state_differs"),
    *("refund_stuck", "page_stuck", "deposit_missing_here", "deposit_above_clearing", "dispute_missing_here"),
)
NEW_FINDINGS = (
    "transfer_missing_here",
    "transfer_missing_there",
    "transfer_amount_differs",
    "transfer_state_differs",
    "transfer_stuck",
)
ONCE = sa.text("state IN ('proposed', 'sent', 'paid', 'failed')")


def upgrade() -> None:
    _new_tables()
    _say_what_is_lawful("payouts", "rail", (*RAILS, "gateway"))
    _say_what_is_lawful("reconciliation_findings", "kind", (*FINDINGS, *NEW_FINDINGS))
    with op.batch_alter_table("payouts", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("shopper_transfer_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("gateway_transfer_id", sa.Text(), nullable=True))
        batch_op.alter_column("store_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.create_unique_constraint(
            batch_op.f("uq_payouts_batch_id_shopper_transfer_id"), ["batch_id", "shopper_transfer_id"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_payouts_gateway_transfer_id"), ["gateway_transfer_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_payouts_shopper_transfer_id"), "shopper_transfers", ["shopper_transfer_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_payouts_one_payee"), "(store_id IS NULL) <> (shopper_transfer_id IS NULL)"
        )
    op.create_index(
        "uq_payouts_shopper_once",
        "payouts",
        ["shopper_transfer_id"],
        unique=True,
        sqlite_where=ONCE,
        postgresql_where=ONCE,
    )
    with op.batch_alter_table("reconciliation_runs", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("transfer_count", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("reconciliation_runs", **STRICT) as batch_op:
        batch_op.alter_column("transfer_count", server_default=None)


def _new_tables() -> None:
    op.create_table(
        "gateway_payees",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("sheba", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_payees")),
        sa.UniqueConstraint(
            "gateway", "sheba", "holder", name=op.f("uq_gateway_payees_gateway_sheba_holder")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "shopper_transfers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("sheba", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "batched",
                "paid",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_shopper_transfers_paid_at")
        ),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_shopper_transfers_amount_positive")),
        sa.CheckConstraint("length(sheba) = 26", name=op.f("ck_shopper_transfers_sheba_length")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_shopper_transfers_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shopper_transfers")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_shopper_transfers_refund_id")),
        sa.UniqueConstraint("subject", name=op.f("uq_shopper_transfers_subject")),
        sqlite_strict=True,
    )
    op.create_index("ix_shopper_transfers_state", "shopper_transfers", ["state", "id"])


def _say_what_is_lawful(table: str, column: str, values: tuple[str, ...]) -> None:
    """Another list of words for a column."""
    name = f"ck_{table}_{column}"
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table, **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f(name), type_="check")
        batch_op.create_check_constraint(batch_op.f(name), f"{column} IN ({listed})")


def downgrade() -> None:
    with op.batch_alter_table("reconciliation_runs", **STRICT) as batch_op:
        batch_op.drop_column("transfer_count")
    op.drop_index("uq_payouts_shopper_once", "payouts")
    op.execute("DELETE FROM payouts WHERE store_id IS NULL")
    op.execute("UPDATE payouts SET rail = 'paya' WHERE rail = 'gateway'")
    with op.batch_alter_table("payouts", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payouts_one_payee"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_payouts_shopper_transfer_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_payouts_gateway_transfer_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_payouts_batch_id_shopper_transfer_id"), type_="unique")
        batch_op.alter_column("store_id", existing_type=sa.BigInteger(), nullable=False)
        batch_op.drop_column("gateway_transfer_id")
        batch_op.drop_column("shopper_transfer_id")
    _say_what_is_lawful("reconciliation_findings", "kind", FINDINGS)
    _say_what_is_lawful("payouts", "rail", RAILS)
    op.drop_table("shopper_transfers")
    op.drop_table("gateway_payees")
