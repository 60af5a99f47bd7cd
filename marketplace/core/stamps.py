"""Version stamps: which of the tables behind public pages changed since a page was made.

Database triggers bump them, so that a raw UPDATE counts as well. One topic for each table; sales bump `offers` only
when the last piece goes or the first comes back, and `stock:0` to `stock:15` (of the offer's number) while at most
`SHOWN_LEFT` are left, because no page shows more exactly.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event, text

from marketplace.core.db import db, is_sqlite
from marketplace.core.quick_reads import QuickReader, heard_by
from marketplace.core.together import Together

SHOWN_LEFT = 20
"""Up to so many left are told exactly; more are "more than 20"."""
STOCK_TOPICS = 16
STAMPED = frozenset({
    "applications", "audit_digests", "awards", "categories", "claim_decisions", "claims", "clearance_history",
    "clearances", "clock_pauses", "corrective_actions", "documents", "draw_signers", "draw_skips", "draw_stages",
    "draw_witnesses", "draws", "festivals", "figure_marks", "figures", "findings", "fund_coverage_steps", "fund_days",
    "fund_lines", "fund_months", "guest_offers", "guideline_acknowledgements", "hostings", "offers", "people",
    "pictures", "pledge_acceptances", "pledge_texts", "policy_rows", "price_history", "prizes", "products",
    "provinces", "questions", "ratings", "record_cases", "record_marks", "record_rows", "seal_history", "seals",
    "sponsor_gifts", "store_records", "stores", "union_licences", "variants", "visit_answers", "visits",
})  # fmt: skip
"""Tables with triggers: a page that reads others is not kept."""
MAY_LAG = frozenset({"entry_grants", "entry_voids", "ledger_accounts", "search_words", "store_orders"})
"""Read for figures alone; a page shows them as of the minute in which it was made."""
READ_THROUGH = {"offer_search": "offers", "published_entries": "draws", "shelf_changes": "offers"}
"""Tables that change with another alone."""

_ALL = (
    "SELECT topic, sum(n) FROM (SELECT topic, n FROM stamps UNION ALL SELECT topic, 1 FROM stamp_changes) AS bumps "
    "GROUP BY topic"
)
_SUM = (
    "SELECT CAST((SELECT coalesce(sum(n), 0) FROM stamps) + (SELECT count(*) FROM stamp_changes) AS BIGINT)"
)
_here = threading.local()


def stock_topic(offer_id: int) -> str:
    """The topic of the exact number of pieces left of an offer."""
    return f"stock:{offer_id % STOCK_TOPICS}"


def depend_on(topic: str) -> None:
    """Says that the page being made shows what this topic stands for, beside the tables that it reads."""
    found: _Reads | None = getattr(_here, "reads", None)
    if found is not None:
        found.topics.add(topic)


class _Reads:
    def __init__(self) -> None:
        self.statements: set[str] = set()
        self.topics: set[str] = set()

    def all_topics(self) -> frozenset[str] | None:
        """Everything that was read, as topics; None when something has no stamp."""
        tables = {READ_THROUGH.get(t, t) for s in self.statements for t in _tables_of(s)} - MAY_LAG
        return frozenset(tables | self.topics) if tables <= STAMPED else None


@contextmanager
def reads_of_this_thread() -> Iterator[_Reads]:
    """Collects what this thread asks the database meanwhile; whoever collects around it hears it too."""
    outer: _Reads | None = getattr(_here, "reads", None)
    mine = _here.reads = _Reads()
    try:
        yield mine
    finally:
        _here.reads = outer
        if outer is not None:
            outer.statements |= mine.statements
            outer.topics |= mine.topics


def listen(engine: Engine) -> None:
    """Hears the statements of an engine for `reads_of_this_thread`."""

    def heard(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        hear(statement)

    event.listen(engine, "before_cursor_execute", heard)


def hear(statement: str) -> None:
    """A statement that this thread asks, of the engine or beside it."""
    found: _Reads | None = getattr(_here, "reads", None)
    if found is not None:
        found.statements.add(statement)


heard_by.append(hear)


@lru_cache(maxsize=4096)
def _tables_of(statement: str) -> frozenset[str]:
    """The tables that a statement names; a column of a table's name counts too, which does no harm."""
    words = set(re.findall(r"\w+", statement))
    return frozenset(words & (db.metadata.tables.keys() | READ_THROUGH.keys()))


def current_sum() -> int:
    """One number that grows with each change of any stamp."""
    return int(db.session.scalar(text(_SUM)) or 0)


_ADD_UP = """
WITH gone AS (DELETE FROM stamp_changes RETURNING topic)
INSERT INTO stamps (topic, n) SELECT topic, count(*) FROM gone GROUP BY topic
ON CONFLICT (topic) DO UPDATE SET n = stamps.n + excluded.n
"""


def add_up_stamps(at: datetime) -> int:
    """On PostgreSQL: adds the changes of late to the stamps, whose sums stay as they are; gives how many topics."""
    return 0 if is_sqlite() else db.session.connection().exec_driver_sql(_ADD_UP).rowcount


class StampReader:
    """Reads all stamps, as of the last commit.

    Stamps only grow: while their sum is what it was, each of them is. Where it is a way to a server and back, those who
    ask at the same time are told by one statement, which begins after they asked.
    """

    def __init__(self, reader: QuickReader) -> None:
        self._reader = reader
        self._known: tuple[int, dict[str, int]] = (-1, {})
        is_far = reader.dialect.name != "sqlite"
        self.read: Callable[[], dict[str, int]] = Together(self._read) if is_far else self._read
        """Every topic with its number, the same object while nothing changed. Raises what the driver raises."""

    def _read(self) -> dict[str, int]:
        known = self._known
        if known[0] == self._reader.rows(_SUM)[0][0]:
            return known[1]
        stamps = {topic: int(n) for topic, n in self._reader.rows(_ALL)}
        self._known = (sum(stamps.values()), stamps)
        return stamps
