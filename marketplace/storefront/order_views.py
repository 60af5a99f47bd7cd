"""Own orders: the page, another try to pay, the receipt; own lottery entries."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import signed_in, visitor
from marketplace.core import clock, errands
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.pages import awards_of_person
from marketplace.orders.fulfilment import confirm_receipt
from marketplace.orders.kit_reports import report_missing_kit
from marketplace.orders.payment import try_payment_again
from marketplace.orders.queries import order_of_person, store_order_of_person
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import alive_payment
from marketplace.storefront.after_page import own_part, show_after
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.entries_page import show_entries
from marketplace.storefront.order_page import list_orders as orders_page
from marketplace.storefront.order_page import show_order as order_shown
from marketplace.storefront.order_page import show_read
from marketplace.storefront.order_read import read_order
from marketplace.storefront.order_shown import OrdersShown
from marketplace.storefront.visitors import buyer


@blueprint.get("/orders")
@signed_in
def list_orders() -> str:
    """The person's orders, the newest first."""
    page = orders_page(visitor().id, request.args.get("cursor"))
    following = url_for(".list_orders", cursor=page.next_cursor) if page.next_cursor else None
    return render_template("storefront/orders.html", page=OrdersShown(tuple(page.items), following))


@blueprint.get("/orders/<number>")
@signed_in
def show_order(number: str) -> str:
    """An own order with timeline and arithmetic. After the gateway it says that the payment is being confirmed."""
    at = clock.now()
    read = read_order(number, visitor().id)
    shown = show_read(read, at, is_confirming=request.args.get("from") == "gateway")
    return render_template("storefront/order.html", order=shown, after=show_after(read, at))


@blueprint.post("/orders/<number>/payment")
@signed_in
def create_payment(number: str) -> Response:
    """Another try: leads to the open page, or asks the gateway for one."""
    order = order_of_person(number, visitor().id)
    with unit_of_work():
        errand_id = try_payment_again(order.id, buyer(), clock.now())
    if errand_id is not None:
        errands.run(errand_id, patience=5)
    shown = order_shown(number, visitor().id, clock.now())
    if shown.pay_url is None and shown.payment == "opening":
        put_notice("gateway_still_away", "warn")
    return redirect(shown.pay_url or shown.url, 303)


@blueprint.post("/orders/<number>/payment-check")
@signed_in
def create_payment_check(number: str) -> Response:
    """Has the gateway asked now what became of the payment."""
    order = order_of_person(number, visitor().id)
    at = clock.now()
    errand_id = None
    with unit_of_work():
        alive = alive_payment(f"order:{order.id}")
        if alive is not None:
            errand_id = ask_about(alive.id, f"shopper-{int(at.timestamp()) // 5}", at)
    if errand_id is not None:
        errands.run(errand_id, patience=5)
    return redirect(url_for(".show_order", number=number), 303)


@blueprint.post("/orders/<number>/store-orders/<int:store_order_id>/receipt")
@signed_in
def create_receipt(number: str, store_order_id: int) -> Response:
    """The shopper has the parcel."""
    order = order_of_person(number, visitor().id)
    part = store_order_of_person(store_order_id, visitor().id)
    if part.order_id == order.id:
        with unit_of_work():
            confirm_receipt(store_order_id, visitor().id, clock.now())
        put_notice("receipt_confirmed")
    return redirect(url_for(".show_order", number=number), 303)


@blueprint.post("/orders/<number>/store-orders/<int:store_order_id>/kit-report")
@signed_in
def create_kit_report(number: str, store_order_id: int) -> Response:
    """The shopper has the parcel, and there was no hygiene kit in it."""
    own_part(number, store_order_id, visitor().id)
    with unit_of_work():
        report_missing_kit(store_order_id, visitor().id, clock.now())
    put_notice("kit_reported")
    return redirect(url_for(".show_order", number=number), 303)


@blueprint.get("/me/entries")
@signed_in
def list_entries() -> str:
    """The person's chances, each with its reason."""
    at = clock.now()
    awards = awards_of_person(visitor().id, at)
    return render_template("storefront/entries.html", page=show_entries(visitor().id, at), awards=awards)
