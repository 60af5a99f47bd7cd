"""What anybody may read by program: the edition, offers, admission, stores, seals."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.models import Variant
from marketplace.core.db import db
from marketplace.festival.models import OfferState
from marketplace.stores.models import Clearance, ClearanceState, Seal, SealState
from tests.factories import a_bare_store, a_finding, a_price, an_application, an_offer, change, world
from tests.factories.rows import fresh
from tests.journeys.api_calls import Program

FILTERS = (
    ("category=beauty", "soap tea saffron"),
    ("category=nothing", ""),
    ("store=artin", "soap scarf"),
    ("min_toman=100000&max_toman=100001", "scarf saffron"),
    ("min_toman=۱۰۰٬۰۰۱&max_toman=۲۵۰۰۰۰", "saffron bowl"),
    ("min_discount=25", "soap scarf tea saffron bowl carpet"),
    ("min_discount=26", ""),
    ("q=چاي", "tea"),
    ("q=زعفران سر", "saffron"),
    ("free_shipping=1", "saffron bowl carpet"),
    ("province=Isfahan", "tea saffron"),
    ("stars=5", ""),
    ("in_stock=1", "scarf tea saffron bowl carpet"),
    ("in_stock=0", "soap scarf tea saffron bowl carpet"),
    ("q=' OR 1=1 --", ""),
    ("q=%00", "soap scarf tea saffron bowl carpet"),
    ("unknown=1", "soap scarf tea saffron bowl carpet"),
)
SORTS = (
    ("price", "soap tea scarf saffron bowl carpet"),
    ("-price", "carpet bowl saffron scarf tea soap"),
    ("newest", "carpet bowl saffron tea scarf soap"),
)
UNREADABLE = (
    ("limit=0", "bad_limit"),
    ("limit=101", "bad_limit"),
    ("limit=-1", "bad_limit"),
    ("limit=ten", "bad_limit"),
    ("limit=1e1", "bad_limit"),
    ("limit=" + "9" * 5000, "bad_limit"),
    ("sort=price;DROP TABLE offers", "bad_sort"),
    ("sort=stocked_count", "bad_sort"),
    ("min_toman=-1", "bad_filter"),
    ("max_toman=" + "9" * 40, "bad_filter"),
    ("min_discount=100", "bad_filter"),
    ("in_stock=maybe", "bad_filter"),
    ("cursor=!!!", "bad_cursor"),
    ("cursor=WzFd", "bad_cursor"),
    ("cursor=" + "W1t" * 4000, "bad_cursor"),
)


@pytest.fixture
def bazaar(ctx, at):
    return world(at)


@pytest.fixture
def anybody(app, bazaar) -> Program:
    return Program(app)


def seal_of(store):
    """The seal of a store, to be changed."""
    return fresh(db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one())


def clearance_of(store):
    return fresh(db.session.scalars(select(Clearance).where(Clearance.store_id == store.id)).one())


def ids(page) -> list[int]:
    return [item["id"] for item in page["items"]]


def moment(text: str) -> datetime:
    assert text.endswith("Z"), "moments are UTC"
    return datetime.fromisoformat(text)


# --- edition and categories --------------------------------------------------------------------------------------


def test_the_edition_with_its_numbers(anybody, bazaar):
    festival = anybody.get("/festival")
    assert (festival["slug"], festival["phase"]) == ("nowruz-1405", "live")
    assert moment(festival["windows"]["live_from"]) == bazaar.festival.live_from
    policy = festival["policy"]
    assert (policy["free_shipping_above_toman"], policy["min_discount_percent"]) == (100_000, 15)
    assert policy["hygiene_kit"] is True


def test_without_an_edition_there_is_nothing(app, at):
    program = Program(app)
    for path in ("/festival", "/categories", "/offers", "/stores"):
        assert program.get(path, expect=404)["code"] == "no_festival"


def test_categories_in_their_order(anybody, bazaar):
    page = anybody.get("/categories")
    assert [(c["slug"], c["name"]) for c in page["items"]] == [
        ("beauty", "آرایشی و بهداشتی"),
        ("crafts", "صنایع دستی"),
    ]
    assert page["next_cursor"] is None
    assert page["items"][0]["url"] == "http://localhost/c/beauty"


def test_the_language_is_the_callers(app, bazaar):
    assert Program(app).get("/categories")["items"][0]["name"] == "آرایشی و بهداشتی"
    for wish in ("en", "en-GB,en;q=0.9", "de,en;q=0.5"):
        found = Program(app, language=wish).get("/categories")["items"][0]
        assert (found["name"], found["url"]) == ("Beauty", "http://localhost/en/c/beauty")
    for wish in ("fa", "fa-IR,fa;q=0.9,en;q=0.1", "de", "*", "x" * 300):
        assert Program(app, language=wish).get("/categories")["items"][0]["name"] == "آرایشی و بهداشتی"
    refused = Program(app, language="en").get("/stores/nobody", expect=404)
    assert refused["title"] == "There is no such store"


# --- offers ------------------------------------------------------------------------------------------------------


def test_a_card(anybody, bazaar):
    (card,) = anybody.get("/offers?store=nik&max_toman=60000")["items"]
    assert card["id"] == bazaar.tea.id
    seal = card["store"].pop("seal")
    assert (seal["stars"], seal["state"]) == (4, "active")
    assert card["store"] == {"slug": "nik", "name": "عطاری نیک"}
    assert (card["regular_toman"], card["reference_toman"], card["festival_toman"]) == (
        80_000,
        80_000,
        60_000,
    )
    assert (card["discount_percent"], card["in_stock"]) == (25, True)
    assert card["url"].startswith(f"http://localhost/offers/{bazaar.tea.id}-")


def test_filters(anybody, bazaar):
    change(bazaar.soap, sold_count=bazaar.soap.stocked_count)
    found = {query: set(ids(anybody.get(f"/offers?{query}"))) for query, _ in FILTERS}
    assert found == {query: {getattr(bazaar, name).id for name in names.split()} for query, names in FILTERS}


def test_sorts(anybody, bazaar):
    for sort, names in SORTS:
        assert ids(anybody.get(f"/offers?sort={sort}")) == [
            getattr(bazaar, name).id for name in names.split()
        ], sort


def test_discount_and_its_alias_begin_with_the_largest(anybody, bazaar):
    change(bazaar.bowl, discount_percent=60)
    change(bazaar.tea, discount_percent=40)
    for sort in ("discount", "-discount"):
        assert ids(anybody.get(f"/offers?sort={sort}"))[:2] == [bazaar.bowl.id, bazaar.tea.id]


def test_pages_hold_every_offer_once(anybody, bazaar):
    for sort in ("popular", "newest", "price", "-price", "discount"):
        found, cursor = [], ""
        for _ in range(3):
            page = anybody.get(f"/offers?sort={sort}&limit=2&cursor={cursor}")
            found += ids(page)
            cursor = page["next_cursor"]
        assert cursor is None
        assert sorted(found) == sorted(offer.id for offer in bazaar.offers), sort


def test_a_query_that_cannot_be_read(anybody):
    for query, code in UNREADABLE:
        assert anybody.get(f"/offers?{query}", expect=400)["code"] == code, query


def test_a_cursor_of_another_list_is_refused(anybody):
    cursor = anybody.get("/stores?limit=1")["next_cursor"]
    assert anybody.get(f"/offers?cursor={cursor}", expect=400)["code"] == "bad_cursor"


def test_an_offer_whole(anybody, bazaar):
    variant = db.session.scalars(select(Variant).where(Variant.id == bazaar.carpet.variant_id)).one()
    a_price(variant, 1_736_000, since=bazaar.festival.live_from)
    change(bazaar.carpet, sold_count=3, held_count=2)
    offer = anybody.get(f"/offers/{bazaar.carpet.id}")
    assert (offer["stock_left"], offer["limit_per_buyer"]) == (5, 5)
    assert (offer["on_sale"], offer["reasons"], offer["entries"]) == (True, [], 18)
    assert [p["price_toman"] for p in offer["price_history"]] == [2_314_667, 1_736_000]
    assert moment(offer["price_history"][-1]["at"]) == bazaar.festival.live_from
    assert offer["attributes"] == [{"label": "ساخت", "value": "ایران"}]


# --- admission ---------------------------------------------------------------------------------------------------


def test_on_sale(anybody, bazaar):
    assert anybody.get(f"/offers/{bazaar.soap.id}/admission") == {"on_sale": True, "reasons": []}


def test_all_reasons_are_told_and_nothing_of_persons(anybody, bazaar):
    artin = bazaar.stores[0]
    change(seal_of(artin), state=SealState.suspended)
    change(clearance_of(artin), state=ClearanceState.adverse)
    a_finding(artin)
    change(bazaar.soap, sold_count=bazaar.soap.stocked_count, state=OfferState.frozen)
    found = anybody.get(f"/offers/{bazaar.soap.id}/admission")
    assert found["on_sale"] is False
    codes = ["seal_suspended", "not_in_festival", "critical_finding", "offer_frozen", "sold_out"]
    assert [r["code"] for r in found["reasons"]] == codes
    assert all(r["message"] for r in found["reasons"])
    assert "adverse" not in str(found)


def test_a_reason_tells_when_it_lapses(anybody, bazaar, at):
    change(bazaar.festival, live_from=at + timedelta(days=1))
    (reason,) = anybody.get(f"/offers/{bazaar.soap.id}/admission")["reasons"]
    assert reason["code"] == "festival_not_started"
    assert moment(reason["until"]) == at + timedelta(days=1)


def test_a_revocation_takes_effect_on_the_next_call(anybody, bazaar):
    assert bazaar.soap.id in ids(anybody.get("/offers"))
    change(seal_of(bazaar.stores[0]), state=SealState.revoked)
    assert bazaar.soap.id not in ids(anybody.get("/offers"))
    assert "artin" not in [s["slug"] for s in anybody.get("/stores")["items"]]
    offer = anybody.get(f"/offers/{bazaar.soap.id}")
    assert (offer["on_sale"], offer["store"]["seal"]["state"]) == (False, "revoked")
    store = anybody.get("/stores/artin")
    assert (store["admitted"], [r["code"] for r in store["reasons"]]) == (False, ["seal_revoked"])


def test_a_seal_past_its_date_reads_expired_everywhere(anybody, bazaar, at):
    seal = change(seal_of(bazaar.stores[0]), valid_until=at)
    assert anybody.get(f"/seals/{seal.code}")["state"] == "expired"
    assert anybody.get("/stores/artin")["seal"]["state"] == "expired"
    assert anybody.get(f"/offers/{bazaar.soap.id}")["store"]["seal"]["state"] == "expired"


def test_what_is_not_published_is_not_found(anybody, bazaar):
    for state in (OfferState.draft, OfferState.checked, OfferState.rejected):
        change(bazaar.soap, state=state)
        for path in (f"/offers/{bazaar.soap.id}", f"/offers/{bazaar.soap.id}/admission"):
            assert anybody.get(path, expect=404)["code"] == "unknown_offer"


def test_an_unknown_offer_is_not_found(anybody):
    for ident in ("0", "4711", str(2**63), "9" * 30, "9" * 6000, "-1", "1.5", "abc", "%00"):
        for path in (f"/offers/{ident}", f"/offers/{ident}/admission"):
            anybody.get(path, expect=404)


# --- stores and seals --------------------------------------------------------------------------------------------


def test_the_directory(anybody, bazaar):
    first = anybody.get("/stores?limit=2")
    rest = anybody.get(f"/stores?limit=2&cursor={first['next_cursor']}")
    found = first["items"] + rest["items"]
    assert [s["slug"] for s in found] == ["artin", "lalejin", "nik"], "the order of the Persian alphabet"
    assert {s["offer_count"] for s in found} == {2}
    assert [s["slug"] for s in anybody.get("/stores?q=سفال")["items"]] == ["lalejin"]


def test_a_store_shows_no_private_data(anybody, bazaar):
    store = anybody.get("/stores/artin")
    assert (store["admitted"], store["offer_count"], store["kind"]) == (True, 2, "online")
    assert not [name for name in store if "national" in name or "sheba" in name or "clearance" in name]


def test_a_store_without_a_seal(anybody, bazaar):
    bare = a_bare_store(slug="bare")
    an_offer(bare, bazaar.festival)
    anybody.get("/stores/bare", expect=404)
    an_application(bare, bazaar.festival)
    store = anybody.get("/stores/bare")
    assert (store["seal"], store["admitted"]) == (None, False)


def test_a_seal(anybody, bazaar):
    code = anybody.get("/stores/artin")["seal"]["code"]
    seal = anybody.get(f"/seals/{code}")
    assert (seal["state"], seal["valid"], seal["store"]["slug"]) == ("active", True, "artin")


def test_unknown_stores_and_seals_are_not_found(anybody):
    for path in ("/stores/nobody", "/seals/NONE", "/stores/%00", "/seals/%F0%9F", "/stores/a%2Fb"):
        anybody.get(path, expect=404)
