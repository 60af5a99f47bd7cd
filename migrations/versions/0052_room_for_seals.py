"""Room for sealed national ids and Shebas: checks let both forms in, marks stand beside what must be unique.

Expand. The release before goes on: nothing is sealed yet. What is written once may have its Sheba sealed anew, and
nothing else of it changed.

Revision: 0052, after: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

CHECKS = (
    ("payout_accounts", "ck_payout_accounts_sheba_length", "length(sheba) = 26"),
    ("shopper_transfers", "ck_shopper_transfers_sheba_length", "length(sheba) = 26"),
    ("refund_transfers", "ck_refund_transfers_sheba", "length(sheba) = 26"),
    ("claim_payments", "ck_claim_payments_sheba", "sheba IS NULL OR length(sheba) = 26"),
)
OR_SEALED = " OR sheba LIKE '1.________.%'"
PROPOSED = ("action", "subject", "content", "digest", "proposed_by_id", "proposed_at", "lapses_at")
DECIDED = ("state", "decided_by_id", "decided_at", "reason")
REFUSED = "an approval is sealed"


def upgrade() -> None:
    for table, name, before in CHECKS:
        _allow(table, name, before, before + OR_SEALED)
    op.add_column("gateway_payees", sa.Column("sheba_mark", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _open_sqlite()
    else:
        _open_postgresql()


def _open_sqlite() -> None:
    rest = ", ".join(column for column in PROPOSED if column != "content")
    without = "json_remove({}.content, '$.sheba', '$.blind')"
    for trigger in ("approvals_sealed", "approvals_decided", "refund_transfers_no_update"):
        op.execute(f"DROP TRIGGER {trigger}")
    for name, when in (
        (f"sealed BEFORE UPDATE OF {rest} ON approvals", ""),
        (
            "content BEFORE UPDATE OF content ON approvals",
            f"WHEN {without.format('old')} IS NOT {without.format('new')}",
        ),
        (f"decided BEFORE UPDATE OF id, {', '.join(DECIDED)} ON approvals", "WHEN old.state <> 'proposed'"),
    ):
        op.execute(f"CREATE TRIGGER approvals_{name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
    op.execute(
        "CREATE TRIGGER refund_transfers_no_update "
        "BEFORE UPDATE OF id, refund_id, holder, bank_reference, paid_at ON refund_transfers "
        "BEGIN SELECT RAISE(ABORT, 'refund_transfers is append-only'); END"
    )


def _open_postgresql() -> None:
    without = "({}.content::jsonb - 'sheba' - 'blind')"
    changed = " OR ".join(
        [f"OLD.{c}::text IS DISTINCT FROM NEW.{c}::text" for c in PROPOSED if c != "content"]
        + [f"{without.format('OLD')} IS DISTINCT FROM {without.format('NEW')}"]
    )
    again = " OR ".join(f"OLD.{c}::text IS DISTINCT FROM NEW.{c}::text" for c in DECIDED)
    op.execute("DROP TRIGGER approvals_sealed ON approvals")
    op.execute(
        "CREATE TRIGGER approvals_sealed BEFORE UPDATE ON approvals FOR EACH ROW "
        f"WHEN ((OLD.state <> 'proposed' AND ({again})) OR {changed}) EXECUTE FUNCTION refuse_unsealing()"
    )
    op.execute("DROP TRIGGER refund_transfers_append_only ON refund_transfers")
    op.execute(
        "CREATE TRIGGER refund_transfers_append_only BEFORE UPDATE ON refund_transfers FOR EACH ROW "
        "WHEN (OLD.sheba = NEW.sheba OR to_jsonb(OLD) - 'sheba' IS DISTINCT FROM to_jsonb(NEW) - 'sheba') "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refund_transfers_no_delete BEFORE DELETE ON refund_transfers "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _close_sqlite()
    else:
        _close_postgresql()
    with op.batch_alter_table("gateway_payees", table_kwargs={"sqlite_strict": True}) as batch:
        batch.drop_column("sheba_mark")
    for table, name, before in CHECKS:
        _allow(table, name, before + OR_SEALED, before)


def _close_sqlite() -> None:
    for trigger in (
        "approvals_sealed",
        "approvals_content",
        "approvals_decided",
        "refund_transfers_no_update",
    ):
        op.execute(f"DROP TRIGGER {trigger}")
    for name, when in (
        (f"sealed BEFORE UPDATE OF {', '.join(PROPOSED)} ON approvals", ""),
        ("decided BEFORE UPDATE ON approvals", "WHEN old.state <> 'proposed'"),
    ):
        op.execute(f"CREATE TRIGGER approvals_{name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
    op.execute(
        "CREATE TRIGGER refund_transfers_no_update BEFORE UPDATE ON refund_transfers "
        "BEGIN SELECT RAISE(ABORT, 'refund_transfers is append-only'); END"
    )


def _close_postgresql() -> None:
    changed = " OR ".join(f"OLD.{c}::text IS DISTINCT FROM NEW.{c}::text" for c in PROPOSED)
    op.execute("DROP TRIGGER approvals_sealed ON approvals")
    op.execute(
        "CREATE TRIGGER approvals_sealed BEFORE UPDATE ON approvals FOR EACH ROW "
        f"WHEN (OLD.state <> 'proposed' OR {changed}) EXECUTE FUNCTION refuse_unsealing()"
    )
    for trigger in ("append_only", "no_delete"):
        op.execute(f"DROP TRIGGER refund_transfers_{trigger} ON refund_transfers")
    op.execute(
        "CREATE TRIGGER refund_transfers_append_only BEFORE UPDATE OR DELETE ON refund_transfers "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _allow(table: str, name: str, before: str, after: str) -> None:
    """The CHECK with other words. On SQLite the stored statement is changed, as its manual shows for this case."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, after)
        return
    told = f"CONSTRAINT {name} CHECK ({before})"
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (told, f"CONSTRAINT {name} CHECK ({after})", table, told),
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"{table} has no {told}")
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
