"""In-person pickup: a way of shipping without a parcel, and its code.

Revision: 0017, after: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLD = ("pishtaz", "tipax", "courier")
NAME = "ck_store_orders_shipping_method"


def _allow(methods: tuple[str, ...]) -> None:
    """The CHECK with other words. On SQLite the stored statement is changed, as its manual shows for this case:
    a table made anew would have to carry over every column that was added since."""
    new = ", ".join(f"'{m}'" for m in methods)
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "store_orders", type_="check")
        op.create_check_constraint(op.f(NAME), "store_orders", f"shipping_method IN ({new})")
        return
    for old in (OLD, (*OLD, "pickup")):
        told = ", ".join(f"'{m}'" for m in old)
        if old != methods:
            _rewrite(f"shipping_method IN ({told})", f"shipping_method IN ({new})")


def _rewrite(old: str, new: str) -> None:
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'store_orders'",
        (old, new),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")


def upgrade() -> None:
    _allow((*OLD, "pickup"))
    op.create_table(
        "pickups",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickups")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_pickups_store_order_id")
        ),
        sa.UniqueConstraint("store_order_id", name=op.f("uq_pickups_store_order_id")),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_pickups_code_length")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_pickups_tries")),
        sa.CheckConstraint(
            "(handed_over_at IS NULL) = (handed_over_by_id IS NULL)", name=op.f("ck_pickups_by_somebody")
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("pickups")
    _allow(OLD)
