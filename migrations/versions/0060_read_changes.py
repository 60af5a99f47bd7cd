"""Changes of the shelf stay for a while after their words were collected: searches in the order of prices look them up.

Revision: 0060, after: 0059
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "shelf_changes",
        sa.Column("is_collected", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.execute("DELETE FROM shelf_changes WHERE is_collected")
    op.drop_column("shelf_changes", "is_collected")
