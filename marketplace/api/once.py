"""Unsafe calls: the verb in one unit of work, and its answer kept under the caller's key in the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, request

from marketplace.accounts.access import visitor
from marketplace.api.answers import answer, written
from marketplace.api.blueprint import KEY_HEADER
from marketplace.api.bodies import said
from marketplace.api.conditions import ensure_unchanged, is_conditional
from marketplace.api.last_use import note_here
from marketplace.core import clock
from marketplace.core.idempotency import Asked, Kept, asked_for, begin, keep, recall
from marketplace.core.unit_of_work import unit_of_work

Looked = TypeVar("Looked")


def this_call() -> Asked | None:
    """This request as a call with a key; None without one. Raises BadKey."""
    key = request.headers.get(KEY_HEADER)
    if key is None or request.url_rule is None:
        return None
    words = {"address": request.view_args, "body": said()}
    return asked_for(f"person:{visitor().id}", f"{request.method} {request.url_rule.rule}", key, words)


def once(
    verb: Callable[[datetime], object],
    shape: Callable[[], Any],
    status: int = 200,
    seen: Callable[[], Any] | None = None,
) -> Response:
    """Does `verb(at)` in one unit and answers `shape()`; with a key, once, and the same answer for ever.

    `seen()`: what a GET of the edited thing answers; with it the call honours `If-Match`, see `edits`.
    Raises what the verb raises (then nothing is written and the key is free), BadTag, Changed, KeyReused and
    StillRunning.
    """
    return once_looked(lambda at: None, lambda _, at: verb(at), shape, status, seen)


def once_looked(
    look: Callable[[datetime], Looked],
    verb: Callable[[Looked, datetime], object],
    shape: Callable[[], Any],
    status: int = 200,
    seen: Callable[[], Any] | None = None,
) -> Response:
    """As `once`, where much can be looked at without keeping writers waiting: `verb(look(at), at)`.

    `look` comes before the unit, unless an earlier answer stands; what it refuses takes no turn to write. The verb
    must still find out what changed since.
    """
    if not (seen is not None and is_conditional()):
        seen = None
    at = clock.now()
    asked = this_call()
    kept = recall(asked) if asked is not None else None
    if kept is not None:
        return replay(kept)
    looked = look(at)
    if asked is None:
        with unit_of_work():
            note_here(at)
            _change(lambda: verb(looked, at), seen)
        return answer(shape(), status)
    with unit_of_work():
        note_here(at)
        kept = begin(asked)
        if kept is None:
            _change(lambda: verb(looked, at), seen)
            new = keep(asked, status, written(shape()).decode(), at)
    return replay(kept) if kept is not None else as_response(new)


def _change(change: Callable[[], object], seen: Callable[[], Any] | None) -> None:
    if seen is not None:
        ensure_unchanged(seen())
    change()


def as_response(kept: Kept) -> Response:
    """A kept answer as it is sent."""
    return Response(kept.body.encode(), status=kept.status, mimetype="application/json")


def replay(kept: Kept) -> Response:
    """An earlier answer again, byte for byte; a header says that nothing was done."""
    response = as_response(kept)
    response.headers["Idempotency-Replayed"] = "true"
    return response
