"""Who opened whose personal data, when, for what.

Revision: 0055, after: 0054
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("reader_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("person_id <> reader_id", name=op.f("ck_readings_of_another")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_readings_person_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["people.id"], name=op.f("fk_readings_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        sqlite_strict=True,
    )
    op.create_index("ix_readings_person_id", "readings", ["person_id", "id"])
    op.create_index("ix_readings_at", "readings", ["at"])


def downgrade() -> None:
    op.drop_table("readings")
