"""Draws: their prizes, published list, stages and awards; a closed list that the database refuses to change.

Revision: 0019, after: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

APPEND_ONLY = ("published_entries", "draw_skips")
CLOSED = "EXISTS (SELECT 1 FROM draws d WHERE d.festival_id = {row}.festival_id AND d.frozen_at IS NOT NULL)"
GUARDS = {
    # table: (trigger, verb, when it is refused, what is said)
    "draws": (
        "fixed",
        "UPDATE",
        (
            "OLD.frozen_at IS NOT NULL AND (NEW.manifest <> OLD.manifest OR NEW.secret <> OLD.secret "
            "OR NEW.frozen_at <> OLD.frozen_at OR NEW.draw_at <> OLD.draw_at OR NEW.slug <> OLD.slug)"
        ),
        "a frozen draw is fixed",
    ),
    "draw_stages": (
        "once",
        "UPDATE",
        (
            "OLD.result IS NOT NULL AND (NEW.result IS NULL OR NEW.result <> OLD.result "
            "OR NEW.randomness <> OLD.randomness OR NEW.skips <> OLD.skips)"
        ),
        "a stage is drawn once",
    ),
}
"""Beside these, a grant of a closed list is neither changed nor added, but with no chances at all."""


def _guard() -> None:
    changed = f"OLD.weight <> NEW.weight AND {CLOSED.format(row='OLD')}"
    added = f"NEW.weight > 0 AND {CLOSED.format(row='NEW')}"
    guards = [(table, *guard) for table, guard in GUARDS.items()]
    guards.append(("entry_grants", "closed_to_change", "UPDATE", changed, "the list is closed"))
    guards.append(("entry_grants", "closed_to_more", "INSERT", added, "the list is closed"))
    for table in ("draws", "draw_stages"):
        gone = "OLD.frozen_at IS NOT NULL" if table == "draws" else "OLD.result IS NOT NULL"
        guards.append((table, "kept", "DELETE", gone, "a draw is never taken away"))
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        for table, name, verb, when, words in guards:
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        return
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, name, verb, when, words in guards:
        back = "OLD" if verb == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
            f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {back}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()"
        )


def _unguard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER entry_grants_closed_to_change")
        op.execute("DROP TRIGGER entry_grants_closed_to_more")
        return
    op.execute("DROP TRIGGER entry_grants_closed_to_change ON entry_grants")
    op.execute("DROP TRIGGER entry_grants_closed_to_more ON entry_grants")
    for name in ("entry_grants_closed_to_change", "entry_grants_closed_to_more"):
        op.execute(f"DROP FUNCTION {name}()")
    for function in ("draws_fixed", "draws_kept", "draw_stages_once", "draw_stages_kept"):
        op.execute(f"DROP FUNCTION {function}() CASCADE")


def upgrade() -> None:
    op.create_table(
        "draws",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("festival_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("permit", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "announced",
                "open",
                "frozen",
                "drawn",
                "settled",
                "voided",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draw_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("voided_reason", sa.Text(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'voided') = (voided_reason IS NOT NULL)", name=op.f("ck_draws_voided_with_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('announced', 'open', 'voided')) OR frozen_at IS NOT NULL",
            name=op.f("ck_draws_frozen"),
        ),
        sa.CheckConstraint(
            "(frozen_at IS NULL) = (manifest IS NULL)", name=op.f("ck_draws_manifest_at_freeze")
        ),
        sa.CheckConstraint("(frozen_at IS NULL) = (secret IS NULL)", name=op.f("ck_draws_secret_at_freeze")),
        sa.ForeignKeyConstraint(["festival_id"], ["festivals.id"], name=op.f("fk_draws_festival_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("festival_id", name=op.f("uq_draws_festival_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_draws_slug")),
        sqlite_strict=True,
    )
    op.create_table(
        "draw_signers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (person_id IS NULL)", name=op.f("ck_draw_signers_signed_by_somebody")
        ),
        sa.CheckConstraint("(signed_at IS NULL) = (signature IS NULL)", name=op.f("ck_draw_signers_signed")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_signers_draw_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_draw_signers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_signers")),
        sa.UniqueConstraint("draw_id", "role", name=op.f("uq_draw_signers_draw_id_role")),
        sqlite_strict=True,
    )
    op.create_table(
        "draw_skips",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('entry', 'person')", name=op.f("ck_draw_skips_kind")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_skips_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_skips")),
        sa.UniqueConstraint("draw_id", "kind", "key", name=op.f("uq_draw_skips_draw_id_kind_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "draw_stages",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "listed",
                "drawn",
                "idle",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=True),
        sa.Column("skips", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_number", sa.BigInteger(), nullable=True),
        sa.Column("randomness", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'drawn') = (result IS NOT NULL)", name=op.f("ck_draw_stages_drawn_with_result")
        ),
        sa.CheckConstraint("(result IS NULL) = (drawn_at IS NULL)", name=op.f("ck_draw_stages_drawn_at")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_draw_stages_number")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_stages_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_stages")),
        sa.UniqueConstraint("draw_id", "number", name=op.f("uq_draw_stages_draw_id_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "prizes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("unit_count", sa.BigInteger(), nullable=False),
        sa.Column("value_toman", sa.BigInteger(), nullable=False),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "rank > 0 AND unit_count > 0 AND value_toman >= 0", name=op.f("ck_prizes_positive")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_prizes_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prizes")),
        sa.UniqueConstraint("draw_id", "rank", name=op.f("uq_prizes_draw_id_rank")),
        sqlite_strict=True,
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.BigInteger(), nullable=False),
        sa.Column("prize_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "won",
                "claimed",
                "checked",
                "handed_over",
                "lapsed",
                "given_up",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("won_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_awards_draw_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_awards_person_id")),
        sa.ForeignKeyConstraint(["prize_id"], ["prizes.id"], name=op.f("fk_awards_prize_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("draw_id", "person_id", name=op.f("uq_awards_draw_id_person_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.create_index("ix_awards_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_awards_piece",
            ["prize_id", "unit"],
            unique=True,
            sqlite_where=sa.text("state NOT IN ('lapsed', 'given_up')"),
            postgresql_where=sa.text("state NOT IN ('lapsed', 'given_up')"),
        )

    op.create_table(
        "published_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_published_entries_weight")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_published_entries_draw_id")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["entry_grants.id"], name=op.f("fk_published_entries_grant_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_published_entries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_entries")),
        sa.UniqueConstraint("draw_id", "entry_id", name=op.f("uq_published_entries_draw_id_entry_id")),
        sa.UniqueConstraint("draw_id", "place", name=op.f("uq_published_entries_draw_id_place")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_published_entries_grant_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("published_entries", schema=None) as batch_op:
        batch_op.create_index("ix_published_entries_person_id", ["person_id", "draw_id"], unique=False)
    _guard()


def downgrade() -> None:
    _unguard()
    with op.batch_alter_table("published_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_published_entries_person_id")

    op.drop_table("published_entries")
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_awards_piece",
            sqlite_where=sa.text("state NOT IN ('lapsed', 'given_up')"),
            postgresql_where=sa.text("state NOT IN ('lapsed', 'given_up')"),
        )
        batch_op.drop_index("ix_awards_person_id")

    op.drop_table("awards")
    op.drop_table("prizes")
    op.drop_table("draw_stages")
    op.drop_table("draw_skips")
    op.drop_table("draw_signers")
    op.drop_table("draws")
