"""Pickup page by page: the shopper reads code and place, the store hands over, and a wrong code is told."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.core.text import ascii_digits
from marketplace.orders.pickup import pickup_codes
from marketplace.stores.models import StoreKind
from tests.factories import World, change, world
from tests.factories.buying import a_wish, broken_invariants, paid, parts_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client


@pytest.fixture
def w(ctx, at) -> World:
    made = world(at)
    change(made.stores[0], kind=StoreKind.offline)
    return made


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_from_the_cart_to_the_counter(app: Flask, client, w, prefix):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    order = paid(gateway, w.shopper, (w.soap, 1), wish=a_wish(methods={"artin": "pickup"}))
    (part,) = parts_of(order)
    client.sign_in(w.shopper)
    page = client.get(f"{prefix}/orders/{order.number}")
    code = pickup_codes([part.id])[part.id]
    assert code in ascii_digits(page.text).replace(" ", "")
    assert page.one("img", class_="pickup__qr").get("src").startswith("data:image/svg+xml")
    store = Client(app)
    store.sign_in(w.owners[0])
    page = store.submit(store.get(f"{prefix}/panel/orders/{part.id}").form("/acceptance"))
    page = store.submit(page.form("/packing"), kit="1")
    assert code not in ascii_digits(page.source)
    again = store.submit(page.form("/handover"), code="12", expect=422)
    assert again.all("input", aria_invalid="true")
    page = client.get(f"{prefix}/orders/{order.number}")
    client.submit(page.form("/pickup-code"))
    fresh = pickup_codes([part.id])[part.id]
    store.submit(again.form("/handover"), code=fresh)
    page = client.get(f"{prefix}/orders/{order.number}")
    assert not page.all("section", class_="pickup")
    assert broken_invariants() == {}


def test_the_cart_offers_the_counter(client, w):
    client.sign_in(w.shopper2)
    client.post(f"/cart/lines/{w.soap.id}", {"quantity": "1", "add": "1"})
    assert "تحویل حضوری" in client.get("/cart").text
    assert "تحویل حضوری" in client.get("/checkout").text
