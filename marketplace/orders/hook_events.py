"""What happened to store orders, for the programs of their stores. No name, address or number of a person goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.messages.hooks import emit, owners_who_hear
from marketplace.orders.events import OrderPaid, StoreOrderCancelled, StoreOrderDelivered, StoreOrderRefunded


def hook_paid(event: OrderPaid) -> None:
    """`order.paid` for each store of the order that listens."""
    hear = owners_who_hear([f"store:{part.store_id}" for part in event.parts])
    for part in event.parts:
        if f"store:{part.store_id}" in hear:
            data = {
                "store_order_id": part.store_order_id,
                "order_number": event.number,
                "goods_toman": part.goods_toman,
            }
            _tell(part.store_id, "order.paid", part.store_order_id, "", data, event.at)


def hook_delivered(event: StoreOrderDelivered) -> None:
    """`order.delivered`."""
    data = {"store_order_id": event.store_order_id}
    _tell(event.store_id, "order.delivered", event.store_order_id, "", data, event.at)


def hook_cancelled(event: StoreOrderCancelled) -> None:
    """`order.cancelled`, with the reason."""
    data = {"store_order_id": event.store_order_id, "reason": event.reason}
    _tell(event.store_id, "order.cancelled", event.store_order_id, "", data, event.at)


def hook_refunded(event: StoreOrderRefunded) -> None:
    """`order.refunded`, each time that money of a store order goes back."""
    data = {
        "store_order_id": event.store_order_id,
        "goods_toman": event.goods_toman,
        "shipping_toman": event.shipping_toman,
        "is_whole": event.is_whole,
    }
    _tell(
        event.store_id, "order.refunded", event.store_order_id, f":{event.at.timestamp():.6f}", data, event.at
    )


def _tell(
    store_id: int, event: str, store_order_id: int, more: str, data: Mapping[str, Any], at: datetime
) -> None:
    subject = f"store_order:{store_order_id}"
    emit(f"store:{store_id}", event, f"{event}:{store_order_id}{more}", subject, data, at)
