"""The figures that the signals judge: a few statements over one window of time, each walked by its index.

Nothing is kept that was not kept before: traits are compared where they lie, and a finding names them by a mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.core.db import AnySelect, db
from marketplace.core.sealing import blind
from marketplace.core.text import fold
from marketplace.orders.models import Order, OrderPayment, StoreOrder, StoreOrderState
from marketplace.payments.models import PaymentCard, Refund, RefundTransfer
from marketplace.payments.payout_models import PayoutAccount, ShopperTransfer
from marketplace.policy.policy import Policy
from marketplace.stores.models import Store, StoreHolder, StoreMember
from marketplace.suspicions.findings import Purchase, Shared

S = StoreOrderState
MARK = "suspicion"
UNDONE = (S.cancelled, S.returned)
"""What the buyer undid; what a store could not supply is not the buyer's."""
_BOUGHT = (
    StoreOrder.id.label("store_order_id"),
    Order.number,
    Order.person_id,
    StoreOrder.store_id,
    StoreOrder.goods_toman,
    StoreOrder.paid_at,
    StoreOrder.state,
    StoreOrder.ended_at,
)


def purchases_with_ties(since: datetime) -> list[Purchase]:
    """Purchases in which the buyer shares something with the store, and what."""
    ties: dict[int, set[str]] = defaultdict(set)
    rows: dict[int, Any] = {}
    for tie, query in _tied(since):
        for row in db.session.execute(query):
            ties[row.store_order_id].add(tie)
            rows[row.store_order_id] = row
    for tie, pairs in (("sheba", _sheba_pairs(since)), ("national_id", _national_pairs(since))):
        for row in _of_pairs(pairs, since):
            ties[row.store_order_id].add(tie)
            rows[row.store_order_id] = row
    return [_purchase(rows[part], sorted(ties[part])) for part in sorted(rows)]


def purchases_of_busy(since: datetime, policy: Policy) -> list[Purchase]:
    """All purchases of shoppers who bought or undid so often that a signal may speak of them."""
    least = min(policy.suspect_step_orders, policy.suspect_undone_orders, policy.suspect_refunds)
    busy = (
        select(Order.person_id)
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .where(StoreOrder.paid_at >= since)
        .group_by(Order.person_id)
        .having(func.count() >= least)
    )
    return [_purchase(row) for row in db.session.execute(_bought(since).where(Order.person_id.in_(busy)))]


def purchases_of_returning_stores(since: datetime, policy: Policy) -> list[Purchase]:
    """All purchases in stores of which so many were undone that a signal may speak of them."""
    many = (
        select(StoreOrder.store_id)
        .where(StoreOrder.paid_at >= since, StoreOrder.state.in_(UNDONE))
        .group_by(StoreOrder.store_id)
        .having(func.count() >= policy.suspect_store_refunds)
    )
    return [_purchase(row) for row in db.session.execute(_bought(since).where(StoreOrder.store_id.in_(many)))]


def shared_traits(since: datetime, policy: Policy) -> list[Shared]:
    """Purchases behind which stands an address, a mobile, a card or a Sheba of several accounts."""
    least = policy.suspect_linked_accounts
    found = [
        Shared(_purchase(row), "address", _mark("address", f"{row.postal_code} {fold(row.address_line)}"))
        for row in db.session.execute(
            _bought(since, Order.postal_code, Order.address_line).where(
                Order.postal_code.in_(_shared_by(Order.postal_code, since, least))
            )
        )
    ]
    found += [
        Shared(_purchase(row), "mobile", _mark("mobile", row.receiver_mobile))
        for row in db.session.execute(
            _bought(since, Order.receiver_mobile).where(
                Order.receiver_mobile.in_(_shared_by(Order.receiver_mobile, since, least))
            )
        )
    ]
    cards = _shared_by(PaymentCard.fingerprint, since, least)
    cards = cards.join(OrderPayment, (OrderPayment.order_id == Order.id) & OrderPayment.is_kept).join(
        PaymentCard, PaymentCard.payment_id == OrderPayment.payment_id
    )
    with_card = (
        _bought(since, PaymentCard.fingerprint)
        .join(OrderPayment, (OrderPayment.order_id == Order.id) & OrderPayment.is_kept)
        .join(PaymentCard, PaymentCard.payment_id == OrderPayment.payment_id)
        .where(PaymentCard.fingerprint.in_(cards))
    )
    found += [
        Shared(_purchase(row), "card", _mark("card", row.fingerprint))
        for row in db.session.execute(with_card)
    ]
    return found + _shared_shebas(since, least)


def _bought(since: datetime, *more: Any) -> AnySelect:
    return (
        select(*_BOUGHT, *more)
        .select_from(StoreOrder)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.paid_at >= since)
    )


