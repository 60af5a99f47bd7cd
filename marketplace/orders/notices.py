"""Messages about orders, put in the outbox with the news they tell."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.messages.outbox import on_every_channel, put_messages, tell
from marketplace.orders.events import OrderPaid, StoreOrderDelivered
from marketplace.orders.models import Order, StoreOrder
from marketplace.stores.models import StoreMember


def tell_order_paid(news: OrderPaid) -> None:
    """The shopper reads that the order is paid; each store's members that one waits for them."""
    order = db.session.get_one(Order, news.order_id)
    params = {
        "number": news.number,
        "total_toman": order.total_toman,
        "stores": len(news.parts),
        "entries": sum(part.entries for part in news.parts),
        "path": f"/orders/{news.number}",
    }
    subject = f"order:{news.order_id}"
    told = on_every_channel(
        key=f"{subject}:paid", person=news.person_id, template="order_paid", params=params, subject=subject
    )
    members = db.session.execute(
        select(StoreMember.store_id, StoreMember.person_id).where(
            StoreMember.store_id.in_([p.store_id for p in news.parts]), StoreMember.ended_at.is_(None)
        )
    ).all()
    parts = {part.store_id: part for part in news.parts}
    for member in members:
        part = parts[member.store_id]
        told += on_every_channel(
            key=f"store-order:{part.store_order_id}:paid:{member.person_id}",
            person=member.person_id,
            template="store_order_paid",
            params={
                "number": news.number,
                "goods_toman": part.goods_toman,
                "path": f"/panel/orders/{part.store_order_id}",
            },
            subject=f"store-order:{part.store_order_id}",
        )
    put_messages(told, news.at)


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
        tell(
            key=f"store-order:{part.id}:delivered:{person_id}",
            person=person_id,
            template="store_order_delivered",
            params={"number": order.number, "path": f"/panel/orders/{part.id}"},
            subject=f"store-order:{part.id}",
            at=news.at,
        )
