"""Reports of missing kits with one click, and deadlines of shipping as sums.

Revision: 0040, after: 0039
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

APPEND_ONLY = ("kit_reports",)
OF_KITS = sa.text("category = 'kit_missing'")
DEADLINES = "ck_shipping_checks_deadlines"


def upgrade() -> None:
    op.create_table(
        "kit_reports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_kit_reports_store_order_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_kit_reports_store_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_kit_reports_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_reports")),
        sa.UniqueConstraint("store_order_id", name=op.f("uq_kit_reports_store_order_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_kit_reports_store_id", "kit_reports", ["store_id", "at"])
    op.create_index(
        "ix_complaints_kits", "complaints", ["store_id"], sqlite_where=OF_KITS, postgresql_where=OF_KITS
    )
    with op.batch_alter_table("shipping_checks", schema=None) as batch:
        for name in ("due_count", "late_count"):
            batch.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        batch.create_check_constraint(op.f(DEADLINES), "due_count >= late_count AND late_count >= 0")
    with op.batch_alter_table("check_marks", schema=None) as batch:
        batch.alter_column("paid_at", new_column_name="reached_at")

    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            continue
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    with op.batch_alter_table("check_marks", schema=None) as batch:
        batch.alter_column("reached_at", new_column_name="paid_at")
    with op.batch_alter_table("shipping_checks", schema=None) as batch:
        batch.drop_constraint(op.f(DEADLINES), type_="check")
        for name in ("late_count", "due_count"):
            batch.drop_column(name)
    op.drop_index("ix_complaints_kits", "complaints")
    op.drop_index("ix_kit_reports_store_id", "kit_reports")
    op.drop_table("kit_reports")
