"""How far the deadlines have been moved that a pause of the clocks moves.

Revision: 0039, after: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

COLUMNS = (
    ("moving_from", sa.DateTime(timezone=True)),
    ("moved_store_id", sa.BigInteger()),
    ("moved_case_id", sa.BigInteger()),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("clock_pauses", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("clock_pauses", name)
