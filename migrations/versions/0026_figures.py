"""Sums by day for the public figures, and triggers that tell which days to sum again.

Revision: 0026, after: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


WATCHED = {
    # table: (source, moment of a row, columns whose change matters)
    "store_orders": (
        "trade",
        "paid_at",
        (
            "paid_at",
            "goods_toman",
            "reference_goods_toman",
            "shipping_toman",
            "borne_toman",
            "refunded_goods_toman",
            "entries",
        ),
    ),
    "record_cases": (
        "cases",
        "filed_at",
        (
            "filed_at",
            "category",
            "due_at",
            "answered_at",
            "withdrawn_at",
            "ruling",
            "evaluation",
            "review",
            "is_outside",
        ),
    ),
}
KIT = "SELECT 'trade', paid_at FROM store_orders WHERE id = NEW.store_order_id AND paid_at IS NOT NULL"


def _watch() -> None:
    """Each change leaves a row of its own, so that writers never wait for each other."""
    for table, (source, moment, columns) in WATCHED.items():
        new, old = (
            f"INSERT INTO figure_changes (source, falls_at) SELECT '{source}', {row}.{moment} "
            f"WHERE {row}.{moment} IS NOT NULL"
            for row in ("NEW", "OLD")
        )
        moved = f"{old} AND OLD.{moment} IS DISTINCT FROM NEW.{moment}"
        changed = f"UPDATE OF {', '.join(columns)}"
        _trigger(table, "figures_added", "INSERT", new)
        _trigger(table, "figures_changed", changed, new, moved)
    _trigger(
        "hygiene_kits",
        "figures_changed",
        "UPDATE OF ticked_at",
        f"INSERT INTO figure_changes (source, falls_at) {KIT}",
    )


def _trigger(table: str, name: str, verb: str, *statements: str) -> None:
    body = "; ".join(statements)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {table}_{name} AFTER {verb} ON {table} BEGIN {body}; END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_{name} AFTER {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
    )


def _count_all() -> None:
    """What was there before is summed as well: one change for each day of Tehran."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (source, moment, _) in WATCHED.items():
        day = f"date({moment}, '+210 minutes')" if is_sqlite else f"date({moment} + interval '210 minutes')"
        op.execute(
            f"INSERT INTO figure_changes (source, falls_at) SELECT '{source}', min({moment}) FROM {table} "
            f"WHERE {moment} IS NOT NULL GROUP BY {day}"
        )


def _unwatch() -> None:
    names = [f"{table}_figures_{kind}" for table in WATCHED for kind in ("added", "changed")]
    for name in [*names, "hygiene_kits_figures_changed"]:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def upgrade() -> None:
    op.create_table(
        "figure_changes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("trade", "cases", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("falls_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_changes")),
        sqlite_strict=True,
    )
    op.create_index("ix_figure_changes_source", "figure_changes", ["source", "falls_at"])

    op.create_table(
        "figure_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("trade", "cases", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("looked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_marks")),
        sa.UniqueConstraint("source", name=op.f("uq_figure_marks_source")),
        sqlite_strict=True,
    )
    op.create_table(
        "figures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("trade", "cases", name="source", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("dim", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
        sa.UniqueConstraint(
            "source", "day_on", "dim", "name", name=op.f("uq_figures_source_day_on_dim_name")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_record_cases_filed_at", "record_cases", ["filed_at"])

    op.create_index("ix_store_orders_paid_at", "store_orders", ["paid_at"])

    _watch()
    _count_all()


def downgrade() -> None:
    _unwatch()
    op.drop_index("ix_store_orders_paid_at", "store_orders")

    op.drop_index("ix_record_cases_filed_at", "record_cases")

    op.drop_table("figures")
    op.drop_table("figure_marks")
    op.drop_index("ix_figure_changes_source", "figure_changes")

    op.drop_table("figure_changes")
