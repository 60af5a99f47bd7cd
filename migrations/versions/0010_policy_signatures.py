"""Who planned a number or a tariff, who agreed, and why.

Revision: 0010, after: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Plain additions: a table written anew would lose the triggers that keep it append-only."""
    op.add_column("policy_rows", sa.Column("seconded_by_id", sa.BigInteger(), nullable=True))
    op.add_column("tariffs", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("tariffs", sa.Column("entered_by_id", sa.BigInteger(), nullable=True))
    op.add_column("tariffs", sa.Column("seconded_by_id", sa.BigInteger(), nullable=True))
    op.add_column("tariffs", sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("entered_at", "seconded_by_id", "entered_by_id", "reason"):
        op.drop_column("tariffs", column)
    op.drop_column("policy_rows", "seconded_by_id")
