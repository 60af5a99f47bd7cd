"""What must hold of the entries at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.ledger.models import Transfer
from marketplace.lottery.cost_models import CostPlan
from marketplace.lottery.cost_queries import releases_of, shares_booked
from marketplace.lottery.models import Draw, EntryGrant, GrantState
from marketplace.lottery.publishing import summary_of
from marketplace.lottery.queries import awards_of, prizes_of, published_entries, stages_of
from marketplace.orders.models import StoreOrder
from marketplace.policy.models import PolicyRow
from marketplace.policy.policy import Policy

LIVE = (GrantState.granted, GrantState.capped)


def grants_stand_on_paid_orders() -> Iterator[str]:
    """Every grant belongs to a store order that was paid and earned it."""
    rows = db.session.execute(
        select(EntryGrant.id)
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .where((StoreOrder.paid_at.is_(None)) | (EntryGrant.earned != StoreOrder.entries))
    )
    for row in rows:
        yield f"grant {row.id} without its paid order"


def paid_orders_have_grants() -> Iterator[str]:
    """Every paid store order has its one grant."""
    rows = db.session.execute(
        select(StoreOrder.id)
        .outerjoin(EntryGrant, EntryGrant.store_order_id == StoreOrder.id)
        .where(StoreOrder.paid_at.is_not(None), EntryGrant.id.is_(None))
    )
    for row in rows:
        yield f"paid store order {row.id} without entries"


def nobody_exceeds_the_cap() -> Iterator[str]:
    """No person holds more than the highest cap that was ever in force."""
    caps = list(db.session.scalars(select(PolicyRow.value).where(PolicyRow.name == "entries_cap")))
    cap = max(caps, default=Policy().entries_cap)
    total = func.sum(EntryGrant.weight)
    rows = db.session.execute(
        select(EntryGrant.person_id, total.label("weight"))
        .where(EntryGrant.state.in_(LIVE))
        .group_by(EntryGrant.festival_id, EntryGrant.person_id)
        .having(total > cap)
    )
    for row in rows:
        yield f"person {row.person_id} holds {row.weight}"


def draws_are_as_published() -> Iterator[str]:
    """A closed list still has the root of its manifest; each award is a pick of its stage's result."""
    for draw in db.session.scalars(select(Draw).where(Draw.manifest.is_not(None))).all():
        told = json.loads(draw.manifest or "{}")["entries"]
        found = summary_of(published_entries(draw.id))
        if (found.merkle_root, found.sha256) != (told["merkle_root"], told["sha256"]):
            yield f"draw {draw.slug}: its list is not the published one"
        picks = {
            (stage.number, pick["prize"][0], pick["prize"][1]): pick["index"]
            for stage in stages_of(draw.id)
            if stage.result is not None
            for pick in json.loads(stage.result)["drawn"]["picks"]
            if pick["skipped"] is None
        }
        ranks = {prize.id: prize.rank for prize in prizes_of(draw.id)}
        given = {(a.stage, ranks[a.prize_id], a.unit): a.place for a in awards_of(draw.id)}
        if picks != given:
            yield f"draw {draw.slug}: its awards are not the published picks"


def cost_shares_add_up() -> Iterator[str]:
    """What was booked for a draw is what was missing, and in the book the pool holds just these shares."""
    for plan in db.session.scalars(select(CostPlan).where(CostPlan.booked_at.is_not(None))).all():
        booked, gone = shares_booked(plan.draw_id), releases_of(plan.draw_id)
        total = sum(share.amount_toman for share in booked) - sum(each.amount_toman for each in gone)
        if total != plan.booked_toman:
            yield f"draw {plan.draw_id}: shares of {total} for {plan.booked_toman}"
        keys = [f"draw:{s.draw_id}:share:{s.store_id}:{s.round}" for s in booked if s.amount_toman]
        moved = sum(db.session.scalars(select(Transfer.amount_toman).where(Transfer.key.in_(keys))))
        if moved != sum(share.amount_toman for share in booked):
            yield f"draw {plan.draw_id}: {moved} in the book"


CHECKS = {
    "cost_shares_add_up": cost_shares_add_up,
    "draws_are_as_published": draws_are_as_published,
    "grants_stand_on_paid_orders": grants_stand_on_paid_orders,
    "paid_orders_have_grants": paid_orders_have_grants,
    "nobody_exceeds_the_cap": nobody_exceeds_the_cap,
}
