"""What the gateway did is a fact: its account may be below zero.

Revision: 0050, after: 0049
"""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE ledger_accounts SET is_limited = false WHERE name = 'gateway_clearing'")


def downgrade() -> None:
    """Fails while the account is below zero."""
    op.execute("UPDATE ledger_accounts SET is_limited = true WHERE name = 'gateway_clearing'")
