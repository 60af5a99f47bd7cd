"""What a shopper may do after the payment: cancel, send back, read documents."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import signed_in, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import take_uploads
from marketplace.orders.after_inputs import CANCEL_REASONS, Cancellation, ReturnWish, Shipment
from marketplace.orders.after_rules import CANCELLABLE
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.documents import print_document
from marketplace.orders.documents import show_invoice as invoice_shown
from marketplace.orders.errors import TooLateToCancel
from marketplace.orders.invoices import numbered_invoice
from marketplace.orders.refunding import rest_of
from marketplace.orders.returns import ask_return, send_return, withdraw_return
from marketplace.storefront.after_page import own_part, show_return_form
from marketplace.storefront.after_page import show_return as return_shown
from marketplace.storefront.blueprint import blueprint

PART = "/orders/<number>/store-orders/<int:store_order_id>"


@blueprint.get(f"{PART}/cancellation")
@signed_in
def new_cancellation(number: str, store_order_id: int) -> str:
    """Asks before a store order is cancelled, and says what goes back."""
    return _cancellation(number, store_order_id, {})


@blueprint.post(f"{PART}/cancellation")
@signed_in
def create_cancellation(number: str, store_order_id: int) -> Response | tuple[str, int]:
    """Cancels what has not left the store."""
    own_part(number, store_order_id, visitor().id)
    try:
        wish = Cancellation.parse(request.form)
        with unit_of_work():
            cancel_store_order(store_order_id, visitor().id, wish, visitor().actor(), clock.now())
    except Invalid as error:
        return _cancellation(number, store_order_id, _sentences(error)), error.status
    put_notice("store_order_cancelled")
    return redirect(url_for(".show_order", number=number), 303)


@blueprint.get(f"{PART}/return")
@signed_in
def new_return(number: str, store_order_id: int) -> str:
    """Which goods go back, how many, why."""
    form = show_return_form(number, store_order_id, visitor().id)
    return render_template("storefront/return_new.html", form=form, errors={}, values={})


@blueprint.post(f"{PART}/return")
@signed_in
def create_return(number: str, store_order_id: int) -> Response | tuple[str, int]:
    """Opens the return; files are looked at before anything is written."""
    own_part(number, store_order_id, visitor().id)
    try:
        wish = ReturnWish.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            made = ask_return(
                store_order_id, visitor().id, wish, files, visitor().actor(), clock.now()
            ).number
    except Invalid as error:
        form = show_return_form(number, store_order_id, visitor().id)
        values = {name: value[:1000] for name, value in request.form.items()}
        page = render_template(
            "storefront/return_new.html", form=form, errors=_sentences(error), values=values
        )
        return page, error.status
    put_notice("return_asked")
    return redirect(url_for(".show_return", number=made), 303)


@blueprint.get("/returns/<number>")
@signed_in
def show_return(number: str) -> str:
    """An own return: where to send the goods, what the store decided, what goes back."""
    return _return_page(number, {})


@blueprint.post("/returns/<number>/shipment")
@signed_in
def create_return_shipment(number: str) -> Response | tuple[str, int]:
    """The goods are on their way to the store."""
    try:
        shipment = Shipment.parse(request.form)
        with unit_of_work():
            send_return(number, visitor().id, shipment, visitor().actor(), clock.now())
    except Invalid as error:
        return _return_page(number, _sentences(error)), error.status
    put_notice("return_sent")
    return redirect(url_for(".show_return", number=number), 303)


@blueprint.post("/returns/<number>/withdrawal")
@signed_in
def create_return_withdrawal(number: str) -> Response:
    """The shopper keeps the goods after all."""
    with unit_of_work():
        withdraw_return(number, visitor().id, visitor().actor(), clock.now())
    put_notice("return_withdrawn")
    return redirect(url_for(".show_return", number=number), 303)


@blueprint.get(f"{PART}/invoices/<int:invoice_number>")
@signed_in
def show_invoice(number: str, store_order_id: int, invoice_number: int) -> str:
    """An invoice or credit note, as it is printed."""
    own_part(number, store_order_id, visitor().id)
    return render_template(
        "orders/document.html",
        doc=invoice_shown(numbered_invoice(store_order_id, invoice_number)),
        back_url=url_for(".show_order", number=number),
        pdf_url=url_for(
            ".print_invoice", number=number, store_order_id=store_order_id, invoice_number=invoice_number
        ),
    )


@blueprint.get(f"{PART}/invoices/<int:invoice_number>.pdf")
@signed_in
def print_invoice(number: str, store_order_id: int, invoice_number: int) -> Response:
    """The same as a PDF."""
    own_part(number, store_order_id, visitor().id)
    shown = invoice_shown(numbered_invoice(store_order_id, invoice_number))
    return FlaskResponse(
        print_document(shown),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{shown.file_name}"'},
    )


def _cancellation(number: str, store_order_id: int, errors: dict[str, str]) -> str:
    order, part = own_part(number, store_order_id, visitor().id)
    if part.state not in CANCELLABLE:
        raise TooLateToCancel(params={"state": part.state})
    return render_template(
        "storefront/cancellation.html",
        number=order.number,
        order_url=url_for(".show_order", number=order.number),
        url=url_for(".create_cancellation", number=order.number, store_order_id=part.id),
        back_toman=sum(rest_of(part)),
        reasons=[(code, t(f"cancel_reason.{code}")) for code in CANCEL_REASONS],
        errors=errors,
        values=request.form,
    )


def _return_page(number: str, errors: dict[str, str]) -> str:
    return render_template(
        "storefront/return.html",
        shown=return_shown(number, visitor().id),
        errors=errors,
        values=request.form,
    )


def _sentences(error: Invalid) -> dict[str, Any]:
    return {name: t(f"field.{code}") for name, code in error.fields.items()} or {"": t(f"error.{error.code}")}
