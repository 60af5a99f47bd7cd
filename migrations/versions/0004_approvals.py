"""Acts that need two persons. What was proposed can never be changed, only decided.

Revision: 0004, after: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = ("proposed", "approved", "refused", "withdrawn", "lapsed")
SEALED = ("action", "subject", "content", "digest", "proposed_by_id", "proposed_at", "lapses_at")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, create_constraint=False, length=40)
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["people.id"], name=op.f("fk_approvals_proposed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_approvals_decided_by_id")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_approvals_state")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_approvals_digest_length")),
        sa.CheckConstraint("lapses_at > proposed_at", name=op.f("ck_approvals_lapses_later")),
        sa.CheckConstraint(
            "(state IN ('proposed', 'lapsed')) = (decided_by_id IS NULL)",
            name=op.f("ck_approvals_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_approvals_decided_at")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by_id <> proposed_by_id",
            name=op.f("ck_approvals_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by_id = proposed_by_id", name=op.f("ck_approvals_own_withdrawal")
        ),
        sqlite_strict=True,
    )
    waiting = sa.text("state = 'proposed'")
    op.create_index(
        "uq_approvals_open",
        "approvals",
        ["action", "subject"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_approvals_state", "approvals", ["state", "lapses_at"])
    _seal()


def _seal() -> None:
    refused = "an approval is sealed"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER approvals_sealed BEFORE UPDATE OF {', '.join(SEALED)} ON approvals "
            f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        )
        op.execute(
            "CREATE TRIGGER approvals_decided BEFORE UPDATE ON approvals WHEN old.state <> 'proposed' "
            f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        )
        op.execute(
            "CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals "
            f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        )
        return
    changed = " OR ".join(f"OLD.{c}::text IS DISTINCT FROM NEW.{c}::text" for c in SEALED)
    op.execute(
        "CREATE FUNCTION refuse_unsealing() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refused}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER approvals_sealed BEFORE UPDATE ON approvals FOR EACH ROW "
        f"WHEN (OLD.state <> 'proposed' OR {changed}) EXECUTE FUNCTION refuse_unsealing()"
    )
    op.execute(
        "CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unsealing()"
    )


def downgrade() -> None:
    op.drop_table("approvals")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_unsealing()")
