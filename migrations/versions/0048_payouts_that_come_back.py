"""A payout that comes back fails beside a later one of the same store, which is under way already.

Revision: 0048, after: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NAME = "uq_payouts_open"
UNDER_WAY = "state IN ('proposed', 'sent')"
BEFORE = "state IN ('proposed', 'sent', 'failed')"


def upgrade() -> None:
    _of(UNDER_WAY)


def downgrade() -> None:
    _of(BEFORE)


def _of(states: str) -> None:
    op.drop_index(NAME, "payouts")
    op.create_index(
        NAME,
        "payouts",
        ["store_id"],
        unique=True,
        sqlite_where=sa.text(states),
        postgresql_where=sa.text(states),
    )
