"""Invoice and packing slip as they are read, on a page or on paper: words and digits of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.core.pdf import Column, Paper
from marketplace.core.web import digits, jdate, number
from marketplace.core.words import in_words
from marketplace.orders.after_models import Invoice, InvoiceKind
from marketplace.orders.invoices import invoice_of
from marketplace.orders.models import Order, StoreOrder
from marketplace.orders.queries import lines_of
from marketplace.policy.models import Province
from marketplace.stores.models import Store

RIAL_PER_TOMAN = 10
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line in words; `unit` and `total` are empty on a packing slip."""

    place: str
    title: str
    quantity: str
    unit: str = ""
    discount: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class DocumentShown:
    """A document ready to be read: every string worded, every number in digits of the language."""

    title: str
    facts: Pairs
    seller: Pairs
    buyer: Pairs
    lines: tuple[DocumentLine, ...]
    sums: Pairs
    total: tuple[str, str] | None
    words: str
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    has_prices: bool
    file_name: str
    at: datetime


def show_invoice(invoice: Invoice) -> DocumentShown:
    """An invoice or credit note from the facts that were kept with it."""
    facts = invoice.facts
    is_credit = invoice.kind is InvoiceKind.credit
    lines = tuple(
        DocumentLine(
            number(place),
            _word(line, "title"),
            number(line["quantity"]),
            number(line["unit_toman"]),
            number(max(0, line["reference_toman"] - line["unit_toman"]) * line["quantity"]),
            number(line["total_toman"]),
        )
        for place, line in enumerate([*facts["lines"]], 1)
    )
    kit = () if is_credit else (_kit_line(len(lines) + 1, has_prices=True),)
    told = [
        (t("document.number"), digits(invoice.number)),
        (t("document.date"), jdate(invoice.issued_at)),
        (t("document.order"), digits(facts["order_number"])),
    ]
    if facts["of_number"]:
        told.append((t("document.of_invoice"), digits(facts["of_number"])))
    total = facts["total_toman"]
    return DocumentShown(
        title=t(f"document.{invoice.kind.value}"),
        facts=tuple(told),
        seller=_seller(facts["seller"]),
        buyer=_buyer(facts["buyer"]),
        lines=(*lines, *kit),
        sums=_sums(facts, is_credit),
        total=(
            t("document.total_back" if is_credit else "document.total"),
            f"{number(total)} {t('ui.toman')}",
        ),
        words=t(
            "document.in_words",
            words=in_words(total, current_language()),
            rial=number(total * RIAL_PER_TOMAN),
        ),
        notes=(t("document.vat_note", percent=digits(facts["vat_percent"])),),
        advice=() if is_credit else _advice(),
        has_prices=True,
        file_name=f"invoice-{facts['order_number']}-{invoice.number}.pdf",
        at=invoice.issued_at,
    )


def show_slip(part: StoreOrder) -> DocumentShown:
    """The packing slip of a store order: what goes into the parcel, to whom, the kit, and the advice."""
    order = db.session.get_one(Order, part.order_id)
    store = db.session.get_one(Store, part.store_id)
    province = db.session.get_one(Province, order.province_id)
    invoice = invoice_of(part.id)
    kept = [(line, line.quantity - line.cancelled_count) for line in lines_of([part.id])]
    lines = [
        DocumentLine(
            number(place), line.title_en if current_language() == "en" else line.title_fa, number(count)
        )
        for place, (line, count) in enumerate([row for row in kept if row[1]], 1)
    ]
    told = [
        (t("document.order"), digits(order.number)),
        (t("document.date"), jdate(part.packed_at or part.paid_at or order.placed_at)),
        (t("document.method"), t(f"method.{part.shipping_method.value}")),
        (t("document.weight"), t("document.grams", count=number(part.weight_grams))),
    ]
    if invoice is not None:
        told.append((t("document.invoice_number"), digits(invoice.number)))
    to = {
        "name": order.receiver,
        "mobile": order.receiver_mobile,
        "province_fa": province.name_fa,
        "province_en": province.name_en,
        "city": order.city,
        "address": order.address_line,
        "postal_code": order.postal_code,
    }
    seller = {
        "name_fa": store.name_fa,
        "name_en": store.name_en,
        "address": store.address,
        "city_fa": store.city_fa,
        "city_en": store.city_en,
        "postal_code": store.postal_code,
        "phone": store.phone,
    }
    return DocumentShown(
        title=t("document.slip"),
        facts=tuple(told),
        seller=_seller(seller),
        buyer=_buyer(to),
        lines=(*lines, _kit_line(len(lines) + 1)),
        sums=(),
        total=None,
        words="",
        notes=(t("document.slip_note"),),
        advice=_advice(),
        has_prices=False,
        file_name=f"slip-{order.number}-{part.id}.pdf",
        at=part.packed_at or part.paid_at or order.placed_at,
    )


