"""What follows a sale: parcels, returns, refunds by store order, invoices, transfers, voided entries.

Revision: 0012, after: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = ("invoices", "refund_transfers", "entry_voids")
INDEXES = {
    "ix_store_orders_closing": ("state", "withdraw_until_at"),
    "ix_store_orders_delivery": ("state", "shipped_at"),
    "ix_store_orders_ship_by": ("state", "ship_by_at"),
}
TABLES = (
    "return_lines",
    "parcel_lines",
    "entry_voids",
    "store_order_refunds",
    "returns",
    "parcels",
    "invoices",
    "refund_transfers",
    "invoice_books",
)


def _count(name: str, default: str = "0") -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


COLUMNS: tuple[tuple[str, sa.Column, tuple[str, str] | None], ...] = (
    (
        "order_lines",
        sa.Column("is_perishable", sa.Boolean(), nullable=False, server_default=sa.false()),
        None,
    ),
    ("order_lines", _count("cancelled_count"), ("cancelled", "cancelled_count BETWEEN 0 AND quantity")),
    (
        "order_lines",
        _count("shipped_count"),
        ("shipped", "shipped_count >= 0 AND shipped_count + cancelled_count <= quantity"),
    ),
    (
        "order_lines",
        _count("returned_count"),
        ("returned", "returned_count >= 0 AND returned_count + cancelled_count <= quantity"),
    ),
    (
        "order_lines",
        _count("unsold_count"),
        ("unsold", "unsold_count BETWEEN 0 AND cancelled_count + returned_count"),
    ),
    ("refunds", _count("attempt", "1"), None),
    ("refunds", sa.Column("problem", sa.Text(), nullable=True), None),
    ("store_orders", _moment("ship_by_at"), None),
    ("store_orders", _count("ship_reminder_count"), None),
    (
        "store_orders",
        sa.Column("delivered_by", sa.String(40), nullable=True),
        ("delivered_by", "delivered_by IN ('shopper', 'carrier', 'time')"),
    ),
    ("store_orders", _moment("withdraw_until_at"), None),
    (
        "store_orders",
        _count("refunded_goods_toman"),
        ("refunded_goods", "refunded_goods_toman BETWEEN 0 AND goods_toman"),
    ),
    (
        "store_orders",
        _count("refunded_shipping_toman"),
        ("refunded_shipping", "refunded_shipping_toman BETWEEN 0 AND shipping_toman"),
    ),
)
"""Table, column, and the check that stands at the column: so SQLite adds it without writing the table anew."""


def _add(table: str, column: sa.Column, check: tuple[str, str] | None) -> None:
    dialect = op.get_bind().dialect
    kind = column.type.compile(dialect=dialect)
    words = f"ALTER TABLE {table} ADD COLUMN {column.name} {kind}"
    if column.server_default is not None:
        default = column.server_default.arg
        told = default if isinstance(default, str) else default.compile(dialect=dialect)
        words += f" DEFAULT {told} NOT NULL"
    if check is not None:
        words += f" CONSTRAINT ck_{table}_{check[0]} CHECK ({check[1]})"
    op.execute(words)


def _guard() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _unguard() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")


def upgrade() -> None:
    op.create_table(
        "invoice_books",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_invoice_books_counts")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_invoice_books_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_books")),
        sa.UniqueConstraint("store_id", name=op.f("uq_invoice_books_store_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "refund_transfers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("sheba", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sheba) = 26", name=op.f("ck_refund_transfers_sheba")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_transfers_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_transfers")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refund_transfers_bank_reference")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_refund_transfers_refund_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("sale", "credit", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("total_toman", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0 AND total_toman > 0", name=op.f("ck_invoices_positive")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_invoices_store_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_invoices_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("store_id", "number", name=op.f("uq_invoices_store_id_number")),
        sa.UniqueConstraint("store_order_id", "subject", name=op.f("uq_invoices_store_order_id_subject")),
        sqlite_strict=True,
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "carrier",
            sa.Enum(
                "pishtaz",
                "tipax",
                "courier",
                name="carrier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tracking_code", sa.Text(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivered_at IS NULL OR delivered_at >= shipped_at",
            name=op.f("ck_parcels_arrives_after_it_left"),
        ),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_parcels_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("carrier", "tracking_code", name=op.f("uq_parcels_carrier_tracking_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.create_index("ix_parcels_store_order_id", ["store_order_id"], unique=False)

    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "sent",
                "accepted",
                "part_accepted",
                "refused",
                "withdrawn",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "changed_mind",
                "defective",
                "not_as_described",
                "wrong_goods",
                "damaged",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "carrier",
            sa.Enum(
                "pishtaz",
                "tipax",
                "courier",
                name="carrier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("tracking_code", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("is_by_silence", sa.Boolean(), nullable=False),
        sa.Column("refund_toman", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state <> 'sent' OR tracking_code IS NOT NULL", name=op.f("ck_returns_tracked")),
        sa.CheckConstraint("refund_toman >= 0", name=op.f("ck_returns_refund_not_negative")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_returns_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("number", name=op.f("uq_returns_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("returns", schema=None) as batch_op:
        batch_op.create_index("ix_returns_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_returns_store_order_id", ["store_order_id", "id"], unique=False)
        batch_op.create_index(
            "uq_returns_open",
            ["store_order_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'sent')"),
            postgresql_where=sa.text("state IN ('asked', 'sent')"),
        )

    op.create_table(
        "store_order_refunds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("goods_toman", sa.BigInteger(), nullable=False),
        sa.Column("shipping_toman", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "goods_toman >= 0 AND shipping_toman >= 0 AND goods_toman + shipping_toman > 0",
            name=op.f("ck_store_order_refunds_positive"),
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_store_order_refunds_refund_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_store_order_refunds_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_order_refunds")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_store_order_refunds_refund_id")),
        sa.UniqueConstraint(
            "store_order_id", "subject", name=op.f("uq_store_order_refunds_store_order_id_subject")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "entry_voids",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_entry_voids_weight")),
        sa.ForeignKeyConstraint(["grant_id"], ["entry_grants.id"], name=op.f("fk_entry_voids_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_voids")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_entry_voids_grant_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "parcel_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_lines_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_parcel_lines_order_line_id")
        ),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_lines_parcel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel_lines")),
        sa.UniqueConstraint(
            "parcel_id", "order_line_id", name=op.f("uq_parcel_lines_parcel_id_order_line_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("parcel_lines", schema=None) as batch_op:
        batch_op.create_index("ix_parcel_lines_order_line_id", ["order_line_id"], unique=False)

    op.create_table(
        "return_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("accepted_count", sa.BigInteger(), nullable=True),
        sa.Column("refused_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "accepted_count IS NULL OR accepted_count BETWEEN 0 AND quantity",
            name=op.f("ck_return_lines_accepted"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_return_lines_order_line_id")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_lines")),
        sa.UniqueConstraint(
            "return_id", "order_line_id", name=op.f("uq_return_lines_return_id_order_line_id")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("return_lines", schema=None) as batch_op:
        batch_op.create_index("ix_return_lines_order_line_id", ["order_line_id"], unique=False)

    for table, name, check in COLUMNS:
        _add(table, name, check)
    for name, columns in INDEXES.items():
        op.create_index(name, "store_orders", list(columns))
    _guard()


def downgrade() -> None:
    _unguard()
    for name in INDEXES:
        op.drop_index(name, "store_orders")
    for table, column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
    for table in TABLES:
        op.drop_table(table)
