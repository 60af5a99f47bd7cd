"""Private files of cases.

Revision: 0005, after: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import marketplace.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("image/jpeg", "image/png", "image/webp", "application/pdf")


def upgrade() -> None:
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column("owner_label", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("kept_at", marketplace.core.db.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("length(key) = 40 AND length(sha256) = 64", name=op.f("ck_evidence_files_names")),
        sa.CheckConstraint("place BETWEEN 1 AND 100", name=op.f("ck_evidence_files_place")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_evidence_files_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
        sa.UniqueConstraint("key", name=op.f("uq_evidence_files_key")),
        sa.UniqueConstraint("subject", "place", name=op.f("uq_evidence_files_subject_place")),
        sa.UniqueConstraint(
            "subject", "owner_id", "sha256", name=op.f("uq_evidence_files_subject_owner_id_sha256")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_evidence_files_owner_id", "evidence_files", ["owner_id"])


def downgrade() -> None:
    op.drop_table("evidence_files")
