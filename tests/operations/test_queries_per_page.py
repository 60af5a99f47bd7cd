"""No page asks the database more often when there is more to show."""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import Buyer, place_order
from marketplace.orders.inputs import Checkout
from marketplace.orders.models import OrderPayment, StoreOrder
from marketplace.payments.gateways.port import GatewaySession, SessionStatus
from marketplace.payments.models import Payment
from marketplace.payments.payments import record_session
from tests.factories import World, a_session, a_store, a_token, an_offer, world

MOST = 20
"""No page needs more than this, whatever it shows."""
ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "09121234567",
    "province": "تهران",
    "city": "تهران",
    "line": "خیابان ولی‌عصر، پلاک ۱۲",
    "postal_code": "1234567890",
}
PUBLIC: tuple[str, ...] = (
    "/",
    "/c/crafts",
    "/search",
    "/search?q=Rug",
    "/stores",
    "/stores/artin",
    "/offers/{offer}-{slug}",
)
SHOPPERS: tuple[str, ...] = (
    "/",
    "/c/crafts",
    "/cart",
    "/checkout",
    "/orders",
    "/orders/{order}",
    "/me/entries",
    "/me/notifications",
)
STORES: tuple[str, ...] = ("/panel/orders", "/panel/orders/{part}")
API: tuple[str, ...] = (
    "/festival",
    "/categories",
    "/offers",
    "/offers?q=Rug",
    "/offers/{offer}",
    "/stores",
    "/stores/artin",
    "/cart",
    "/orders",
    "/orders/{order}",
    "/me/entries",
)
STORE_API: tuple[str, ...] = ("/store/orders",)


@dataclass(frozen=True)
class Seen:
    """What the addresses of one moment name: an offer, the newest order and its part of the first store."""

    offer: int
    slug: str
    order: str
    part: int


def test_statements_do_not_grow_with_rows(ctx: AppContext, app: Flask, at: datetime) -> None:
    bazaar = world()
    cookies = {
        "public": "",
        "shopper": a_session(bazaar.shopper),
        "store": a_session(bazaar.owners[0]),
    }
    token = a_token(bazaar.shopper, "cart", "orders:read", "entries:read")
    store_token = a_token(bazaar.owners[0], "store:orders")
    order = _an_order(bazaar, [bazaar.soap.id], at)
    _fill(bazaar, [bazaar.tea.id], at)
    few = _count_all(app, cookies, token, store_token, Seen(bazaar.soap.id, bazaar.soap.slug, *order))
    _grow(bazaar, at)
    order = _an_order(bazaar, [offer.id for offer in bazaar.offers], at)
    for _ in range(12):
        _an_order(bazaar, [bazaar.scarf.id], at)
    _fill(bazaar, _on_shelf(bazaar), at)
    many = _count_all(app, cookies, token, store_token, Seen(bazaar.soap.id, bazaar.soap.slug, *order))
    grown = {path: (few[path], many[path]) for path in few if many[path] > few[path]}
    assert not grown, "statements for few rows and for many"
    assert max(many.values()) <= MOST, {path: count for path, count in many.items() if count > MOST}


# --- counting --------------------------------------------------------------------------------------------------------


def _count_all(
    app: Flask, cookies: dict[str, str], token: str, store_token: str, seen: Seen
) -> dict[str, int]:
    """Statements by address, of three visits the least: what is kept for some seconds is kept then."""
    found = {}
    for who, paths in (("public", PUBLIC), ("shopper", SHOPPERS), ("store", STORES)):
        for path in paths:
            found[f"{who} {path}"] = _count(app, path, seen, cookie=cookies[who])
    for bearer, paths in ((token, API), (store_token, STORE_API)):
        for path in paths:
            found[f"api {path}"] = _count(app, f"/api/v1{path}", seen, token=bearer)
    return found


def _count(app: Flask, path: str, seen: Seen, *, cookie: str = "", token: str = "") -> int:
    client = app.test_client()
    if cookie:
        client.set_cookie("sid", cookie)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = path.format(offer=seen.offer, slug=quote(seen.slug), order=seen.order, part=seen.part)

    def visit() -> int:
        """As a server does it: in a context of its own, with nothing remembered of the request before."""
        statements: list[str] = []
        stop = count_queries(statements)
        answer = Context().run(client.get, address, headers=headers)
        stop()
        assert answer.status_code == 200, (address, answer.status_code)
        return sum(statement.lstrip().startswith("SELECT") for statement in statements)

    return min(visit() for _ in range(3))


# --- growing ---------------------------------------------------------------------------------------------------------


def _grow(bazaar: World, at: datetime) -> None:
    """Eight more stores with three offers each, and a dozen more offers of the first store."""
    with unit_of_work():
        for place in range(8):
            store = a_store(at=at, festival=bazaar.festival, province_id=bazaar.provinces[place % 6].id)
            for _ in range(3):
                an_offer(store, bazaar.festival, bazaar.categories[1], at=at, toman=90_000, title_en="Rug")
        for _ in range(12):
            an_offer(
                bazaar.stores[0],
                bazaar.festival,
                bazaar.categories[1],
                at=at,
                toman=70_000,
                title_en="Rug",
                stock=500,
                limit=400,
            )
        for offer in bazaar.offers:
            row = db.session.get_one(type(offer), offer.id)
            row.stocked_count, row.limit_per_buyer = 500, 400


def _on_shelf(bazaar: World) -> list[int]:
    model = type(bazaar.soap)
    return list(db.session.scalars(select(model.id).order_by(model.id.desc()).limit(20)))


def _fill(bazaar: World, offers: list[int], at: datetime) -> None:
    for offer_id in offers:
        with unit_of_work():
            put_line(CartOwner(person_id=bazaar.shopper.id), offer_id, 1, at)


def _an_order(bazaar: World, offers: list[int], at: datetime) -> tuple[str, int]:
    """A paid order of the shopper: its number, and the id of its part of the first store."""
    _fill(bazaar, offers, at)
    buyer = Buyer(bazaar.shopper.id, bazaar.shopper.mobile, "fa", "http://localhost", "stripe")
    key = f"order-of-{len(offers)}-{offers[0]}-{_orders()}"
    with unit_of_work():
        placed = place_order(buyer, Checkout.parse(ADDRESS, {}, key), at)
    with unit_of_work():
        payment = db.session.scalars(
            select(Payment)
            .join(OrderPayment, OrderPayment.payment_id == Payment.id)
            .where(OrderPayment.order_id == placed.order_id)
        ).one()
        session = GatewaySession(
            id=f"cs_{payment.id}",
            url=None,
            status=SessionStatus.COMPLETE,
            paid=True,
            currency_ok=True,
            amount_toman=payment.amount_toman,
            intent_id=f"pi_{payment.id}",
            reference=payment.reference,
            expires_at=at + timedelta(minutes=30),
        )
        record_session(payment.id, session, at)
    part = db.session.scalar(
        select(StoreOrder.id).where(
            StoreOrder.order_id == placed.order_id, StoreOrder.store_id == bazaar.stores[0].id
        )
    )
    return placed.number, part or 0


def _orders() -> int:
    return len(db.session.scalars(select(OrderPayment.id)).all())
