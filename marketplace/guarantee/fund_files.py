"""The book as files: every line with its seal, every day with its sums."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.core.tables import Cell
from marketplace.guarantee.book_queries import all_lines, days_since

LINE_COLUMNS = (
    "number",
    "day_on",
    "kind",
    "subject",
    "count",
    "change_toman",
    "reserved_change_toman",
    "balance_toman",
    "reserved_toman",
    "digest",
)
"""In the order in which the digest covers them, itself last."""
DAY_COLUMNS = (
    "day_on",
    "balance_toman",
    "reserved_toman",
    "free_toman",
    "contributed_toman",
    "given_toman",
    "assessed_toman",
    "recovered_toman",
    "paid_toman",
    "lost_toman",
    "exposure_toman",
    "protected_count",
    "asked_toman",
    "expected_toman",
    "open_claim_count",
)


def line_rows() -> Iterator[tuple[Cell, ...]]:
    """The header and every line from the first."""
    yield LINE_COLUMNS
    for line in all_lines():
        yield tuple(str(v) if name == "kind" else v for name in LINE_COLUMNS for v in (getattr(line, name),))


def day_rows() -> Iterator[tuple[Cell, ...]]:
    """The header and every day from the first."""
    yield DAY_COLUMNS
    for day in days_since():
        yield tuple(getattr(day, name) for name in DAY_COLUMNS)
