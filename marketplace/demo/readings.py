"""Who opened whose data in the demo: what each person reads under /me/data. Stores opened the orders that they handled,
officials the cases and applications that they decided on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from marketplace.accounts.models import Role, RoleGrant
from marketplace.accounts.reading_models import Reading
from marketplace.accounts.readings import KEPT, ONCE
from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.demo.bulk import Bulk
from marketplace.festival.models import Application
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.decision_models import ClaimDecision
from marketplace.orders.models import Order, StoreOrder
from marketplace.stores.models import MemberRole, StoreMember

STORE = "store"
MOST = 20_000
"""Of each kind; the newest."""


class _Opening(NamedTuple):
    at: datetime
    person_id: int
    reader_id: int
    role: str
    what: str
    subject: str


def load_readings(at: datetime) -> None:
    """What was opened within the year that readings are kept, in the order of time; of oneself nothing."""
    officials: dict[Role, int] = {
        row.role: row.person_id
        for row in db.session.execute(
            select(RoleGrant.role, func.min(RoleGrant.person_id).label("person_id")).group_by(RoleGrant.role)
        )
    }
    owners: dict[int, int] = {
        row.store_id: row.person_id
        for row in db.session.execute(
            select(StoreMember.store_id, StoreMember.person_id).where(StoreMember.role == MemberRole.owner)
        )
    }
    bulk = Bulk(Reading)
    openings = [
        *_orders(owners),
        *_complaints(owners, officials),
        *_claims(officials),
        *_applications(owners, officials),
    ]
    for opening in sorted(set(openings)):
        if at - KEPT < opening.at <= at and opening.person_id != opening.reader_id:
            bulk.add(Reading, **opening._asdict())
    bulk.finish()


def _orders(owners: dict[int, int]) -> Iterator[_Opening]:
    """Opened to be accepted, and again for the slip where packing came later."""
    rows = db.session.execute(
        select(
            StoreOrder.id, StoreOrder.store_id, StoreOrder.accepted_at, StoreOrder.packed_at, Order.person_id
        )
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.accepted_at.is_not(None))
        .order_by(StoreOrder.id.desc())
        .limit(MOST)
    )
    for row in rows:
        reader = owners.get(row.store_id)
        if reader is None:
            continue
        first = row.accepted_at - timedelta(seconds=40 + row.id % 240)
        yield _Opening(first, row.person_id, reader, STORE, "order", f"order:{row.id}")
        if row.packed_at is not None and row.packed_at - first > ONCE:
            yield _Opening(row.packed_at, row.person_id, reader, STORE, "order", f"order:{row.id}")


def _complaints(owners: dict[int, int], officials: dict[Role, int]) -> Iterator[_Opening]:
    """By the store before it answered, by the seal centre where it ruled or was asked to."""
    of = Complaint
    rows = db.session.execute(
        select(of.number, of.store_id, of.person_id, of.answered_at, of.escalated_at, of.ruled_at)
        .order_by(of.id.desc())
        .limit(MOST)
    )
    for row in rows:
        subject = f"complaint:{row.number}"
        if row.answered_at is not None and row.store_id in owners:
            before = row.answered_at - timedelta(minutes=11)
            yield _Opening(before, row.person_id, owners[row.store_id], STORE, "complaint", subject)
        looked_at = row.ruled_at or row.escalated_at
        if looked_at is not None and Role.seal_officer in officials:
            yield _Opening(
                looked_at + timedelta(minutes=5),
                row.person_id,
                officials[Role.seal_officer],
                Role.seal_officer.value,
                "complaint",
                subject,
            )


def _claims(officials: dict[Role, int]) -> Iterator[_Opening]:
    """By an adjudicator before the decision."""
    rows = db.session.execute(
        select(Claim.number, Claim.person_id, ClaimDecision.decided_at)
        .join(ClaimDecision, ClaimDecision.claim_id == Claim.id)
        .order_by(ClaimDecision.id.desc())
        .limit(MOST)
    )
    reader = officials.get(Role.adjudicator)
    for row in rows if reader is not None else ():
        before = row.decided_at - timedelta(minutes=23)
        yield _Opening(
            before, row.person_id, reader or 0, Role.adjudicator.value, "claim", f"claim:{row.number}"
        )


def _applications(owners: dict[int, int], officials: dict[Role, int]) -> Iterator[_Opening]:
    """By the office before it decided."""
    rows = db.session.execute(
        select(Application.id, Application.store_id, Application.decided_at)
        .where(Application.decided_at.is_not(None))
        .order_by(Application.id.desc())
        .limit(MOST)
    )
    reader = officials.get(Role.office)
    for row in rows if reader is not None else ():
        if row.store_id in owners:
            before = row.decided_at - timedelta(minutes=7)
            yield _Opening(
                before,
                owners[row.store_id],
                reader or 0,
                Role.office.value,
                "application",
                f"application:{row.id}",
            )
