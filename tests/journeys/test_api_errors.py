"""What the API refuses, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import ApiToken
from marketplace.accounts.tokens import SCOPES
from marketplace.api.blueprint import LARGEST_BODY_BYTES
from marketplace.api.document import document_of
from marketplace.core.db import db
from marketplace.orders.models import StoreOrder
from tests.factories import a_person, a_token, change, fresh
from tests.factories.buying import in_cart, place
from tests.journeys.api_calls import ADDRESS, PREFIX, Program, a_program
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

BAD_QUANTITIES = (0, -1, 1000, 10**9, 10**30, 0.5, 1.0, "1", "1e3", "۲", True, None, [], {}, "")

WRONG_ORDERS = (
    ({}, {"address": "required"}),
    ({"address": None}, {"address": "bad_value"}),
    ({"address": []}, {"address": "bad_value"}),
    ({"address": {}}, dict.fromkeys([f"address.{name}" for name in ADDRESS], "required")),
    ({"address": {**ADDRESS, "receiver": 5}}, {"address.receiver": "bad_value"}),
    ({"address": {**ADDRESS, "mobile": "0912"}}, {"address.mobile": "bad_mobile"}),
    ({"address": {**ADDRESS, "postal_code": "1111111111"}}, {"address.postal_code": "bad_postal_code"}),
    ({"address": {**ADDRESS, "province": "آتلانتیس"}}, {"address.province": "unknown_province"}),
    ({"address": {**ADDRESS, "province": "\0تهران\0\0x"}}, {"address.province": "unknown_province"}),
    ({"address": {**ADDRESS, "city": " \0 "}}, {"address.city": "required"}),
    ({"address": {**ADDRESS, "line": "x"}}, {"address.line": "too_short"}),
    ({"address": ADDRESS, "shipping": {"artin": "balloon"}}, {"shipping.artin": "unknown_method"}),
    ({"address": ADDRESS, "shipping": {"artin": []}}, {"shipping.artin": "bad_value"}),
    ({"address": ADDRESS, "shipping": []}, {"shipping": "bad_value"}),
    ({"address": ADDRESS, "shipping": {"artin": "courier"}}, {"shipping.artin": "method_not_there"}),
)


@pytest.fixture
def bazaar(ctx, at):
    return the_world()


@pytest.fixture
def shopper(app, bazaar) -> Program:
    return a_program(app, bazaar.shopper)


def tokened_calls(app) -> list[tuple[str, str, str]]:
    """(method, path with ids filled in, scope) of every call that needs a token."""
    found = []
    for path, methods in document_of(app)["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                bare = path.removeprefix(PREFIX).replace("{number}", "100000000")
                for parameter in operation["parameters"]:
                    known = parameter["schema"].get("enum", ("1",))[0]
                    bare = bare.replace(f"{{{parameter['name']}}}", str(known))
                found.append((method.upper(), bare, operation["security"][0]["token"][0]))
    return found


# --- who -------------------------------------------------------------------------------------------------------------


def test_without_a_token_nothing_is_told(app, bazaar):
    calls = tokened_calls(app)
    assert len(calls) > 12
    with nothing_written():
        for method, path, _ in calls:
            answer = Program(app).call(method, path, {} if method in ("PUT", "POST") else None, expect=401)
            assert (answer["code"], answer.headers["WWW-Authenticate"]) == ("token_needed", "Bearer"), path


def test_a_token_that_is_none(app, bazaar, at):
    worn = a_token(bazaar.shopper, *SCOPES, expires_at=at)
    revoked = a_token(bazaar.shopper, *SCOPES, revoked_at=at - timedelta(days=1))
    closed = a_token(a_person(disabled_at=at), *SCOPES)
    for token in ("x", "\x00", "ß", worn, revoked, closed):
        headers = {"Authorization": f"Bearer {token}"}
        assert Program(app).call("GET", "/cart", headers=headers, expect=401)["code"] == "token_needed"
    good = a_token(bazaar.shopper, *SCOPES)
    for header in (good, f"Basic {good}", "Bearer", f"Bearer{good}"):
        Program(app).call("GET", "/cart", headers={"Authorization": header}, expect=401)


def test_a_browser_session_is_no_token(app, bazaar):
    program = Program(app)
    program.client.sign_in(bazaar.shopper)
    program.get("/cart", expect=401)


def test_another_scope_is_not_enough(app, bazaar):
    by_scope = {scope: a_token(bazaar.owners[0], *(s for s in SCOPES if s != scope)) for scope in SCOPES}
    with nothing_written():
        for method, path, scope in tokened_calls(app):
            program = Program(app, by_scope[scope], "en")
            refused = program.call(method, path, {} if method in ("PUT", "POST") else None, expect=403)
            assert refused["code"] == "scope_needed"
            assert scope in refused["title"]


def test_a_token_loses_its_right_at_once(app, bazaar, shopper):
    shopper.get("/cart")
    token = db.session.scalars(select(ApiToken)).one()
    change(token, revoked_at=bazaar.at)
    shopper.get("/cart", expect=401)


def test_another_persons_order_is_not_found(app, bazaar):
    mine = place(bazaar.shopper, (bazaar.soap, 1))
    other = a_program(app, bazaar.shopper2)
    assert a_program(app, bazaar.shopper).get(f"/orders/{mine.number}")["number"] == mine.number
    part = a_program(app, bazaar.shopper).get(f"/orders/{mine.number}")["store_orders"][0]["id"]
    with nothing_written():
        assert other.get(f"/orders/{mine.number}", expect=404)["code"] == "unknown_order"
        assert other.post(f"/store-orders/{part}/receipt", expect=404)["code"] == "unknown_order"
    assert other.get("/orders")["items"] == []


def test_another_stores_order_is_not_found(app, bazaar, at):
    made = place(bazaar.shopper, (bazaar.soap, 1))
    part = fresh(db.session.scalars(select(StoreOrder).where(StoreOrder.order_id == made.order_id)).one())
    change(part, state="paid", paid_at=at)
    own, other = a_program(app, bazaar.owners[0]), a_program(app, bazaar.owners[1])
    nobody = a_program(app, bazaar.shopper2)
    shipment = {"carrier": "pishtaz", "tracking_code": "PST14050011"}
    assert [o["id"] for o in own.get("/store/orders")["items"]] == [part.id]
    assert other.get("/store/orders")["items"] == []
    with nothing_written():
        for program in (other, nobody):
            program.post(f"/store/orders/{part.id}/acceptance", expect=404)
            program.post(f"/store/orders/{part.id}/packing", {"kit": True}, expect=404)
            program.post(f"/store/orders/{part.id}/shipment", shipment, expect=404)
        nobody.get("/store/orders", expect=404)


# --- bodies ------------------------------------------------------------------------------------------------------


def test_quantities_that_are_none(app, bazaar, shopper):
    path = f"/cart/lines/{bazaar.soap.id}"
    with nothing_written():
        for quantity in BAD_QUANTITIES:
            body = f'{{"quantity": {10**30}}}'.encode() if quantity == 10**30 else None
            options = {"data": body, "content_type": "application/json"} if body else {}
            sent = None if body else {"quantity": quantity}
            answer = shopper.call("PUT", path, sent, expect=400, **options)
            wanted = "zero_quantity" if quantity == 0 and quantity is not False else "bad_quantity"
            assert answer["code"] == wanted, quantity
        assert shopper.put(path, {}, expect=422)["fields"]["quantity"]["code"] == "required"
        assert shopper.put(path, {"quantity": 6}, expect=409)["reasons"][0]["code"] == "buyer_limit"
        assert shopper.put("/cart/lines/4711", {"quantity": 1}, expect=404)["code"] == "unknown_offer"
        shopper.put(f"/cart/lines/{2**63}", {"quantity": 1}, expect=404)


def test_a_body_that_is_no_document(app, bazaar, shopper):
    path = f"/cart/lines/{bazaar.soap.id}"
    broken = (b"", b"{", b"nope", b"{'quantity': 1}", b'{"quantity": 1', b"\xff\xfe", b'{"quantity": NaN}',
              b'{"quantity": "\\ud800"}', b"[" * 100_00)  # fmt: skip
    with nothing_written():
        for data in broken:
            answer = shopper.call("PUT", path, expect=400, data=data, content_type="application/json")
            assert answer["code"] == "bad_json", data[:20]
        for data in (b"[]", b"1", b'"x"', b"null"):
            answer = shopper.call("PUT", path, expect=422, data=data, content_type="application/json")
            assert answer["fields"]["body"]["code"] == "bad_value"
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
        ):
            answer = shopper.call("PUT", path, expect=415, data=b'{"quantity": 1}', content_type=kind)
            assert answer["code"] == "not_json"
        large = b'{"quantity": 1, "x": "' + b"x" * LARGEST_BODY_BYTES + b'"}'
        assert (
            shopper.call("PUT", path, expect=413, data=large, content_type="application/json")["code"]
            == "too_large"
        )


def test_an_order_without_a_key_is_refused(app, bazaar, shopper):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    with nothing_written():
        refused = shopper.call("POST", "/orders", {"address": ADDRESS}, expect=400)
        assert refused["code"] == "idempotency_key_missing"
        for key in ("a b", "x" * 256, "ß"):
            refused = shopper.order(key=key, expect=400)
            assert refused["code"] == "bad_idempotency_key"


def test_what_is_wrong_with_an_order_is_told_field_by_field(app, bazaar, shopper):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    with nothing_written():
        for body, wrong in WRONG_ORDERS:
            refused = shopper.call("POST", "/orders", body, key="k", expect=422)
            assert {name: fact["code"] for name, fact in refused["fields"].items()} == wrong, body


def test_nothing_in_the_cart(app, bazaar, shopper):
    with nothing_written():
        assert shopper.order(expect=422)["code"] == "empty_cart"


def test_the_limit_per_buyer_counts_all_orders(app, bazaar, shopper):
    place(bazaar.shopper, (bazaar.soap, 3))
    with nothing_written():
        refused = shopper.put(f"/cart/lines/{bazaar.soap.id}", {"quantity": 3}, expect=409)
    assert refused["code"] == "above_buyer_limit"
    assert refused["reasons"][0]["code"] == "buyer_limit"


def test_a_shipment_that_will_not_do(app, bazaar):
    store = a_program(app, bazaar.owners[0])
    refused = store.post("/store/orders/1/shipment", {"carrier": "horse", "tracking_code": "x"}, expect=422)
    assert {name: f["code"] for name, f in refused["fields"].items()} == {
        "carrier": "unknown_method",
        "tracking_code": "bad_tracking_code",
    }
    assert store.get("/store/orders?state=lost", expect=400)["fields"]["state"]["code"] == "bad_choice"


# --- the rest ----------------------------------------------------------------------------------------------------


def test_what_does_not_exist_is_told_as_a_problem(app, bazaar, shopper):
    for path in ("/nothing", "/offers/", "/orders/%00", "/orders/1", "/offers/1/x"):
        assert shopper.call("GET", path, expect=404)["status"] == 404
    refused = shopper.call("POST", "/festival", expect=405)
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_prices_are_not_shared_caches_food(app, bazaar, shopper):
    answer = shopper.call("GET", "/cart")
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"Accept-Language", "Authorization"} <= set(answer.headers["Vary"].split(", "))


def test_who_calls_too_often_waits(app, bazaar, shopper):
    app.config["API_RATE"] = "3 per minute"
    for _ in range(3):
        shopper.get("/orders")
    refused = shopper.call("GET", "/orders", expect=429)
    assert refused["code"] == "too_many"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    a_program(app, bazaar.shopper2).get("/orders")


def test_an_address_of_a_page_that_no_database_holds(app, bazaar):
    client = Client(app, is_checking=False)
    for path in (f"/offers/{2**63}", f"/offers/{'9' * 6000}", "/stores/%00", "/static/%00", "/seal/%00"):
        client.get(path, expect=404)
