"""Addresses of stores' own programs and what is sent to them.

Revision: 0035, after: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "hook_targets",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", _one_of("state", "active", "disabled", "removed"), nullable=False),
        sa.Column("failing_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)",
            name=op.f("ck_hook_targets_old_secret_has_end"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_targets")),
        sqlite_strict=True,
    )
    op.create_index("ix_hook_targets_owner", "hook_targets", ["owner"])
    op.create_table(
        "hook_deliveries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", _one_of("state", "waiting", "delivered", "given_up"), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_status", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["hook_targets.id"], name=op.f("fk_hook_deliveries_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_deliveries")),
        sa.UniqueConstraint("target_id", "key", name=op.f("uq_hook_deliveries_target_id_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_hook_deliveries_due", "hook_deliveries", ["state", "next_at"])
    op.create_index("ix_hook_deliveries_target", "hook_deliveries", ["target_id", "id"])


def downgrade() -> None:
    op.drop_table("hook_deliveries")
    op.drop_table("hook_targets")
