"""A store's addresses for news, by the panel and by the API: the secret once, the log, another's not at all."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import hooks
from marketplace.messages.hook_models import HookDelivery, HookTarget
from tests.factories import a_token
from tests.factories.rows import AT
from tests.journeys.api_calls import a_program
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
SECRET = re.compile(r"whsec_[A-Za-z0-9_-]{20,}")
URL = "https://shop.example/news"


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_from_the_first_address_to_its_end(at, ctx, client: Client, app: Flask) -> None:
    w = the_world()
    client.sign_in(w.owners[0])
    assert "هنوز نشانی‌ای ندارید" in client.get("/panel/webhooks").text
    page = client.post("/panel/webhooks", {"url": URL, "events": ["order.paid"]}, expect=201)
    secret = SECRET.search(page.source).group()
    page = client.get("/panel/webhooks")
    assert secret not in page.source
    assert URL in page.source
    owner = f"store:{w.stores[0].id}"
    with unit_of_work():
        hooks.emit(owner, "order.paid", "order.paid:1", "store_order:1", {}, AT)
    page = client.get("/panel/webhooks")
    assert "در راه" in page.text
    target, delivery = (db.session.scalars(select(m.id)).one() for m in (HookTarget, HookDelivery))
    stranger = Client(app)
    stranger.sign_in(w.owners[1])
    for path in (
        f"{target}/secret",
        f"{target}/removal",
        f"{target}/resumption",
        f"deliveries/{delivery}/replay",
    ):
        stranger.post(f"/panel/webhooks/{path}", expect=404)
    assert URL not in stranger.get("/panel/webhooks").source
    stranger.get(f"/panel/webhooks/{target}", expect=404)
    log = client.get(f"/panel/webhooks/{target}")
    assert "order.paid:1" in log.text
    assert "order.paid:1" in client.get(f"/panel/webhooks/{target}?state=waiting").text
    assert "این‌جا چیزی نیست" in client.get(f"/panel/webhooks/{target}?state=delivered").text
    client.post(f"/panel/webhooks/deliveries/{delivery}/replay")
    assert count(HookDelivery) == 2
    renewed = SECRET.search(client.post(f"/panel/webhooks/{target}/secret", expect=201).source).group()
    assert renewed != secret
    client.post(f"/panel/webhooks/{target}/resumption", expect=409)
    client.post(f"/panel/webhooks/{target}/removal")
    assert URL not in client.get("/panel/webhooks").source


def test_what_is_wrong_is_said_and_kept_in_the_form(at, ctx, client: Client) -> None:
    client.sign_in(the_world().owners[0])
    page = client.post("/panel/webhooks", {"url": "http://127.0.0.1/x", "events": ["order.paid"]}, expect=422)
    assert "نشانی همگانی" in page.text
    assert "http://127.0.0.1/x" in page.source
    client.post("/panel/webhooks", {"url": URL}, expect=422)
    client.post("/panel/webhooks", {"url": URL, "events": ["<script>"]}, expect=422)
    assert count(HookTarget) == 0


def test_by_the_api(at, ctx, client: Client) -> None:
    w = the_world()
    token = a_token(w.owners[0], "store:orders")
    wish = {"url": URL, "events": ["order.paid", "order.refunded"]}
    made = client.api("POST", "/webhooks", token, wish, key="k-1", expect=201)
    assert made["secret"].startswith("whsec_")
    again = client.api("POST", "/webhooks", token, wish, key="k-1", expect=201)
    assert again["secret"] == made["secret"], "the same answer, no second address"
    assert count(HookTarget) == 1
    [listed] = client.api("GET", "/webhooks", token, expect=200)["items"]
    assert (listed["url"], listed["state"]) == (URL, "active")
    assert "secret" not in listed
    for wrong in (
        {},
        {"url": 5, "events": ["order.paid"]},
        {"url": "https://10.0.0.1/", "events": ["order.paid"]},
    ):
        client.api("POST", "/webhooks", token, wrong, expect=422)
    client.api("GET", "/webhooks", a_token(w.shopper, "cart"), expect=403)
    assert count(HookTarget) == 1


def test_the_log_the_secret_and_the_end_by_the_api(at, ctx, app: Flask) -> None:
    w = the_world()
    store, other = (a_program(app, owner) for owner in w.owners[:2])
    made = store.post("/webhooks", {"url": URL, "events": ["order.paid"]}, expect=201)
    path, owner = f"/webhooks/{made['id']}", f"store:{w.stores[0].id}"
    with unit_of_work():
        for number in range(5):
            hooks.emit(owner, "order.paid", f"order.paid:{number}", f"store_order:{number}", {}, AT)
    first = store.get(f"{path}/deliveries?limit=2")
    with unit_of_work():
        hooks.emit(owner, "order.paid", "order.paid:9", "store_order:9", {}, AT)
    rest = store.get(f"{path}/deliveries?limit=3&cursor={first['next_cursor']}")
    seen = [row["event_id"] for row in first["items"] + rest["items"]]
    assert seen == [f"order.paid:{n}" for n in (4, 3, 2, 1, 0)], "what came meanwhile shifts nothing"
    assert rest["next_cursor"] is None
    assert store.get(f"{path}/deliveries?state=delivered")["items"] == []
    store.get(f"{path}/deliveries?state=lost", expect=400)
    again = store.post(f"/webhooks/deliveries/{first['items'][0]['id']}/replay", key="once", expect=201)
    assert (
        store.post(f"/webhooks/deliveries/{first['items'][0]['id']}/replay", key="once", expect=201) == again
    )
    assert count(HookDelivery) == 7
    assert store.post(f"{path}/secret", expect=201)["secret"] != made["secret"]
    store.post(f"{path}/resumption", expect=409)
    assert store.get(path)["state"] == "active"
    with nothing_written():
        for method, there in (
            ("GET", path),
            ("DELETE", path),
            ("POST", f"{path}/secret"),
            ("POST", f"{path}/resumption"),
            ("GET", f"{path}/deliveries"),
            ("POST", f"/webhooks/deliveries/{first['items'][0]['id']}/replay"),
        ):
            other.call(method, there, expect=404)
    assert store.delete(path)["items"] == []
    store.get(path, expect=404)
