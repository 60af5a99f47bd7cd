"""What an applicant adds to an inquiry, until its answer.

Revision: 0024, after: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clearances", sa.Column("information", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("clearances", "information")
