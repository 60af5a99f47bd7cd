"""An edition of the past in the demo: what was sold, settled and paid out, and its draw, finished and published.

Its draw names a round of drand's quicknet that really was and whose signature is published, so that its files verify
like those of any draw. Rows of orders are plain inserts; money and draw go by the verbs themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

from sqlalchemy import func, select, update

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.demo.closed_orders import Sale, closed_order
from marketplace.demo.plan.people import PersonPlan, plan_people
from marketplace.demo.settlement import demo_officials, demo_stores, enter_accounts, pay_out
from marketplace.festival.models import (
    Application,
    ApplicationState,
    Festival,
    Offer,
    OfferState,
    Pledge,
    PledgeAcceptance,
)
from marketplace.ledger.transfers import Posting, post_transfers
from marketplace.lottery.entries import grant_entries
from marketplace.messages.models import Message, MessageState
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import HygieneKit, Order, OrderLine, OrderPayment, StoreOrder
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from marketplace.payments.models import Payment
from marketplace.policy.models import Province

SLUG = "tabestan-1402"
TITLE_FA, TITLE_EN = "جشنواره تابستانه فروشگاه‌های اینترنتی ۱۴۰۲", "Summer Festival of Online Shops 1402"
STORY_FA = "نخستین دوره جشنواره: چند فروشگاه، سه هفته، و قرعه‌ای که هنوز هر کس می‌تواند آن را از نو حساب کند."
STORY_EN = "The first edition: a few stores, three weeks, and a draw that anybody can still compute anew."
DAY = timedelta(days=1)
DRAW_AT = datetime(2023, 9, 15, 11, 0, 3, tzinfo=UTC)
"""The moment of round 657,413 of quicknet: 14:30:03 in Tehran, on a Friday."""
LIVE_FROM = datetime(2023, 8, 21, 20, 30, tzinfo=UTC)
LIVE_UNTIL = LIVE_FROM + 21 * DAY
SETTLED_AT = LIVE_UNTIL + 12 * DAY
STORES, SHOPPERS, OFFERS_EACH = 8, 40, 3
REGULARS = (("09120000001", 9), ("09120000002", 4))
"""Shoppers of the demo who bought then already, and how often."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought: a person's row with where the parcels went."""

    id: int
    name: str
    province_id: int
    city_fa: str


def load_earlier_sales(at: datetime, seed: int = 1402) -> int | None:
    """Writes the edition and its sales and gives its id; None where the demo has no stores.

    `at`: the present of the demo, whose first stores took part in it.
    """
    stores = demo_stores(at)[:STORES]
    if not stores or len(demo_officials()) < 2:
        return None
    rng = Random(seed)
    festival_id, offers = _load_edition(stores)
    buyers = _load_buyers(seed)
    _sell(festival_id, stores[:-1], offers, buyers, rng)
    enter_accounts(stores, LIVE_FROM - 30 * DAY)
    settle_closed_store_orders(SETTLED_AT)
    return festival_id


def _load_edition(stores: Sequence[AnyRow]) -> tuple[int, dict[int, list[Offer]]]:
    """The edition, its stores with their pledges, and what each of them offered; the last store sold nothing."""
    bulk = Bulk(Festival, Application, PledgeAcceptance, Offer)
    festival_id = bulk.add(
        Festival,
        slug=SLUG,
        title_fa=TITLE_FA,
        title_en=TITLE_EN,
        story_fa=STORY_FA,
        story_en=STORY_EN,
        applications_from=LIVE_FROM - 60 * DAY,
        applications_until=LIVE_FROM - 25 * DAY,
        live_from=LIVE_FROM,
        live_until=LIVE_UNTIL,
        draw_at=DRAW_AT,
    )
    offered = []
    for store in stores:
        _admit(bulk, festival_id, store.id)
        known = select(Offer).where(Offer.store_id == store.id, Offer.state == OfferState.live)
        for offer in db.session.scalars(known.order_by(Offer.id).limit(OFFERS_EACH)):
            offered.append(_offer(bulk, festival_id, offer))
    bulk.finish()
    found: dict[int, list[Offer]] = {}
    for offer in db.session.scalars(select(Offer).where(Offer.id.in_(offered)).order_by(Offer.id)):
        found.setdefault(offer.store_id, []).append(offer)
    return festival_id, found


def _admit(bulk: Bulk, festival_id: int, store_id: int) -> None:
    bulk.add(
        Application,
        festival_id=festival_id,
        store_id=store_id,
        state=ApplicationState.approved,
        reasons=[],
        submitted_at=LIVE_FROM - 50 * DAY,
        decided_at=LIVE_FROM - 44 * DAY,
    )
    for pledge in Pledge:
        bulk.add(
            PledgeAcceptance,
            festival_id=festival_id,
            store_id=store_id,
            pledge=pledge,
            version=1,
            accepted_at=LIVE_FROM - 50 * DAY,
        )


