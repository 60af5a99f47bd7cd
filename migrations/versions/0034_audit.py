"""The audit log says from where and what changed; the end of each day is published and signed.

Revision: 0034, after: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_digests",)


def upgrade() -> None:
    op.create_table(
        "audit_digests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entry_count >= 0", name=op.f("ck_audit_digests_count_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_digests")),
        sa.UniqueConstraint("day_on", name=op.f("uq_audit_digests_day_on")),
        sqlite_strict=True,
    )
    op.create_table(
        "black_boxes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ordered",
                "built",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("part_count", sa.BigInteger(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state <> 'built' OR sha256 IS NOT NULL", name=op.f("ck_black_boxes_built_with_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_black_boxes")),
        sqlite_strict=True,
    )
    op.create_table(
        "sweep_runs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_count", sa.BigInteger(), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_runs")),
        sa.UniqueConstraint("name", name=op.f("uq_sweep_runs_name")),
        sqlite_strict=True,
    )
    # In place, because the table's guards must stay on it.
    op.add_column("audit_entries", sa.Column("place", sa.Text(), nullable=True))
    op.add_column("audit_entries", sa.Column("changes", sa.JSON(), nullable=True))
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "id"])
    op.create_index("ix_audit_entries_actor_id", "audit_entries", ["actor_id", "id"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])

    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_digests_no_{verb.lower()} BEFORE {verb} ON audit_digests "
                "BEGIN SELECT RAISE(ABORT, 'audit_digests is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER audit_digests_append_only BEFORE UPDATE OR DELETE ON audit_digests "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_digests_no_truncate BEFORE TRUNCATE ON audit_digests "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    # In place, because the table's guards must stay on it.
    op.drop_index("ix_audit_entries_at", "audit_entries")
    op.drop_index("ix_audit_entries_actor_id", "audit_entries")
    op.drop_index("ix_audit_entries_action", "audit_entries")
    op.drop_column("audit_entries", "changes")
    op.drop_column("audit_entries", "place")

    op.drop_table("sweep_runs")
    op.drop_table("black_boxes")
    op.drop_table("audit_digests")
