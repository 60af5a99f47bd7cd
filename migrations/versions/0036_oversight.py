"""Spot checks, letters to the ministry, and what the pledge monitor found.

Revision: 0036, after: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "spot_check_entries",
    "ministry_letters",
    "shipping_wrongs",
)


def upgrade() -> None:
    op.create_table(
        "check_marks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_marks")),
        sa.UniqueConstraint("name", name=op.f("uq_check_marks_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "ministry_letters",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=True),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("serial > 0", name=op.f("ck_ministry_letters_serial")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["people.id"], name=op.f("fk_ministry_letters_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ministry_letters")),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_ministry_letters_year_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "spot_checks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "frozen",
                "drawn",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("picked_count", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("skips", sa.Text(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("source_number", sa.BigInteger(), nullable=True),
        sa.Column("randomness", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'drawn') = (result IS NOT NULL)", name=op.f("ck_spot_checks_drawn_with_result")
        ),
        sa.CheckConstraint("picked_count > 0", name=op.f("ck_spot_checks_picks")),
        sa.CheckConstraint("planned_at > frozen_at", name=op.f("ck_spot_checks_randomness_comes_later")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["people.id"], name=op.f("fk_spot_checks_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
        sa.UniqueConstraint("slug", name=op.f("uq_spot_checks_slug")),
        sqlite_strict=True,
    )
    op.create_table(
        "kit_cases",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "warned",
                "hearing",
                "heard",
                "frozen",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_count", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_kit_cases_closed")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_kit_cases_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_cases")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("kit_cases", schema=None) as batch_op:
        batch_op.create_index(
            "uq_kit_cases_open",
            ["store_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "shipping_checks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_count", sa.BigInteger(), nullable=False),
        sa.Column("free_count", sa.BigInteger(), nullable=False),
        sa.Column("wrong_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "checked_count >= free_count AND checked_count >= wrong_count",
            name=op.f("ck_shipping_checks_counts"),
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_shipping_checks_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_checks")),
        sa.UniqueConstraint("store_id", name=op.f("uq_shipping_checks_store_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "spot_check_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("spot_check_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_spot_check_entries_weight")),
        sa.ForeignKeyConstraint(
            ["spot_check_id"], ["spot_checks.id"], name=op.f("fk_spot_check_entries_spot_check_id")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_spot_check_entries_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check_entries")),
        sa.UniqueConstraint("spot_check_id", "place", name=op.f("uq_spot_check_entries_spot_check_id_place")),
        sa.UniqueConstraint(
            "spot_check_id", "store_id", name=op.f("uq_spot_check_entries_spot_check_id_store_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "spot_check_signers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("spot_check_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(signature IS NULL) = (signed_at IS NULL)", name=op.f("ck_spot_check_signers_signed")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_spot_check_signers_person_id")),
        sa.ForeignKeyConstraint(
            ["spot_check_id"], ["spot_checks.id"], name=op.f("fk_spot_check_signers_spot_check_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check_signers")),
        sa.UniqueConstraint(
            "spot_check_id", "person_id", name=op.f("uq_spot_check_signers_spot_check_id_person_id")
        ),
        sa.UniqueConstraint("spot_check_id", "role", name=op.f("uq_spot_check_signers_spot_check_id_role")),
        sqlite_strict=True,
    )
    op.create_table(
        "shipping_wrongs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("store_order_id", sa.BigInteger(), nullable=False),
        sa.Column("charged_toman", sa.BigInteger(), nullable=False),
        sa.Column("due_toman", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_shipping_wrongs_store_id")),
        sa.ForeignKeyConstraint(
            ["store_order_id"], ["store_orders.id"], name=op.f("fk_shipping_wrongs_store_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_wrongs")),
        sa.UniqueConstraint("store_order_id", name=op.f("uq_shipping_wrongs_store_order_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("shipping_wrongs", schema=None) as batch_op:
        batch_op.create_index("ix_shipping_wrongs_store_id", ["store_id"], unique=False)

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
    with op.batch_alter_table("shipping_wrongs", schema=None) as batch_op:
        batch_op.drop_index("ix_shipping_wrongs_store_id")

    op.drop_table("shipping_wrongs")
    op.drop_table("spot_check_signers")
    op.drop_table("spot_check_entries")
    op.drop_table("shipping_checks")
    with op.batch_alter_table("kit_cases", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_kit_cases_open",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.drop_table("kit_cases")
    op.drop_table("spot_checks")
    op.drop_table("ministry_letters")
    op.drop_table("check_marks")
