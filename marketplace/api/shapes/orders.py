"""Orders and lottery entries as their shopper reads them."""

from __future__ import annotations

from typing import Any

from marketplace.api.answers import absolute
from marketplace.api.shapes.offers import image_url
from marketplace.storefront.order_shown import EntryRow, OrderLineShown, OrderRow, OrderShown, StoreOrderShown

LOOK_AGAIN_SECONDS = 2


def order_document(order: OrderShown) -> dict[str, Any]:
    """An order with the address of its payment page and the parts of its stores."""
    return {
        "number": order.number,
        "state": order.state,
        "goods_toman": order.goods_toman,
        "shipping_toman": order.shipping_toman,
        "total_toman": order.total_toman,
        "refunded_toman": int(order.refunded_toman),
        "entries": order.entries,
        "payment": _payment(order),
        "placed_at": order.placed_at,
        "hold_until": order.hold_until,
        "paid_at": order.paid_at,
        "address": {
            "receiver": order.receiver,
            "mobile": order.mobile,
            "province": order.province,
            "city": order.city,
            "line": order.address_line,
            "postal_code": order.postal_code,
        },
        "store_orders": [store_order_document(part) for part in order.store_orders],
        "url": absolute(order.url),
    }


def _payment(order: OrderShown) -> dict[str, Any]:
    """`url` while the gateway's page can be paid at; `opening` while the gateway has not given one yet."""
    state = "refused" if order.payment == "waiting" and order.pay_url is None else order.payment
    wait = LOOK_AGAIN_SECONDS if state == "opening" else None
    return {"url": order.pay_url, "state": state, "retry_after_seconds": wait}


def store_order_document(part: StoreOrderShown) -> dict[str, Any]:
    """One store's part with the arithmetic of its shipping and its way so far."""
    return {
        "id": part.id,
        "store": {"slug": part.store_slug, "name": part.store_name},
        "state": part.state,
        "lines": [_line(line) for line in part.lines],
        "goods_toman": part.goods_toman,
        "shipping_method": part.shipping_method,
        "tariff_toman": part.tariff_toman,
        "borne_toman": part.borne_toman,
        "shipping_toman": part.shipping_toman,
        "free_above_toman": part.free_above_toman,
        "kit": True,
        "kit_packed": part.kit_is_packed,
        "entries": part.entries,
        "entries_granted": part.entries_granted,
        "carrier": part.carrier_code,
        "tracking_code": part.tracking_code,
        "ended_reason": part.ended_code,
        "timeline": [{"code": s.code, "label": s.label, "state": s.state, "at": s.at} for s in part.steps],
    }


def _line(line: OrderLineShown) -> dict[str, Any]:
    return {
        "offer_id": line.offer_id,
        "title": line.title,
        "sold_for": line.guest_name,
        "quantity": line.quantity,
        "unit_toman": line.unit_toman,
        "reference_toman": line.reference_toman,
        "line_toman": line.line_toman,
        "url": absolute(line.url),
        "image_url": image_url(line.picture),
    }


def order_row_document(row: OrderRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "placed_at": row.placed_at,
        "total_toman": row.total_toman,
        "store_names": list(row.store_names),
        "url": absolute(row.url),
    }


def entry_document(row: EntryRow) -> dict[str, Any]:
    """What one paid store order earned, and why not more or nothing."""
    return {
        "order_number": row.order_number,
        "store_name": row.store_name,
        "goods_toman": row.goods_toman,
        "earned": row.earned,
        "weight": row.weight,
        "state": row.state,
        "reason": {"code": row.reason_code, "message": row.reason},
        "granted_at": row.granted_at,
    }
