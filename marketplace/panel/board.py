"""The order board of a store and one of its orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select

from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, t
from marketplace.core.web import number
from marketplace.festival.guest_offers import guest_names
from marketplace.orders.models import Order, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.queries import kits_of, lines_of, store_order_of_store
from marketplace.panel.shown import BoardCard, BoardColumn, BoardShown, PanelLine, PanelOrderShown
from marketplace.policy.models import Province, ShippingMethod
from marketplace.stores.models import Store

S = StoreOrderState
COLUMNS = (S.paid, S.accepted, S.packed, S.shipped, S.delivered)
CARDS_PER_COLUMN = 30
NEXT_ACTION = {
    S.paid: "acceptance",
    S.accepted: "packing",
    S.packed: "shipment",
    S.part_shipped: "shipment",
}
IN_COLUMN = {S.packed: (S.packed, S.part_shipped)}
"""States that stand in the column of another: what has partly left still has to be sent."""


def show_board(store_id: int, at: datetime) -> BoardShown:
    """Paid orders by what is to be done; the oldest waiting first, the newest done first; what is late is marked."""
    store = db.session.execute(
        select(Store.slug, Store.name_fa, Store.name_en).where(Store.id == store_id)
    ).one()
    counted = db.session.execute(
        select(StoreOrder.state, func.count())
        .where(StoreOrder.store_id == store_id, StoreOrder.state.in_((*COLUMNS, S.part_shipped)))
        .group_by(StoreOrder.state)
    )
    by_state = {row[0]: row[1] for row in counted}
    counts = {state: sum(by_state.get(s, 0) for s in IN_COLUMN.get(state, (state,))) for state in COLUMNS}
    columns = []
    for state in COLUMNS:
        rows = _rows(store_id, state) if counts.get(state) else []
        columns.append(
            BoardColumn(
                state.value,
                t(f"store_order_state.{state.value}"),
                counts.get(state, 0),
                tuple(_cards(rows, at)),
            )
        )
    return BoardShown(_word(store.name_fa, store.name_en), store.slug, tuple(columns))


def show_store_order(
    store_order_id: int,
    store_id: int,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> PanelOrderShown:
    """One own order with its next step. Raises NotFound for another store's."""
    part = store_order_of_store(store_order_id, store_id)
    order = db.session.get_one(Order, part.order_id)
    province = db.session.get_one(Province, order.province_id)
    kit = kits_of([part.id]).get(part.id)
    action = NEXT_ACTION.get(part.state)
    if action == "shipment" and part.shipping_method is ShippingMethod.pickup:
        action = "handover"
    return PanelOrderShown(
        id=part.id,
        number=order.number,
        state=part.state.value,
        state_label=t(f"store_order_state.{part.state.value}"),
        paid_at=part.paid_at or order.placed_at,
        receiver=order.receiver,
        mobile=order.receiver_mobile,
        province=_word(province.name_fa, province.name_en),
        city=order.city,
        address_line=order.address_line,
        postal_code=order.postal_code,
        lines=_lines(lines_of([part.id])),
        goods_toman=part.goods_toman,
        tariff_toman=part.tariff_toman,
        borne_toman=part.borne_toman,
        shipping_toman=part.shipping_toman,
        free_above_toman=part.free_above_toman,
        shipping_label=t(f"method.{part.shipping_method.value}"),
        weight_grams=part.weight_grams,
        kit_is_packed=bool(kit and kit.ticked_at),
        carrier=t(f"method.{part.carrier}") if part.carrier else None,
        tracking_code=part.tracking_code,
        accepted_at=part.accepted_at,
        packed_at=part.packed_at,
        shipped_at=part.shipped_at,
        delivered_at=part.delivered_at,
        next_action=action,
        board_url=url_for("panel.list_store_orders"),
        action_url=url_for(
            f"{'pickup' if action == 'handover' else 'panel'}.create_{action}", store_order_id=part.id
        )
        if action
        else None,
        errors=errors or {},
        values=values or {"carrier": part.shipping_method.value},
    )


def _rows(store_id: int, state: StoreOrderState) -> Sequence[AnyRow]:
    is_waiting = state in NEXT_ACTION
    return db.session.execute(
        select(StoreOrder, Order.number, Order.receiver, Order.city, Province.name_fa, Province.name_en)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Province, Province.id == Order.province_id)
        .where(StoreOrder.store_id == store_id, StoreOrder.state.in_(IN_COLUMN.get(state, (state,))))
        .order_by(StoreOrder.id if is_waiting else StoreOrder.id.desc())
        .limit(CARDS_PER_COLUMN)
    ).all()


def _cards(rows: Sequence[AnyRow], at: datetime) -> list[BoardCard]:
    goods: dict[int, list[OrderLine]] = {}
    for line in lines_of([row.StoreOrder.id for row in rows]):
        goods.setdefault(line.store_order_id, []).append(line)
    cards = []
    for row in rows:
        part: StoreOrder = row.StoreOrder
        lines = goods.get(part.id, [])
        cards.append(
            BoardCard(
                id=part.id,
                number=row.number,
                url=url_for("panel.show_store_order", store_order_id=part.id),
                state=part.state.value,
                state_label=t(f"store_order_state.{part.state.value}"),
                paid_at=part.paid_at,  # type: ignore[arg-type]
                ship_by_at=part.ship_by_at if part.state in NEXT_ACTION else None,
                is_late=part.state in NEXT_ACTION and part.ship_by_at is not None and at > part.ship_by_at,
                receiver=row.receiver,
                city=row.city,
                province=_word(row.name_fa, row.name_en),
                item_count=sum(line.quantity for line in lines),
                goods_toman=part.goods_toman,
                borne_toman=part.borne_toman,
                shipping_label=t(f"method.{part.shipping_method.value}"),
                goods=tuple(
                    f"{number(line.quantity)} × {_word(line.title_fa, line.title_en)}" for line in lines
                ),
            )
        )
    return cards


def _lines(lines: Sequence[OrderLine]) -> tuple[PanelLine, ...]:
    guests = guest_names(line.offer_id for line in lines)
    return tuple(_line(line, guests.get(line.offer_id)) for line in lines)


def _line(line: OrderLine, guest: tuple[str, str] | None) -> PanelLine:
    src = f"/media/{line.picture_key}-240.webp" if line.picture_key else None
    return PanelLine(
        _word(line.title_fa, line.title_en),
        src,
        line.quantity,
        line.unit_toman,
        line.unit_toman * line.quantity,
        _word(*guest) if guest else None,
    )


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
