"""Entry grants: given when an order is paid, in the same unit; one per store order, whatever is heard twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select

from marketplace.accounts.models import Person, RoleGrant
from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready, adding
from marketplace.lottery.models import EntryGrant, EntryVoid, GrantState
from marketplace.lottery.queries import TAKES_PART, is_closed_to_entries
from marketplace.lottery.rules import decide_grant
from marketplace.orders.events import (
    OrderPaid,
    StoreOrderCancelled,
    StoreOrderChargedBack,
    StoreOrderRefunded,
)
from marketplace.policy.policy import policy_at
from marketplace.stores.queries import stores_of_person

_ROLE = Ready(
    select(RoleGrant.id)
    .where(
        RoleGrant.person_id == bindparam("person"),
        RoleGrant.granted_at <= bindparam("at", type_=RoleGrant.granted_at.type),
        RoleGrant.ended_at.is_(None),
    )
    .limit(1)
)
_GRANTS = Ready(
    select(EntryGrant.store_order_id, EntryGrant.weight, EntryGrant.state).where(
        EntryGrant.festival_id == bindparam("festival"), EntryGrant.person_id == bindparam("person")
    )
)
_ADD = adding(
    EntryGrant,
    *("festival_id", "person_id", "store_order_id", "state", "earned", "weight", "reason", "granted_at"),
    tells=False,
)


def grant_entries(news: OrderPaid) -> None:
    """Writes the grants of a paid order's parts, capped per person and festival, excluded with their reason."""
    _lock_person(news.person_id)
    cap = policy_at(news.at).entries_cap
    stores = stores_of_person(news.person_id)
    is_official = _is_official(news.person_id, news.at)
    is_closed = is_closed_to_entries(news.festival_id)
    known = {row.store_order_id: row for row in _GRANTS.all(festival=news.festival_id, person=news.person_id)}
    held = sum(row.weight for row in known.values() if row.state in TAKES_PART)
    rows = []
    for part in news.parts:
        if part.store_order_id in known:
            continue
        decision = decide_grant(
            part.entries,
            held,
            cap,
            is_official=is_official,
            is_member=part.store_id in stores,
            is_closed=is_closed,
        )
        held += decision.weight
        rows.append(
            {
                "festival_id": news.festival_id,
                "person_id": news.person_id,
                "store_order_id": part.store_order_id,
                "state": decision.state,
                "earned": part.entries,
                "weight": decision.weight,
                "reason": decision.reason,
                "granted_at": news.at,
            }
        )
    _ADD.run_for_each(rows)


def void_entries(news: StoreOrderRefunded | StoreOrderChargedBack | StoreOrderCancelled) -> None:
    """A store order that was cancelled or fully paid back loses its chances, if that happens before the freeze.

    After it the published entry is struck by the skip list.

    The grant stands with weight 0; what it lost, and why, is a row of its own that nobody changes.
    """
    if not isinstance(news, StoreOrderCancelled) and not news.is_whole:
        return
    if is_closed_to_entries(news.festival_id):
        return
    grant = db.session.scalar(select(EntryGrant).where(EntryGrant.store_order_id == news.store_order_id))
    if grant is None or grant.state not in (GrantState.granted, GrantState.capped):
        return
    reason = "cancelled" if isinstance(news, StoreOrderCancelled) else "refunded"
    db.session.add(EntryVoid(grant_id=grant.id, weight=grant.weight, reason=reason, voided_at=news.at))
    grant.state, grant.weight, grant.reason = GrantState.voided, 0, reason
    grant.voided_at = news.at
    db.session.flush()


def exclude_grant(grant: EntryGrant, reason: str, at: datetime) -> None:
    """A grant that still takes part earns nothing from now on; what it lost is a row of its own."""
    db.session.add(EntryVoid(grant_id=grant.id, weight=grant.weight, reason=reason, voided_at=at))
    grant.state, grant.weight, grant.reason = GrantState.excluded, 0, reason


def weight_of(festival_id: int, person_id: int) -> int:
    """All chances that a person has in a festival now."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(EntryGrant.weight), 0)).where(
                EntryGrant.festival_id == festival_id,
                EntryGrant.person_id == person_id,
                EntryGrant.state.in_((GrantState.granted, GrantState.capped)),
            )
        )
        or 0
    )


def _is_official(person_id: int, at: datetime) -> bool:
    return _ROLE.scalar(person=person_id, at=at) is not None


def _lock_person(person_id: int) -> None:
    """Two captures of one person at once must not both see the same room under the cap.

    The lock lets rows be written that name the person: a freeze writes such rows while it holds the draw, for which a
    capture waits next.
    """
    if not is_sqlite():
        query = select(Person.id).where(Person.id == person_id)
        db.session.execute(query.with_for_update(key_share=True))
