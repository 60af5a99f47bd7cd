"""That a refusal wrote nothing: every table stays as it was, row by row, jobs and messages included.

with nothing_written(), pytest.raises(NotOnSale):
    with unit_of_work():
        put_line(...)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from marketplace.core.db import Base, db

Snapshot = dict[str, tuple[int, str]]
NO_EFFECT = {"api_tokens": {"last_used_at"}}
"""That a token was used is noted whatever its call came to."""
NO_ROWS = {"stamp_changes", "readings"}
"""That somebody looked is written down, whatever they looked for. PostgreSQL's statement triggers stamp a table also
when the statement met no row; a page is then made once more."""


def snapshot() -> Snapshot:
    """Number and hash of the rows of every table, as committed. Needs an app context."""
    db.session.rollback()
    found = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in NO_ROWS:
                continue
            columns = [c for c in table.columns if c.name not in NO_EFFECT.get(table.name, ())]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            found[table.name] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    return found


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fails unless the database is the same after the block as before it."""
    before = snapshot()
    yield
    after = snapshot()
    changed = [
        f"{name}: {before[name][0]} rows, then {after[name][0]}"
        for name in before
        if before[name] != after[name]
    ]
    assert not changed, f"a refusal wrote: {changed}"
