"""Which deliveries are sent now, each leased to one sender, and what became of them. In units, without any network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, true, tuple_, update

from marketplace.core.db import changed_count, db
from marketplace.core.events import publish
from marketplace.messages.events import HookDisabled
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookState, HookTarget
from marketplace.messages.hook_rules import LEASE, PATIENCE, next_try, pause
from marketplace.messages.hooks import give_up_waiting

AT_A_LOOK = 100
MOST_NAMED = 1_000
"""So many of the subjects held up are left out by name: one with very many deliveries is passed in one look."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call needs, so that no row is held while the other side thinks."""

    id: int
    target_id: int
    tries: int
    url: str
    body: str
    event: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status`: what the other side said; nothing where it said nothing, and then `error` says why."""

    status: int | None
    error: str | None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_silence(self) -> bool:
        """Whether the call may have cost all the time that a call has."""
        return self.status is None


def is_any_due(at: datetime, busy: Collection[int] = ()) -> bool:
    """Asked every second, so without the write lock."""
    found = db.session.scalar(_due_targets(at, busy).with_only_columns(HookTarget.id).limit(1)) is not None
    db.session.rollback()
    return found


def _due_targets(at: datetime, busy: Collection[int]) -> Select[HookTarget]:
    is_due = exists().where(
        HookDelivery.target_id == HookTarget.id,
        HookDelivery.state == DeliveryState.waiting,
        HookDelivery.next_at <= at,
    )
    return (
        select(HookTarget)
        .where(
            HookTarget.state == HookState.active,
            HookTarget.id.not_in(list(busy)),
            or_(HookTarget.paused_until.is_(None), HookTarget.paused_until <= at),
            is_due,
        )
        .order_by(HookTarget.tried_at.is_not(None), HookTarget.tried_at, HookTarget.id)
    )


def claim(at: datetime, most: int, busy: Collection[int] = ()) -> list[Parcel]:
    """At most one delivery of each address that is neither busy nor paused: the oldest due whose subject has none
    before it. The address that waited longest comes first, so that one with thousands of them starves nobody.

    What is claimed is leased: nobody else sends it until the lease is over.
    """
    targets = db.session.scalars(_due_targets(at, busy).limit(most)).all()
    parcels = (_claim_of(target, at) for target in targets)
    return [parcel for parcel in parcels if parcel is not None]


def _first_of_its_subject(target_id: int, at: datetime) -> HookDelivery | None:
    """The oldest due delivery of an address whose subject has none before it that waits.

    In two plain questions for each hundred of subjects, whatever is known of how the rows are spread: in one
    statement PostgreSQL, where it has no statistics yet, compares all that waits with all that waits. Each look goes
    on behind the one before: a question that names every subject held up would grow beyond what a database takes.
    """
    waits = (HookDelivery.target_id == target_id, HookDelivery.state == DeliveryState.waiting)
    place = tuple_(HookDelivery.next_at, HookDelivery.id)
    held_up: list[str] = []
    behind: ColumnElement[bool] = true()
    while True:
        candidates = db.session.execute(
            select(HookDelivery.next_at, HookDelivery.id, HookDelivery.subject)
            .where(*waits, HookDelivery.next_at <= at, behind, HookDelivery.subject.not_in(held_up))
            .order_by(HookDelivery.next_at, HookDelivery.id)
            .limit(AT_A_LOOK)
        ).all()
        if not candidates:
            return None
        subjects = {row.subject for row in candidates}
        lowest = select(func.min(HookDelivery.id)).where(*waits, HookDelivery.subject.in_(subjects))
        heads = set(db.session.scalars(lowest.group_by(HookDelivery.subject)))
        found = next((row.id for row in candidates if row.id in heads), None)
        if found is not None:
            return db.session.get(HookDelivery, found)
        last = candidates[-1]
        behind = place > tuple_(literal(last.next_at, HookDelivery.next_at.type), literal(last.id))
        held_up = [*held_up, *sorted(subjects)][:MOST_NAMED]


def _claim_of(target: HookTarget, at: datetime) -> Parcel | None:
    delivery = _first_of_its_subject(target.id, at)
    if delivery is None:
        return None
    taken = changed_count(
        update(HookDelivery)
        .where(HookDelivery.id == delivery.id, HookDelivery.tries == delivery.tries)
        .values(tries=delivery.tries + 1, next_at=at + LEASE, tried_at=at)
        .execution_options(synchronize_session=False)
    )
    if not taken:
        return None
    target.tried_at = at
    old = target.old_secret if target.old_secret_until and at < target.old_secret_until else None
    return Parcel(
        delivery.id,
        target.id,
        delivery.tries + 1,
        target.url,
        delivery.body,
        delivery.event,
        (target.secret, *([old] if old else ())),
    )


def record(parcel: Parcel, outcome: Outcome, at: datetime) -> None:
    """Writes down what became of a delivery; of one whose lease went to another sender nothing."""
    delivery = db.session.scalars(
        select(HookDelivery).where(HookDelivery.id == parcel.id).with_for_update()
    ).one()
    target = db.session.get_one(HookTarget, delivery.target_id, with_for_update=True)
    if delivery.tries != parcel.tries or delivery.state is not DeliveryState.waiting:
        return
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    target.silent_count = target.silent_count + 1 if outcome.is_silence else 0
    target.paused_until = at + pause(target.silent_count) if outcome.is_silence else None
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
        _disable(target, target.failing_from, at)


def _disable(target: HookTarget, failing_from: datetime, at: datetime) -> None:
    target.state = HookState.disabled
    give_up_waiting(target.id)
    host = urlsplit(target.url).hostname or target.url
    publish(HookDisabled(target.id, target.owner, host, failing_from, at))
