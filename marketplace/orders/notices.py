"""Messages about orders, put in the outbox with the news they tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.orders.after_models import Parcel, Return, ReturnState
from marketplace.orders.events import OrderPaid, StoreOrderDelivered
from marketplace.orders.models import Order, StoreOrder
from marketplace.stores.models import Store, StoreMember


def tell_order_paid(news: OrderPaid) -> None:
    """The shopper reads that the order is paid; each store's members that one waits for them."""
    order = db.session.get_one(Order, news.order_id)
    params = {
        "number": news.number,
        "total_toman": order.total_toman,
        "stores": len(news.parts),
        "entries": sum(part.entries for part in news.parts),
    }
    subject = f"order:{news.order_id}"
    for channel in (Channel.sms, Channel.app):
        put_message(
            key=f"{subject}:paid:{channel}",
            person=news.person_id,
            channel=channel,
            template="order_paid",
            params=params,
            subject=subject,
            at=news.at,
        )
    members = db.session.execute(
        select(StoreMember.store_id, StoreMember.person_id).where(
            StoreMember.store_id.in_([p.store_id for p in news.parts]), StoreMember.ended_at.is_(None)
        )
    ).all()
    parts = {part.store_id: part for part in news.parts}
    for member in members:
        part = parts[member.store_id]
        put_message(
            key=f"store-order:{part.store_order_id}:paid:{member.person_id}",
            person=member.person_id,
            channel=Channel.app,
            template="store_order_paid",
            params={"number": news.number, "goods_toman": part.goods_toman},
            subject=f"store-order:{part.store_order_id}",
            at=news.at,
        )


def tell_shipped(parcel: Parcel, part: StoreOrder, person_id: int, number: str) -> None:
    """The shopper reads the carrier and the tracking code of each parcel."""
    store = db.session.get_one(Store, part.store_id)
    put_message(
        key=f"parcel:{parcel.id}:shipped",
        person=person_id,
        channel=Channel.sms,
        template="order_shipped",
        params={"number": number, "store": store.name_fa, "tracking_code": parcel.tracking_code},
        subject=f"store-order:{part.id}",
        at=parcel.shipped_at,
    )


def tell_delivered(news: StoreOrderDelivered) -> None:
    """The store's members read that the parcel arrived."""
    part = db.session.get_one(StoreOrder, news.store_order_id)
    order = db.session.get_one(Order, part.order_id)
    members = db.session.scalars(
        select(StoreMember.person_id).where(
            StoreMember.store_id == news.store_id, StoreMember.ended_at.is_(None)
        )
    )
    for person_id in members:
        put_message(
            key=f"store-order:{part.id}:delivered:{person_id}",
            person=person_id,
            channel=Channel.app,
            template="store_order_delivered",
            params={"number": order.number},
            subject=f"store-order:{part.id}",
            at=news.at,
        )


def tell_cancelled(part: StoreOrder, number: str, at: datetime) -> None:
    """The store's members read that nothing has to be sent any more."""
    _tell_members(part, "store_order_cancelled", {"number": number}, "cancelled", at)


def tell_unavailable(part: StoreOrder, buyer: tuple[int, str], amount_toman: int, at: datetime) -> None:
    """The shopper reads that the store cannot supply something and what goes back."""
    _tell_shopper(
        part,
        buyer[0],
        "order_unavailable",
        {"number": buyer[1], "amount_toman": amount_toman},
        f"unavailable:{part.refunded_goods_toman}",
        at,
    )


def tell_ship_deadline(part: StoreOrder, *, is_late: bool, at: datetime) -> None:
    """Members read that a parcel is due, or late; the shopper reads when it is late."""
    order = db.session.get_one(Order, part.order_id)
    what = "late" if is_late else "due"
    until = {"ship_by_at": part.ship_by_at.isoformat() if part.ship_by_at else ""}
    _tell_members(part, f"store_order_ship_{what}", {"number": order.number, **until}, f"ship-{what}", at)
    if is_late:
        _tell_shopper(part, order.person_id, "order_ship_late", {"number": order.number}, "ship-late", at)


def tell_return_asked(part: StoreOrder, made: Return, at: datetime) -> None:
    """Members read that goods come back."""
    _tell_members(part, "store_return_asked", {"number": made.number}, f"return-{made.id}-asked", at)


def tell_return_sent(part: StoreOrder, made: Return, at: datetime) -> None:
    """Members read that returned goods are on their way, and until when they can look at them."""
    params = {"number": made.number, "due_at": made.due_at.isoformat()}
    _tell_members(part, "store_return_sent", params, f"return-{made.id}-sent", at)


def tell_return_decided(part: StoreOrder, buyer: tuple[int, str], made: Return, at: datetime) -> None:
    """The shopper reads how a return ended and what goes back."""
    params = {"number": made.number, "amount_toman": made.refund_toman}
    template = "return_refused" if made.state is ReturnState.refused else "return_accepted"
    _tell_shopper(part, buyer[0], template, params, f"return-{made.id}-decided", at)


def _tell_members(
    part: StoreOrder, template: str, params: Mapping[str, Any], what: str, at: datetime
) -> None:
    for person_id in db.session.scalars(
        select(StoreMember.person_id).where(
            StoreMember.store_id == part.store_id, StoreMember.ended_at.is_(None)
        )
    ):
        put_message(
            key=f"store-order:{part.id}:{what}:{person_id}",
            person=person_id,
            channel=Channel.app,
            template=template,
            params=params,
            subject=f"store-order:{part.id}",
            at=at,
        )


def _tell_shopper(
    part: StoreOrder, person_id: int, template: str, params: Mapping[str, Any], what: str, at: datetime
) -> None:
    store = db.session.get_one(Store, part.store_id)
    for channel in (Channel.sms, Channel.app):
        put_message(
            key=f"store-order:{part.id}:{what}:{channel}",
            person=person_id,
            channel=channel,
            template=template,
            params={"store": store.name_fa, **params},
            subject=f"store-order:{part.id}",
            at=at,
        )
