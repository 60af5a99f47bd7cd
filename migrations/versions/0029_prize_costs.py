"""What sponsors give for prizes, what is missing, and the stores' shares of it.

Revision: 0029, after: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

APPEND_ONLY = ("cost_shares", "cost_releases")


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


def upgrade() -> None:
    op.create_table(
        "cost_plans",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cost_toman", sa.BigInteger(), nullable=False),
        sa.Column("missing_toman", sa.BigInteger(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_toman", sa.BigInteger(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(booked_at IS NULL) = (booked_toman IS NULL)", name=op.f("ck_cost_plans_booked")),
        sa.CheckConstraint(
            "missing_toman >= 0 AND cost_toman >= missing_toman", name=op.f("ck_cost_plans_missing")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_cost_plans_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_plans")),
        sa.UniqueConstraint("draw_id", name=op.f("uq_cost_plans_draw_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "cost_releases",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_toman > 0 AND round > 0", name=op.f("ck_cost_releases_amounts")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_cost_releases_draw_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_cost_releases_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_releases")),
        sa.UniqueConstraint("draw_id", "store_id", name=op.f("uq_cost_releases_draw_id_store_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "cost_shares",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("net_toman", sa.BigInteger(), nullable=False),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("is_capped", sa.Boolean(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_toman >= 0 AND net_toman >= 0 AND round >= 0", name=op.f("ck_cost_shares_amounts")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_cost_shares_draw_id")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_cost_shares_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_shares")),
        sa.UniqueConstraint(
            "draw_id", "store_id", "round", name=op.f("uq_cost_shares_draw_id_store_id_round")
        ),
        sqlite_strict=True,
    )
    with op.batch_alter_table("cost_shares", schema=None) as batch_op:
        batch_op.create_index("ix_cost_shares_store_id", ["store_id"], unique=False)

    op.create_table(
        "sponsor_gifts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("money", "goods", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "promised",
                "received",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_toman", sa.BigInteger(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'received') = (received_at IS NOT NULL)", name=op.f("ck_sponsor_gifts_received")
        ),
        sa.CheckConstraint("amount_toman > 0", name=op.f("ck_sponsor_gifts_amount")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_sponsor_gifts_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsor_gifts")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sponsor_gifts", schema=None) as batch_op:
        batch_op.create_index("ix_sponsor_gifts_draw_id", ["draw_id"], unique=False)
    _guard()


def downgrade() -> None:
    with op.batch_alter_table("sponsor_gifts", schema=None) as batch_op:
        batch_op.drop_index("ix_sponsor_gifts_draw_id")

    op.drop_table("sponsor_gifts")
    with op.batch_alter_table("cost_shares", schema=None) as batch_op:
        batch_op.drop_index("ix_cost_shares_store_id")

    op.drop_table("cost_shares")
    op.drop_table("cost_releases")
    op.drop_table("cost_plans")
