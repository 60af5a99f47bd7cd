"""National ids and Shebas stand sealed alone: the database refuses a clear one.

Contract. Two indexes go that no question used, and the clear Sheba no longer tells payees apart: its mark does.

Revision: 0054, after: 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

CONTRACTS = "the release before would write them in clear: stop it first, or stay at 0052 until it is gone"
STRICT = {"table_kwargs": {"sqlite_strict": True}}
SEALED = "{} LIKE '1.________.%'"
REPLACED = (
    ("payout_accounts", "sheba_length", "length(sheba) = 26 OR sheba LIKE '1.________.%'"),
    ("shopper_transfers", "sheba_length", "length(sheba) = 26 OR sheba LIKE '1.________.%'"),
    ("refund_transfers", "sheba", "length(sheba) = 26 OR sheba LIKE '1.________.%'"),
    ("claim_payments", "sheba", "sheba IS NULL OR length(sheba) = 26 OR sheba LIKE '1.________.%'"),
)
ADDED = (
    ("people", "national_id"),
    ("store_holders", "national_id"),
    ("store_holders", "sheba"),
    ("application_forms", "national_id"),
    ("application_forms", "sheba"),
    ("gateway_payees", "sheba"),
    ("payouts", "sheba"),
    ("claims", "sheba"),
)
OLD_KEY, NEW_KEY = ("uq_gateway_payees_gateway_" + column + "_holder" for column in ("sheba", "sheba_mark"))


def upgrade() -> None:
    _ensure_sealed()
    with op.batch_alter_table("gateway_payees", **STRICT) as batch:
        batch.alter_column("sheba_mark", existing_type=sa.Text(), nullable=False)
        batch.drop_constraint(batch.f(OLD_KEY), type_="unique")
        batch.create_unique_constraint(batch.f(NEW_KEY), ["gateway", "sheba_mark", "holder"])
    for table, name, before in REPLACED:
        _replace(table, (f"ck_{table}_{name}", before), (f"ck_{table}_sheba_sealed", SEALED.format("sheba")))
    for table, column in ADDED:
        _replace(table, None, (f"ck_{table}_{column}_sealed", SEALED.format(column)))
    op.drop_index("ix_store_holders_national_id", "store_holders")
    op.drop_index("ix_store_holders_sheba", "store_holders")


def downgrade() -> None:
    op.create_index("ix_store_holders_national_id", "store_holders", ["national_id"])
    op.create_index("ix_store_holders_sheba", "store_holders", ["sheba"])
    for table, column in ADDED:
        _replace(table, (f"ck_{table}_{column}_sealed", SEALED.format(column)), None)
    for table, name, before in REPLACED:
        _replace(table, (f"ck_{table}_sheba_sealed", SEALED.format("sheba")), (f"ck_{table}_{name}", before))
    with op.batch_alter_table("gateway_payees", **STRICT) as batch:
        batch.drop_constraint(batch.f(NEW_KEY), type_="unique")
        batch.create_unique_constraint(batch.f(OLD_KEY), ["gateway", "sheba", "holder"])
        batch.alter_column("sheba_mark", existing_type=sa.Text(), nullable=True)


def _ensure_sealed() -> None:
    """SQLite does not look at what is there when a CHECK is added."""
    for table, column in (*ADDED, *((table, "sheba") for table, *_ in REPLACED)):
        rows = sa.table(table, sa.column(column, sa.Text()))
        clear = sa.select(sa.func.count()).select_from(rows).where(rows.c[column].not_like("1.________.%"))
        left = op.get_bind().execute(clear).scalar()
        if left:
            raise RuntimeError(f"{left} rows of {table}.{column} stand in clear: run `bazargah reseal` first")


def _replace(table: str, before: tuple[str, str] | None, after: tuple[str, str] | None) -> None:
    """A CHECK for another, or one more, or one less. On SQLite the stored statement is changed, as its manual shows."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        if before is not None:
            op.drop_constraint(op.f(before[0]), table, type_="check")
        if after is not None:
            op.create_check_constraint(op.f(after[0]), table, after[1])
        return
    sql = str(
        bind.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).scalar()
    )
    old, new = (f"CONSTRAINT {told[0]} CHECK ({told[1]})" if told else "" for told in (before, after))
    if old and new:
        told = sql.replace(old, new)
    elif new:
        body, _, options = sql.rpartition(")")
        told = f"{body}, {new}){options}"
    else:
        told = sql.replace(f", {old}", "")
    if told == sql:
        raise RuntimeError(f"{table} has no {old}")
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?", (told, table))
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
