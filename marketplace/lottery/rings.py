"""Self-dealing rings: entries that share a mobile, an address, a card or a Sheba, or a trait of the store bought from.

They are found before the freeze, shown to the office, and each is decided with a reason; nothing is taken from anybody
by a machine alone. The list cannot be closed while one waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.audit import Actor, record
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.text import fold
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.entries import exclude_grant
from marketplace.lottery.errors import DrawNotOpen, RingsOpen
from marketplace.lottery.figure_models import EntryRing, RingGrant, RingKind, RingState
from marketplace.lottery.models import Draw, DrawState, EntryGrant
from marketplace.lottery.queries import TAKES_PART
from marketplace.lottery.ring_marks import Traits
from marketplace.orders.models import Order, OrderPayment, StoreOrder
from marketplace.payments.models import PaymentCard, Refund, RefundTransfer
from marketplace.payments.payout_models import PayoutAccount, ShopperTransfer, ShopperTransferState
from marketplace.payments.queries import was_transferred
from marketplace.stores.models import Store, StoreHolder

OPEN = (DrawState.announced, DrawState.open)
FEWEST_AT_AN_ADDRESS = 3
"""Two persons of one address are a household; from three on the office looks."""
Found = dict[tuple[RingKind, str], set[int]]


def find_rings(at: datetime) -> int:
    """A sweep: looks for rings in every draw whose list is open; gives how many are new."""
    ids = db.session.scalars(select(Draw.festival_id).where(Draw.state.in_(OPEN), Draw.opens_at <= at)).all()
    db.session.rollback()
    return sum(_look_into(festival_id, at) for festival_id in ids)


def decide_ring(ring_id: int, *, stands: bool, reason: str, actor: Actor, at: datetime) -> EntryRing:
    """The office's decision: the entries stand, or earn nothing. Raises NotFound, Invalid, DrawNotOpen once frozen."""
    ring = db.session.scalar(
        select(EntryRing)
        .where(EntryRing.id == ring_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ring is None:
        raise NotFound("unknown_ring")
    words = " ".join(reason.split())[:500]
    if not words:
        raise Invalid(fields={"reason": "required"})
    draw = db.session.scalars(
        select(Draw).where(Draw.festival_id == ring.festival_id).with_for_update()
    ).one()
    if draw.state not in OPEN:
        raise DrawNotOpen(params={"state": draw.state.value})
    if ring.state is not RingState.open:
        raise DrawNotOpen(params={"state": ring.state.value})
    ring.state = RingState.cleared if stands else RingState.excluded
    ring.reason, ring.decided_by, ring.decided_at = words, actor.label, at
    if not stands:
        _exclude(ring, at)
    db.session.flush()
    record(actor, "decide_ring", f"draw:{draw.slug}", at, ring=ring.id, state=ring.state.value, reason=words)
    return ring


def ensure_no_ring_waits(festival_id: int) -> None:
    """Raises RingsOpen while the office has not decided about every ring."""
    waiting = (
        select(func.count())
        .select_from(EntryRing)
        .where(EntryRing.festival_id == festival_id, EntryRing.state == RingState.open)
    )
    count = db.session.scalar(waiting) or 0
    if count:
        raise RingsOpen(params={"count": count})


def rings_among(rows: list[AnyRow], shebas: Mapping[int, str], store_traits: Mapping[int, set[str]]) -> Found:
    """Traits shared, with the grants that share them. Pure.

    Rows: grant, person, store, mobile of the person, receiver's mobile, address with postal code, card that paid.
    `shebas` by person (refunds were paid there), `store_traits` by store: mobiles, Shebas and postal codes of the
    store itself. Shebas are given by their traits (`ring_marks`).
    """
    by_trait: dict[tuple[RingKind, str], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    found: Found = {}
    for row in rows:
        address = f"{row.postal_code} {fold(row.address_line)}"
        traits = [(RingKind.mobile, row.receiver_mobile), (RingKind.address, address)]
        if row.card:
            traits.append((RingKind.card, row.card))
        if row.person_id in shebas:
            traits.append((RingKind.sheba, shebas[row.person_id]))
        for trait in traits:
            by_trait[trait][row.person_id].add(row.grant_id)
        own = {row.mobile, row.receiver_mobile, row.postal_code, shebas.get(row.person_id, "")}
        for shared in sorted((own & store_traits.get(row.store_id, set())) - {""}):
            found.setdefault((RingKind.store, f"{row.store_id}:{shared}"), set()).add(row.grant_id)
    for (kind, shown), persons in by_trait.items():
        if len(persons) >= (FEWEST_AT_AN_ADDRESS if kind is RingKind.address else 2):
            found[kind, shown] = set().union(*persons.values())
    return found


def _look_into(festival_id: int, at: datetime) -> int:
    traits = Traits(festival_id)
    found = rings_among(_rows(festival_id), _shebas(traits), _store_traits(traits))
    known = {
        (ring.kind, ring.trait): ring
        for ring in db.session.scalars(select(EntryRing).where(EntryRing.festival_id == festival_id))
    }
    members: dict[int, set[int]] = defaultdict(set)
    of_edition = select(RingGrant.ring_id, RingGrant.grant_id).join(
        EntryRing, EntryRing.id == RingGrant.ring_id
    )
    for row in db.session.execute(of_edition.where(EntryRing.festival_id == festival_id)):
        members[row.ring_id].add(row.grant_id)
    more = {
        key: grants
        for key, grants in found.items()
        if key not in known
        or (known[key].state is RingState.open and not grants <= members[known[key].id])
        or (known[key].state is RingState.excluded and not grants <= members[known[key].id])
    }
    db.session.rollback()
    if not more:
        return 0
    fresh = 0
    with unit_of_work():
        for (kind, trait), grants in sorted(more.items()):
            ring = db.session.scalar(
                select(EntryRing).where(
                    EntryRing.festival_id == festival_id, EntryRing.kind == kind, EntryRing.trait == trait
                )
            )
            if ring is None:
                ring = EntryRing(festival_id=festival_id, kind=kind, trait=trait, found_at=at)
                db.session.add(ring)
                db.session.flush()
                fresh += 1
            has = set(db.session.scalars(select(RingGrant.grant_id).where(RingGrant.ring_id == ring.id)))
            db.session.add_all(RingGrant(ring_id=ring.id, grant_id=grant) for grant in sorted(grants - has))
            if ring.state is RingState.excluded:
                db.session.flush()
                _exclude(ring, at)
    return fresh


def _exclude(ring: EntryRing, at: datetime) -> None:
    """Its grants that still take part earn nothing; what each lost is a row of its own."""
    grants = db.session.scalars(
        select(EntryGrant)
        .join(RingGrant, RingGrant.grant_id == EntryGrant.id)
        .where(RingGrant.ring_id == ring.id, EntryGrant.state.in_(TAKES_PART))
    ).all()
    for grant in grants:
        exclude_grant(grant, "ring", at)
    db.session.flush()


def _rows(festival_id: int) -> list[AnyRow]:
    """The grants that may belong to a ring, found by the database: of a whole country they are few."""
    parts = (
        select(
            EntryGrant.id.label("grant_id"),
            EntryGrant.person_id,
            StoreOrder.store_id,
            Person.mobile,
            Order.receiver_mobile,
            Order.postal_code,
            Order.address_line,
            PaymentCard.fingerprint.label("card"),
        )
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Person, Person.id == EntryGrant.person_id)
        .outerjoin(OrderPayment, (OrderPayment.order_id == Order.id) & OrderPayment.is_kept)
        .outerjoin(PaymentCard, PaymentCard.payment_id == OrderPayment.payment_id)
    )
    buyers = func.count(func.distinct(Order.person_id))
    of_edition = Order.festival_id == festival_id
    mobiles = select(Order.receiver_mobile).where(of_edition).group_by(Order.receiver_mobile)
    places = select(Order.postal_code).where(of_edition).group_by(Order.postal_code)
    cards = (
        select(PaymentCard.fingerprint)
        .join(OrderPayment, OrderPayment.payment_id == PaymentCard.payment_id)
        .join(Order, Order.id == OrderPayment.order_id)
        .group_by(PaymentCard.fingerprint)
    )
    repaid = (
        select(Order.person_id)
        .join(OrderPayment, OrderPayment.order_id == Order.id)
        .join(Refund, Refund.payment_id == OrderPayment.payment_id)
        .where(was_transferred())
    )
    phones, codes = select(Store.phone), select(Store.postal_code)
    looks_shared = or_(
        Order.receiver_mobile.in_(mobiles.having(buyers > 1)),
        Order.postal_code.in_(places.having(buyers >= FEWEST_AT_AN_ADDRESS)),
        PaymentCard.fingerprint.in_(cards.having(buyers > 1)),
        EntryGrant.person_id.in_(repaid),
        Order.receiver_mobile.in_(phones),
        Person.mobile.in_(phones),
        Order.postal_code.in_(codes),
    )
    return list(
        db.session.execute(
            parts.where(EntryGrant.festival_id == festival_id, EntryGrant.state.in_(TAKES_PART), looks_shared)
        )
    )


def _shebas(traits: Traits) -> dict[int, str]:
    """Where refunds of persons were paid by bank transfer."""
    found: dict[int, str] = {}
    for table, condition in (
        (RefundTransfer, RefundTransfer.id.is_not(None)),
        (ShopperTransfer, ShopperTransfer.state == ShopperTransferState.paid),
    ):
        rows = db.session.execute(
            select(Order.person_id, table.sheba)
            .join(Refund, Refund.id == table.refund_id)
            .join(OrderPayment, OrderPayment.payment_id == Refund.payment_id)
            .join(Order, Order.id == OrderPayment.order_id)
            .where(condition)
        )
        found |= {row.person_id: traits.of(row.sheba) for row in rows}
    return found


def _store_traits(named: Traits) -> dict[int, set[str]]:
    traits: dict[int, set[str]] = defaultdict(set)
    for row in db.session.execute(select(Store.id, Store.phone, Store.postal_code)):
        traits[row.id] |= {row.phone or "", row.postal_code or ""}
    paid = select(PayoutAccount.store_id, PayoutAccount.sheba).where(PayoutAccount.ended_at.is_(None))
    for account in db.session.execute(paid):
        traits[account.store_id].add(named.of(account.sheba))
    for holder in db.session.execute(select(StoreHolder.store_id, StoreHolder.sheba)):
        traits[holder.store_id].add(named.of(holder.sheba or ""))
    return traits
