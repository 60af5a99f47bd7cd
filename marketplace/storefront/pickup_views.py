"""Pickup on the shopper's side: another code for an order that is taken in person."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import signed_in, visitor
from marketplace.core import clock
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.pickup import renew_pickup_code
from marketplace.storefront.blueprint import blueprint


@blueprint.post("/orders/<number>/store-orders/<int:store_order_id>/pickup-code")
@signed_in
def create_pickup_code(number: str, store_order_id: int) -> Response:
    """The old code opens nothing any more."""
    with unit_of_work():
        renew_pickup_code(store_order_id, visitor().id, clock.now())
    put_notice("pickup_code_renewed")
    return redirect(url_for(".show_order", number=number), 303)
