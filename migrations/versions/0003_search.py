"""Full text over the folded words of offers: FTS5 on SQLite, a text-search index on PostgreSQL.

Revision: 0003, after: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE offer_search USING fts5(words, content='', contentless_delete=1, "
            "tokenize=\"unicode61 remove_diacritics 0\", prefix='2 3')"
        )
        op.execute(
            "CREATE TRIGGER offers_search_insert AFTER INSERT ON offers BEGIN "
            "INSERT INTO offer_search(rowid, words) VALUES (new.id, new.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER offers_search_update AFTER UPDATE OF search_text ON offers "
            "WHEN old.search_text <> new.search_text BEGIN "
            "DELETE FROM offer_search WHERE rowid = old.id; "
            "INSERT INTO offer_search(rowid, words) VALUES (new.id, new.search_text); END"
        )
        op.execute(
            "CREATE TRIGGER offers_search_delete AFTER DELETE ON offers BEGIN "
            "DELETE FROM offer_search WHERE rowid = old.id; END"
        )
        return
    op.execute("CREATE INDEX offer_search ON offers USING gin (to_tsvector('simple', search_text))")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER offers_search_{name}")
        op.execute("DROP TABLE offer_search")
        return
    op.execute("DROP INDEX offer_search")
