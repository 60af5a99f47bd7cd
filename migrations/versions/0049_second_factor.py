"""The second factor, and where and how a session was proven.

Revision: 0049, after: 0048
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at IS NULL")
STRICT = {"table_kwargs": {"sqlite_strict": True}}


def upgrade() -> None:
    op.create_table(
        "authenticators",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_step >= 0", name=op.f("ck_authenticators_last_step")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_authenticators_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("authenticators") as batch_op:
        batch_op.create_index(
            "uq_authenticators_live",
            ["person_id"],
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        )

    op.create_table(
        "passkeys",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkeys_sign_count")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_passkeys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("passkeys") as batch_op:
        batch_op.create_index("ix_passkeys_person_id", ["person_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recovery_codes") as batch_op:
        batch_op.create_index("ix_recovery_codes_person_id", ["person_id"], unique=False)

    op.create_table(
        "second_misses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_second_misses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_misses")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("second_misses") as batch_op:
        batch_op.create_index("ix_second_misses_person_id", ["person_id", "missed_at"], unique=False)

    with op.batch_alter_table("sessions", **STRICT) as batch_op:
        batch_op.add_column(sa.Column("network", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("waits_for_second", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("second_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("challenge", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("challenge_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_sessions_second_is_to_come"), "NOT (waits_for_second AND second_at IS NOT NULL)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_sessions_challenge_at"), "(challenge IS NULL) = (challenge_at IS NULL)"
        )


def downgrade() -> None:
    op.execute("DELETE FROM sessions WHERE waits_for_second")  # else they would count as signed in
    with op.batch_alter_table("sessions", **STRICT) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sessions_challenge_at"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_sessions_second_is_to_come"), type_="check")
        batch_op.drop_column("challenge_at")
        batch_op.drop_column("challenge")
        batch_op.drop_column("proven_at")
        batch_op.drop_column("second_at")
        batch_op.drop_column("waits_for_second")
        batch_op.drop_column("last_used_at")
        batch_op.drop_column("network")

    with op.batch_alter_table("second_misses") as batch_op:
        batch_op.drop_index("ix_second_misses_person_id")

    op.drop_table("second_misses")
    with op.batch_alter_table("recovery_codes") as batch_op:
        batch_op.drop_index("ix_recovery_codes_person_id")

    op.drop_table("recovery_codes")
    with op.batch_alter_table("passkeys") as batch_op:
        batch_op.drop_index("ix_passkeys_person_id")

    op.drop_table("passkeys")
    with op.batch_alter_table("authenticators") as batch_op:
        batch_op.drop_index(
            "uq_authenticators_live",
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        )

    op.drop_table("authenticators")
