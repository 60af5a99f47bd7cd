"""Prices that a draft told are told apart from those at which goods were on sale.

Revision: 0022, after: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place, because the table's guards must stay on it.
    op.add_column(
        "price_history", sa.Column("is_told", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("price_history", "is_told")
