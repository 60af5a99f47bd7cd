"""Which card paid, by the gateway's own name for it, and rings of entries that share one.

Revision: 0042, after: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

OLD = "kind IN ('mobile', 'address', 'sheba', 'store')"
NEW = "kind IN ('mobile', 'address', 'sheba', 'card', 'store')"


def _allow(old: str, new: str) -> None:
    """The CHECK with other words; on SQLite the stored statement is changed, as its manual shows for this case."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_entry_rings_kind"), "entry_rings", type_="check")
        op.create_check_constraint(op.f("ck_entry_rings_kind"), "entry_rings", new)
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'entry_rings'",
        (old, new),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")


def upgrade() -> None:
    op.create_table(
        "payment_cards",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_cards")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_cards_payment_id")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_cards_payment_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_payment_cards_fingerprint"), "payment_cards", ["fingerprint"])
    _allow(OLD, NEW)


def downgrade() -> None:
    op.execute("DELETE FROM ring_grants WHERE ring_id IN (SELECT id FROM entry_rings WHERE kind = 'card')")
    op.execute("DELETE FROM entry_rings WHERE kind = 'card'")
    _allow(NEW, OLD)
    op.drop_table("payment_cards")
