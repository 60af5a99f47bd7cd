"""Lines of the fund's public book, sealed to each other, and days that tell what stands behind open orders.

The days are sums over the book: they are made anew and lose nothing.

Revision: 0028, after: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

APPEND_ONLY = ("fund_lines",)
KINDS = (
    "contribution",
    "gift",
    "assessment",
    "recovered",
    "reserved",
    "released",
    "paid",
    "written_off",
    "other",
)
SUMS = ("balance", "reserved", "free", "contributed", "given")
NEW = (
    *(f"{name}_toman" for name in (*SUMS, "assessed", "recovered", "paid", "lost", "exposure")),
    "protected_count",
    "asked_toman",
    "expected_toman",
    "open_claim_count",
)
OLD = (
    *(f"{name}_toman" for name in (*SUMS, "recovered", "paid", "other", "expected")),
    "open_claim_count",
    "last_transfer_id",
)


def upgrade() -> None:
    op.drop_table("fund_days")
    _make_days(NEW)
    op.create_table(
        "fund_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("change_toman", sa.BigInteger(), nullable=False),
        sa.Column("reserved_change_toman", sa.BigInteger(), nullable=False),
        sa.Column("balance_toman", sa.BigInteger(), nullable=False),
        sa.Column("reserved_toman", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_fund_lines_count")),
        sa.CheckConstraint(
            "reserved_toman >= 0 AND balance_toman >= reserved_toman", name=op.f("ck_fund_lines_never_short")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_lines")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_lines_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_fund_lines_day_on", "fund_lines", ["day_on", "kind"], unique=False)
    _guard()


def downgrade() -> None:
    op.drop_table("fund_lines")
    op.drop_table("fund_days")
    _make_days(OLD)


def _make_days(columns: tuple[str, ...]) -> None:
    op.create_table(
        "fund_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in columns),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "balance_toman = reserved_toman + free_toman", name=op.f("ck_fund_days_reserved_and_free")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_days")),
        sa.UniqueConstraint("day_on", name=op.f("uq_fund_days_day_on")),
        sqlite_strict=True,
    )


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER fund_lines_no_{verb.lower()} BEFORE {verb} ON fund_lines "
                "BEGIN SELECT RAISE(ABORT, 'fund_lines is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER fund_lines_append_only BEFORE UPDATE OR DELETE ON fund_lines "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER fund_lines_no_truncate BEFORE TRUNCATE ON fund_lines "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
