"""What a shopper's next page shows once a store or an offer fell: not in lists, not to be bought, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.web import jdate
from marketplace.festival.models import Application, Offer, OfferState
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    Seal,
    SealState,
    Store,
    UnionLicence,
)
from tests.factories import AT, World, a_finding, a_pledge_text, change, writing
from tests.factories.buying import in_cart
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")

DEEDS: dict[str, tuple[type, dict[str, Any], str]] = {
    "seal run out": (Seal, {"valid_until": AT}, "seal_expired"),
    "clearance adverse": (Clearance, {"state": ClearanceState.adverse}, "not_in_festival"),
    "hidden": (Store, {"hidden_at": AT, "hidden_reason": "رازی که هیچ‌کس نباید بخواند"}, "store_hidden"),
    "frozen": (Offer, {"state": OfferState.frozen}, "offer_frozen"),
}
PRIVATE_WORDS = ("استعلام", "اماکن", "سوء", "رد شد", "رازی که")


@pytest.fixture
def w(ctx, at, app) -> World:
    use_gateway(app, MemoryGateway())
    return the_world()


def offer_page(client: Client, w: World) -> Page:
    return client.get(f"/offers/{w.soap.id}-{w.soap.slug}")


def is_listed(client: Client, w: World) -> bool:
    """Whether the lists show the offer: all of them, or none, the choice of the home page included."""
    address = f"/offers/{w.soap.id}-"
    found = {
        path: address in client._open(path, method="GET").get_data(as_text=True)
        for path in ("/c/beauty", "/search", "/search?q=صابون", "/stores/artin", "/en/search", "/")
    }
    is_home = found.pop("/")
    assert len(set(found.values())) == 1, found
    assert found["/search"] or not is_home
    return found["/search"]


def words(client: Client, key: str) -> str:
    with client.app.test_request_context():
        return t(key)


def can_be_bought(client: Client, w: World) -> bool:
    return any(f"/cart/lines/{w.soap.id}" in form.action for form in offer_page(client, w).forms)


def ensure_fallen(client: Client, w: World, deed: str, reason: str) -> None:
    assert not is_listed(client, w), deed
    assert not can_be_bought(client, w), deed
    page = offer_page(client, w)
    assert words(client, f"reason.{reason}") in page.text, deed
    assert not [secret for secret in PRIVATE_WORDS if secret in page.text], deed
    refused = client.post(f"/cart/lines/{w.soap.id}", {"quantity": "1"}, expect=409)
    assert not [secret for secret in PRIVATE_WORDS if secret in refused.text], deed
    for path in (
        ("/stores/artin", "/stores", "/seal/" + _code(w)) if _code(w) else ("/stores/artin", "/stores")
    ):
        assert client.get(path).status == 200, deed


def _code(w: World) -> str:
    db.session.rollback()
    return db.session.scalar(select(Seal.code).where(Seal.store_id == w.stores[0].id)) or ""


def test_each_fall_is_seen_on_the_next_page_and_its_end_as_well(w, client: Client):
    in_cart(w.shopper, (w.soap, 1))
    client.sign_in(w.shopper)
    assert is_listed(client, w)
    assert can_be_bought(client, w)
    for deed, (model, values, reason) in DEEDS.items():
        key = model.id if model in (Offer, Store) else model.store_id
        row = db.session.scalars(
            select(model).where(key == (w.soap.id if model is Offer else w.stores[0].id))
        ).one()
        before = {name: getattr(row, name) for name in values}
        change(row, **values)
        ensure_fallen(client, w, deed, reason)
        cart = client.get("/cart")
        assert not any(form.action == "/checkout" for form in cart.forms)
        assert client.get("/checkout").path == "/cart", f"{deed}: a cart of fallen lines alone leads back"
        change(row, **before)
        assert can_be_bought(client, w), f"{deed}, and it was taken back"
    assert is_listed(client, w)


def test_a_critical_finding_and_a_new_pledge_are_seen_on_the_next_page(w, client: Client):
    finding = a_finding(w.stores[0])
    ensure_fallen(client, w, "critical finding", "critical_finding")
    change(finding, cleared_at=AT)
    assert is_listed(client, w)
    a_pledge_text("hygiene_kit", version=2, at=AT)
    ensure_fallen(client, w, "a new wording", "pledge_missing")


def test_a_store_without_any_paper_still_has_its_pages(w, client: Client):
    """Nothing of a missing licence, clearance or application breaks a page that somebody has bookmarked.

    A store that was neither sealed nor admitted is known to nobody.
    """
    with writing():
        for model in (UnionLicence, Clearance, Application):
            db.session.execute(delete(model).where(model.store_id == w.stores[0].id))
    ensure_fallen(client, w, "no paper but a seal", "not_in_festival")
    with writing():
        db.session.execute(delete(Seal).where(Seal.store_id == w.stores[0].id))
    client.get("/stores/artin", expect=404)
    assert client.get(f"/en/offers/{w.soap.id}-{w.soap.slug}").status == 200


def test_a_seal_past_its_date_is_called_so_wherever_it_is_shown(w, client: Client):
    """Nobody wrote `expired` into its row: the date alone says it."""
    seal = change(
        db.session.scalars(select(Seal).where(Seal.store_id == w.stores[0].id)).one(), valid_until=AT
    )
    assert seal.state is SealState.active
    assert words(client, "seal.state.expired") in client.get(f"/seal/{seal.code}").text
    with client.app.test_request_context():
        valid_until = t("store.seal_until", date=jdate(AT))
    page = client.get("/stores/artin")
    assert words(client, "reason.seal_expired") in page.text
    assert valid_until not in page.text
    change(seal, valid_until=AT + timedelta(seconds=1))
    assert valid_until in client.get("/stores/artin").text


def test_drafts_are_unknown_to_everybody(w, client: Client):
    for state in (OfferState.draft, OfferState.checked, OfferState.rejected):
        change(w.soap, state=state)
        client.get(f"/offers/{w.soap.id}", expect=404)
        client.get("/offers/987654", expect=404)
