"""Figures that two persons type, witnesses of a draw, rings among its entries.

Revision: 0033, after: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

APPEND_ONLY = ("figure_entries", "draw_witnesses")


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
        "entry_rings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mobile",
                "address",
                "sheba",
                "store",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("trait", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "cleared",
                "excluded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_entry_rings_decided")),
        sa.ForeignKeyConstraint(["festival_id"], ["festivals.id"], name=op.f("fk_entry_rings_festival_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_rings")),
        sa.UniqueConstraint(
            "festival_id", "kind", "trait", name=op.f("uq_entry_rings_festival_id_kind_trait")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "draw_witnesses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_witnesses_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_witnesses")),
        sa.UniqueConstraint("draw_id", "name", name=op.f("uq_draw_witnesses_draw_id_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "figure_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("typed_by", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN (1, 2) AND attempt > 0", name=op.f("ck_figure_entries_two_persons")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_figure_entries_draw_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_figure_entries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_entries")),
        sa.UniqueConstraint(
            "draw_id",
            "stage",
            "attempt",
            "person_id",
            name=op.f("uq_figure_entries_draw_id_stage_attempt_person_id"),
        ),
        sa.UniqueConstraint(
            "draw_id", "stage", "attempt", "place", name=op.f("uq_figure_entries_draw_id_stage_attempt_place")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "ring_grants",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ring_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["entry_grants.id"], name=op.f("fk_ring_grants_grant_id")),
        sa.ForeignKeyConstraint(["ring_id"], ["entry_rings.id"], name=op.f("fk_ring_grants_ring_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring_grants")),
        sa.UniqueConstraint("ring_id", "grant_id", name=op.f("uq_ring_grants_ring_id_grant_id")),
        sqlite_strict=True,
    )
    _guard()


def downgrade() -> None:
    op.drop_table("ring_grants")
    op.drop_table("figure_entries")
    op.drop_table("draw_witnesses")
    op.drop_table("entry_rings")
