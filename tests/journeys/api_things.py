"""Something of every kind that a call can name, of one shopper and one store: bought, returned, complained about,
claimed, reviewed, asked, hosted, found by an inspector, won.

As far as a program can make a thing it is made by one; what needs days or a draw is written as a row.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from flask import Flask

from marketplace.core.audit import Actor
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.models import Award, Prize
from marketplace.messages import hooks
from marketplace.orders.models import Order, StoreOrder
from tests.factories import World, change
from tests.factories.buying import paid, parts_of
from tests.factories.claims import a_claim_row
from tests.factories.complaints import a_complaint, complaint
from tests.factories.draws import a_draw
from tests.factories.hosting import a_hosting
from tests.factories.rows import AT, put
from tests.factories.stores import a_finding
from tests.factories.suspicions import a_suspicion, asked
from tests.factories.uploads import a_picture
from tests.journeys.api_calls import ADDRESS, Program, a_program

WORDS = "جنسش خوب بود و زود رسید."


def things_of(app: Flask, w: World, gateway: Any) -> dict[str, dict[str, str]]:
    """By the beginning of an address: the names that stand in it, of the first shopper and the first store."""
    shopper, store = a_program(app, w.shopper), a_program(app, w.owners[0])
    placed, part = _delivered(w, gateway, shopper, store)
    _, second = _delivered(w, gateway, shopper, store)
    case = a_complaint(part, w.shopper)
    claim = a_claim_row(part, w.shopper, complaint(case)).number
    back = {"lines": [{"offer_id": w.soap.id, "quantity": 1}], "reason": "defective"}
    returned = shopper.post(f"/store-orders/{second.id}/return", back, key="things-return", expect=201)
    change(w.scarf, state="draft")
    offer = {"{offer_id}": str(w.scarf.id), "{key}": _picture(store, w.scarf.id)}
    part_names = {"{store_order_id}": str(part.id)}
    return {
        "/store-orders/": part_names,
        "/store/orders/": part_names,
        "/orders/": {"{number}": placed.number},
        "/returns/": {"{number}": returned["number"]},
        "/store/returns/": {"{number}": returned["number"]},
        "/complaints/": {"{number}": case},
        "/store/complaints/": {"{number}": case},
        "/claims/": {"{number}": claim},
        "/store/claims/": {"{number}": claim},
        "/store/offers/imports/": {"{import_id}": _import(store)},
        "/store/offers/": offer,
        "/store/answer-templates/": {"{template_id}": _template(store)},
        "/store/hostings/": {"{hosting_id}": str(a_hosting(w.stores[0]).id)},
        "/store/health/findings/": {"{finding_id}": str(a_finding(w.stores[0], "minor").id)},
        **_hook(w),
        **_own(shopper),
        **_said(w, shopper, store),
        **_suspected(w),
        "/me/prizes/": {"{award_id}": str(_award(w).id)},
    }


def _delivered(w: World, gateway: Any, shopper: Program, store: Program) -> tuple[Order, StoreOrder]:
    placed = paid(gateway, w.shopper, (w.soap, 1))
    [part] = parts_of(placed)
    store.post(f"/store/orders/{part.id}/acceptance")
    store.post(f"/store/orders/{part.id}/packing", {"kit": True})
    sent = {"carrier": "pishtaz", "tracking_code": f"RR1000000{part.id}"}
    store.post(f"/store/orders/{part.id}/shipment", sent)
    shopper.post(f"/store-orders/{part.id}/receipt")
    return placed, part


def _own(shopper: Program) -> dict[str, dict[str, str]]:
    shopper.post("/me/addresses", ADDRESS, expect=201)
    [address] = shopper.get("/me/addresses")["items"]
    asked = {"topic": "other", "title": "کجاست؟", "body": "کالای من کجاست؟", "submission_key": "k" * 16}
    ticket = shopper.post("/me/tickets", asked, expect=201)
    return {
        "/me/addresses/": {"{address_id}": str(address["id"])},
        "/me/tickets/": {"{number}": ticket["number"]},
    }


def _said(w: World, shopper: Program, store: Program) -> dict[str, dict[str, str]]:
    line = str(shopper.get("/me/purchases")["items"][0]["order_line_id"])
    shopper.put(f"/me/purchases/{line}/review", {"stars": 5, "body": WORDS})
    shopper.post(f"/offers/{w.soap.id}/questions", {"body": "این کالا ضمانت هم دارد؟"}, expect=201)
    [review], [question] = (store.get(f"/store/{what}")["items"] for what in ("reviews", "questions"))
    return {
        "/me/purchases/": {"{line_id}": line},
        "/store/reviews/": {"{review_id}": str(review["id"])},
        "/store/questions/": {"{question_id}": str(question["id"])},
    }


def _hook(w: World) -> dict[str, dict[str, str]]:
    owner = f"store:{w.stores[0].id}"
    with unit_of_work():
        hook, _ = hooks.add_target(
            owner, "https://shop.example/x", ["order.paid"], Actor(1, "store", "x"), AT
        )
        hooks.emit(owner, "order.paid", "order.paid:1", "s:1", {}, AT)
    return {"/webhooks/": {"{target_id}": str(hook), "{delivery_id}": "1"}}


def _template(store: Program) -> str:
    store.post("/store/answer-templates", {"title": "سلام", "body": "ممنون که نوشتید."}, expect=201)
    [kept] = store.get("/store/answer-templates")["items"]
    return str(kept["id"])


def _picture(store: Program, offer_id: int) -> str:
    sent = {"picture": {"name": "x.jpg", "content": base64.b64encode(a_picture(size=(640, 480))).decode()}}
    made: str = store.post(f"/store/offers/{offer_id}/pictures", sent, expect=201)["key"]
    return made


def _import(store: Program) -> str:
    table = (
        "کد کالا,نام کالا,راسته,شرح کالا,وزن (گرم),قیمت عادی,قیمت جشنواره,موجودی,سقف خرید,نشانی قیمت\n"
        "S-1,کاسه‌ی مسی,صنایع دستی,چکش‌کاری‌شده.,700,1000000,800000,10,2,https://prices.example/1\n"
    ).encode()
    told = store.call(
        "POST", "/store/offers/import?dry_run=1", data=table, content_type="text/csv", expect=201
    )
    return str(told.json["id"])


def _suspected(w: World) -> dict[str, dict[str, str]]:
    """Both were asked by the office, and may read and answer."""
    official = Actor(w.office.id, "office", "office")
    cases = [asked(a_suspicion(subject, "order:1"), official) for subject in (w.shopper, w.stores[0])]
    of_person, of_store = ({"{number}": case.number} for case in cases)
    return {"/me/suspicions/": of_person, "/store/suspicions/": of_store}


def _award(w: World) -> Award:
    draw = a_draw(w.festival, at=AT)
    prize = put(
        Prize, draw_id=draw.id, rank=9, title_fa="جایزه", title_en="Prize", unit_count=1, value_toman=1
    )
    return put(
        Award,
        draw_id=draw.id,
        stage=0,
        prize_id=prize.id,
        unit=1,
        person_id=w.shopper.id,
        place=1,
        won_at=AT,
        claim_until=AT + timedelta(days=10),
    )
