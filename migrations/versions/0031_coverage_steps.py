"""A step of the fund's coverage tells what was expected when it was taken.

Revision: 0031, after: 0030
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place, because the table's guards must stay on it.
    op.execute("ALTER TABLE fund_coverage_steps RENAME COLUMN exposure_toman TO expected_toman")


def downgrade() -> None:
    op.execute("ALTER TABLE fund_coverage_steps RENAME COLUMN expected_toman TO exposure_toman")
