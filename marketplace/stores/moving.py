"""Deadlines that a pause has moved and that are not written anew yet: what readers take in their place.

A pause is declared in an instant; the hundred thousand deadlines that it moves are written store by store afterwards.
Until a store has had its turn its lives are read here, with every deadline computed from the pauses themselves: slower,
and right at every moment, however long the writing takes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.stores.pauses import Pause, due_moment
from marketplace.stores.record_models import ClockPause, RecordCase
from marketplace.stores.standing import Case

_FACTS = [getattr(RecordCase, f.name) for f in fields(Case)]
_UNTIL = select(func.min(ClockPause.moved_store_id)).where(ClockPause.moving_from.is_not(None))


def all_pauses() -> list[Pause]:
    """Every pause that was ever declared."""
    rows = db.session.execute(select(ClockPause.province_id, ClockPause.starts_at, ClockPause.ends_at))
    return [Pause(*row) for row in rows]


def first_unsettled() -> int | None:
    """The store from which on deadlines are still to be written anew; None when all are as the pauses say."""
    return db.session.scalar(_UNTIL)


def unsettled_lives(store_ids: Sequence[int]) -> dict[int, list[Case]]:
    """By store, for those of some stores whose deadlines are not all written anew: the lives of all their complaints,
    as the pauses make them. Nearly always nothing, in one statement."""
    first = first_unsettled()
    waiting = [store_id for store_id in store_ids if first is not None and store_id >= first]
    if not waiting:
        return {}
    found: dict[int, list[Case]] = {store_id: [] for store_id in waiting}
    for store_id, case in _lives(RecordCase.store_id.in_(waiting)):
        found[store_id].append(case)
    return found


def unsettled_dues(complaints: Collection[str]) -> dict[str, datetime]:
    """Deadlines of some complaints as the pauses make them, while any are still to be written anew; else nothing."""
    if not complaints or first_unsettled() is None:
        return {}
    return {case.complaint: case.due_at for _, case in _lives(RecordCase.complaint.in_(complaints))}


def _lives(condition: Any) -> list[tuple[int, Case]]:
    pauses = all_pauses()
    rows = db.session.execute(
        select(RecordCase.store_id, RecordCase.answer_hours, RecordCase.province_id, *_FACTS).where(condition)
    )
    lives = []
    for store_id, hours, province_id, *facts in rows:
        case = dict(zip((f.name for f in fields(Case)), facts, strict=True))
        case["due_at"] = due_moment(case["filed_at"], hours, pauses, province_id)
        lives.append((store_id, Case(**case)))
    return lives
