"""What is owed to the fund besides recourse, what a store gets again, full lines, and an insurer's money.

Revision: 0043, after: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

STRICT = {"table_kwargs": {"sqlite_strict": True}}
NEW_APPEND_ONLY = ("clawback_moves", "insurer_payments")
HOLDS = ("complaint", "claim", "recourse", "office", "returning", "chargeback")
STEPS = ("netted", "paid", "written_off", "relieved", "clawed")
WITHIN = (
    "amount_toman > 0 AND returned_toman >= 0 AND written_off_toman >= 0 AND relieved_toman >= 0 "
    "AND returned_toman + written_off_toman <= amount_toman"
)


def upgrade() -> None:
    _say_what_is_lawful("payout_holds", "reason", (*HOLDS, "cover"))
    with op.batch_alter_table("recourses", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("due_back_toman", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_check_constraint(
            batch_op.f("ck_recourses_due_back"), "due_back_toman BETWEEN 0 AND recovered_toman"
        )
    with op.batch_alter_table("recourses", **STRICT) as batch_op:
        batch_op.alter_column("due_back_toman", server_default=None)
    _steps((*STEPS, "found", "given_back"), "step NOT IN ('paid', 'found') OR bank_reference IS NOT NULL")
    with op.batch_alter_table("claim_inspections", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("cost_booked_at", sa.DateTime(timezone=True), nullable=True))
    _more_of_clawbacks()
    _new_tables()
    _guard(NEW_APPEND_ONLY)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _say_what_is_lawful(table: str, column: str, values: tuple[str, ...]) -> None:
    """Another list of words for a column."""
    name = f"ck_{table}_{column}"
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table, **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f(name), type_="check")
        batch_op.create_check_constraint(batch_op.f(name), f"{column} IN ({listed})")


def _steps(values: tuple[str, ...], with_reference: str) -> None:
    """Made anew on SQLite, the table loses its triggers; they are set again."""
    listed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table("recourse_moves", **STRICT) as batch_op:
        for name in ("step", "paid_with_reference"):
            batch_op.drop_constraint(batch_op.f(f"ck_recourse_moves_{name}"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_recourse_moves_step"), f"step IN ({listed})")
        batch_op.create_check_constraint(batch_op.f("ck_recourse_moves_paid_with_reference"), with_reference)
    if op.get_bind().dialect.name == "sqlite":
        _guard(("recourse_moves",))


def _more_of_clawbacks() -> None:
    """A clawback that was returned came back whole."""
    new = {
        "debtor": (_one_of("debtor", "shopper", "store", "office"), "shopper"),
        "cause": (_one_of("cause", "repaid", "inspection"), "repaid"),
        "returned_toman": (sa.BigInteger(), "0"),
        "written_off_toman": (sa.BigInteger(), "0"),
        "relieved_toman": (sa.BigInteger(), "0"),
    }
    with op.batch_alter_table("claim_clawbacks", **STRICT) as batch_op:
        for name, (kind, default) in new.items():
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        batch_op.drop_constraint(batch_op.f("uq_claim_clawbacks_bank_reference"), type_="unique")
        batch_op.drop_constraint(batch_op.f("ck_claim_clawbacks_amount"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_claim_clawbacks_state"), type_="check")
        batch_op.drop_column("bank_reference")
    op.execute(
        "UPDATE claim_clawbacks SET returned_toman = amount_toman, state = 'returned' WHERE state <> 'open'"
    )
    with op.batch_alter_table("claim_clawbacks", **STRICT) as batch_op:
        for name in new:
            batch_op.alter_column(name, server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_clawbacks_state"), "state IN ('open', 'returned', 'written_off')"
        )
        batch_op.create_check_constraint(batch_op.f("ck_claim_clawbacks_within_amount"), WITHIN)
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_clawbacks_ended_when_none_is_open"),
            "(state = 'open') = (returned_toman + written_off_toman < amount_toman)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_clawbacks_owed_by_a_side"), "debtor <> 'office'"
        )
        batch_op.create_index("ix_claim_clawbacks_state", ["state", "id"], unique=False)


def _new_tables() -> None:
    op.create_table(
        "clawback_moves",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("clawback_id", sa.BigInteger(), nullable=False),
        sa.Column("step", _one_of("step", "netted", "returned", "written_off", "found"), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_clawback_moves_amount")),
        sa.CheckConstraint(
            "step NOT IN ('returned', 'found') OR bank_reference IS NOT NULL",
            name=op.f("ck_clawback_moves_came_with_reference"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_clawback_moves_actor_id")),
        sa.ForeignKeyConstraint(
            ["clawback_id"], ["claim_clawbacks.id"], name=op.f("fk_clawback_moves_clawback_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_clawback_moves_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawback_moves")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_clawback_moves_bank_reference")),
        sa.UniqueConstraint("key", name=op.f("uq_clawback_moves_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_clawback_moves_clawback_id", "clawback_moves", ["clawback_id", "id"])
    op.create_table(
        "store_line_states",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _one_of("state", "free", "amber", "full"), nullable=False),
        sa.Column("exposure_toman", sa.BigInteger(), nullable=False),
        sa.Column("line_toman", sa.BigInteger(), nullable=False),
        sa.Column("kept_toman", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "exposure_toman >= 0 AND line_toman >= 0 AND kept_toman >= 0",
            name=op.f("ck_store_line_states_sums"),
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_line_states_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_line_states")),
        sa.UniqueConstraint("store_id", name=op.f("uq_store_line_states_store_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "insurer_payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("insurer", sa.Text(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_insurer_payments_amount")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_insurer_payments_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurer_payments")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_insurer_payments_bank_reference")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_insurer_payments_transfer_id")),
        sqlite_strict=True,
    )


def _guard(tables: tuple[str, ...]) -> None:
    """What is written once is never changed."""
    for table in tables:
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
    for table in ("insurer_payments", "store_line_states", "clawback_moves"):
        op.drop_table(table)
    with op.batch_alter_table("claim_clawbacks", **STRICT) as batch_op:
        batch_op.drop_index("ix_claim_clawbacks_state")
        for name in (
            "state",
            "within_amount",
            "ended_when_none_is_open",
            "owed_by_a_side",
            "debtor",
            "cause",
        ):
            batch_op.drop_constraint(batch_op.f(f"ck_claim_clawbacks_{name}"), type_="check")
        batch_op.add_column(sa.Column("bank_reference", sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_claim_clawbacks_bank_reference"), ["bank_reference"])
        batch_op.create_check_constraint(batch_op.f("ck_claim_clawbacks_amount"), "amount_toman > 0")
        for name in ("debtor", "cause", "returned_toman", "written_off_toman", "relieved_toman"):
            batch_op.drop_column(name)
    op.execute("UPDATE claim_clawbacks SET state = 'returned' WHERE state = 'written_off'")
    with op.batch_alter_table("claim_clawbacks", **STRICT) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_claim_clawbacks_state"), "state IN ('open', 'returned', 'netted')"
        )
    with op.batch_alter_table("claim_inspections", **STRICT) as batch_op:
        batch_op.drop_column("cost_booked_at")
    _steps(STEPS, "step <> 'paid' OR bank_reference IS NOT NULL")
    with op.batch_alter_table("recourses", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_recourses_due_back"), type_="check")
        batch_op.drop_column("due_back_toman")
    _say_what_is_lawful("payout_holds", "reason", HOLDS)
