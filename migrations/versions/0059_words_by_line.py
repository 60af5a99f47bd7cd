"""PostgreSQL: the index of words tells those of a title and of a store's name from the rest by itself.

A weight stands in the row alone: for a word that many offers have in other lines, each of them was looked at to find
the few that have it in the title. Words of titles and of store names are kept a second time, each behind a letter that
folding leaves in no word: the Arabic yeh and kaf. One small index more is of the offers that are rather popular.

Revision: 0059, after: 0058
"""

from __future__ import annotations

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

SHELF = "state IN ('approved', 'live')"
NEXT, TOP = 30, 100
OF_TITLE, OF_STORE = "\u064a", "\u0643"


def line(number: int) -> str:
    return f"split_part(search_text, E'\\n', {number})"


def marked(number: int, mark: str) -> str:
    """The words of a line, each with a letter before it; a number with a point is two."""
    words = f"regexp_replace(replace({line(number)}, '.', ' '), '(^| )(?=[^ ])', '\\1{mark}', 'g')"
    return f"strip(to_tsvector('simple', {words}))"


def rebuild(words: str, parts: dict[str, str]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("ALTER TABLE offers DROP COLUMN offer_search_words")
    op.execute(
        f"ALTER TABLE offers ADD COLUMN offer_search_words tsvector GENERATED ALWAYS AS ({words}) STORED"
    )
    for name, part in parts.items():
        op.execute(f"CREATE INDEX {name} ON offers USING gin (offer_search_words) WHERE {SHELF}{part}")


def upgrade() -> None:
    rebuild(
        f"to_tsvector('simple', search_text) || {marked(1, OF_TITLE)} || {marked(2, OF_STORE)}",
        {
            "offer_search": "",
            "offer_search_next": f" AND popularity >= {NEXT} AND popularity < {TOP}",
            "offer_search_top": f" AND popularity >= {TOP}",
        },
    )


def downgrade() -> None:
    weighed = " || ".join(
        f"setweight(to_tsvector('simple', {line(n)}), '{weight}')"
        for n, weight in ((1, "A"), (2, "B"), (3, "D"))
    )
    rebuild(weighed, {"offer_search": "", "offer_search_top": f" AND popularity >= {TOP}"})
