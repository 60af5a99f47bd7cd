"""An index of SQLite's search for words of one letter as well: between two words "and" is one, and it begins thousands.

Revision: 0058, after: 0057
"""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

STEPS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SHELF = "state IN ('approved', 'live')"


def key() -> str:
    """As the triggers of 0051 write it."""
    steps = " ".join(f"WHEN popularity >= {step} THEN {n}" for n, step in reversed([*enumerate(STEPS, 1)]))
    left = "(stocked_count - sold_count - held_count > 0)"
    return f"(((CASE WHEN {left} THEN 32 ELSE 0 END + CASE {steps} ELSE 0 END) << 40) | id)"


def words() -> str:
    """The three lines of `search_text`."""

    def first(text: str) -> str:
        return f"substr({text}, 1, instr({text} || char(10), char(10)) - 1)"

    def rest(text: str) -> str:
        return f"substr({text}, instr({text} || char(10), char(10)) + 1)"

    whole = "search_text"
    return f"{first(whole)}, {first(rest(whole))}, {rest(rest(whole))}"


def rebuild(prefix: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TABLE offer_search")
    op.execute(
        "CREATE VIRTUAL TABLE offer_search USING fts5(title, store, rest, content='', contentless_delete=1, "
        f"tokenize=\"unicode61 remove_diacritics 0\", prefix='{prefix}')"
    )
    op.execute(
        f"INSERT INTO offer_search (rowid, title, store, rest) SELECT {key()}, {words()} FROM offers "
        f"WHERE {SHELF} ORDER BY {key()}"
    )


def upgrade() -> None:
    rebuild("1 2 3")


def downgrade() -> None:
    rebuild("2 3")
