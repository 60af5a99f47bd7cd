"""The desk of offers, page by page: decided with the findings in sight, stale pages refused, stores hidden, shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.prices import record_price
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.deciding import submit_offer
from marketplace.festival.drafting import draft_offer
from marketplace.festival.models import Offer
from marketplace.festival.offer_inputs import OfferWish
from tests.factories import a_person, an_official, world
from tests.factories.buying import broken_invariants
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
STORE = Actor(None, "store", "پری")
DAY = timedelta(days=1)


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def desk(app, w):
    client = Client(app)
    client.sign_in(an_official("office"))
    return client


def waiting(w, at, sku, *, url=None, since=40, title=None):
    wish = OfferWish(
        sku, title or f"کیف {sku}", f"Bag {sku}", w.soap.category_id, "دوخته از چرم گاوی.", "", "", "", 700,
        1_000_000, 800_000, 10, 2, None, None, url,
    )  # fmt: skip
    with unit_of_work():
        offer = draft_offer(w.stores[0].id, w.festival, wish, STORE, at - since * DAY)
        offer_id = offer.id
        if not url:
            record_price(offer.variant_id, wish.regular_toman, at - since * DAY)
    with unit_of_work():
        submit_offer(offer_id, w.stores[0].id, STORE, at)
    return offer_id


def state(client, offer_id):
    with client.app.app_context():
        return db.session.scalar(select(Offer.state).where(Offer.id == offer_id)).value


def test_several_clean_offers_are_approved_at_once_and_can_be_bought(app, desk, w, at):
    ids = [waiting(w, at, f"B-{n}") for n in range(3)]
    page = desk.get("/office/offers")
    assert all(f"کیف B-{n}" in page.text for n in range(3))
    marks = [e.get("value") for e in page.all("input", name="offer")]
    page = desk.post("/office/offers/decisions", {"offer": marks, "act": "approve"})
    assert [state(desk, i) for i in ids] == ["live"] * 3 and "تصمیم گرفته شد" in page.text
    shopper = Client(app)
    shown = shopper.get(f"/offers/{ids[0]}-bag")
    assert "کیف B-0" in shown.text and shown.form(f"/cart/lines/{ids[0]}")
    assert broken_invariants() == {}


def test_what_needs_a_person_stops_the_whole_choice(desk, w, at):
    clean, young = waiting(w, at, "B-1"), waiting(w, at, "B-2", url="https://prices.example/2", since=1)
    page = desk.get("/office/offers?finding=evidence_to_be_read")
    assert "کیف B-2" in page.text and "کیف B-1" not in page.text
    page = desk.get("/office/offers")
    marks = [e.get("value") for e in page.all("input", name="offer")]
    page = desk.post("/office/offers/decisions", {"offer": marks, "act": "approve"}, expect=409)
    assert "جداگانه ببیند" in page.text
    assert (state(desk, clean), state(desk, young)) == ("checked", "checked")
    page = desk.post("/office/offers/decisions", {"act": "approve"}, expect=422)
    page = desk.get(f"/office/offers/{young}")
    page = desk.submit(page.form("/approval"), expect=422, evidence_toman="")
    page = desk.submit(page.form("/approval"), expect=422, evidence_toman="۹۰۰٬۰۰۰")
    assert "کمترین قیمت" in page.text
    page = desk.submit(page.form("/approval"), evidence_toman="۱٬۰۰۰٬۰۰۰")
    assert state(desk, young) == "live"


def test_a_stale_page_is_refused_and_the_fresh_state_shown(app, desk, w, at):
    offer_id = waiting(w, at, "B-1")
    mine = desk.get(f"/office/offers/{offer_id}")
    other = Client(app)
    other.sign_in(an_official("office"))
    theirs = other.get(f"/office/offers/{offer_id}")
    other.submit(theirs.form("/rejection"), reasons="wrong_category")
    page = desk.submit(mine.form("/approval"), expect=409)
    assert "تغییر کرده است" in page.text and "ردشده" in page.text and "راسته نادرست است" in page.text
    assert state(desk, offer_id) == "rejected"
    with desk.app.app_context():
        person = db.session.scalars(select(Offer).where(Offer.id == offer_id)).one()
    store = Client(app)
    store.sign_in(w.owners[0])
    page = store.get(f"/panel/offers/{person.id}")
    assert "نپذیرفت" in page.text and "راسته نادرست است" in page.text


def test_an_offer_is_stopped_and_a_store_hidden_and_both_come_back(app, desk, w):
    offer = w.soap
    page = desk.get(f"/office/offers/{offer.id}")
    page = desk.submit(page.form("/freezing"), expect=422)
    assert "دست‌کم یکی را انتخاب کنید" in page.text
    page = desk.submit(page.form("/freezing"), reasons="health")
    assert "متوقف" in page.text
    page = desk.submit(page.form("/unfreezing"), note="گواهی دیده شد")
    page = desk.submit(page.form("/hiding"), reason="fraud", note="گزارش پلیس")
    assert page.path == "/office/hidden-stores"
    shopper = Client(app)
    assert not [f for f in shopper.get(f"/offers/{offer.id}-x").forms if "/cart/lines" in f.action]
    page = desk.post(f"/office/stores/{offer.store_id}/reinstatement", {"note": ""}, expect=422)
    page = desk.submit(page.form("/reinstatement"), note="نادرست بود")
    assert "فروشگاهی پنهان نیست" in page.text


def test_only_the_office_decides(app, w, at):
    offer_id = waiting(w, at, "B-1")
    auditor, inspector, shopper = Client(app), Client(app), Client(app)
    auditor.sign_in(an_official("auditor"))
    inspector.sign_in(an_official("health_inspector"))
    shopper.sign_in(a_person())
    auditor.get(f"/office/offers/{offer_id}")
    for client in (auditor, inspector, shopper):
        for act in ("approval", "rejection", "freezing", "unfreezing"):
            client.post(f"/office/offers/{offer_id}/{act}", {"version": "2"}, expect=403)
        client.post("/office/offers/decisions", {"offer": f"{offer_id}:2", "act": "approve"}, expect=403)
        client.post(f"/office/stores/{w.stores[0].id}/hiding", {"reason": "fraud", "note": "x"}, expect=403)
    assert state(auditor, offer_id) == "checked"


@pytest.mark.parametrize("mark", ["x", "1:x", "9" * 40, "1"])
def test_marks_of_ones_own_making_are_refused(desk, w, mark):
    desk.post("/office/offers/decisions", {"offer": mark, "act": "approve"}, expect=400)
    desk.post("/office/offers/decisions", {"offer": "1:1", "act": "burn"}, expect=400)
    desk.get("/office/offers?cursor=x", expect=400)
