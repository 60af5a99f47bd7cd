"""A payment is found by the gateway's name of what was paid: each notice of a charge asks so.

Revision: 0061, after: 0060
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

KNOWN = sa.text("intent_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_payments_intent_id", "payments", ["intent_id"], sqlite_where=KNOWN, postgresql_where=KNOWN
    )


def downgrade() -> None:
    op.drop_index("ix_payments_intent_id", "payments")