def _offer(bulk: Bulk, festival_id: int, now: Offer) -> int:
    """The same goods at the prices of then: two fifths of today's."""
    regular, festival = now.regular_toman * 2 // 5 // 1000 * 1000, now.festival_toman * 2 // 5 // 1000 * 1000
    return bulk.add(
        Offer,
        festival_id=festival_id,
        store_id=now.store_id,
        product_id=now.product_id,
        variant_id=now.variant_id,
        category_id=now.category_id,
        slug=now.slug,
        title_fa=now.title_fa,
        title_en=now.title_en,
        search_text=now.search_text,
        picture_key=now.picture_key,
        state=OfferState.ended,
        regular_toman=max(regular, 2000),
        reference_toman=max(regular, 2000),
        festival_toman=max(festival, 1000),
        discount_percent=now.discount_percent,
        limit_per_buyer=now.limit_per_buyer,
        stocked_count=400,
        reduced_at=LIVE_FROM,
        created_at=LIVE_FROM,
        version=1,
    )


def _load_buyers(seed: int) -> list[Buyer]:
    """Shoppers from all over the country, and those of the demo who bought then already."""
    bulk = Bulk(Person)
    provinces = dict(db.session.execute(select(Province.name_fa, Province.id)).all())
    buyers = []
    for plan in plan_people(SHOPPERS, seed):
        person_id = bulk.add(
            Person,
            mobile=plan.mobile,
            given_name=plan.given_fa,
            surname=plan.surname_fa,
            language="fa",
            created_at=LIVE_FROM,
        )
        buyers.append(Buyer(person_id, plan.name_fa, provinces[plan.province_fa], plan.city_fa))
    bulk.finish()
    places: list[PersonPlan] = list(plan_people(len(REGULARS), seed + 1))
    for (mobile, times), place in zip(REGULARS, places, strict=True):
        person = db.session.scalar(select(Person).where(Person.mobile == mobile))
        if person is not None:
            one = Buyer(person.id, person.display_name, provinces[place.province_fa], place.city_fa)
            buyers += [one] * times
    return buyers


def _sell(
    festival_id: int,
    stores: Sequence[AnyRow],
    offers: dict[int, list[Offer]],
    buyers: Sequence[Buyer],
    rng: Random,
) -> None:
    """One or two orders of each, paid, delivered and closed; their money is held and their chances are granted."""
    first = (db.session.scalar(select(func.max(StoreOrder.id))) or 0) + 1
    bulk = Bulk(Order, StoreOrder, OrderLine, HygieneKit, Payment, OrderPayment)
    postings: list[Posting] = []
    sold: dict[int, int] = {}
    for buyer in buyers:
        for _ in range(rng.choice((1, 1, 2))):
            store = rng.choice(stores)
            offer, quantity = rng.choice(offers[store.id]), rng.randint(1, 3)
            moment = LIVE_FROM + timedelta(minutes=rng.randrange(19 * 24 * 60))
            to = SimpleNamespace(
                id=store.id, manager_name=buyer.name, province_id=buyer.province_id, city_fa=buyer.city_fa
            )
            sale = Sale(to, offer, quantity, buyer.id, festival_id, moment, rng.randrange(10**6))  # type: ignore[arg-type]
            postings += closed_order(bulk, sale)
            sold[offer.id] = sold.get(offer.id, 0) + quantity
    bulk.finish()
    with unit_of_work():
        for offer_id, count in sold.items():
            db.session.execute(update(Offer).where(Offer.id == offer_id).values(sold_count=count))
        post_transfers(postings, LIVE_UNTIL)
        for part, order in _parts(first):
            paid = (PaidPart(part.id, part.store_id, part.goods_toman, part.entries),)
            grant_entries(
                OrderPaid(order.id, order.number, order.person_id, festival_id, paid, order.placed_at)
            )


def _parts(first: int) -> list[tuple[StoreOrder, Order]]:
    rows = db.session.execute(
        select(StoreOrder, Order)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.id >= first)
        .order_by(Order.placed_at)
    )
    return [(row.StoreOrder, row.Order) for row in rows]


def pay_stores() -> None:
    """What the stores are due of those sales is paid out, their share of the prizes taken off."""
    write_statements(SETTLED_AT + 2 * DAY)
    pay_out(demo_officials(), SETTLED_AT + 3 * DAY)


def keep_quiet(at: datetime) -> None:
    """What was told to people in those days has arrived long ago; the worker sends none of it again."""
    with unit_of_work():
        db.session.execute(
            update(Message)
            .where(Message.state == MessageState.queued, Message.created_at < at)
            .values(state=MessageState.sent, sent_at=Message.created_at)
        )
