"""What follows the payment of an order, for its shopper: parcels, refunds, returns, documents, what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import t
from marketplace.core.web import digits, number
from marketplace.files.evidence import evidence_of
from marketplace.orders.after_models import Invoice, Return, ReturnReason, ReturnState, StoreOrderRefund
from marketplace.orders.after_rules import CANCELLABLE, OPEN_STATES, SUPPLIABLE, reasons_against_return
from marketplace.orders.invoices import invoices_of
from marketplace.orders.kit_reports import kit_reports_of, may_report_until
from marketplace.orders.models import Order, OrderLine, OrderState, StoreOrder, StoreOrderState
from marketplace.orders.parcels import contents_of
from marketplace.orders.queries import lines_of, order_of_person, store_orders_of
from marketplace.orders.returns import return_lines_of, return_of_person, returns_of
from marketplace.payments.models import Refund, RefundTransfer
from marketplace.payments.payout_models import ShopperTransfer
from marketplace.policy.policy import Policy, policy_at
from marketplace.storefront.after_shown import (
    AfterShown,
    DocumentLink,
    FileShown,
    ParcelShown,
    RefundShown,
    ReturnForm,
    ReturnLineShown,
    ReturnLink,
    ReturnShown,
)
from marketplace.storefront.order_read import OrderRead
from marketplace.storefront.shown import Picture, words
from marketplace.stores.models import Store


def show_after(read: OrderRead, at: datetime) -> dict[int, AfterShown]:
    """By store order, in six statements whatever their number; empty while the order is not paid."""
    order = read.order
    if order.state not in (OrderState.paid, OrderState.cancelled):
        return {}
    parts = [part for part in read.parts if part.paid_at is not None]
    ids = [part.id for part in parts]
    lines = {line.id: line for line in read.order_lines}
    parcels, refunds = _parcels(ids, lines), _refunds(ids)
    returns: dict[int, list[Return]] = {}
    for row in returns_of(ids):
        returns.setdefault(row.store_order_id, []).append(row)
    documents: dict[int, list[Invoice]] = {}
    for invoice in invoices_of(ids):
        documents.setdefault(invoice.store_order_id, []).append(invoice)
    kits, policy = kit_reports_of(parts), policy_at(at)
    return {
        part.id: _after(
            order,
            part,
            kits.get(part.id),
            policy,
            parcels.get(part.id, []),
            refunds.get(part.id, []),
            returns.get(part.id, []),
            documents.get(part.id, []),
            at,
        )
        for part in parts
    }


def show_return_form(order_number: str, store_order_id: int, person_id: int) -> ReturnForm:
    """What of a store order may be sent back. Raises NotFound."""
    order, part = own_part(order_number, store_order_id, person_id)
    store = db.session.get_one(Store, part.store_id)
    return ReturnForm(
        order_number=order.number,
        order_url=url_for("storefront.show_order", number=order.number),
        url=url_for("storefront.create_return", number=order.number, store_order_id=part.id),
        store_name=words(store.name_fa, store.name_en),
        withdraw_until_at=part.withdraw_until_at,
        lines=tuple(_line(line) for line in lines_of([part.id]) if line.quantity > line.cancelled_count),
        shipping_toman=part.shipping_toman,
        reasons=tuple((reason.value, t(f"return_reason.{reason.value}")) for reason in ReturnReason),
    )


def show_return(return_number: str, person_id: int) -> ReturnShown:
    """An own return. Raises NotFound for another person's."""
    found = return_of_person(return_number, person_id)
    part = db.session.get_one(StoreOrder, found.store_order_id)
    order = db.session.get_one(Order, part.order_id)
    store = db.session.get_one(Store, part.store_id)
    lines = {line.id: line for line in lines_of([part.id])}
    subject = f"return:{found.id}"
    comma = t("ui.comma") + " "
    return ReturnShown(
        number=found.number,
        url=url_for("storefront.show_return", number=found.number),
        order_number=order.number,
        order_url=url_for("storefront.show_order", number=order.number),
        store_name=words(store.name_fa, store.name_en),
        store_address=comma.join((words(store.city_fa, store.city_en), store.address)),
        store_phone=store.phone,
        state=found.state.value,
        state_label=t(f"return_state.{found.state.value}"),
        reason=t(f"return_reason.{found.reason.value}"),
        note=found.note,
        asked_at=found.asked_at,
        sent_at=found.sent_at,
        due_at=found.due_at,
        decided_at=found.decided_at,
        decision_note=found.decision_note,
        is_by_silence=found.is_by_silence,
        carrier=t(f"method.{found.carrier.value}") if found.carrier else None,
        tracking_code=found.tracking_code,
        lines=tuple(
            _line(lines[row.order_line_id], row.quantity, row.accepted_count)
            for row in return_lines_of([found.id])
        ),
        refund_toman=found.refund_toman,
        store_pays=found.reason is not ReturnReason.changed_mind,
        files=tuple(
            FileShown(file.name, url_for("files.show_evidence", key=file.key))
            for file in evidence_of([subject])[subject]
        ),
        can_send=found.state is ReturnState.asked,
        can_withdraw=found.state is ReturnState.asked,
    )


