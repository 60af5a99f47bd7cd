"""Offers by form and by file: codes of goods, their history, files on their way in.

The table of offers gets its columns one by one: made anew it would lose the triggers of its search table.

Revision: 0009, after: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APPEND_ONLY = ("offer_steps",)
STRICT = {"table_kwargs": {"sqlite_strict": True}}
STATES = ("draft", "checked", "approved", "rejected", "live", "frozen", "ended")
NEW_OF_OFFERS = (
    ("version", sa.BigInteger(), False, "1"),
    ("submitted_at", sa.DateTime(timezone=True), True, None),
    ("decided_at", sa.DateTime(timezone=True), True, None),
    ("findings", sa.JSON(), True, None),
    ("evidence_url", sa.Text(), True, None),
    ("evidence_toman", sa.BigInteger(), True, None),
)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    with op.batch_alter_table("categories", **STRICT) as batch_op:
        batch_op.add_column(
            sa.Column("asked_code", _one_of("asked_code", "health", "authenticity"), nullable=True)
        )
    with op.batch_alter_table("products", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("title_key", sa.Text(), nullable=True))
        batch_op.create_index("uq_products_goods", ["store_id", "category_id", "title_key"], unique=True)
    with op.batch_alter_table("variants", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("store_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("sku", sa.Text(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_variants_store_id"), "stores", ["store_id"], ["id"])
        batch_op.create_index("uq_variants_store_id_sku", ["store_id", "sku"], unique=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_variants_sku_of_store"), "sku IS NULL OR store_id IS NOT NULL"
        )
    with op.batch_alter_table("pictures", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("sha256", sa.Text(), nullable=True))
        batch_op.create_index("ix_pictures_sha256", ["sha256"])
    for name, kind, nullable, default in NEW_OF_OFFERS:
        op.add_column("offers", sa.Column(name, kind, nullable=nullable, server_default=default))
    op.create_index("ix_offers_state", "offers", ["festival_id", "state", "id"])
    _create_tables()
    _guard()


def _create_tables() -> None:
    op.create_table(
        "offer_steps",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("old_state", _one_of("old_state", *STATES), nullable=True),
        sa.Column("new_state", _one_of("new_state", *STATES), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_steps_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_steps")),
        sqlite_strict=True,
    )
    op.create_index("ix_offer_steps_offer_id", "offer_steps", ["offer_id", "id"])
    op.create_table(
        "offer_imports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            _one_of("state", "uploaded", "checked", "applying", "applied", "refused", "dropped"),
            nullable=False,
        ),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                "row_count",
                "good_count",
                "bad_count",
                "done_number",
                "created_count",
                "changed_count",
                "same_count",
                "failed_count",
            )
        ),
        sa.Column("sends_for_check", sa.Boolean(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("row_count = good_count + bad_count", name=op.f("ck_offer_imports_rows")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_offer_imports_size")),
        sa.ForeignKeyConstraint(["festival_id"], ["festivals.id"], name=op.f("fk_offer_imports_festival_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_offer_imports_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_imports")),
        sqlite_strict=True,
    )
    op.create_index("ix_offer_imports_store_id", "offer_imports", ["store_id", "id"])
    op.create_table(
        "offer_import_rows",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["offer_imports.id"], name=op.f("fk_offer_import_rows_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_import_rows")),
        sa.UniqueConstraint("import_id", "number", name=op.f("uq_offer_import_rows_import_id_number")),
        sqlite_strict=True,
    )


def _guard() -> None:
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
    op.drop_table("offer_import_rows")
    op.drop_table("offer_imports")
    op.drop_table("offer_steps")
    op.drop_index("ix_offers_state", "offers")
    for name, *_ in reversed(NEW_OF_OFFERS):
        op.drop_column("offers", name)
    with op.batch_alter_table("pictures", **STRICT) as batch_op:
        batch_op.drop_index("ix_pictures_sha256")
        batch_op.drop_column("sha256")
    with op.batch_alter_table("variants", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_variants_sku_of_store"), type_="check")
        batch_op.drop_index("uq_variants_store_id_sku")
        batch_op.drop_constraint(batch_op.f("fk_variants_store_id"), type_="foreignkey")
        batch_op.drop_column("sku")
        batch_op.drop_column("store_id")
    with op.batch_alter_table("products", **STRICT) as batch_op:
        batch_op.drop_index("uq_products_goods")
        batch_op.drop_column("title_key")
    with op.batch_alter_table("categories", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_categories_asked_code"), type_="check")
        batch_op.drop_column("asked_code")
