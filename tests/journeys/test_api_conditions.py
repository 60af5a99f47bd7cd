"""What makes a program's life bearable: how often it may call, what has not changed, parts, several at once."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.encodings import CODINGS
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.selling import lower_price
from marketplace.orders.fulfilment import accept_store_order
from tests.factories import World, a_store, a_token, an_offer, writing
from tests.factories.buying import paid, parts_of
from tests.factories.rows import AT
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program, a_program
from tests.packing import UNPACK
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
DRAFT = {
    "sku": "C-1", "title_fa": "سجاده‌ی دست‌بافت", "category": "crafts", "description_fa": "بافته‌ی دست از پشم طبیعی.",
    "weight_grams": 900, "regular_toman": 1_000_000, "festival_toman": 800_000, "stocked_count": 5,
    "limit_per_buyer": 2,
}  # fmt: skip


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def store(app, w) -> Program:
    return a_program(app, w.owners[0], language="en")


# --- how often ---------------------------------------------------------------------------------------------------


def test_every_answer_says_how_many_calls_are_left(app, w):
    app.config["API_TOKEN_RATE"] = "3 per minute"
    program = a_program(app, w.shopper)
    left = [program.call("GET", "/cart").headers["RateLimit"] for _ in range(3)]
    assert [told.partition(";t=")[0] for told in left] == ['"token";r=2', '"token";r=1', '"token";r=0']
    policy = program.call("GET", "/cart", expect=429).headers["RateLimit-Policy"]
    assert policy == '"person";q=1200;w=60, "token";q=3;w=60'
    assert Program(app).call("GET", "/festival").headers["RateLimit"].startswith('"person";r=')


def test_a_token_that_runs_wild_leaves_the_others_their_share(app, w):
    app.config |= {"API_TOKEN_RATE": "2 per minute", "API_RATE": "5 per minute"}
    wild, other = (Program(app, a_token(w.shopper, "cart")) for _ in range(2))
    for _ in range(2):
        wild.get("/cart")
    wild.get("/cart", expect=429)
    other.get("/cart")
    other.get("/cart", expect=200)
    third = Program(app, a_token(w.shopper, "cart"))
    third.get("/cart", expect=429)
    a_program(app, w.shopper2).get("/cart")


# --- what has not changed ----------------------------------------------------------------------------------------


def test_what_was_seen_is_not_sent_again(app, w):
    program = Program(app)
    first = program.call("GET", "/offers")
    tag = first.headers["ETag"]
    assert program.call("GET", "/offers", headers={"If-None-Match": tag}, expect=304).json is None
    with unit_of_work():
        lower_price(w.soap.id, w.soap.store_id, 55_000, an_owner(w), AT)
    again = program.call("GET", "/offers", headers={"If-None-Match": tag}, expect=200)
    assert again.headers["ETag"] != tag
    english = program.call("GET", "/offers", headers={"Accept-Language": "en"})
    assert english.headers["ETag"] != again.headers["ETag"]


def an_owner(w: World):
    return Actor(w.owners[0].id, "store", "x")


def test_a_change_holds_only_for_what_was_seen(app, w, store):
    path = f"/store/offers/{w.soap.id}"
    seen = store.call("GET", path)
    match = {"If-Match": seen.headers["ETag"]}
    changed = store.call("PATCH", path, {"stocked_count": 12}, headers=match, expect=200)
    assert changed["stocked_count"] == 12
    with nothing_written():
        refused = store.call("PATCH", path, {"festival_toman": 50_000}, headers=match, expect=412)
        assert refused["code"] == "changed_meanwhile"
        store.call(
            "PATCH", path, {"festival_toman": 50_000}, headers={"If-Match": f'"{"0" * 32}"'}, expect=412
        )
    match = {"If-Match": store.call("GET", path).headers["ETag"]}
    once = store.call("PATCH", path, {"festival_toman": 50_000}, headers=match, key="k", expect=200)
    again = store.call("PATCH", path, {"festival_toman": 50_000}, headers=match, key="k", expect=200)
    assert again.json == once.json, "the same call again is no other call: its own change does not refuse it"
    assert store.call("GET", path).json == once.json
    with nothing_written():
        for tag in ('"x"', "true", "*", seen.headers["ETag"].strip('"'), ""):
            for key in ("k", "fresh"):
                wrong = store.call(
                    "PATCH", path, {"festival_toman": 50_000}, headers={"If-Match": tag}, key=key, expect=400
                )
                assert wrong["code"] == "bad_tag", "a used key does not hide it"


def test_a_cart_is_not_overwritten_by_a_second_device(app, w):
    one, two = (a_program(app, w.shopper) for _ in range(2))
    match = {"If-Match": one.call("GET", "/cart").headers["ETag"]}
    two.put(f"/cart/lines/{w.tea.id}", {"quantity": 1})
    with nothing_written():
        one.call("DELETE", "/cart", headers=match, expect=412)
        one.call("PUT", f"/cart/lines/{w.soap.id}", {"quantity": 1}, headers=match, expect=412)
    one.call("DELETE", "/cart", headers={"If-Match": one.call("GET", "/cart").headers["ETag"]}, expect=200)


@pytest.mark.parametrize("coding", CODINGS)
def test_documents_are_squeezed_for_who_takes_it(app, w, coding):
    plain = Program(app).call("GET", "/offers")
    raw = Program(app).client.browser.get("/api/v1/offers", headers={"Accept-Encoding": f"{coding}, *;q=0"})
    assert raw.headers["Content-Encoding"] == coding
    assert orjson.loads(UNPACK[coding](raw.data)) == plain.json
    assert "Accept-Encoding" in raw.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"], "the plain one is not for everybody either"


# --- parts and pages ---------------------------------------------------------------------------------------------


def test_a_list_gives_the_fields_that_were_asked_for(app, w, store):
    for item in Program(app).get("/offers?fields=id,festival_toman&limit=3")["items"]:
        assert set(item) == {"id", "festival_toman"}
    assert set(Program(app).get("/stores?fields=slug")["items"][0]) == {"slug"}
    assert set(store.get("/store/offers?fields=id,state")["items"][0]) == {"id", "state"}
    for wrong in ("", "id,secret", "id,,title", "*"):
        assert (
            Program(app).get(f"/offers?fields={wrong}", expect=400)["fields"]["fields"]["code"]
            == "bad_choice"
        )


@pytest.mark.parametrize("path", ["/offers?sort=newest", "/offers?sort=price", "/stores?", "/store/offers?"])
def test_pages_are_stable_while_rows_are_added(app, w, store, path):
    """Whatever comes in between, each row that stood at the beginning is given once."""
    known = {str(item.get("id", item.get("slug"))) for item in store.get(path)["items"]}
    seen: list[str] = []
    cursor, at_page = None, 0
    while cursor or not at_page:
        page = store.get(f"{path}&limit=1" + (f"&cursor={cursor}" if cursor else ""))
        seen += [str(item.get("id", item.get("slug"))) for item in page["items"]]
        cursor, at_page = page["next_cursor"], at_page + 1
        if at_page < 4:
            with writing():
                place = w.provinces[at_page].id
                fresh = a_store(at=AT, festival=w.festival, province_id=place, slug=f"a-{at_page}")
                an_offer(store=fresh, category=w.categories[0], festival=w.festival, at=AT)
    assert len(seen) == len(set(seen))
    assert known <= set(seen)


# --- several at once ---------------------------------------------------------------------------------------------


def test_orders_taken_on_together_each_for_itself(app, w, store):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    mine = [parts_of(paid(gateway, w.shopper, (w.soap, 1)))[0].id for _ in range(3)]
    [others] = parts_of(paid(gateway, w.shopper, (w.tea, 1)))
    with unit_of_work():
        accept_store_order(mine[1], w.stores[0].id, an_owner(w), AT)
    items = [{"id": number} for number in (*reversed(mine), others.id, 10**9)]
    answer = store.post("/store/orders/acceptances", {"items": items}, key="all")
    assert [r["id"] for r in answer["results"]] == [item["id"] for item in items]
    assert [r["status"] for r in answer["results"]][3:] == [404, 404]
    assert {r["status"] for r in answer["results"][:3]} == {200}
    assert answer["results"][3]["problem"]["code"] == answer["results"][4]["problem"]["code"]
    with nothing_written():
        assert store.post("/store/orders/acceptances", {"items": items}, key="all") == answer
    assert {store.get(f"/store/orders/{number}")["state"] for number in mine} == {"accepted"}
    sent = [{"id": mine[0], "carrier": "pishtaz", "tracking_code": "RR10000001"}, {"id": mine[1]}]
    unpacked = store.post("/store/orders/shipments", {"items": sent})["results"]
    assert [r["status"] for r in unpacked] == [422, 422]
    assert set(unpacked[1]["problem"]["fields"]) == {"carrier", "tracking_code"}
    a_program(app, w.shopper2).post("/store/orders/acceptances", {"items": items}, expect=404)


def test_stocks_and_prices_together(app, w, store):
    items = [
        {"id": w.soap.id, "stocked_count": 20},
        {"id": w.tea.id, "stocked_count": 20},
        {"id": w.scarf.id, "stocked_count": "x"},
        {"id": w.scarf.id, "stocked_count": 7},
    ]
    answer = store.post("/store/offers/stocks", {"items": items})
    assert [r["status"] for r in answer["results"]] == [200, 404, 422, 200]
    db.session.rollback()
    counts = dict(db.session.execute(select(Offer.id, Offer.stocked_count)).all())
    assert (counts[w.soap.id], counts[w.tea.id], counts[w.scarf.id]) == (20, 10, 7)
    prices = [{"id": w.soap.id, "festival_toman": 70_000}, {"id": w.scarf.id, "festival_toman": 90_000}]
    answer = store.post("/store/offers/prices", {"items": prices})
    assert [r["status"] for r in answer["results"]] == [409, 200]
    with nothing_written():
        for wrong in ([], [{}], [{"id": True}], [{"id": 2**63 - 1}], "x", [{"id": 1}] * 101):
            store.post("/store/offers/stocks", {"items": wrong}, expect=422)


def test_an_offer_from_draft_to_check_by_program(app, w, store):
    made = store.post("/store/offers", DRAFT, key="one", expect=201)
    assert store.post("/store/offers", DRAFT, key="one", expect=201) == made
    path = f"/store/offers/{made['id']}"
    assert (made["state"], made["festival_toman"], made["sku"]) == ("draft", 800_000, "C-1")
    other = a_program(app, w.owners[1])
    with nothing_written():
        wrong = store.post("/store/offers", {**DRAFT, "sku": "C-2", "festival_toman": "ریال"}, expect=422)
        assert set(wrong["fields"]) == {"festival_toman"}
        store.post("/store/offers", DRAFT, expect=409)
        store.call("PATCH", path, {"stocked_count": 3}, expect=409)
        store.call("PATCH", path, {}, expect=422)
        refused = store.post(f"{path}/submission", expect=422)
        assert refused["reasons"], "no evidence yet: every finding is told"
        for method, there in (
            ("GET", path),
            ("PATCH", path),
            ("POST", f"{path}/submission"),
            ("POST", f"{path}/ending"),
        ):
            other.call(method, there, {"stocked_count": 1} if method == "PATCH" else None, expect=404)
    assert [o["id"] for o in store.get("/store/offers?state=draft")["items"]] == [made["id"]]
    assert store.post(f"/store/offers/{w.soap.id}/ending")["state"] == OfferState.ended.value


def test_an_address_is_ended_only_as_it_was_seen(app, w, store):
    hook = store.post("/webhooks", {"url": "https://shop.example/x", "events": ["order.paid"]}, expect=201)
    here = f"/webhooks/{hook['id']}"
    tag = store.call("GET", here).headers["ETag"]
    with nothing_written():
        for method, path in (("DELETE", here), ("POST", f"{here}/secret")):
            stale = store.call(method, path, headers={"If-Match": f'"{"0" * 32}"'}, expect=412)
            assert stale["code"] == "changed_meanwhile"
    assert store.call("DELETE", here, headers={"If-Match": tag}, expect=200)["items"] == []
