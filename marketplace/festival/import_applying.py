"""The next part of a file's good rows, written inside one unit together with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.festival.deciding import findings_of, kept_findings, send_for_check
from marketplace.festival.drafting import draft_offer, update_draft
from marketplace.festival.honesty import blocks
from marketplace.festival.import_columns import Fault
from marketplace.festival.import_planning import Act, Plan, plan_rows
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_inputs import OfferWish
from marketplace.festival.offer_models import ImportRow, OfferImport
from marketplace.festival.selling import change_stock, lower_price

ROWS_AT_ONCE = 120


def apply_part(found: OfferImport, at: datetime) -> bool:
    """Writes the next good rows, each whole or not at all; True when none was left. Inside a unit, the import locked.

    A row that became impossible since the dry run is counted and gets its fault; the others stand.
    """
    rows = db.session.scalars(
        select(ImportRow)
        .where(
            ImportRow.import_id == found.id, ImportRow.number > found.done_number, ImportRow.is_good.is_(True)
        )
        .order_by(ImportRow.number)
        .limit(ROWS_AT_ONCE)
    ).all()
    if not rows:
        return True
    festival = db.session.get_one(Festival, found.festival_id)
    actor = Actor(found.actor_id, found.actor_role, found.actor_label)
    wishes = [OfferWish(**row.wish) for row in rows if row.wish is not None]
    touched: list[Offer] = []
    for row, wish, plan in zip(rows, wishes, plan_rows(found.store_id, festival.id, wishes), strict=True):
        try:
            if plan.faults:
                raise _Refused(plan.faults)
            with db.session.begin_nested():
                offer = _write(found, festival, wish, plan, actor, at)
        except (_Refused, MarketplaceError) as refused:
            row.is_good, row.faults = False, [list(fault) for fault in _faults_of(refused)]
            found.failed_count += 1
            continue
        _count(found, plan.act)
        if offer is not None:
            touched.append(offer)
    if found.sends_for_check:
        _send(touched, actor, at)
    found.done_number = rows[-1].number
    return False


class _Refused(Exception):
    """The plan says why a row cannot be written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("refused")
        self.faults = tuple(faults)


def _faults_of(refused: Exception) -> tuple[Fault, ...]:
    if isinstance(refused, _Refused):
        return refused.faults
    fields = getattr(refused, "fields", {})
    return tuple(fields.items()) or (("sku", getattr(refused, "code", "conflict")),)


def _write(
    found: OfferImport, festival: Festival, wish: OfferWish, plan: Plan, actor: Actor, at: datetime
) -> Offer | None:
    """One row; gives the draft that came of it."""
    store_id = found.store_id
    if plan.act is Act.make:
        return draft_offer(store_id, festival, wish, actor, at)
    if plan.offer_id is None or plan.act is Act.leave:
        return None
    if plan.act is Act.change:
        return update_draft(plan.offer_id, store_id, wish, None, actor, at)
    lower_price(plan.offer_id, store_id, wish.festival_toman, actor, at)
    change_stock(plan.offer_id, store_id, wish.stocked_count, actor, at)
    return None


def _count(found: OfferImport, act: Act) -> None:
    if act is Act.make:
        found.created_count += 1
    elif act is Act.leave:
        found.same_count += 1
    else:
        found.changed_count += 1


def _send(drafts: Sequence[Offer], actor: Actor, at: datetime) -> None:
    """What passes the machine goes on to the office; the rest stays a draft with its findings."""
    if not drafts:
        return
    found = findings_of(drafts, at)
    for offer in drafts:
        if offer.state is OfferState.draft and not blocks(found[offer.id]):
            send_for_check(offer, found[offer.id], actor, at)
        else:
            offer.findings = kept_findings(found[offer.id])
