"""An index of the store orders that left late or not yet, by store.

Revision: 0046, after: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAME = "ix_store_orders_late"
LATE = sa.text("shipped_at IS NULL OR shipped_at > ship_by_at")


def upgrade() -> None:
    op.create_index(
        NAME, "store_orders", ["store_id", "ship_by_at"], sqlite_where=LATE, postgresql_where=LATE
    )


def downgrade() -> None:
    op.drop_index(NAME, "store_orders")
