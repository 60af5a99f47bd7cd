"""Parcels, documents and returns of a store's own orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import case, select

from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.core.web import digits, number
from marketplace.files.evidence import evidence_of
from marketplace.orders.after_models import Return, ReturnReason
from marketplace.orders.after_rules import OPEN_STATES, SUPPLIABLE
from marketplace.orders.invoices import invoices_of
from marketplace.orders.models import Order, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.parcels import contents_of
from marketplace.orders.queries import lines_of, store_order_of_store
from marketplace.orders.returns import return_lines_of, return_of_store, returns_of
from marketplace.panel.after_shown import (
    Link,
    PanelAfter,
    PanelReturn,
    ReturnedLine,
    ReturnRow,
    SentParcel,
    ToSend,
)

MOST_RETURNS = 100


def show_after(store_order_id: int, store_id: int, at: datetime) -> PanelAfter:
    """What stands beside the steps of an own order. Raises NotFound for another store's."""
    part = store_order_of_store(store_order_id, store_id)
    lines = lines_of([part.id])
    left = [(line, line.quantity - line.shipped_count - line.cancelled_count) for line in lines]
    is_waiting = part.state in SUPPLIABLE
    to_send = [ToSend(line.offer_id, _title(line), count) for line, count in left if count]
    documents = [
        Link(t("document.slip"), url_for("panel_after.show_slip", store_order_id=part.id)),
        *(
            Link(
                t(f"document.{invoice.kind.value}_number", number=digits(invoice.number)),
                url_for("panel_after.show_invoice", store_order_id=part.id, number=invoice.number),
            )
            for invoice in invoices_of([part.id])
        ),
    ]
    return PanelAfter(
        ship_by_at=part.ship_by_at if is_waiting else None,
        is_late=is_waiting and part.ship_by_at is not None and at > part.ship_by_at,
        to_send=tuple(to_send) if is_waiting else (),
        can_report=is_waiting,
        parcels=_parcels(part, lines),
        documents=tuple(documents),
        returns=tuple(
            Link(
                f"{digits(row.number)} ({t(f'return_stage.{row.state.value}')})",
                url_for("panel_after.show_return", number=row.number),
            )
            for row in returns_of([part.id])
        ),
        refunded_toman=part.refunded_goods_toman + part.refunded_shipping_toman,
        ended_note=t(f"panel_ended.{part.ended_reason}")
        if part.ended_reason
        and part.state in (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded)
        else None,
    )


def list_returns(store_id: int) -> list[ReturnRow]:
    """The store's returns, the open ones first by their deadline, then the newest."""
    is_open = case((Return.state.in_(OPEN_STATES), 0), else_=1)
    rows = db.session.execute(
        select(Return, Order.number)
        .join(StoreOrder, StoreOrder.id == Return.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.store_id == store_id)
        .order_by(is_open, case((is_open == 0, Return.due_at)), Return.id.desc())
        .limit(MOST_RETURNS)
    ).all()
    goods = _goods([row.Return for row in rows])
    return [
        ReturnRow(
            number=row.Return.number,
            url=url_for("panel_after.show_return", number=row.Return.number),
            order_number=row.number,
            state=row.Return.state.value,
            state_label=t(f"return_stage.{row.Return.state.value}"),
            reason=t(f"return_reason.{row.Return.reason.value}"),
            goods=goods.get(row.Return.id, ""),
            asked_at=row.Return.asked_at,
            due_at=row.Return.due_at,
            refund_toman=row.Return.refund_toman,
            is_open=row.Return.state in OPEN_STATES,
        )
        for row in rows
    ]


def show_return(return_number: str, store_id: int) -> PanelReturn:
    """A return of the store's own order. Raises NotFound for another store's."""
    found = return_of_store(return_number, store_id)
    part = db.session.get_one(StoreOrder, found.store_order_id)
    order = db.session.get_one(Order, part.order_id)
    lines = {line.id: line for line in lines_of([part.id])}
    rows = return_lines_of([found.id])
    subject = f"return:{found.id}"
    return PanelReturn(
        number=found.number,
        url=url_for("panel_after.show_return", number=found.number),
        order_url=url_for("panel.show_store_order", store_order_id=part.id),
        order_number=order.number,
        state=found.state.value,
        state_label=t(f"return_stage.{found.state.value}"),
        reason=t(f"return_reason.{found.reason.value}"),
        note=found.note,
        shopper=order.receiver,
        carrier=t(f"method.{found.carrier.value}") if found.carrier else None,
        tracking_code=found.tracking_code,
        asked_at=found.asked_at,
        due_at=found.due_at,
        decided_at=found.decided_at,
        decision_note=found.decision_note,
        is_by_silence=found.is_by_silence,
        lines=tuple(
            ReturnedLine(
                lines[row.order_line_id].offer_id,
                _title(lines[row.order_line_id]),
                _src(lines[row.order_line_id]),
                row.quantity,
                lines[row.order_line_id].unit_toman,
                row.accepted_count,
            )
            for row in rows
        ),
        goods_toman=sum(row.quantity * lines[row.order_line_id].unit_toman for row in rows),
        refund_toman=found.refund_toman,
        files=tuple(
            Link(file.name, url_for("files.show_evidence", key=file.key))
            for file in evidence_of([subject])[subject]
        ),
        is_open=found.state in OPEN_STATES,
        store_pays=found.reason is not ReturnReason.changed_mind,
    )


def _parcels(part: StoreOrder, lines: Sequence[OrderLine]) -> tuple[SentParcel, ...]:
    titles = {line.id: _title(line) for line in lines}
    return tuple(
        SentParcel(
            t(f"method.{parcel.carrier.value}"),
            parcel.tracking_code,
            parcel.shipped_at,
            parcel.delivered_at,
            f"{t('ui.comma')} ".join(
                f"{number(row.quantity)} × {titles[row.order_line_id]}" for row in inside
            ),
        )
        for parcel, inside in contents_of([part.id])
    )


def _goods(returns: Sequence[Return]) -> dict[int, str]:
    lines = {line.id: line for line in lines_of([row.store_order_id for row in returns])}
    found: dict[int, list[str]] = {}
    for row in return_lines_of([each.id for each in returns]):
        found.setdefault(row.return_id, []).append(
            f"{number(row.quantity)} × {_title(lines[row.order_line_id])}"
        )
    return {key: f"{t('ui.comma')} ".join(words) for key, words in found.items()}


def _src(line: OrderLine) -> str | None:
    return f"/media/{line.picture_key}-240.webp" if line.picture_key else None


def _title(line: OrderLine) -> str:
    return line.title_fa if current_language() == "fa" else line.title_en
