"""Moments at which the clock alone changes a public page: a seal's end, an edge of a window, the date of a rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.stamps import STAMPED

EDGES = {
    "applications": ("due_at",),
    "clearances": ("valid_until",),
    "clock_pauses": ("starts_at", "ends_at"),
    "documents": ("effective_from",),
    "draw_stages": ("planned_at",),
    "draws": ("opens_at", "draw_at"),
    "festivals": ("applications_from", "applications_until", "live_from", "live_until", "draw_at"),
    "findings": ("due_at",),
    "fund_coverage_steps": ("from_at",),
    "pledge_texts": ("effective_from",),
    "policy_rows": ("effective_from",),
    "seals": ("valid_from", "valid_until", "suspended_until"),
    "union_licences": ("valid_from", "valid_until"),
}
"""Columns of stamped tables that may lie ahead and then change a page."""
EDGE_TABLES = tuple(sorted(EDGES))
FAR = timedelta(days=1)
assert EDGES.keys() <= STAMPED  # noqa: S101 - a table without stamps would have edges that nobody notices


def next_edge(at: datetime) -> datetime:
    """The first edge after `at`; a day from now where there is none before."""
    columns: list[Any] = []
    for table, names in EDGES.items():
        for name in names:
            column = db.metadata.tables[table].columns[name]
            columns.append(select(func.min(column)).where(column > at).scalar_subquery())
    found = [edge for edge in db.session.execute(select(*columns)).one() if edge is not None]
    return min([*(_moment(edge) for edge in found), at + FAR])


def _moment(edge: Any) -> datetime:
    if isinstance(edge, datetime):
        return edge if edge.tzinfo else edge.replace(tzinfo=UTC)
    return datetime(edge.year, edge.month, edge.day, tzinfo=UTC)


class KnownEdge:
    """The next edge, asked of the database only when a table with edges changed or the last one has passed."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known: tuple[tuple[int, ...], datetime, datetime] | None = None

    def after(self, stamps: dict[str, int], at: datetime) -> datetime:
        """The first edge after `at`, as of these stamps."""
        version = tuple(stamps.get(table, 0) for table in EDGE_TABLES)
        known = self._known
        if known is not None and known[0] == version and known[1] <= at < known[2]:
            return known[2]
        with self._app.app_context():
            found = next_edge(at)
        self._known = (version, at, found)
        return found