def own_part(order_number: str, store_order_id: int, person_id: int) -> tuple[Order, StoreOrder]:
    """An own order and one of its paid parts. Raises NotFound for what does not belong together."""
    order = order_of_person(order_number, person_id)
    for part in store_orders_of(order.id):
        if part.id == store_order_id and part.paid_at is not None:
            return order, part
    raise NotFound("unknown_order")


def _after(
    order: Order,
    part: StoreOrder,
    kit_reported_at: datetime | None,
    policy: Policy,
    parcels: Sequence[ParcelShown],
    refunds: Sequence[RefundShown],
    returns: Sequence[Return],
    documents: Sequence[Invoice],
    at: datetime,
) -> AfterShown:
    where: dict[str, Any] = {"number": order.number, "store_order_id": part.id}
    has_open = any(row.state in OPEN_STATES for row in returns)
    against = reasons_against_return(part.state, part.withdraw_until_at, has_open, at)
    is_waiting = part.state in SUPPLIABLE
    is_late = is_waiting and part.ship_by_at is not None and at > part.ship_by_at
    return AfterShown(
        ship_by_at=part.ship_by_at if is_waiting else None,
        is_late=is_late,
        is_rest_late=is_late and part.state not in CANCELLABLE,
        delivered_note=t(f"delivered_by.{part.delivered_by.value}") if part.delivered_by else None,
        withdraw_until_at=part.withdraw_until_at if not against else None,
        parcels=tuple(parcels),
        refunds=tuple(refunds),
        returns=tuple(
            ReturnLink(
                row.number,
                url_for("storefront.show_return", number=row.number),
                row.state.value,
                t(f"return_state.{row.state.value}"),
                row.asked_at,
            )
            for row in returns
        ),
        documents=tuple(
            DocumentLink(
                t(f"document.{invoice.kind.value}_number", number=digits(invoice.number)),
                url_for("storefront.show_invoice", **where, invoice_number=invoice.number),
            )
            for invoice in documents
        ),
        cancel_url=url_for("storefront.new_cancellation", **where) if part.state in CANCELLABLE else None,
        return_url=url_for("storefront.new_return", **where) if not against else None,
        kit_url=url_for("storefront.create_kit_report", **where)
        if kit_reported_at is None and _may_report_kit(part, policy, at)
        else None,
        kit_reported_at=kit_reported_at,
    )


def _may_report_kit(part: StoreOrder, policy: Policy, at: datetime) -> bool:
    """Once the last parcel left, until the days of complaining are over."""
    if part.delivered_at is None:
        return part.state is StoreOrderState.shipped
    return at <= may_report_until(part.delivered_at, policy)


def _parcels(ids: Sequence[int], lines: Mapping[int, OrderLine]) -> dict[int, list[ParcelShown]]:
    found: dict[int, list[ParcelShown]] = {}
    for parcel, rows in contents_of(ids):
        inside = (
            f"{number(row.quantity)} × {words(line.title_fa, line.title_en)}"
            for row in rows
            if (line := lines[row.order_line_id])
        )
        found.setdefault(parcel.store_order_id, []).append(
            ParcelShown(
                t(f"method.{parcel.carrier.value}"),
                parcel.tracking_code,
                parcel.shipped_at,
                parcel.delivered_at,
                f"{t('ui.comma')} ".join(inside),
            )
        )
    return found


def _refunds(ids: Sequence[int]) -> dict[int, list[RefundShown]]:
    found: dict[int, list[RefundShown]] = {}
    for row in db.session.execute(
        select(
            StoreOrderRefund,
            Refund,
            func.coalesce(RefundTransfer.paid_at, ShopperTransfer.paid_at).label("paid_at"),
        )
        .join(Refund, Refund.id == StoreOrderRefund.refund_id)
        .outerjoin(RefundTransfer, RefundTransfer.refund_id == Refund.id)
        .outerjoin(ShopperTransfer, ShopperTransfer.refund_id == Refund.id)
        .where(StoreOrderRefund.store_order_id.in_(ids))
        .order_by(StoreOrderRefund.id)
    ):
        refund: Refund = row.Refund
        state = "transferred" if row.paid_at else refund.state.value
        moment = row.paid_at or refund.done_at or refund.asked_at
        found.setdefault(row.StoreOrderRefund.store_order_id, []).append(
            RefundShown(
                t(f"state.refund_reason.{refund.reason}"),
                refund.amount_toman,
                state,
                t(f"refund_state.{state}"),
                moment,
            )
        )
    return found


def _line(line: OrderLine, quantity: int | None = None, accepted: int | None = None) -> ReturnLineShown:
    title = words(line.title_fa, line.title_en)
    return ReturnLineShown(
        offer_id=line.offer_id,
        title=title,
        picture=Picture(line.picture_key, title) if line.picture_key else None,
        quantity=line.quantity if quantity is None else quantity,
        left=line.quantity - line.cancelled_count - line.returned_count,
        unit_toman=line.unit_toman,
        is_perishable=line.is_perishable,
        accepted=accepted,
    )
