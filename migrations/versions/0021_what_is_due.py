"""Indexes for what is due among many complaints, and until when a seal is suspended.

Revision: 0021, after: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UNANSWERED = sa.text("answered_at IS NULL")
AMISS = sa.text("(answered_at > due_at OR evaluation = 'not_solved')")
UNPROVEN = sa.text("is_outside AND ruling IS NULL AND state || '' IN ('filed', 'overdue')")


def upgrade() -> None:
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_record_cases_unanswered",
        "record_cases",
        ["store_id", "due_at"],
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )
    op.create_index(
        "ix_record_cases_amiss", "record_cases", ["store_id"], sqlite_where=AMISS, postgresql_where=AMISS
    )
    op.create_index("ix_complaints_review", "complaints", ["state", "evaluation", "answer_due_at"])
    op.create_index(
        "ix_complaints_outside",
        "complaints",
        ["answer_due_at"],
        sqlite_where=UNPROVEN,
        postgresql_where=UNPROVEN,
    )


def downgrade() -> None:
    op.drop_index("ix_complaints_outside", "complaints")
    op.drop_index("ix_complaints_review", "complaints")
    op.drop_index("ix_record_cases_amiss", "record_cases")
    op.drop_index("ix_record_cases_unanswered", "record_cases")
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.drop_column("suspended_until")
