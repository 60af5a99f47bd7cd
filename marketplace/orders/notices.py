"""Messages about orders, put in the outbox with the news they tell."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from marketplace.core.db import db
from marketplace.core.ready import Ready
from marketplace.messages.outbox import on_every_channel, put_messages, tell
from marketplace.orders.events import OrderPaid, StoreOrderDelivered
from marketplace.orders.models import Order, StoreOrder
from marketplace.stores.models import StoreMember

_TOTAL = Ready(select(Order.total_toman).where(Order.id == bindparam("order")))
_MEMBERS = Ready(
    select(StoreMember.store_id, StoreMember.person_id).where(
        StoreMember.store_id.in_(bindparam("stores", expanding=True, type_=StoreMember.store_id.type)),
        StoreMember.ended_at.is_(None),
    )
)


def tell_order_paid(news: OrderPaid) -> None:
    """The shopper reads that the order is paid; each store's members that one waits for them."""
    params = {
        "number": news.number,
        "total_toman": _TOTAL.scalar(order=news.order_id),
        "stores": len(news.parts),
        "entries": sum(part.entries for part in news.parts),
        "path": f"/orders/{news.number}",
    }
    subject = f"order:{news.order_id}"
    told = on_every_channel(
        key=f"{subject}:paid", person=news.person_id, template="order_paid", params=params, subject=subject
    )
    members = _MEMBERS.all(stores=[part.store_id for part in news.parts])
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
