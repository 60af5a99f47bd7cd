"""Outgoing webhooks of a store: addresses with their events and secrets, and what is queued for them.

An event is written in the transaction of what happened, so it is neither lost nor told of what never was; the worker
sends it afterwards (`hook_sending.py`), at least once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from marketplace.accounts.secrets import new_secret
from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.public_addresses import OutwardRefused, check_url
from marketplace.core.ready import Ready
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookState, HookTarget
from marketplace.messages.hook_rules import EVENTS, MOST_TARGETS, OVERLAP

PREFIX = "whsec_"
PAGE = 50


def add_target(
    owner: str, url: str, events: Iterable[str], actor: Actor, at: datetime, *, allow_loopback: bool = False
) -> tuple[int, str]:
    """A new address; gives its id and the secret, which is shown this once.

    Raises Invalid for an address that is not public https (or http) or for unknown events, Conflict beyond five.
    """
    asked = set(events)
    wrong = {}
    try:
        url = check_url(url.strip(), allow_loopback=allow_loopback)
    except OutwardRefused:
        wrong["url"] = "hook_url"
    if not asked or not asked <= set(EVENTS):
        wrong["events"] = "hook_events"
    if wrong:
        raise Invalid(fields=wrong)
    live = select(func.count()).where(HookTarget.owner == owner, HookTarget.state != HookState.removed)
    if (db.session.scalar(live) or 0) >= MOST_TARGETS:
        raise Conflict("hooks_full", params={"most": MOST_TARGETS})
    secret = PREFIX + new_secret()
    target = HookTarget(
        owner=owner, url=url, events=[e for e in EVENTS if e in asked], secret=secret, created_at=at
    )
    db.session.add(target)
    db.session.flush()
    audit.record(actor, "hook_added", f"hook:{target.id}", at, owner=owner, url=url)
    return target.id, secret


def renew_secret(target_id: int, owner: str, actor: Actor, at: datetime) -> str:
    """A new secret, shown this once; the old one signs as well for another day. Raises NotFound."""
    target = _own(target_id, owner)
    target.old_secret, target.old_secret_until = target.secret, at + OVERLAP
    target.secret = PREFIX + new_secret()
    db.session.flush()
    audit.record(actor, "hook_secret_renewed", f"hook:{target.id}", at)
    return target.secret


def resume_target(target_id: int, owner: str, actor: Actor, at: datetime) -> None:
    """A disabled address hears again, from now on. Raises NotFound, Conflict for one that was not disabled."""
    target = _own(target_id, owner)
    if target.state is not HookState.disabled:
        raise Conflict("hook_not_disabled")
    target.state, target.failing_from = HookState.active, None
    target.silent_count, target.paused_until = 0, None
    audit.record(actor, "hook_resumed", f"hook:{target.id}", at)


def remove_target(target_id: int, owner: str, actor: Actor, at: datetime) -> None:
    """Ends an address; what still waits for it is given up. Raises NotFound."""
    target = _own(target_id, owner)
    target.state = HookState.removed
    give_up_waiting(target_id)
    audit.record(actor, "hook_removed", f"hook:{target.id}", at)


def replay(delivery_id: int, owner: str, at: datetime) -> int:
    """Sends an event once more, as a delivery of its own with the same body; gives its id. Raises NotFound."""
    found = db.session.execute(
        select(HookDelivery, HookTarget.state)
        .join(HookTarget, HookTarget.id == HookDelivery.target_id)
        .where(HookDelivery.id == delivery_id, HookTarget.owner == owner)
    ).first()
    if found is None:
        raise NotFound()
    if found.state is not HookState.active:
        raise Conflict("hook_not_active")
    old: HookDelivery = found[0]
    root = old.key.partition("#")[0]
    times = db.session.scalar(
        select(func.count()).where(HookDelivery.target_id == old.target_id, HookDelivery.key.startswith(root))
    )
    again = HookDelivery(
        target_id=old.target_id,
        key=f"{root}#{times}",
        event=old.event,
        subject=old.subject,
        body=old.body,
        next_at=at,
        created_at=at,
    )
    db.session.add(again)
    db.session.flush()
    return again.id


_WHO_HEAR = Ready(
    select(HookTarget.owner).where(
        HookTarget.owner.in_(bindparam("owners", expanding=True, type_=HookTarget.owner.type)),
        HookTarget.state == HookState.active,
    )
)


def owners_who_hear(owners: Iterable[str]) -> set[str]:
    """Those of the owners that have an active address, in one statement."""
    return {row.owner for row in _WHO_HEAR.all(owners=list(owners))}


def emit(owner: str, event: str, key: str, subject: str, data: Mapping[str, Any], at: datetime) -> int:
    """Queues an event for every active address of an owner that asked for it; gives how many.

    `key` names the event for ever (`order.paid:81`): told twice, it is queued once.
    """
    targets = db.session.execute(
        select(HookTarget.id, HookTarget.events).where(
            HookTarget.owner == owner, HookTarget.state == HookState.active
        )
    ).all()
    heard = [row.id for row in targets if event in row.events]
    body = json.dumps(
        {"id": key, "event": event, "subject": subject, "at": at.isoformat(), "data": dict(data)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    known = set(
        db.session.scalars(
            select(HookDelivery.target_id).where(HookDelivery.key == key, HookDelivery.target_id.in_(heard))
        )
    )
    for target_id in heard:
        if target_id not in known:
            db.session.add(
                HookDelivery(
                    target_id=target_id,
                    key=key,
                    event=event,
                    subject=subject,
                    body=body,
                    next_at=at,
                    created_at=at,
                )
            )
    db.session.flush()
    return len(set(heard) - known)


def give_up_waiting(target_id: int) -> None:
    """What waits for an address waits no more."""
    db.session.execute(
        update(HookDelivery)
        .where(HookDelivery.target_id == target_id, HookDelivery.state == DeliveryState.waiting)
        .values(state=DeliveryState.given_up)
    )


def targets_of(owner: str) -> list[HookTarget]:
    """The addresses of an owner, the oldest first."""
    found = select(HookTarget).where(HookTarget.owner == owner, HookTarget.state != HookState.removed)
    return list(db.session.scalars(found.order_by(HookTarget.id)))


def deliveries_of(owner: str, target_id: int | None = None) -> list[HookDelivery]:
    """The latest fifty deliveries of an owner, the newest first."""
    found = (
        select(HookDelivery)
        .join(HookTarget, HookTarget.id == HookDelivery.target_id)
        .where(HookTarget.owner == owner, HookTarget.state != HookState.removed)
    )
    if target_id is not None:
        found = found.where(HookDelivery.target_id == target_id)
    return list(db.session.scalars(found.order_by(HookDelivery.id.desc()).limit(PAGE)))


def _own(target_id: int, owner: str) -> HookTarget:
    found = db.session.scalars(
        select(HookTarget)
        .where(HookTarget.id == target_id, HookTarget.owner == owner, HookTarget.state != HookState.removed)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    return found
