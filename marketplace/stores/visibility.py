"""The office's emergency switch: a store vanishes from every page and payment at once, and comes back with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.stores.models import Store
from marketplace.stores.queries import is_member

HIDE_CODES = ("fraud", "health", "authority", "not_delivering", "other")
"""Reasons for which the office hides a whole store at once; worded as `hide_reason.<code>`."""
LONGEST_NOTE = 500


class AlreadyHidden(Conflict):
    """Somebody was quicker with the switch."""

    code = "store_already_hidden"


class NotHidden(Conflict):
    """The store is shown already."""

    code = "store_not_hidden"


def hide_store(store_id: int, reason: str, note: str, actor: Actor, at: datetime) -> None:
    """Hides a store: admission refuses it from the next request on.

    Raises Invalid without reason and words, NotFound, Forbidden for one's own store, AlreadyHidden.
    """
    wrong = {}
    if reason not in HIDE_CODES:
        wrong["reason"] = "choose_one"
    if not note.strip():
        wrong["note"] = "required"
    if wrong:
        raise Invalid("reason_needed", fields=wrong)
    _ensure_known(store_id, actor)
    hidden = changed_count(
        update(Store)
        .where(Store.id == store_id, Store.hidden_at.is_(None))
        .values(hidden_at=at, hidden_reason=reason)
    )
    if not hidden:
        raise AlreadyHidden()
    record(
        actor,
        "hide_store",
        f"store:{store_id}",
        at,
        before={"is_hidden": False},
        after={"is_hidden": True},
        reason=reason,
        note=note.strip()[:LONGEST_NOTE],
    )


def reinstate_store(store_id: int, note: str, actor: Actor, at: datetime) -> None:
    """Shows a hidden store again, with the reason in words. Raises Invalid, NotFound, Forbidden, NotHidden."""
    if not note.strip():
        raise Invalid("reason_needed", fields={"note": "required"})
    _ensure_known(store_id, actor)
    shown = changed_count(
        update(Store)
        .where(Store.id == store_id, Store.hidden_at.is_not(None))
        .values(hidden_at=None, hidden_reason=None)
    )
    if not shown:
        raise NotHidden()
    record(
        actor,
        "reinstate_store",
        f"store:{store_id}",
        at,
        before={"is_hidden": True},
        after={"is_hidden": False},
        note=note.strip()[:LONGEST_NOTE],
    )


def hidden_stores() -> Sequence[Store]:
    """The stores that are hidden now, the latest first."""
    return db.session.scalars(
        select(Store).where(Store.hidden_at.is_not(None)).order_by(Store.hidden_at.desc(), Store.id)
    ).all()


def _ensure_known(store_id: int, actor: Actor) -> None:
    if db.session.get(Store, store_id) is None:
        raise NotFound("unknown_store")
    if actor.id is not None and is_member(actor.id, store_id):
        raise Forbidden("own_store")