def print_document(shown: DocumentShown) -> bytes:
    """The same as a PDF. Some 0.2 s: outside units of work."""
    paper = Paper(current_language(), shown.title, shown.at, footer=t("document.footer"))
    paper.heading(shown.title)
    paper.key_values(shown.facts, columns=3)
    paper.rule()
    for title, pairs in ((t("document.seller"), shown.seller), (t("document.buyer"), shown.buyer)):
        paper.heading(title, 2)
        paper.key_values(pairs)
    paper.space(1)
    columns = [Column(t("document.place"), 8), Column(t("document.goods"), 60)]
    columns.append(Column(t("document.quantity"), 10, "number"))
    if shown.has_prices:
        columns += [
            Column(t("document.unit"), 19, "number"),
            Column(t("document.discount"), 19, "number"),
            Column(t("document.line_total"), 19, "number"),
        ]
    paper.table(columns, [_cells(line, shown.has_prices) for line in shown.lines])
    if shown.total is not None:
        paper.sums(shown.sums, shown.total)
        paper.paragraph(shown.words, bold=True)
    for note in shown.notes:
        paper.paragraph(note, muted=True)
    if shown.advice:
        paper.heading(t("order.advice"), 2)
        paper.items(shown.advice)
    return paper.output()


def _cells(line: DocumentLine, has_prices: bool) -> tuple[str, ...]:
    words = (line.place, line.title, line.quantity)
    return (*words, line.unit, line.discount, line.total) if has_prices else words


def _kit_line(place: int, *, has_prices: bool = False) -> DocumentLine:
    free = number(0) if has_prices else ""
    return DocumentLine(number(place), t("document.kit"), number(1), free, free, free)


def _sums(facts: Mapping[str, Any], is_credit: bool) -> Pairs:
    rows = [(t("document.goods_sum"), number(facts["goods_toman"]))]
    shipping = facts["shipping_toman"]
    if not is_credit:
        rows.append((t("document.tariff"), number(facts["tariff_toman"])))
        if facts["borne_toman"]:
            rows.append((t("document.borne"), number(-facts["borne_toman"])))
    if shipping or not is_credit:
        rows.append((t("document.shipping"), number(shipping) if shipping else t("shipping.free")))
    rows.append((t("document.vat", percent=digits(facts["vat_percent"])), number(facts["vat_toman"])))
    return tuple(rows)


def _seller(facts: Mapping[str, Any]) -> Pairs:
    comma = t("ui.comma") + " "
    place = comma.join(filter(None, (_word(facts, "province"), _word(facts, "city"), facts["address"])))
    rows = [
        (t("document.name"), _word(facts, "name")),
        (t("document.manager"), facts.get("manager") or ""),
        (t("document.seal"), digits(facts.get("seal_code") or "")),
        (t("document.phone"), digits(facts["phone"])),
        (t("document.postal_code"), digits(facts["postal_code"])),
        (t("document.address"), place),
    ]
    return tuple(row for row in rows if row[1])


def _buyer(facts: Mapping[str, Any]) -> Pairs:
    comma = t("ui.comma") + " "
    place = comma.join((_word(facts, "province"), facts["city"], facts["address"]))
    return (
        (t("document.name"), facts["name"]),
        (t("document.phone"), digits(facts["mobile"])),
        (t("document.postal_code"), digits(facts["postal_code"])),
        (t("document.address"), place),
    )


def _advice() -> tuple[str, ...]:
    return tuple(t("order.advice_text").split("|"))


def _word(facts: Mapping[str, Any], name: str) -> str:
    return str(facts.get(f"{name}_{current_language()}") or facts.get(f"{name}_fa") or "")
