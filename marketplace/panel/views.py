"""The store's order pages. `g.store_id` is the store of the member who acts."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.errors import WrongStep
from marketplace.orders.fulfilment import accept_store_order, pack_store_order
from marketplace.orders.parcels import ship_store_order
from marketplace.panel.board import show_board
from marketplace.panel.first_days import first_days
from marketplace.panel.order_answers import order_page, refused

blueprint = Blueprint("panel", __name__, url_prefix="/panel")


@blueprint.get("/")
@store_member
def show_panel() -> Response:
    """The panel opens on the order board."""
    return redirect(url_for(".list_store_orders"), 302)


@blueprint.get("/orders")
@store_member
def list_store_orders() -> str:
    """The order board."""
    board = show_board(g.store_id, clock.now())
    return render_template("panel/orders.html", board=board, first_steps=first_days(g.store_id))


@blueprint.get("/orders/<int:store_order_id>")
@store_member
def show_store_order(store_order_id: int) -> str:
    """One own order with its next step."""
    return order_page(store_order_id)


@blueprint.post("/orders/<int:store_order_id>/acceptance")
@store_member
def create_acceptance(store_order_id: int) -> Response | tuple[str, int]:
    """The store takes the order on."""
    try:
        with unit_of_work():
            accept_store_order(store_order_id, g.store_id, visitor().actor("store"), clock.now())
    except WrongStep as error:
        return refused(store_order_id, error)
    return _done(store_order_id, "order_accepted")


@blueprint.post("/orders/<int:store_order_id>/packing")
@store_member
def create_packing(store_order_id: int) -> Response | tuple[str, int]:
    """Packed, with the kit ticked."""
    is_ticked = request.form.get("kit") == "1"
    try:
        with unit_of_work():
            pack_store_order(store_order_id, g.store_id, is_ticked, visitor().actor("store"), clock.now())
    except (Invalid, WrongStep) as error:
        return refused(store_order_id, error)
    return _done(store_order_id, "order_packed")


@blueprint.post("/orders/<int:store_order_id>/shipment")
@store_member
def create_shipment(store_order_id: int) -> Response | tuple[str, int]:
    """On its way with a carrier and a tracking code."""
    try:
        shipment = Shipment.parse(request.form)
        with unit_of_work():
            ship_store_order(store_order_id, g.store_id, shipment, visitor().actor("store"), clock.now())
    except (Invalid, WrongStep) as error:
        return refused(store_order_id, error)
    return _done(store_order_id, "order_shipped")


def _done(store_order_id: int, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_store_order", store_order_id=store_order_id), 303)
