"""Official invoices: numbered 1, 2, 3 per store without a gap, in the words and sums of their moment, never changed.

A sale's invoice is issued when its goods are packed, for what is sent; what goes back afterwards gets a credit note of
the same book. The number is drawn in the unit that writes the invoice, so that a number is never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.orders.after_models import Invoice, InvoiceBook, InvoiceKind, StoreOrderRefund
from marketplace.orders.after_rules import vat_within
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.orders.queries import lines_of
from marketplace.policy.models import Province
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, Store

Counted = Sequence[tuple[OrderLine, int]]
"""(line, pieces) as they stand on a document."""
SALE = "sale"


def issue_invoice(part: StoreOrder, at: datetime) -> Invoice:
    """The invoice of a locked store order, for what will be sent; the earlier one where there is one."""
    known = invoice_of(part.id)
    if known is not None:
        return known
    lines = [(line, line.quantity - line.cancelled_count) for line in lines_of([part.id])]
    return _issue(part, InvoiceKind.sale, SALE, [row for row in lines if row[1]], part.shipping_toman, at)


def credit_refund(part: StoreOrder, refund: StoreOrderRefund, lines: Counted, at: datetime) -> Invoice | None:
    """The credit note for a refund; None for a sale that was never invoiced. Once per refund."""
    sale = invoice_of(part.id)
    if sale is None:
        return None
    known = invoice_of(part.id, refund.subject)
    if known is not None:
        return known
    return _issue(part, InvoiceKind.credit, refund.subject, lines, refund.shipping_toman, at, of=sale.number)


def invoice_of(store_order_id: int, subject: str = SALE) -> Invoice | None:
    """A store order's invoice, or the credit note for a subject."""
    return db.session.scalar(
        select(Invoice).where(Invoice.store_order_id == store_order_id, Invoice.subject == subject)
    )


def invoices_of(store_order_ids: Sequence[int]) -> Sequence[Invoice]:
    """All invoices and credit notes of some store orders, in the order of their numbers."""
    return db.session.scalars(
        select(Invoice).where(Invoice.store_order_id.in_(store_order_ids)).order_by(Invoice.number)
    ).all()


def numbered_invoice(store_order_id: int, number: int) -> Invoice:
    """One document of a store order by its number. Raises NotFound."""
    found = db.session.scalar(
        select(Invoice).where(Invoice.store_order_id == store_order_id, Invoice.number == number)
    )
    if found is None:
        raise NotFound("unknown_invoice")
    return found


def _issue(
    part: StoreOrder,
    kind: InvoiceKind,
    subject: str,
    lines: Counted,
    shipping: int,
    at: datetime,
    of: int | None = None,
) -> Invoice:
    goods = sum(count * line.unit_toman for line, count in lines)
    percent = policy_at(at).vat_percent
    total = goods + shipping
    facts: dict[str, Any] = {
        **_parties(part),
        "lines": [_line(line, count) for line, count in lines],
        "goods_toman": goods,
        "shipping_toman": shipping,
        "tariff_toman": part.tariff_toman,
        "borne_toman": part.borne_toman,
        "free_above_toman": part.free_above_toman,
        "shipping_method": part.shipping_method.value,
        "vat_percent": percent,
        "vat_toman": vat_within(total, percent),
        "total_toman": total,
        "of_number": of,
    }
    invoice = Invoice(
        store_id=part.store_id,
        number=_next_number(part.store_id),
        store_order_id=part.id,
        kind=kind,
        subject=subject,
        total_toman=total,
        facts=facts,
        issued_at=at,
    )
    db.session.add(invoice)
    db.session.flush()
    return invoice


def _next_number(store_id: int) -> int:
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    db.session.execute(
        insert(InvoiceBook)
        .values(store_id=store_id, last_number=0)
        .on_conflict_do_nothing(index_elements=[InvoiceBook.store_id])
    )
    return db.session.execute(
        update(InvoiceBook)
        .where(InvoiceBook.store_id == store_id)
        .values(last_number=InvoiceBook.last_number + 1)
        .returning(InvoiceBook.last_number)
        .execution_options(synchronize_session=False)
    ).scalar_one()


def _line(line: OrderLine, count: int) -> dict[str, Any]:
    return {
        "title_fa": line.title_fa,
        "title_en": line.title_en,
        "quantity": count,
        "unit_toman": line.unit_toman,
        "reference_toman": line.reference_toman,
        "total_toman": count * line.unit_toman,
    }


def _parties(part: StoreOrder) -> dict[str, Any]:
    """Seller, buyer and order as they stand now."""
    row = db.session.execute(
        select(Store, Order, Seal.code, Province.name_fa, Province.name_en)
        .select_from(Store)
        .join(Order, Order.id == part.order_id)
        .join(Province, Province.id == Order.province_id)
        .outerjoin(Seal, Seal.store_id == Store.id)
        .where(Store.id == part.store_id)
    ).one()
    store, order = row.Store, row.Order
    home = db.session.execute(
        select(Province.name_fa, Province.name_en).where(Province.id == store.province_id)
    ).one()
    return {
        "seller": {
            "name_fa": store.name_fa,
            "name_en": store.name_en,
            "manager": store.manager_name,
            "address": store.address,
            "city_fa": store.city_fa,
            "city_en": store.city_en,
            "province_fa": home.name_fa,
            "province_en": home.name_en,
            "postal_code": store.postal_code,
            "phone": store.phone,
            "domain": store.domain,
            "seal_code": row.code,
        },
        "buyer": {
            "name": order.receiver,
            "mobile": order.receiver_mobile,
            "province_fa": row.name_fa,
            "province_en": row.name_en,
            "city": order.city,
            "address": order.address_line,
            "postal_code": order.postal_code,
        },
        "order_number": order.number,
        "paid_at": part.paid_at.isoformat() if part.paid_at else None,
    }
