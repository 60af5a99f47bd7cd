"""Runs of reconciliation with their findings; tries by hand of jobs.

Revision: 0016, after: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "done", "failed", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("capture_count", sa.BigInteger(), nullable=False),
        sa.Column("refund_count", sa.BigInteger(), nullable=False),
        sa.Column("deposit_count", sa.BigInteger(), nullable=False),
        sa.Column("found_count", sa.BigInteger(), nullable=False),
        sa.Column("healed_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_reconciliation_runs_asked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reconciliation_runs", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliation_runs_begun_at", ["begun_at"], unique=False)

    op.create_table(
        "reconciliation_findings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("last_run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "capture_missing_here",
                "capture_missing_there",
                "amount_differs",
                "currency_differs",
                "reference_differs",
                "double_capture",
                "refunded_above_capture",
                "late_success",
                "duplicate_reference",
                "refund_missing_here",
                "refund_missing_there",
                "refund_amount_differs",
                "refund_state_differs",
                "refund_stuck",
                "page_stuck",
                "deposit_missing_here",
                "deposit_above_clearing",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("here_toman", sa.BigInteger(), nullable=True),
        sa.Column("there_toman", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "healed",
                "gone",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state <> 'closed' OR note IS NOT NULL", name=op.f("ck_reconciliation_findings_closed_with_note")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["people.id"], name=op.f("fk_reconciliation_findings_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_run_id"], ["reconciliation_runs.id"], name=op.f("fk_reconciliation_findings_last_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["reconciliation_runs.id"], name=op.f("fk_reconciliation_findings_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_findings")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reconciliation_findings", schema=None) as batch_op:
        batch_op.create_index("ix_reconciliation_findings_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_reconciliation_findings_open",
            ["kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_hand", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("by_hand")

    with op.batch_alter_table("reconciliation_findings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reconciliation_findings_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_reconciliation_findings_state")

    op.drop_table("reconciliation_findings")
    with op.batch_alter_table("reconciliation_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_reconciliation_runs_begun_at")

    op.drop_table("reconciliation_runs")
