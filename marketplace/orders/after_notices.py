"""Messages about what follows a payment, in the unit of what they tell; each leads to its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.messages.outbox import tell
from marketplace.orders.after_models import Parcel, Return, ReturnState, StoreOrderRefund
from marketplace.orders.after_rules import CANCELLABLE
from marketplace.orders.models import Order, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.pickup_models import Pickup
from marketplace.payments.events import (
    RefundRefused,
    RefundSucceeded,
    ShopperTransferPaid,
    ShopperTransferRefused,
)
from marketplace.payments.models import Payment, Refund
from marketplace.payments.shopper_transfers import transfer_facts
from marketplace.stores.models import Store, StoreMember

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Who reads of a store order, and how it is called."""

    person_id: int
    language: str
    number: str
    store_fa: str
    store_en: str

    @property
    def store(self) -> str:
        return self.store_en if self.language == "en" else self.store_fa


def tell_step(part: StoreOrder, template: str, at: datetime) -> None:
    """The shopper reads that the store took a step."""
    _shopper(part, template, template, at, lambda facts: {})


def tell_pickup_ready(part: StoreOrder, at: datetime) -> None:
    """The shopper reads that the goods wait at the counter, where, and the code that opens them."""
    row = db.session.execute(
        select(Pickup.code, Store.address, Store.city_fa)
        .join(Store, Store.id == part.store_id)
        .where(Pickup.store_order_id == part.id)
    ).one()
    params = {"code": row.code, "place": f"{row.city_fa}، {row.address}"}
    _shopper(part, "pickup-ready", "pickup_ready", at, lambda facts: params)


def tell_shipped(parcel: Parcel, part: StoreOrder) -> None:
    """The shopper reads the carrier's code of each parcel."""
    is_part = part.state is StoreOrderState.part_shipped
    template = "order_part_shipped" if is_part else "order_shipped"
    params = {"tracking_code": parcel.tracking_code}
    _shopper(part, f"parcel-{parcel.id}", template, parcel.shipped_at, lambda facts: params)


def tell_arrived(part: StoreOrder, at: datetime) -> None:
    """The shopper reads until when the purchase can be undone."""
    until = tehran(part.withdraw_until_at).date().isoformat() if part.withdraw_until_at else ""
    _shopper(part, "arrived", "order_delivered", at, lambda facts: {"withdraw_until_on": until})


def tell_cancelled(part: StoreOrder, amount_toman: int, at: datetime) -> None:
    """The shopper reads what goes back, the store's members that nothing has to be sent any more."""
    _shopper(part, "cancelled", "order_cancelled", at, lambda facts: {"amount_toman": amount_toman})
    reason = f"cancel_reason.{(part.ended_reason or '').removeprefix('shopper_')}"
    _members(part, "cancelled", "store_order_cancelled", at, lambda lang: {"reason": t(reason, lang=lang)})


def tell_unavailable(
    part: StoreOrder,
    missing: Sequence[tuple[OrderLine, int]],
    refund: StoreOrderRefund | None,
    at: datetime,
) -> None:
    """The shopper reads what the store does not have, and that its money comes back by itself."""
    if refund is None:
        return
    amount = refund.goods_toman + refund.shipping_toman

    def params(facts: _Facts) -> Params:
        joined = t("ui.comma", lang=facts.language) + " "
        titles = (line.title_en if facts.language == "en" else line.title_fa for line, _ in missing)
        return {"title": joined.join(titles), "amount_toman": amount}

    _shopper(part, refund.subject, "order_unavailable", at, params)


def tell_ship_deadline(part: StoreOrder, *, is_late: bool, at: datetime) -> None:
    """Members read that a parcel is due, or late; the shopper reads when it is late."""
    if part.ship_by_at is None:
        return
    params = {"ship_until_at": part.ship_by_at.isoformat()}
    what = "ship_deadline_passed" if is_late else "ship_deadline_near"
    _members(part, what, what, at, lambda language: params)
    if is_late:
        promised = tehran(part.ship_by_at).date().isoformat()
        template = "order_late" if part.state in CANCELLABLE else "order_rest_late"
        _shopper(part, "late", template, at, lambda facts: {"promised_on": promised})


