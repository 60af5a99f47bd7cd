"""A store's own orders, read for its programs. Unpaid ones are not its business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from marketplace.core.db import db
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.orders.after_models import Parcel
from marketplace.orders.models import HygieneKit, Order, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.parcels import parcels_of
from marketplace.orders.queries import lines_of
from marketplace.policy.models import Province
from marketplace.storefront.shown import words

S = StoreOrderState
TO_SHIP = (S.paid, S.accepted, S.packed, S.part_shipped)
"""While the parcel is still to be sent, its store reads where to; afterwards it does not."""


def store_orders(store_id: int, state: str, cursor: str | None, limit: int) -> Page[dict[str, Any]]:
    """One page of a store's paid orders, the newest first, of one state when told.

    Four statements whatever their number. Raises Malformed for a state that is none, and for a bad cursor.
    """
    query = _orders_of(store_id).order_by(StoreOrder.id.desc()).limit(limit + 1)
    if state:
        if state not in S.__members__:
            raise Malformed("bad_filter", fields={"state": "bad_choice"})
        query = query.where(StoreOrder.state == S(state))
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(StoreOrder.id < after[0])
    page = page_of(db.session.execute(query).all(), limit, lambda row: (row.StoreOrder.id,))
    return Page(_documents(page.items), page.next_cursor)


def store_order(store_order_id: int, store_id: int) -> dict[str, Any]:
    """One of a store's own orders. Raises NotFound for another store's."""
    rows = db.session.execute(_orders_of(store_id).where(StoreOrder.id == store_order_id)).all()
    if not rows:
        raise NotFound("unknown_order")
    return _documents(rows)[0]


def _orders_of(store_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            StoreOrder,
            HygieneKit.ticked_at,
            Order.number,
            Order.receiver,
            Order.receiver_mobile,
            Order.city,
            Order.address_line,
            Order.postal_code,
            Province.name_fa,
            Province.name_en,
        )
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Province, Province.id == Order.province_id)
        .outerjoin(HygieneKit, HygieneKit.store_order_id == StoreOrder.id)
        .where(StoreOrder.store_id == store_id, StoreOrder.paid_at.is_not(None))
        .execution_options(populate_existing=True)
    )


def _documents(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    goods: dict[int, list[OrderLine]] = {}
    for line in lines_of([row.StoreOrder.id for row in rows]):
        goods.setdefault(line.store_order_id, []).append(line)
    sent: dict[int, list[Parcel]] = {}
    for parcel in parcels_of([row.StoreOrder.id for row in rows]):
        sent.setdefault(parcel.store_order_id, []).append(parcel)
    return [_document(row, goods.get(row.StoreOrder.id, []), sent.get(row.StoreOrder.id, [])) for row in rows]


def _document(row: Row[Any], lines: Sequence[OrderLine], parcels: Sequence[Parcel]) -> dict[str, Any]:
    part: StoreOrder = row.StoreOrder
    return {
        "id": part.id,
        "number": row.number,
        "state": part.state.value,
        "lines": [_line(line) for line in lines],
        "goods_toman": part.goods_toman,
        "shipping_method": part.shipping_method.value,
        "shipping_toman": part.shipping_toman,
        "borne_toman": part.borne_toman,
        "tariff_toman": part.tariff_toman,
        "weight_grams": part.weight_grams,
        "kit": True,
        "kit_packed": row.ticked_at is not None,
        "address": _address(row) if part.state in TO_SHIP else None,
        "carrier": part.carrier,
        "tracking_code": part.tracking_code,
        "parcels": [
            {
                "carrier": parcel.carrier.value,
                "tracking_code": parcel.tracking_code,
                "shipped_at": parcel.shipped_at,
                "delivered_at": parcel.delivered_at,
            }
            for parcel in parcels
        ],
        "ship_by_at": part.ship_by_at,
        "paid_at": part.paid_at,
        "accepted_at": part.accepted_at,
        "packed_at": part.packed_at,
        "shipped_at": part.shipped_at,
        "delivered_at": part.delivered_at,
    }


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "offer_id": line.offer_id,
        "title": words(line.title_fa, line.title_en),
        "quantity": line.quantity,
        "shipped": line.shipped_count,
        "cancelled": line.cancelled_count,
        "unit_toman": line.unit_toman,
        "line_toman": line.unit_toman * line.quantity,
    }


def _address(row: Row[Any]) -> dict[str, Any]:
    return {
        "receiver": row.receiver,
        "mobile": row.receiver_mobile,
        "province": words(row.name_fa, row.name_en),
        "city": row.city,
        "line": row.address_line,
        "postal_code": row.postal_code,
    }
