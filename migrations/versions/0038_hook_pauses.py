"""An address that gives no answer is left alone for a while; the queue is read by address.

Revision: 0038, after: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_hook_deliveries_queue": ["target_id", "state", "next_at"],
    "ix_hook_deliveries_subject": ["target_id", "subject", "state", "id"],
}


def upgrade() -> None:
    with op.batch_alter_table("hook_targets") as table:
        table.add_column(
            sa.Column("silent_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        )
        table.add_column(sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    for name, columns in INDEXES.items():
        op.create_index(name, "hook_deliveries", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "hook_deliveries")
    with op.batch_alter_table("hook_targets") as table:
        for name in ("tried_at", "paused_until", "silent_count"):
            table.drop_column(name)
