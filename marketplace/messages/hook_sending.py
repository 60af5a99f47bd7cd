"""Sends what waits for stores' addresses: outside any unit, a few at once, so that a slow one delays only itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from marketplace.core.db import changed_count, db
from marketplace.core.outward import OutwardClient, OutwardFailed, outward
from marketplace.core.public_addresses import OutwardRefused
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookState, HookTarget
from marketplace.messages.hook_rules import LEASE, PATIENCE, next_try, signature
from marketplace.messages.hooks import give_up_waiting

AT_ONCE = 8
SECONDS = 8.0
LARGEST_ANSWER_BYTES = 16 * 1024
_earlier = aliased(HookDelivery)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call needs, so that no row is held while the other side thinks."""

    id: int
    tries: int
    url: str
    body: str
    event: str
    key: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status`: what the other side said; nothing where it said nothing, and then `error` says why."""

    status: int | None
    error: str | None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send_hooks(at: datetime) -> int:
    """Sends what is due, at most one delivery of an address at a time; gives how many were tried."""
    if not _is_any_due(at):
        return 0
    with unit_of_work():
        parcels = _claim(at)
    if not parcels:
        return 0
    client = outward()
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        outcomes = list(pool.map(lambda parcel: _call(client, parcel, at), parcels))
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        with unit_of_work():
            _record(parcel, outcome, at)
    return len(parcels)


def _is_any_due(at: datetime) -> bool:
    """Asked every second, so without the write lock."""
    due = select(HookDelivery.id).where(
        HookDelivery.state == DeliveryState.waiting, HookDelivery.next_at <= at
    )
    found = db.session.scalar(due.limit(1)) is not None
    db.session.rollback()
    return found


def _claim(at: datetime) -> list[Parcel]:
    """The oldest due delivery of each address whose subject has none before it; leased, so nobody else sends it."""
    is_first = ~exists().where(
        _earlier.target_id == HookDelivery.target_id,
        _earlier.subject == HookDelivery.subject,
        _earlier.state == DeliveryState.waiting,
        _earlier.id < HookDelivery.id,
    )
    rows = db.session.execute(
        select(HookDelivery, HookTarget)
        .join(HookTarget, HookTarget.id == HookDelivery.target_id)
        .where(
            HookDelivery.state == DeliveryState.waiting,
            HookDelivery.next_at <= at,
            HookTarget.state == HookState.active,
            is_first,
        )
        .order_by(HookDelivery.next_at, HookDelivery.id)
        .limit(10 * AT_ONCE)
    ).all()
    claimed: dict[int, Parcel] = {}
    for delivery, target in rows:
        if target.id in claimed or len(claimed) == AT_ONCE:
            continue
        taken = changed_count(
            update(HookDelivery)
            .where(HookDelivery.id == delivery.id, HookDelivery.tries == delivery.tries)
            .values(tries=delivery.tries + 1, next_at=at + LEASE, tried_at=at)
            .execution_options(synchronize_session=False)
        )
        if taken:
            old = target.old_secret if target.old_secret_until and at < target.old_secret_until else None
            claimed[target.id] = Parcel(
                delivery.id,
                delivery.tries + 1,
                target.url,
                delivery.body,
                delivery.event,
                delivery.key,
                (target.secret, *([old] if old else ())),
            )
    return list(claimed.values())


def _call(client: OutwardClient, parcel: Parcel, at: datetime) -> Outcome:
    """One POST, no redirect followed, eight seconds and 16 KiB at most."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Bazargah-Event": parcel.event,
        "Bazargah-Delivery": str(parcel.id),
        "Bazargah-Signature": signature(parcel.body, parcel.secrets, at),
    }
    try:
        answer = client.request(
            "POST",
            parcel.url,
            headers=headers,
            body=parcel.body.encode(),
            seconds=SECONDS,
            most_bytes=LARGEST_ANSWER_BYTES,
        )
    except OutwardFailed as error:
        return Outcome(None, error.code)
    except OutwardRefused:
        return Outcome(None, "address_not_public")
    return Outcome(answer.status, None)


def _record(parcel: Parcel, outcome: Outcome, at: datetime) -> None:
    delivery = db.session.scalars(
        select(HookDelivery).where(HookDelivery.id == parcel.id).with_for_update()
    ).one()
    target = db.session.get_one(HookTarget, delivery.target_id, with_for_update=True)
    if delivery.tries != parcel.tries or delivery.state is not DeliveryState.waiting:
        return  # the lease ran out and another sent it, or the address was removed meanwhile
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    if outcome.is_good:
        delivery.state, target.failing_from = DeliveryState.delivered, None
        return
    again = next_try(parcel.tries, at, delivery.created_at)
    if again is None:
        delivery.state = DeliveryState.given_up
    else:
        delivery.next_at = again
    target.failing_from = target.failing_from or at
    if target.state is HookState.active and at - target.failing_from >= PATIENCE:
        target.state = HookState.disabled
        give_up_waiting(target.id)
