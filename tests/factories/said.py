"""Purchases that arrived, and what is said of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from marketplace.accounts.models import Person
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.models import HygieneKit, OrderLine, StoreOrder, StoreOrderState
from marketplace.reviews.inputs import ReviewWords
from marketplace.reviews.reviews import write_review
from tests.factories.buying import paid
from tests.factories.rows import AT, writing


def actor_of(person: Person, role: str = "shopper") -> Actor:
    return Actor(person.id, role, person.display_name)


def arrived(gateway: Any, person: Person, offer: Offer, *, at: datetime = AT, quantity: int = 1) -> int:
    """Buys an offer and has it delivered; gives the order line's id."""
    order = paid(gateway, person, (offer, quantity), at=at)
    with writing():
        db.session.execute(
            update(StoreOrder)
            .where(StoreOrder.order_id == order.id)
            .values(
                state=StoreOrderState.delivered,
                tracking_code="T1",
                shipped_at=at,
                delivered_at=at + timedelta(minutes=1),
            )
        )
        parts = select(StoreOrder.id).where(StoreOrder.order_id == order.id)
        db.session.execute(
            update(HygieneKit)
            .where(HygieneKit.store_order_id.in_(parts))
            .values(ticked_at=at, ticked_by_id=person.id)
        )
        return db.session.scalars(
            select(OrderLine.id)
            .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
            .where(StoreOrder.order_id == order.id)
        ).one()


def reviewed(
    gateway: Any,
    person: Person,
    offer: Offer,
    *,
    stars: int = 5,
    body: str = "جنسش خوب بود.",
    at: datetime = AT,
) -> int:
    """A review of a fresh purchase; gives its id."""
    line = arrived(gateway, person, offer, at=at)
    with unit_of_work():
        return write_review(line, actor_of(person), ReviewWords(stars, body), at)
