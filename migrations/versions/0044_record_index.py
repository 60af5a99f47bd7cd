"""An index that holds all that a store's record is made of, in the place of the one by store and moment."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

COLUMNS = (
    "store_id",
    "filed_at",
    "is_outside",
    "ruling",
    "category",
    "evaluation",
    "review",
    "withdrawn_at",
    "answered_at",
    "due_at",
    "clock_minutes",
)


def upgrade() -> None:
    op.create_index("ix_record_cases_of_store", "record_cases", list(COLUMNS))
    op.drop_index("ix_record_cases_store_id", "record_cases")


def downgrade() -> None:
    op.create_index("ix_record_cases_store_id", "record_cases", ["store_id", "filed_at"])
    op.drop_index("ix_record_cases_of_store", "record_cases")
