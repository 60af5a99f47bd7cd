"""A person's orders and lottery entries."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import absolute, answer, listed, paging
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses, takes
from marketplace.api.once import as_response, once, replay, this_call
from marketplace.api.placing import place, submission_key
from marketplace.api.schemas import base
from marketplace.api.schemas import orders as schemas
from marketplace.api.shapes.after import return_document
from marketplace.api.shapes.orders import (
    LOOK_AGAIN_SECONDS,
    entry_document,
    order_document,
    order_row_document,
    store_order_document,
)
from marketplace.core import clock
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.idempotency import KeyMissing
from marketplace.lottery.entries import weight_of
from marketplace.orders.after_inputs import Cancellation, ReturnWish
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.fulfilment import buyer_of, confirm_receipt
from marketplace.orders.inputs import Checkout
from marketplace.orders.queries import store_order_of_person
from marketplace.orders.returns import ask_return
from marketplace.policy.policy import policy_at
from marketplace.storefront.context import edition_or_404
from marketplace.storefront.entries_page import list_entries as entries_page
from marketplace.storefront.order_page import list_orders as orders_page
from marketplace.storefront.order_page import show_order as order_shown


@call("POST", "/orders", "orders")
@scoped("orders:write")
@needs_key
@reads(schemas.OrderWish)
@answers(201, schemas.Order)
def create_order(wish: dict[str, Any]) -> Response:
    """Buys the whole cart: holds its stock and opens one payment for all stores.

    With `payment.state` "opening" the gateway has not given its page yet: look at the order again after
    `retry_after_seconds`. The same key makes one order, whatever is lost on the way. 409 with all reasons when a
    line cannot be paid; 422 for an address or a way of shipping that will not do, or an empty cart.
    """
    asked = this_call()
    if asked is None:
        raise KeyMissing()
    try:
        checkout = Checkout.parse(wish["address"], wish.get("shipping", {}), submission_key(asked))
        kept, is_again = place(checkout, asked)
    except Invalid as error:
        error.fields = {_path_of(name): code for name, code in error.fields.items()}
        raise
    response = replay(kept) if is_again else as_response(kept)
    order = response.get_json()
    response.headers["Location"] = absolute(f"/api/v1/orders/{order['number']}")
    if order["payment"]["url"] is None:
        response.headers["Retry-After"] = str(LOOK_AGAIN_SECONDS)
    return response


def _path_of(name: str) -> str:
    """`shipping-nik` and `city` of the checkout form as the body's `shipping.nik` and `address.city`."""
    if name.startswith("shipping-"):
        return f"shipping.{name.removeprefix('shipping-')}"
    return f"address.{name}" if name in schemas.AddressWish().fields else name


@call("GET", "/orders", "orders")
@scoped("orders:read")
@takes(base.PageQuery)
@answers(200, schemas.OrderPage)
def list_orders() -> Response:
    """The person's orders, the newest first."""
    cursor, limit = paging()
    return answer(listed(orders_page(visitor().id, cursor, limit), order_row_document))


@call("GET", "/orders/<number>", "orders")
@scoped("orders:read")
@answers(200, schemas.Order)
@refuses(404)
def show_order(number: str) -> Response:
    """An own order with the way of each parcel. Another person's is not found."""
    return answer(order_document(order_shown(number, visitor().id, clock.now())))


@call("POST", "/store-orders/<int:store_order_id>/receipt", "orders")
@scoped("orders:write")
@answers(200, schemas.StoreOrder)
@refuses(404)
def create_receipt(store_order_id: int) -> Response:
    """The shopper has the parcel. Saying it twice changes nothing; before it was shipped: 409."""
    person_id = visitor().id
    return once(
        lambda at: confirm_receipt(store_order_id, person_id, at), lambda: _part(store_order_id, person_id)
    )


@call("POST", "/store-orders/<int:store_order_id>/cancellation", "orders")
@scoped("orders:write")
@needs_key
@reads(schemas.CancellationWish)
@answers(200, schemas.StoreOrder)
@refuses(404)
def create_cancellation(wish: dict[str, Any], store_order_id: int) -> Response:
    """Cancels a store order before anything of it was sent; the money goes back. Later: 409.

    `reason` is one of the codes, or words of the shopper's own.
    """
    person_id, cancellation = visitor().id, Cancellation.parse(wish)
    return once(
        lambda at: cancel_store_order(store_order_id, person_id, cancellation, visitor().actor(), at),
        lambda: _part(store_order_id, person_id),
    )


@call("POST", "/store-orders/<int:store_order_id>/return", "orders")
@scoped("orders:write")
@needs_key
@reads(schemas.ReturnWish)
@answers(201, schemas.Return)
@refuses(404)
def create_return(wish: dict[str, Any], store_order_id: int) -> Response:
    """Asks to send goods back within the days of withdrawal; gives the open return.

    409 with all reasons when nothing can go back now, 422 for more than was bought, the kit, or perishable goods
    without a fault. A `reason` that is no code counts as a withdrawal with a note.
    """
    person_id, asked = visitor().id, ReturnWish.parse(wish)
    return once(
        lambda at: ask_return(store_order_id, person_id, asked, (), visitor().actor(), at),
        lambda: return_document(store_order_id, person_id),
        201,
    )


def _part(store_order_id: int, person_id: int) -> dict[str, Any]:
    _, number = buyer_of(store_order_of_person(store_order_id, person_id))
    parts = order_shown(number, person_id, clock.now()).store_orders
    found = next((part for part in parts if part.id == store_order_id), None)
    if found is None:
        raise NotFound("unknown_order")
    return store_order_document(found)


@call("GET", "/me/entries", "orders")
@scoped("entries:read")
@takes(base.PageQuery)
@answers(200, schemas.EntryPage)
@refuses(404)
def list_entries() -> Response:
    """The person's chances in the present edition, each with its reason, the newest first."""
    at = clock.now()
    edition = edition_or_404(at)
    cursor, limit = paging()
    page = entries_page(visitor().id, edition.id, cursor, limit)
    total, cap = weight_of(edition.id, visitor().id), policy_at(at).entries_cap
    return answer(listed(page, entry_document, total=total, cap=cap, draw_at=edition.draw_at))