def tell_kit_missing(part: StoreOrder, at: datetime) -> None:
    """Members read that a shopper found no hygiene kit."""
    _members(part, "kit-missing", "kit_missing_reported", at, lambda language: {"path": "/panel/pledges"})


def tell_return_asked(part: StoreOrder, made: Return, at: datetime) -> None:
    """Members read that goods come back, and why."""
    reason = f"return_reason.{made.reason.value}"
    path = f"/panel/returns/{made.number}"
    _members(
        part,
        f"return-{made.id}-asked",
        "store_return_asked",
        at,
        lambda language: {"reason": t(reason, lang=language), "path": path},
    )


def tell_return_sent(part: StoreOrder, made: Return, at: datetime) -> None:
    """Members read that returned goods are on their way."""
    params = {"tracking_code": made.tracking_code, "path": f"/panel/returns/{made.number}"}
    _members(part, f"return-{made.id}-sent", "store_return_sent", at, lambda language: params)


def tell_return_decided(part: StoreOrder, made: Return, at: datetime) -> None:
    """The shopper reads how a return ended: what goes back, or why nothing does."""
    what, path = f"return-{made.id}-decided", f"/returns/{made.number}"
    if made.state is ReturnState.refused:
        params: Params = {"reason": made.decision_note, "path": path}
        _shopper(part, what, "return_refused", at, lambda facts: params)
    else:
        params = {"amount_toman": made.refund_toman, "path": path}
        _shopper(part, what, "return_refunded", at, lambda facts: params)


def tell_refunded(news: RefundSucceeded | RefundRefused) -> None:
    """The shopper reads that money went back, or that the gateway would not and the office looks after it."""
    template = "refund_sent" if isinstance(news, RefundSucceeded) else "refund_delayed"
    params = {"amount_toman": news.amount_toman}
    _payer(news.reference, f"refund:{news.refund_id}:{template}", template, params, news.at)


def tell_transferred(news: ShopperTransferPaid | ShopperTransferRefused) -> None:
    """The shopper reads that the bank paid a refund to their Sheba, or why it did not."""
    reference = db.session.scalar(
        select(Payment.reference)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.id == news.refund_id)
    )
    if reference is None:
        return
    template, key, params = transfer_facts(news)
    _payer(reference, key, template, params, news.at)


def _payer(reference: str, key: str, template: str, params: Params, at: datetime) -> None:
    kind, _, order_id = reference.partition(":")
    order = db.session.get(Order, int(order_id)) if kind == "order" and order_id.isdecimal() else None
    if order is None:
        return
    tell(
        key=key,
        person=order.person_id,
        template=template,
        params={"number": order.number, "path": f"/orders/{order.number}", **params},
        subject=reference,
        at=at,
    )


def _shopper(
    part: StoreOrder, what: str, template: str, at: datetime, params: Callable[[_Facts], Params]
) -> None:
    row = db.session.execute(
        select(Order.person_id, Person.language, Order.number, Store.name_fa, Store.name_en)
        .join(Person, Person.id == Order.person_id)
        .join(Store, Store.id == part.store_id)
        .where(Order.id == part.order_id)
    ).one()
    facts = _Facts(row.person_id, row.language, row.number, row.name_fa, row.name_en)
    tell(
        key=f"store-order:{part.id}:{what}",
        person=facts.person_id,
        template=template,
        params={
            "number": facts.number,
            "store": facts.store,
            "path": f"/orders/{facts.number}",
            **params(facts),
        },
        subject=f"store-order:{part.id}",
        at=at,
    )


def _members(
    part: StoreOrder, what: str, template: str, at: datetime, params: Callable[[str], Params]
) -> None:
    number = db.session.scalars(select(Order.number).where(Order.id == part.order_id)).one()
    for row in db.session.execute(
        select(StoreMember.person_id, Person.language)
        .join(Person, Person.id == StoreMember.person_id)
        .where(StoreMember.store_id == part.store_id, StoreMember.ended_at.is_(None))
    ):
        tell(
            key=f"store-order:{part.id}:{what}:{row.person_id}",
            person=row.person_id,
            template=template,
            params={"number": number, "path": f"/panel/orders/{part.id}", **params(row.language)},
            subject=f"store-order:{part.id}",
            at=at,
        )
