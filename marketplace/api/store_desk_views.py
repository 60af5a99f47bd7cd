"""A store's own orders, for its programs. `g.store_id` is the store of the member whose token calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from flask import Response, g, request

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer, listed, paging, wanted_fields
from marketplace.api.blueprint import answers, call, edits, needs_key, reads, refuses, takes
from marketplace.api.bulk import each, items_of
from marketplace.api.once import once
from marketplace.api.schemas import bulk as bulk_schemas
from marketplace.api.schemas import store_orders as schemas
from marketplace.api.store_orders import store_order, store_orders
from marketplace.core import clock
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import Shipment, note_of, parse_lines
from marketplace.orders.cancellation import report_unavailable
from marketplace.orders.fulfilment import accept_store_order, pack_store_order
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.pickup import ensure_handed_over, hand_over_at_pickup

log = structlog.get_logger(__name__)


@call("GET", "/store/orders", "store")
@scoped("store:orders", store=True)
@takes(schemas.SoldOrderQuery)
@answers(200, schemas.SoldOrderPage)
@refuses(404)
def list_store_orders() -> Response:
    """The store's paid orders, the newest first.

    Addresses and mobiles are told while a parcel is still to be sent; each reading of them is logged.
    """
    (cursor, limit), only = paging(), wanted_fields(schemas.SoldOrder)
    page = store_orders(g.store_id, request.args.get("state", ""), cursor, limit)
    told = sum(1 for order in page.items if order["address"])
    if told:
        log.info("addresses_read", store=g.store_id, person=visitor().id, count=told)
    return answer(listed(page, lambda order: order, only))


@call("GET", "/store/orders/<int:store_order_id>", "store")
@scoped("store:orders", store=True)
@answers(200, schemas.SoldOrder)
@refuses(404)
def show_store_order(store_order_id: int) -> Response:
    """One paid order of the store. Its `ETag` goes into the `If-Match` of whatever is done with it."""
    order = store_order(store_order_id, g.store_id)
    if order["address"]:
        log.info("addresses_read", store=g.store_id, person=visitor().id, count=1)
    return answer(order)


@call("POST", "/store/orders/acceptances", "store")
@scoped("store:orders", store=True)
@reads(schemas.AcceptancesWish)
@answers(200, bulk_schemas.BulkAnswer)
def create_acceptances(wish: dict[str, Any]) -> Response:
    """The store takes up to a hundred orders on, each for itself."""
    store_id, actor = g.store_id, _actor()
    return each(items_of(wish), lambda item, at: accept_store_order(item["id"], store_id, actor, at))


@call("POST", "/store/orders/shipments", "store")
@scoped("store:orders", store=True)
@reads(schemas.ShipmentsWish)
@answers(200, bulk_schemas.BulkAnswer)
def create_shipments(wish: dict[str, Any]) -> Response:
    """Up to a hundred parcels are on their way, each with its carrier and tracking code."""
    store_id, actor = g.store_id, _actor()
    return each(
        items_of(wish),
        lambda item, at: ship_store_order(item["id"], store_id, Shipment.parse(item), actor, at),
    )


@call("POST", "/store/orders/<int:store_order_id>/acceptance", "store")
@scoped("store:orders", store=True)
@edits
@answers(200, schemas.SoldOrder)
@refuses(404)
def create_acceptance(store_order_id: int) -> Response:
    """The store takes an order on."""
    return _done(store_order_id, lambda at: accept_store_order(store_order_id, g.store_id, _actor(), at))


@call("POST", "/store/orders/<int:store_order_id>/packing", "store")
@scoped("store:orders", store=True)
@edits
@reads(schemas.PackingWish)
@answers(200, schemas.SoldOrder)
@refuses(404)
def create_packing(wish: dict[str, Any], store_order_id: int) -> Response:
    """Packed together with the hygiene kit; without `kit: true` it is refused with 422."""
    has_kit = wish.get("kit") is True
    return _done(
        store_order_id, lambda at: pack_store_order(store_order_id, g.store_id, has_kit, _actor(), at)
    )


@call("POST", "/store/orders/<int:store_order_id>/shipment", "store")
@scoped("store:orders", store=True)
@edits
@reads(schemas.ShipmentWish)
@answers(200, schemas.SoldOrder)
@refuses(404)
def create_shipment(wish: dict[str, Any], store_order_id: int) -> Response:
    """A parcel is on its way with a carrier and a tracking code; before it is packed with its kit: 422.

    Without `lines` it holds everything that has not left; the state is `part_shipped` until all has.
    """
    shipment = Shipment.parse(wish)
    return _done(
        store_order_id, lambda at: ship_store_order(store_order_id, g.store_id, shipment, _actor(), at)
    )


@call("POST", "/store/orders/<int:store_order_id>/unavailability", "store")
@scoped("store:orders", store=True)
@edits
@needs_key
@reads(schemas.UnavailabilityWish)
@answers(200, schemas.SoldOrder)
@refuses(404)
def create_unavailability(wish: dict[str, Any], store_order_id: int) -> Response:
    """Pieces that cannot be supplied: paid back at once; nothing of those offers is left to sell."""
    lines, note = parse_lines(wish), note_of(wish)
    return _done(
        store_order_id,
        lambda at: report_unavailable(store_order_id, g.store_id, lines, note, _actor(), at),
    )


@call("POST", "/store/orders/<int:store_order_id>/handover", "store")
@scoped("store:orders", store=True)
@reads(schemas.HandoverWish)
@answers(200, schemas.SoldOrder)
@refuses(404)
def create_handover(wish: dict[str, Any], store_order_id: int) -> Response:
    """The shopper took a pickup order at the counter and said its code; a wrong one is 422 and costs one of five tries.

    Handed over again it is as it was, with or without a key.
    """
    with unit_of_work():
        part = hand_over_at_pickup(
            store_order_id, g.store_id, str(wish.get("code", ""))[:20], _actor(), clock.now()
        )
    ensure_handed_over(part)
    return answer(store_order(store_order_id, g.store_id))


def _done(store_order_id: int, verb: Callable[[datetime], object]) -> Response:
    def shown() -> dict[str, Any]:
        return store_order(store_order_id, g.store_id)

    return once(verb, shown, seen=shown)


def _actor() -> Any:
    return visitor().actor("store")
