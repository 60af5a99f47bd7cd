"""Cart and checkout. What the browser sends of prices, shipping sums or entries is never read."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.accounts.secrets import new_secret
from marketplace.core import clock, errands
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.addresses import addresses_of
from marketplace.orders.cart import accept_prices, check_line, remove_line, write_line
from marketplace.orders.checkout import lines_signature, place_order
from marketplace.orders.errors import EmptyCart, NotEnoughStock, TotalChanged, UnpayableLines
from marketplace.orders.inputs import Checkout, parse_quantity
from marketplace.orders.queries import last_address
from marketplace.policy.models import ShippingMethod
from marketplace.policy.tariffs import provinces
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.cart_page import show_cart as cart_shown
from marketplace.storefront.cart_shown import CheckoutShown
from marketplace.storefront.order_page import show_order
from marketplace.storefront.shown import words
from marketplace.storefront.visitors import buyer, cart_owner, likely_destination, named_destination

ADDRESS_FIELDS = ("receiver", "mobile", "province", "city", "line", "postal_code")


@blueprint.get("/cart")
@public
def show_cart() -> str:
    """The cart by store with the free-shipping meters."""
    destination, province = likely_destination()
    cart, _ = cart_shown(cart_owner(), destination, province, {}, clock.now())
    return render_template("storefront/cart.html", cart=cart)


@blueprint.post("/cart/lines/<int:offer_id>")
@public
def update_cart_line(offer_id: int) -> Response:
    """Puts a quantity of an offer into the cart, or changes it; `add=1` adds to what is there."""
    quantity = parse_quantity(request.form.get("quantity", "1"))
    owner = cart_owner(may_open=True)
    at = clock.now()
    if request.form.get("add"):
        quantity += _quantity_in_cart(offer_id)
    wish = check_line(owner, offer_id, quantity, at)
    with unit_of_work():
        write_line(owner, wish, at)
    put_notice("cart_updated")
    return redirect(url_for(".show_cart"), 303)


def _quantity_in_cart(offer_id: int) -> int:
    cart, _ = cart_shown(cart_owner(), None, None, {}, clock.now())
    lines = (line for store in cart.stores for line in store.lines)
    return next((line.quantity for line in lines if line.offer_id == offer_id), 0)


@blueprint.post("/cart/lines/<int:offer_id>/removal")
@public
def delete_cart_line(offer_id: int) -> Response:
    """Takes an offer out of the cart."""
    with unit_of_work():
        remove_line(cart_owner(), offer_id)
    put_notice("cart_line_removed")
    return redirect(url_for(".show_cart"), 303)


@blueprint.get("/checkout")
@signed_in
def new_checkout() -> str | Response:
    """Address, shipping and the sum, filled with the chosen or default kept address, else the last one used."""
    kept = addresses_of(visitor().id)
    asked = request.args.get("address", "")
    last = next((row for row in kept if str(row.id) == asked), kept[0] if kept else None)
    last = last or last_address(visitor().id)
    values = {}
    if last is not None:
        values = {
            "receiver": last.receiver,
            "mobile": last.receiver_mobile,
            "province": words(last.name_fa, last.name_en),
            "city": last.city,
            "line": last.address_line,
            "postal_code": last.postal_code,
        }
    else:
        values = {"receiver": visitor().display_name, "mobile": visitor().mobile}
    return _checkout_page(values, {}, new_secret())


@blueprint.post("/checkout")
@signed_in
def create_order() -> str | Response | tuple[str | Response, int]:
    """Places the order and leads to the gateway; with `preview` it only shows the sum for the address given.

    What is wrong is shown beside its field; a higher sum than the one seen is shown before anything is charged.
    """
    values = {name: request.form.get(name, "")[:400] for name in ADDRESS_FIELDS}
    key = request.form.get("submission_key", "")[:200]
    if request.form.get("preview"):
        return _checkout_page(values, {}, key or new_secret())
    try:
        return _place(values, key)
    except Invalid as error:
        sentences = {name: t(f"field.{code}") for name, code in error.fields.items()} or {
            "": t(f"error.{error.code}")
        }
        return _checkout_page(values, sentences, key), 422
    except TotalChanged as error:
        return _checkout_page(values, {"pay": t(f"error.{error.code}")}, key), error.status
    except (UnpayableLines, NotEnoughStock, EmptyCart) as error:
        return _checkout_page(values, {"": t(f"error.{error.code}")}, key), error.status


def _place(values: dict[str, str], key: str) -> Response:
    wish = Checkout.parse(values, _methods(), key, request.form.get("seen_total"))
    at = clock.now()
    with errands.place() as here:
        with unit_of_work():
            placed = place_order(buyer(), wish, at, seen_lines=request.form.get("seen_lines", ""))
            here.lease(placed.errand_id, at)
        here.run(patience=5)
    shown = show_order(placed.number, visitor().id, clock.now())
    return redirect(shown.pay_url or shown.url, 303)


def _methods() -> dict[str, str]:
    return {
        name.removeprefix("shipping-"): value[:40]
        for name, value in request.form.items()
        if name.startswith("shipping-") and value
    }


def _checkout_page(values: dict[str, str], errors: dict[str, str], key: str) -> str | Response:
    at = clock.now()
    destination, province = named_destination(values.get("province", ""), values.get("city", ""))
    wanted = {slug: ShippingMethod(m) for slug, m in _methods().items() if m in ShippingMethod.__members__}
    owner = cart_owner()
    cart, stores = cart_shown(owner, destination, province, wanted, at)
    if not cart.is_payable and not errors:
        put_notice("cart_not_payable", "warn")
        return redirect(url_for(".show_cart"), 303)
    if cart.has_changes:
        with unit_of_work():
            accept_prices(owner)
    shown = CheckoutShown(
        cart=cart,
        values=values,
        errors=errors,
        provinces=tuple((words(p.name_fa, p.name_en),) * 2 for p in provinces()),
        submission_key=key,
    )
    return render_template(
        "storefront/checkout.html",
        page=shown,
        kept=[(row.id, row.city, row.address_line) for row in addresses_of(visitor().id)],
        seen_lines=lines_signature(stores),
    )
