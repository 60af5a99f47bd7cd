"""What the rows of this unit of work were before and what they are after: heard at each flush and at each plain UPDATE,
kept for the audit log.

A conditional UPDATE tells by its condition what the row was (`state = 'planned'`); what it does not ask for is not
made up.

Numbers, words of a state, moments and yes or no are kept as they are. Of free text only is kept that it changed: it may
hold a person's name.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from operator import and_, eq
from typing import Any

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    ColumnClause,
    False_,
    Null,
    True_,
    Update,
    event,
    inspect,
)
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.operators import is_

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


def _hear_update(state: ORMExecuteState) -> Any:
    """A plain UPDATE of a model: heard where it met a row. One by many keys at once names its values elsewhere."""
    statement = state.statement
    if not state.is_update or not isinstance(statement, Update) or state.bind_mapper is None:
        return None
    result: Any = state.invoke_statement()
    if not statement._returning and getattr(result, "rowcount", 0) == 0:
        return result
    table = str(state.bind_mapper.local_table)
    known = _asked_for(statement, table)
    heard = state.session.info.setdefault(HEARD, [])
    for column, value in (statement._values or {}).items():
        name = str(getattr(column, "key", column))
        before, after = known.get(name, TEXT), _value_of(value)
        if before != after or after == TEXT:
            heard.append([f"{table}:{known.get('id', '')}", name, before, after])
    del heard[MOST_CHANGES:]
    return result


def _asked_for(statement: Update, table: str) -> dict[str, Any]:
    """The values that the condition of an UPDATE fixes, by column."""
    known: dict[str, Any] = {}
    waiting = [statement.whereclause]
    while waiting:
        clause = waiting.pop()
        if isinstance(clause, BooleanClauseList) and clause.operator is and_:
            waiting += clause.clauses
        if isinstance(clause, BinaryExpression) and clause.operator in (eq, is_):
            column = clause.left
            if isinstance(column, ColumnClause) and getattr(column.table, "name", None) == table:
                known[str(column.key)] = _value_of(clause.right)
    return known


def _value_of(term: Any) -> Any:
    """What a term of a statement stands for; of an expression only that it is something."""
    if isinstance(term, Null):
        return None
    if isinstance(term, False_ | True_):
        return isinstance(term, True_)
    return told(term.effective_value) if isinstance(term, BindParameter) else TEXT


def _forget(session: Session, *rest: Any) -> None:
    session.info.pop(HEARD, None)


event.listen(db.session, "before_flush", _hear)
event.listen(db.session, "do_orm_execute", _hear_update)
event.listen(db.session, "after_commit", _forget)
event.listen(db.session, "after_rollback", _forget)
