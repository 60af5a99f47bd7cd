"""Writing is a block: `with unit_of_work(): verb(...)`. The only place that commits.

It ends the read transaction, takes the write lock (SQLite: a file lock, so that waiting writers are
served fairly, then BEGIN IMMEDIATE), runs the verbs, commits, and then runs what was put on
`after_commit`. It never nests. Network, rendering and password hashing stand outside.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import structlog
from flask import current_app
from sqlalchemy import Index, UniqueConstraint, event
from sqlalchemy.exc import IntegrityError, OperationalError

from marketplace.core import again, traces
from marketplace.core.db import db, is_away
from marketplace.core.errors import Conflict, MarketplaceError, Unavailable
from marketplace.core.quick_reads import heard_by
from marketplace.core.read_from import primary_from_now
from marketplace.core.write_turn import PATIENCE_SECONDS, write_turn

log = structlog.get_logger(__name__)
_here = threading.local()
LOCK_PATIENCE_SECONDS = PATIENCE_SECONDS
ErrorFactory = Callable[[], MarketplaceError]
_by_constraint: dict[str, ErrorFactory] = {}
Value = TypeVar("Value")


class NestedUnit(RuntimeError):
    """A unit of work was opened inside another."""


def is_open() -> bool:
    """Whether this thread is inside a unit of work."""
    return getattr(_here, "hooks", None) is not None


def after_commit(hook: Callable[[], None]) -> None:
    """Runs `hook` once this unit has committed; dropped when it does not. Outside a unit: an error."""
    if not is_open():
        raise RuntimeError("after_commit outside a unit of work")
    _here.hooks.append(hook)


def on_violation(constraint: str, error: ErrorFactory) -> None:
    """Words a constraint: a violation of it inside a unit is raised as this domain error."""
    _by_constraint[constraint] = error


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Opens the write transaction; commits at the end, rolls back on any error.

    Raises the domain error that was registered for a violated constraint, `Conflict` for any other,
    `Unavailable` when the database stays locked, `Collided` of that kind when the unit was undone for the sake of
    another: a view is then done again (`again.py`).
    """
    if is_open():
        raise NestedUnit("a unit of work never nests")
    db.session.rollback()
    primary_from_now()
    _here.hooks = []
    try:
        with traces.span("inside", "unit of work"), _write_turn():
            try:
                _begin()
                yield
                db.session.commit()
                again.note_done_for_good()
            except BaseException as error:
                db.session.rollback()
                _reraise(error)
        hooks = _here.hooks
    finally:
        _here.hooks = None
    for hook in hooks:
        hook()


def in_unit(work: Callable[[], Value]) -> Value:
    """Does `work` in a unit of its own and gives its result, again where it collides: for what stands in no view."""

    def once() -> Value:
        with unit_of_work():
            return work()

    return again.repeated(once)


@contextmanager
def part_of_unit() -> Iterator[None]:
    """A part of an open unit that may fail alone: what it wrote and hung on `after_commit` is undone with it.

    Raises as `unit_of_work` does. What cannot be told apart from a failure of the whole, such as a lock that is not
    had, is `Unavailable` and no business of the part.
    """
    if not is_open():
        raise RuntimeError("a part outside a unit of work")
    hung = len(_here.hooks)
    point = db.session.begin_nested()
    try:
        yield
        db.session.flush()
    except BaseException as error:
        point.rollback()
        del _here.hooks[hung:]
        _reraise(error)
    point.commit()  # lets go of the savepoint; the unit alone commits


def _begin() -> None:
    for attempt in range(4):
        try:
            db.session.connection(execution_options={"writes": True})
            return
        except OperationalError as error:
            db.session.rollback()
            if attempt == 3 or "locked" not in str(error):
                raise
            time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311


def _reraise(error: BaseException) -> None:
    if isinstance(error, IntegrityError):
        told = {_violated(error), *_WORD.findall(str(error.orig))}
        for name, factory in _by_constraint.items():
            if name in told:
                raise factory() from error
        raise Conflict("conflict") from error
    if again.is_collision(error):
        raise again.Collided from error
    if isinstance(error, OperationalError) and any(word in str(error) for word in ("locked", "timeout")):
        raise Unavailable("busy", retry_after=2) from error
    if is_away(error):
        log.error("database_away", error=type(error).__name__, said=str(getattr(error, "orig", error))[:200])
        raise Unavailable(retry_after=5) from error
    raise error


_WORD = re.compile(r"[\w.]+")


def _violated(error: IntegrityError) -> str:
    """The name of the violated constraint; SQLite tells the columns of a unique one instead."""
    told = getattr(error.orig, "diag", None)
    if told is not None:
        return told.constraint_name or ""
    kind, _, what = str(error.orig).partition(" constraint failed: ")
    return _unique_names().get(what, "") if kind == "UNIQUE" else what


@cache
def _unique_names() -> dict[str, str]:
    """Names of unique constraints and indexes by their columns as SQLite writes them."""
    names: dict[str, str] = {}
    for table in db.metadata.tables.values():
        things: list[UniqueConstraint | Index] = [
            c for c in table.constraints if isinstance(c, UniqueConstraint)
        ]
        things += [index for index in table.indexes if index.unique]
        for thing in things:
            names[", ".join(f"{table.name}.{column.name}" for column in thing.columns)] = str(thing.name)
    return names


@contextmanager
def _write_turn() -> Iterator[None]:
    """On SQLite: one writer at a time over all processes, in turn; elsewhere nothing."""
    path = current_app.config.get("WRITE_LOCK")
    if path is None:
        yield
        return
    with write_turn(path, LOCK_PATIENCE_SECONDS):
        yield


def count_queries(counter: list[str]) -> Callable[[], None]:
    """Appends every statement of this app's engine to `counter` until the returned function is called."""

    def heard(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        counter.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", heard)
    heard_by.append(counter.append)

    def stop() -> None:
        event.remove(engine, "before_cursor_execute", heard)
        heard_by[:] = [hear for hear in heard_by if getattr(hear, "__self__", None) is not counter]

    return stop


def end_reading(error: BaseException | None = None) -> None:
    """Teardown of a request: whatever was read is let go."""
    if db.session.registry.has():
        db.session.rollback()
