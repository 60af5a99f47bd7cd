"""Sums by store of what was recomputed, kept in steps."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.oversight.watch_models import ShippingCheck

NAMES = ("checked_count", "free_count", "wrong_count", "due_count", "late_count")


def add_to_sums(added: Mapping[int, Mapping[str, int]]) -> None:
    """Adds to the sums of some stores in one statement, lower ids first; inside the unit that moves the mark on."""
    if not added:
        return
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    first = insert(ShippingCheck)
    more = {name: getattr(ShippingCheck, name) + first.excluded[name] for name in NAMES}
    db.session.execute(
        first.on_conflict_do_update(index_elements=["store_id"], set_=more),
        [
            {"store_id": store_id, **{name: counts.get(name, 0) for name in NAMES}}
            for store_id, counts in sorted(added.items())
        ],
    )
