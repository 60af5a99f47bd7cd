"""Prices that a draft told are told apart from those at which goods were on sale.

Revision: 0021, after: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place, because the table's guards must stay on it.
    op.add_column(
        "price_history", sa.Column("is_told", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("price_history", "is_told")
