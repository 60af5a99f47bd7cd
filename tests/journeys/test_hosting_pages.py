"""Hosting from both panels to the shopper: "sold by HOST for GUEST" wherever the offer shows."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.core.audit import Actor
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.guest_offers import name_guest
from marketplace.festival.models import OfferState
from tests.factories import AT, World, a_bare_store, a_member, a_token, an_offer, world
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

SOLD_BY = "فروشنده چرم آرتین است، برای حجره‌ی امین"


@pytest.fixture
def w(ctx, at) -> World:
    return world(at)


@pytest.fixture
def guest(app: Flask, w: World) -> Client:
    store = a_bare_store(kind="offline", slug="hojreh", name_fa="حجره‌ی امین", name_en="Amin's Stall")
    member = a_member(store)
    client = Client(app)
    client.sign_in(_person(member.person_id))
    return client


def _person(person_id: int):
    class Somebody:
        id = person_id

    return Somebody()


def test_from_the_question_to_the_shoppers_order(app, client, w, guest):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    page = guest.get("/panel/hosting")
    wrong = guest.submit(page.form("/panel/hosting"), other="nobody", expect=422)
    assert wrong.all("input", aria_invalid="true")
    guest.submit(page.form("/panel/hosting"), other="artin")
    guest.submit(page.form("/panel/hosting"), other="nik", expect=409)
    host = Client(app)
    host.sign_in(w.owners[0])
    page = host.submit(host.get("/panel/hosting").form("/acceptance"))
    draft = an_offer(
        w.stores[0],
        w.festival,
        w.categories[0],
        state=OfferState.approved,
        toman=150_000,
        title_fa="حصیر",
        title_en="Mat",
    )
    page = host.get("/panel/hosting")
    page = host.submit(page.form(f"/panel/hosting/offers/{draft.id}"), guest=_guest_option(page))
    host.post(f"/panel/hosting/offers/{w.soap.id}", {"guest": ""}, expect=409)
    _shown_to_everybody(app, client, w, draft)
    order = paid(gateway, w.shopper, (draft, 1))
    assert [part.store_id for part in parts_of(order)] == [w.stores[0].id]
    client.sign_in(w.shopper)
    assert SOLD_BY in client.get(f"/orders/{order.number}").text
    (part,) = parts_of(order)
    assert "حجره‌ی امین" in host.get(f"/panel/orders/{part.id}").text
    guest.get(f"/panel/orders/{part.id}", expect=404)
    page = guest.get("/panel/hosting")
    again = guest.submit(page.form("/end"), reason="", expect=422)
    guest.submit(again.form("/end"), reason="نماد گرفتیم")
    fallen = client.get(f"/offers/{draft.id}")
    assert "پایان یافته" in fallen.text and "buy" not in [f.element.get("id") for f in fallen.forms]
    admission = client.api("GET", f"/offers/{draft.id}/admission")
    assert [r["code"] for r in admission["reasons"]] == ["hosting_over"]
    assert SOLD_BY in client.get(f"/orders/{order.number}").text
    assert broken_invariants() == {}


def _guest_option(page) -> str:
    return next(o.get("value") for o in page.all("option") if o.get("value"))


def _shown_to_everybody(app, client, w, offer) -> None:
    """Card, offer page, cart, API; and the guest has no page, facet or seal of its own."""
    assert SOLD_BY in client.get("/c/beauty").text
    assert SOLD_BY in client.get(f"/offers/{offer.id}").text
    assert "Sold by Artin Leather for Amin" in client.get(f"/en/offers/{offer.id}").text
    client.sign_in(w.shopper2)
    client.post(f"/cart/lines/{offer.id}", {"quantity": "1", "add": "1"})
    assert SOLD_BY in client.get("/cart").text
    document = client.api("GET", f"/offers/{offer.id}")
    assert (document["sold_for"], document["store"]["slug"]) == ("حجره‌ی امین", "artin")
    cart = client.api("GET", "/cart", a_token(w.shopper2, "cart"))
    assert [line["sold_for"] for store in cart["stores"] for line in store["lines"]] == ["حجره‌ی امین"]
    client.get("/stores/hojreh", expect=404)
    assert client.api("GET", "/stores/hojreh", expect=404).status == 404
    assert "hojreh" not in client.get("/stores").source


def test_a_store_sells_for_itself_by_default(client, w):
    assert not client.get(f"/offers/{w.soap.id}").all("p", class_="sold-by")
    assert client.api("GET", f"/offers/{w.soap.id}")["sold_for"] is None
    with unit_of_work():
        name_guest(
            an_offer(w.stores[0], w.festival, w.categories[0], state=OfferState.draft).id,
            w.stores[0].id,
            None,
            Actor(1, "store", "x"),
            AT,
        )
