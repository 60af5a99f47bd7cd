"""Hosting: a shop without a seal sells on a sealed store's shelf.

Revision: 0014, after: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY = ("hosting_history",)
STATES = ("proposed", "active", "refused", "ended")


def _state() -> sa.Enum:
    return sa.Enum(*STATES, name="state", native_enum=False, create_constraint=False, length=40)


def upgrade() -> None:
    op.create_table(
        "hostings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _state(), nullable=False),
        sa.Column("proposed_by_store_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guest_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hostings")),
        sa.ForeignKeyConstraint(["host_id"], ["stores.id"], name=op.f("fk_hostings_host_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["stores.id"], name=op.f("fk_hostings_guest_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by_store_id"], ["stores.id"], name=op.f("fk_hostings_proposed_by_store_id")
        ),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_hostings_state")),
        sa.CheckConstraint("host_id <> guest_id", name=op.f("ck_hostings_two_stores")),
        sa.CheckConstraint(
            "proposed_by_store_id IN (host_id, guest_id)", name=op.f("ck_hostings_by_one_of_them")
        ),
        sa.CheckConstraint(
            "state <> 'active' OR (host_accepted_at IS NOT NULL AND guest_accepted_at IS NOT NULL)",
            name=op.f("ck_hostings_accepted_by_both"),
        ),
        sa.CheckConstraint(
            "(state IN ('refused', 'ended')) = (ended_at IS NOT NULL)", name=op.f("ck_hostings_ended")
        ),
        sqlite_strict=True,
    )
    is_open = sa.text("state IN ('proposed', 'active')")
    op.create_index(
        "uq_hostings_guest",
        "hostings",
        ["guest_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_hostings_host_id", "hostings", ["host_id", "state"])
    op.create_table(
        "hosting_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("hosting_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _state(), nullable=False),
        sa.Column("by_store_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosting_history")),
        sa.ForeignKeyConstraint(["hosting_id"], ["hostings.id"], name=op.f("fk_hosting_history_hosting_id")),
        sa.ForeignKeyConstraint(["by_store_id"], ["stores.id"], name=op.f("fk_hosting_history_by_store_id")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_hosting_history_state")),
        sqlite_strict=True,
    )
    op.create_index("ix_hosting_history_hosting_id", "hosting_history", ["hosting_id"])
    op.create_table(
        "guest_offers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("hosting_id", sa.BigInteger(), nullable=False),
        sa.Column("named_by_id", sa.BigInteger(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_offers")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_guest_offers_offer_id")),
        sa.ForeignKeyConstraint(["hosting_id"], ["hostings.id"], name=op.f("fk_guest_offers_hosting_id")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_guest_offers_offer_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_guest_offers_hosting_id", "guest_offers", ["hosting_id"])
    _guard()


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
    for table in ("guest_offers", "hosting_history", "hostings"):
        op.drop_table(table)
