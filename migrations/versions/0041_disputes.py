"""Disputes of payers' banks, and what they do to refunds, holds and findings.

Revision: 0041, after: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

REFUNDS = ("asked", "succeeded", "refused")
HOLDS = ("complaint", "claim", "recourse", "office", "returning")
FINDINGS = (
    *(
        "capture_missing_here",
        "capture_missing_there",
        "amount_differs",
        "currency_differs",
        "reference_differs",
    ),
    *(
        "double_capture",
        "refunded_above_capture",
        "late_success",
        "duplicate_reference",
        "refund_missing_here",
    ),
    *("refund_missing_there", "refund_amount_differs", "refund_state_differs", "refund_stuck", "page_stuck"),
    *("deposit_missing_here", "deposit_above_clearing"),
)
CHECKS = (
    ("refunds", "state", REFUNDS, "charged_back"),
    ("payout_holds", "reason", HOLDS, "chargeback"),
    ("reconciliation_findings", "kind", FINDINGS, "dispute_missing_here"),
)


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_dispute_id", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "won", "lost", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_disputes_amount_positive")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_disputes_decided")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint(
            "gateway", "gateway_dispute_id", name=op.f("uq_disputes_gateway_gateway_dispute_id")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_disputes_payment_id", "disputes", ["payment_id"])
    op.create_index("ix_disputes_state", "disputes", ["state"])
    for table, column, old, new in CHECKS:
        _allow(table, column, old, (*old, new))


def downgrade() -> None:
    for table, column, old, new in CHECKS:
        _allow(table, column, (*old, new), old)
    op.drop_table("disputes")


def _allow(table: str, column: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """The CHECK with other words. On SQLite the stored statement is changed, as its manual shows for this case."""
    before, after = (_among(column, words) for words in (old, new))
    if op.get_bind().dialect.name != "sqlite":
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, after)
        return
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (before, after, table, before),
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"{table} has no CHECK of {before}")
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")


def _among(column: str, words: tuple[str, ...]) -> str:
    told = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({told})"
