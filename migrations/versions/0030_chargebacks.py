"""Chargebacks: the payer's bank took the money of an order back.

Revision: 0030, after: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_chargebacks_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_chargebacks_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("order_id", name=op.f("uq_chargebacks_order_id")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("chargebacks")
