"""Done again: what was undone whole because another transaction stood in its way, and could not have gone on.

PostgreSQL ends a deadlock by undoing one of the two (SQLSTATE 40P01), and undoes what has no place in any order of what
others do (40001). A unit that was undone so raises `Collided`; nothing of it stands. A request is then done anew from
its view on, up to three times with a short pause of chance length, before anybody is told that the house is busy:
unless it did what cannot be taken back, or what was sent cannot be read once more. Whoever opens a unit outside of a
view has `in_unit` (`unit_of_work.py`).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import structlog
from flask import g, request
from flask.globals import request_ctx
from sqlalchemy.exc import DBAPIError

from marketplace.core import metrics
from marketplace.core.asked import Asked
from marketplace.core.db import db
from marketplace.core.errors import Unavailable

Value = TypeVar("Value")
log = structlog.get_logger(__name__)
COLLISIONS = frozenset({"40001", "40P01"})
MOST = 3
"""So often something is done again."""
PAUSE_SECONDS = (0.02, 0.06)
"""Before the first time, at random between these so that two do not meet again; twice as long before each further."""
IS_AGAIN = "bazargah.is_again"


class Collided(Unavailable):
    """The unit was undone for another transaction's sake; done anew it may go through."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__(retry_after=2)


class _Here(threading.local):
    """How much this thread did that cannot be taken back."""

    done_for_good = 0


_here = _Here()


def is_collision(error: BaseException) -> bool:
    """Whether a database undid the transaction because of another one. SQLite, with one writer, never does."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLISIONS


def note_done_for_good() -> None:
    """Says that this thread committed, asked the outside or counted something: what it is doing is not done again."""
    _here.done_for_good += 1


def repeated(work: Callable[[], Value], prepare: Callable[[], bool] = lambda: True) -> Value:
    """What `work` gives; where it collides it is done again, if nothing was done for good and `prepare()` agrees.

    Raises what `work` raises, `Collided` among it when it was not done again or collided each time.
    """
    times = 0
    while True:
        before = _here.done_for_good
        try:
            return work()
        except Collided:
            is_last = times == MOST or _here.done_for_good != before or not prepare()
            metrics.COLLISIONS.labels("given up" if is_last else "done again").inc()
            log.warning("collided", times=times + 1, is_done_again=not is_last)
            if is_last:
                raise
        db.session.rollback()
        time.sleep(random.uniform(*PAUSE_SECONDS) * 2**times)  # noqa: S311
        times += 1


def answered(dispatch: Callable[[], Any]) -> Any:
    """What the view of this request answers, done again where it collides: as if it had just been asked."""
    here: Any = g
    memory = vars(here._get_current_object())
    put_off: list[Any] = request_ctx._after_request_functions
    known, count = memory.copy(), len(put_off)

    def prepare() -> bool:
        memory.clear()
        memory.update(known)
        del put_off[count:]
        request.environ[IS_AGAIN] = True
        return cast(Asked, request).is_readable_again()

    return repeated(dispatch, prepare)


def is_again() -> bool:
    """Whether this request is being done again: what is counted by requests was counted."""
    return IS_AGAIN in request.environ