def _purchase(row: Any, ties: Iterable[str] = ()) -> Purchase:
    return Purchase(
        store_order_id=row.store_order_id,
        number=row.number,
        person_id=row.person_id,
        store_id=row.store_id,
        goods_toman=row.goods_toman,
        paid_at=row.paid_at,
        ties=tuple(ties),
        undone_at=(row.ended_at or row.paid_at) if row.state in UNDONE else None,
    )


def _tied(since: datetime) -> tuple[tuple[str, AnySelect], ...]:
    """A member as buyer; the mobile or the address of the store or of a member behind the order."""
    worked = (
        (StoreMember.store_id == StoreOrder.store_id)
        & (StoreMember.joined_at <= StoreOrder.paid_at)
        & or_(StoreMember.ended_at.is_(None), StoreMember.ended_at > StoreOrder.paid_at)
    )
    member = aliased(Person)
    return (
        ("member", _bought(since).join(StoreMember, worked & (StoreMember.person_id == Order.person_id))),
        (
            "mobile",
            _bought(since)
            .join(StoreMember, worked)
            .join(member, member.id == StoreMember.person_id)
            .where(Order.receiver_mobile == member.mobile, Order.person_id != member.id),
        ),
        (
            "mobile",
            _bought(since)
            .join(Store, Store.id == StoreOrder.store_id)
            .where(Order.receiver_mobile == Store.phone),
        ),
        (
            "address",
            _bought(since)
            .join(Store, Store.id == StoreOrder.store_id)
            .where(Order.postal_code == Store.postal_code),
        ),
    )


def _sheba_pairs(since: datetime) -> set[tuple[int, int]]:
    """Buyers and stores that have a Sheba in common: money went back to it, and the store is paid there."""
    of_stores: dict[str, set[int]] = defaultdict(set)
    for table in (StoreHolder, PayoutAccount):
        for row in db.session.execute(select(table.store_id, table.sheba).where(table.sheba.is_not(None))):
            of_stores[row.sheba].add(row.store_id)
    return {
        (person_id, store_id)
        for person_id, sheba in _repaid_to(since)
        for store_id in of_stores.get(sheba, ())
    }


def _national_pairs(since: datetime) -> set[tuple[int, int]]:
    """Buyers and stores behind which the same national id stands, where the buyer is no member."""
    of_stores: dict[str, set[int]] = defaultdict(set)
    declared = select(StoreHolder.store_id, StoreHolder.national_id).where(
        StoreHolder.national_id.is_not(None)
    )
    for row in db.session.execute(declared):
        of_stores[row.national_id].add(row.store_id)
    buyers = (
        select(Order.person_id)
        .join(StoreOrder, StoreOrder.order_id == Order.id)
        .where(StoreOrder.paid_at >= since)
    )
    known = select(Person.id, Person.national_id).where(
        Person.national_id.is_not(None), Person.id.in_(buyers)
    )
    return {
        (row.id, store_id)
        for row in db.session.execute(known)
        for store_id in of_stores.get(row.national_id, ())
    }


def _of_pairs(pairs: Collection[tuple[int, int]], since: datetime) -> list[Any]:
    if not pairs:
        return []
    people = {person_id for person_id, _ in pairs}
    rows = db.session.execute(_bought(since).where(Order.person_id.in_(people)))
    return [row for row in rows if (row.person_id, row.store_id) in pairs]


def _shared_by(column: Any, since: datetime, least: int) -> AnySelect:
    """Values of a column behind which so many buyers stand."""
    return (
        select(column)
        .select_from(StoreOrder)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.paid_at >= since)
        .group_by(column)
        .having(func.count(func.distinct(Order.person_id)) >= least)
    )


def _repaid_to(since: datetime) -> set[tuple[int, str]]:
    """Buyers and the Shebas to which money of theirs went by bank transfer."""
    found: set[tuple[int, str]] = set()
    for table, moment in (
        (RefundTransfer, RefundTransfer.paid_at),
        (ShopperTransfer, ShopperTransfer.paid_at),
    ):
        rows = db.session.execute(
            select(Order.person_id, table.sheba)
            .join(Refund, Refund.id == table.refund_id)
            .join(OrderPayment, OrderPayment.payment_id == Refund.payment_id)
            .join(Order, Order.id == OrderPayment.order_id)
            .where(moment >= since)
        )
        found |= {(row.person_id, row.sheba) for row in rows}
    return found


def _shared_shebas(since: datetime, least: int) -> list[Shared]:
    people: dict[str, set[int]] = defaultdict(set)
    for person_id, sheba in _repaid_to(since):
        people[sheba].add(person_id)
    found = []
    for sheba, group in people.items():
        if len(group) >= least:
            rows = db.session.execute(_bought(since).where(Order.person_id.in_(group)))
            found += [Shared(_purchase(row), "sheba", _mark("sheba", sheba)) for row in rows]
    return found


def _mark(kind: str, value: str) -> str:
    """A name for a trait that is equal for equal ones and tells nothing of it."""
    return blind(value, f"{MARK}-{kind}").rpartition(".")[2][:8]
