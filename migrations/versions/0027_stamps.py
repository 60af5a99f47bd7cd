"""Version stamps of what public pages show, bumped by the database itself.

Revision: 0027, after: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = (
    "applications", "categories", "clearances", "clock_pauses", "documents", "draws", "festivals", "findings",
    "guest_offers", "hostings", "pictures", "pledge_acceptances", "pledge_texts", "policy_rows", "price_history",
    "prizes", "products", "provinces", "questions", "ratings", "record_cases", "record_marks", "record_rows",
    "seal_history", "seals", "store_records", "stores", "union_licences", "variants",
)  # fmt: skip
SHOWN_OF_OFFERS = (
    "festival_id", "store_id", "product_id", "variant_id", "category_id", "slug", "title_fa", "title_en",
    "search_text", "picture_key", "state", "regular_toman", "reference_toman", "festival_toman", "discount_percent",
    "limit_per_buyer", "reduced_at",
)  # fmt: skip
SHOWN_OF_PEOPLE = ("given_name", "surname", "disabled_at")
COUNTS = ("stocked_count", "sold_count", "held_count")
OLD_LEFT = "(OLD.stocked_count - OLD.sold_count - OLD.held_count)"
NEW_LEFT = "(NEW.stocked_count - NEW.sold_count - NEW.held_count)"
MANY, STOCK_TOPIC = 21, "'stock:' || (NEW.id % 16)"
WHOLE_ROWS = {"offers": ("INSERT", "DELETE"), "people": ("DELETE",)}


def upgrade() -> None:
    op.create_table(
        "stamps",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_stamps"),
        sqlite_strict=True,
    )
    op.create_table(
        "stamp_changes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("txid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stamp_changes"),
        sa.UniqueConstraint("topic", "txid", name="uq_stamp_changes_topic_txid"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def _on_sqlite() -> None:
    for table in (*TABLES, "offers", "people"):
        for event in WHOLE_ROWS.get(table, ("INSERT", "UPDATE", "DELETE")):
            _sqlite_trigger(f"{table}_{event.lower()}", event, table, f"'{table}'")
    _sqlite_trigger("offers_update", f"UPDATE OF {', '.join(SHOWN_OF_OFFERS)}", "offers", "'offers'")
    _sqlite_trigger("people_update", f"UPDATE OF {', '.join(SHOWN_OF_PEOPLE)}", "people", "'people'")
    changed = f"UPDATE OF {', '.join(COUNTS)}"
    _sqlite_trigger(
        "offers_gone", changed, "offers", "'offers'", f"WHEN ({OLD_LEFT} > 0) <> ({NEW_LEFT} > 0)"
    )
    fewer = f"WHEN min({OLD_LEFT}, {MANY}) <> min({NEW_LEFT}, {MANY})"
    _sqlite_trigger("offers_left", changed, "offers", STOCK_TOPIC, fewer)


def _sqlite_trigger(name: str, event: str, table: str, topic: str, when: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER stamp_{name} AFTER {event} ON {table} {when} BEGIN "
        f"INSERT INTO stamps (topic, n) VALUES ({topic}, 1) ON CONFLICT (topic) DO UPDATE SET n = n + 1; END"
    )


def _on_postgresql() -> None:
    for name, topic in (("bump_stamp", "TG_ARGV[0]"), ("bump_stock_stamp", STOCK_TOPIC)):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO stamp_changes (topic, txid) VALUES ({topic}, txid_current()) ON CONFLICT DO NOTHING; "
            "RETURN NULL; END $$"
        )
    for table in (*TABLES, "offers", "people"):
        events = " OR ".join(WHOLE_ROWS.get(table, ("INSERT", "UPDATE", "DELETE")))
        _trigger(table, f"{events} OR TRUNCATE", table)
    _trigger("offers_update", f"UPDATE OF {', '.join(SHOWN_OF_OFFERS)}", "offers")
    _trigger("people_update", f"UPDATE OF {', '.join(SHOWN_OF_PEOPLE)}", "people")
    changed = f"UPDATE OF {', '.join(COUNTS)}"
    gone = f"FOR EACH ROW WHEN (({OLD_LEFT} > 0) <> ({NEW_LEFT} > 0))"
    _trigger("offers_gone", changed, "offers", gone)
    fewer = f"FOR EACH ROW WHEN (least({OLD_LEFT}, {MANY}) <> least({NEW_LEFT}, {MANY}))"
    _trigger("offers_left", changed, "offers", fewer, "bump_stock_stamp()")


def _trigger(name: str, event: str, table: str, when: str = "FOR EACH STATEMENT", verb: str = "") -> None:
    bump = verb or f"bump_stamp('{table}')"
    op.execute(f"CREATE TRIGGER stamp_{name} AFTER {event} ON {table} {when} EXECUTE FUNCTION {bump}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        found = op.get_bind().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in found.fetchall():
            if name.startswith("stamp_"):
                op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("DROP FUNCTION bump_stamp() CASCADE")
        op.execute("DROP FUNCTION bump_stock_stamp() CASCADE")
    op.drop_table("stamp_changes")
    op.drop_table("stamps")
