"""Holds on the money of a store order: one standing hold per store order and subject.

Revision: 0006, after: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

REASONS = ("complaint", "claim", "recourse", "office", "returning")
STANDING = sa.text("held_until IS NULL")


def upgrade() -> None:
    op.create_table(
        "payout_holds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(*REASONS, name="reason", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "held_until IS NULL OR held_until >= held_from", name=op.f("ck_payout_holds_ends_after_it_began")
        ),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_payout_holds_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_holds")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_payout_holds_standing",
        "payout_holds",
        ["store_order_id", "subject"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def downgrade() -> None:
    op.drop_table("payout_holds")
