"""What the rows of this unit of work were before and what they are after: heard at each flush, kept for the audit log.

Numbers, words of a state, moments and yes or no are kept as they are. Of free text only is kept that it changed: it may
hold a person's name.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from marketplace.core.db import db

HEARD = "changes_heard"
MOST_CHANGES = 40
TEXT = "…"
Change = list[Any]
"""[what, field, before, after], as in ["applications:17", "state", "submitted", "approved"]."""


def take_changes() -> list[Change]:
    """The changes since the last time this was asked in this unit, at most 40. Flushes what waits."""
    db.session.flush()
    heard: list[Change] = db.session().info.pop(HEARD, [])
    return heard[:MOST_CHANGES]


def told(value: Any) -> Any:
    """A value as it may be kept for good."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return TEXT


def _hear(session: Session, context: Any, instances: Any) -> None:
    heard = session.info.setdefault(HEARD, [])
    for row in session.dirty:
        if len(heard) >= MOST_CHANGES:
            return
        state = inspect(row)
        if not state.modified:
            continue
        name = f"{state.mapper.local_table.name}:{state.identity[0] if state.identity else ''}"
        for column in state.mapper.column_attrs:
            if column.key not in state.committed_state:
                continue
            history = get_history(row, column.key, PASSIVE_NO_INITIALIZE)
            if history.added and history.added != history.deleted:
                before = history.deleted[0] if history.deleted else None
                heard.append([name, column.key, told(before), told(history.added[0])])


def _forget(session: Session, *rest: Any) -> None:
    session.info.pop(HEARD, None)


event.listen(db.session, "before_flush", _hear)
event.listen(db.session, "after_commit", _forget)
event.listen(db.session, "after_rollback", _forget)
