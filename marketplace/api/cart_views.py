"""The person's cart."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import scoped
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, edits, reads, refuses
from marketplace.api.once import once, once_looked
from marketplace.api.schemas import cart as schemas
from marketplace.api.shapes.cart import cart_document
from marketplace.core import clock
from marketplace.core.errors import Malformed
from marketplace.orders.cart import check_line, empty_cart, remove_line, write_line
from marketplace.orders.inputs import parse_quantity
from marketplace.storefront.cart_page import show_cart as cart_shown
from marketplace.storefront.visitors import cart_owner, likely_destination


@call("GET", "/cart", "cart")
@scoped("cart")
@answers(200, schemas.Cart)
def show_cart() -> Response:
    """The cart, store by store, with every sum and what is missing for free shipping."""
    return answer(_cart())


@call("PUT", "/cart/lines/<int:offer_id>", "cart")
@scoped("cart")
@edits
@reads(schemas.LineWish)
@answers(200, schemas.Cart)
@refuses(404)
def update_cart_line(wish: dict[str, Any], offer_id: int) -> Response:
    """Sets how many of an offer are in the cart, from 1 to 999; answers the whole cart.

    400 for 0 or anything else that is no such number; 409 with all reasons when it is not on sale, fewer are left,
    or the limit per buyer is reached.
    """
    if type(wish["quantity"]) is not int:
        raise Malformed("bad_quantity")
    owner, quantity = cart_owner(), parse_quantity(wish["quantity"])
    return once_looked(
        lambda at: check_line(owner, offer_id, quantity, at),
        lambda line, at: write_line(owner, line, at),
        _cart,
        seen=_cart,
    )


@call("DELETE", "/cart/lines/<int:offer_id>", "cart")
@scoped("cart")
@edits
@answers(200, schemas.Cart)
@refuses(404)
def delete_cart_line(offer_id: int) -> Response:
    """Takes an offer out of the cart; what is not there is not missed."""
    return once(lambda at: remove_line(cart_owner(), offer_id), _cart, seen=_cart)


@call("DELETE", "/cart", "cart")
@scoped("cart")
@edits
@answers(200, schemas.Cart)
def delete_cart() -> Response:
    """Empties the cart."""
    return once(lambda at: empty_cart(cart_owner()), _cart, seen=_cart)


def _cart() -> dict[str, Any]:
    destination, province = likely_destination()
    shown, _ = cart_shown(cart_owner(), destination, province, {}, clock.now())
    return cart_document(shown)
