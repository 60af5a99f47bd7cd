"""Search by rank: words of title, store and the rest apart; rows of the index in the order of their worth.

The number of a row of SQLite's index is `worth << 40 | id`, so that a search reads the best first and stops; worth is
32 for an offer in stock, and up to 11 more by popularity. `shelf_changes` tells which offers a shopper would see
otherwise than before, `search_words` keeps the words that stand in titles, for words typed with a wrong letter.

Revision: 0051, after: 0050
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

STEPS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
TOP = 100
SHELF = "state IN ('approved', 'live')"
WATCHED = (
    "festival_id", "store_id", "category_id", "search_text", "state", "festival_toman", "discount_percent",
    "stocked_count", "sold_count", "held_count",
)  # fmt: skip


def shelf(row: str) -> str:
    return f"{row}.{SHELF}"


def left(row: str) -> str:
    return f"({row}.stocked_count - {row}.sold_count - {row}.held_count > 0)"


def worth(row: str) -> str:
    steps = " ".join(
        f"WHEN {row}.popularity >= {step} THEN {n}" for n, step in reversed([*enumerate(STEPS, 1)])
    )
    return f"(CASE WHEN {left(row)} THEN 32 ELSE 0 END + CASE {steps} ELSE 0 END)"


def key(row: str) -> str:
    return f"(({worth(row)} << 40) | {row}.id)"


def words(row: str) -> str:
    """The three lines of `search_text`."""

    def first(text: str) -> str:
        return f"substr({text}, 1, instr({text} || char(10), char(10)) - 1)"

    def rest(text: str) -> str:
        return f"substr({text}, instr({text} || char(10), char(10)) + 1)"

    whole = f"{row}.search_text"
    return f"{first(whole)}, {first(rest(whole))}, {rest(rest(whole))}"


def differs(*terms: str) -> str:
    return " OR ".join(f"{term.format(row='OLD')} <> {term.format(row='NEW')}" for term in terms)


OTHER_PLACE = (
    "{row}.festival_id", "{row}.store_id", "{row}.category_id", "{row}.festival_toman", "{row}.discount_percent",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "shelf_changes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_changes")),
        sqlite_strict=True,
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
        sqlite_strict=True,
    )
    op.create_index("ix_search_words_head", "search_words", ["head", "size"])
    op.create_index("ix_search_words_tail", "search_words", ["tail", "size"])
    if op.get_bind().dialect.name == "sqlite":
        _up_sqlite()
    else:
        _up_postgresql()
    op.execute(f"INSERT INTO shelf_changes (offer_id) SELECT id FROM offers WHERE {SHELF}")


def _up_sqlite() -> None:
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER offers_search_{name}")
    op.execute("DROP TABLE offer_search")
    op.execute(
        "CREATE VIRTUAL TABLE offer_search USING fts5(title, store, rest, content='', contentless_delete=1, "
        "tokenize=\"unicode61 remove_diacritics 0\", prefix='2 3')"
    )
    columns = "offer_search (rowid, title, store, rest)"
    op.execute(
        f"INSERT INTO {columns} SELECT {key('offers')}, {words('offers')} FROM offers WHERE {SHELF} "
        f"ORDER BY {key('offers')}"
    )
    op.execute(
        f"CREATE TRIGGER offers_search_insert AFTER INSERT ON offers WHEN {shelf('NEW')} BEGIN "
        f"INSERT INTO {columns} VALUES ({key('NEW')}, {words('NEW')}); END"
    )
    is_other = differs("{row}.search_text", f"({{row}}.{SHELF})") + f" OR {worth('OLD')} <> {worth('NEW')}"
    op.execute(
        "CREATE TRIGGER offers_search_update AFTER UPDATE OF search_text, state, popularity, stocked_count, "
        f"sold_count, held_count ON offers WHEN ({shelf('OLD')} OR {shelf('NEW')}) AND ({is_other}) BEGIN "
        f"DELETE FROM offer_search WHERE rowid = {key('OLD')} AND {shelf('OLD')}; "
        f"INSERT INTO {columns} SELECT {key('NEW')}, {words('NEW')} WHERE {shelf('NEW')}; END"
    )
    op.execute(
        f"CREATE TRIGGER offers_search_delete AFTER DELETE ON offers WHEN {shelf('OLD')} BEGIN "
        f"DELETE FROM offer_search WHERE rowid = {key('OLD')}; END"
    )
    tell = "INSERT INTO shelf_changes (offer_id) VALUES ({row}.id); END"
    is_seen = (
        differs("{row}.search_text", f"({{row}}.{SHELF})", *OTHER_PLACE)
        + f" OR {left('OLD')} <> {left('NEW')}"
    )
    op.execute(
        f"CREATE TRIGGER shelf_changes_insert AFTER INSERT ON offers WHEN {shelf('NEW')} BEGIN {tell.format(row='NEW')}"
    )
    op.execute(
        f"CREATE TRIGGER shelf_changes_update AFTER UPDATE OF {', '.join(WATCHED)} "
        f"ON offers WHEN ({shelf('OLD')} OR {shelf('NEW')}) AND ({is_seen}) BEGIN {tell.format(row='NEW')}"
    )
    op.execute(
        f"CREATE TRIGGER shelf_changes_delete AFTER DELETE ON offers WHEN {shelf('OLD')} BEGIN {tell.format(row='OLD')}"
    )


def _up_postgresql() -> None:
    op.execute("DROP INDEX offer_search")
    parts = " || ".join(
        f"setweight(to_tsvector('simple', split_part(search_text, E'\\n', {n})), '{weight}')"
        for n, weight in ((1, "A"), (2, "B"), (3, "D"))
    )
    op.execute(
        f"ALTER TABLE offers ADD COLUMN offer_search_words tsvector GENERATED ALWAYS AS ({parts}) STORED"
    )
    op.execute(f"CREATE INDEX offer_search ON offers USING gin (offer_search_words) WHERE {SHELF}")
    op.execute(
        f"CREATE INDEX offer_search_top ON offers USING gin (offer_search_words) WHERE {SHELF} AND popularity >= {TOP}"
    )
    is_seen = (
        differs("{row}.search_text", f"({{row}}.{SHELF})", *OTHER_PLACE)
        + f" OR {left('OLD')} <> {left('NEW')}"
    )
    op.execute(
        "CREATE FUNCTION tell_shelf_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN IF {shelf('NEW')} THEN "
        "INSERT INTO shelf_changes (offer_id) VALUES (NEW.id); END IF; "
        f"ELSIF TG_OP = 'DELETE' THEN IF {shelf('OLD')} THEN "
        "INSERT INTO shelf_changes (offer_id) VALUES (OLD.id); END IF; "
        f"ELSIF ({shelf('OLD')} OR {shelf('NEW')}) AND ({is_seen}) THEN "
        "INSERT INTO shelf_changes (offer_id) VALUES (NEW.id); END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER shelf_changes AFTER INSERT OR DELETE OR UPDATE OF "
        f"{', '.join(WATCHED)} ON offers FOR EACH ROW EXECUTE FUNCTION tell_shelf_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER offers_search_{name}")
            op.execute(f"DROP TRIGGER shelf_changes_{name}")
        op.execute("DROP TABLE offer_search")
        op.execute(
            "CREATE VIRTUAL TABLE offer_search USING fts5(words, content='', contentless_delete=1, "
            "tokenize=\"unicode61 remove_diacritics 0\", prefix='2 3')"
        )
        op.execute("INSERT INTO offer_search(rowid, words) SELECT id, search_text FROM offers")
        insert = "INSERT INTO offer_search(rowid, words) VALUES (new.id, new.search_text);"
        delete = "DELETE FROM offer_search WHERE rowid = old.id;"
        op.execute(f"CREATE TRIGGER offers_search_insert AFTER INSERT ON offers BEGIN {insert} END")
        op.execute(
            "CREATE TRIGGER offers_search_update AFTER UPDATE OF search_text ON offers "
            f"WHEN old.search_text <> new.search_text BEGIN {delete} {insert} END"
        )
        op.execute(f"CREATE TRIGGER offers_search_delete AFTER DELETE ON offers BEGIN {delete} END")
    else:
        op.execute("DROP TRIGGER shelf_changes ON offers")
        op.execute("DROP FUNCTION tell_shelf_change")
        op.execute("DROP INDEX offer_search_top")
        op.execute("ALTER TABLE offers DROP COLUMN offer_search_words")
        op.execute("CREATE INDEX offer_search ON offers USING gin (to_tsvector('simple', search_text))")
    op.drop_table("search_words")
    op.drop_table("shelf_changes")
