"""The store's pages after the sale: what it cannot supply, returns, documents."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import ReturnDecision, note_of, parse_lines
from marketplace.orders.cancellation import report_unavailable
from marketplace.orders.documents import DocumentShown, print_document
from marketplace.orders.documents import show_invoice as invoice_shown
from marketplace.orders.documents import show_slip as slip_shown
from marketplace.orders.errors import WrongStep
from marketplace.orders.invoices import numbered_invoice
from marketplace.orders.queries import store_order_of_store
from marketplace.orders.return_check import decide_return
from marketplace.panel.after import list_returns as returns_shown
from marketplace.panel.after import show_return as return_shown
from marketplace.panel.order_answers import refused

ORDER = "/orders/<int:store_order_id>"


blueprint = Blueprint("panel_after", __name__, url_prefix="/panel")


@blueprint.post(f"{ORDER}/unavailability")
@store_member
def create_unavailability(store_order_id: int) -> Response | tuple[str, int]:
    """The store cannot supply some pieces: their money goes back at once."""
    try:
        wanted, note = parse_lines(request.form), note_of(request.form)
        with unit_of_work():
            report_unavailable(
                store_order_id, g.store_id, wanted, note, visitor().actor("store"), clock.now()
            )
    except (Invalid, WrongStep) as error:
        return refused(store_order_id, error)
    put_notice("unavailability_reported")
    return redirect(url_for("panel.show_store_order", store_order_id=store_order_id), 303)


@blueprint.get(f"{ORDER}/slip")
@store_member
def show_slip(store_order_id: int) -> str:
    """The packing slip, as it is printed."""
    return _document(slip_shown(store_order_of_store(store_order_id, g.store_id)), store_order_id, "slip")


@blueprint.get(f"{ORDER}/slip.pdf")
@store_member
def print_slip(store_order_id: int) -> Response:
    """The packing slip as a PDF."""
    return _pdf(slip_shown(store_order_of_store(store_order_id, g.store_id)))


@blueprint.get(f"{ORDER}/invoices/<int:number>")
@store_member
def show_invoice(store_order_id: int, number: int) -> str:
    """An invoice or credit note of an own order, as it is printed."""
    store_order_of_store(store_order_id, g.store_id)
    shown = invoice_shown(numbered_invoice(store_order_id, number))
    return _document(shown, store_order_id, "invoice", number=number)


@blueprint.get(f"{ORDER}/invoices/<int:number>.pdf")
@store_member
def print_invoice(store_order_id: int, number: int) -> Response:
    """The same as a PDF."""
    store_order_of_store(store_order_id, g.store_id)
    return _pdf(invoice_shown(numbered_invoice(store_order_id, number)))


@blueprint.get("/returns")
@store_member
def list_returns() -> str:
    """The inbox of returns."""
    return render_template("panel/returns.html", rows=returns_shown(g.store_id))


@blueprint.get("/returns/<number>")
@store_member
def show_return(number: str) -> str:
    """A return with the form of the decision."""
    return render_template("panel/return.html", shown=return_shown(number, g.store_id), errors={}, values={})


@blueprint.post("/returns/<number>/decision")
@store_member
def create_return_decision(number: str) -> Response | tuple[str, int]:
    """The store takes the goods back, or refuses some with its reason."""
    try:
        decision = ReturnDecision.parse(request.form)
        with unit_of_work():
            decide_return(number, g.store_id, decision, visitor().actor("store"), clock.now())
    except Invalid as error:
        page = render_template(
            "panel/return.html",
            shown=return_shown(number, g.store_id),
            errors=_sentences(error),
            values=request.form,
        )
        return page, error.status
    put_notice("return_decided")
    return redirect(url_for(".show_return", number=number), 303)


def _document(shown: DocumentShown, store_order_id: int, kind: str, **values: Any) -> str:
    return render_template(
        "orders/document.html",
        doc=shown,
        back_url=url_for("panel.show_store_order", store_order_id=store_order_id),
        pdf_url=url_for(f".print_{kind}", store_order_id=store_order_id, **values),
    )


def _pdf(shown: DocumentShown) -> Response:
    return FlaskResponse(
        print_document(shown),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{shown.file_name}"'},
    )


def _sentences(error: Invalid) -> dict[str, str]:
    return {name: t(f"field.{code}") for name, code in error.fields.items()} or {"": t(f"error.{error.code}")}
