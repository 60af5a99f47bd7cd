"""What shoppers of the demo say: questions with answers, reviews of what arrived, wishes, tickets to the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.accounts.people import create_person
from marketplace.catalog.models import Category
from marketplace.core.audit import Actor
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.plan.source import data, stream
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.queries import present_edition
from marketplace.messages.ticket_inputs import NewTicket
from marketplace.messages.ticket_models import TicketTopic
from marketplace.messages.tickets import answer_ticket, open_ticket
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.reviews.inputs import ReviewWords, Words
from marketplace.reviews.questions import answer_question, ask_question
from marketplace.reviews.reviews import reply_to_review, write_review
from marketplace.reviews.rules import ARRIVED
from marketplace.reviews.wishes import add_wish
from marketplace.stores.models import StoreMember

ASKERS = (
    ("نرگس", "احمدی"),
    ("امیر", "جعفری"),
    ("زهرا", "کریمی"),
    ("حسین", "موسوی"),
    ("لیلا", "شریفی"),
    ("پویا", "رستگار"),
    ("مهسا", "کاظمی"),
    ("بابک", "نیکنام"),
)
MOST_REVIEWS = 60
REPLY = "از اینکه نوشتید سپاسگزاریم. برای جبران با شما تماس می‌گیریم و همین ایراد را در دسته بعدی رفع کرده‌ایم."
TICKETS = (
    (
        TicketTopic.account,
        "کد پیامکی دیر می‌رسد",
        "سه بار کد خواستم و هر بار بعد از دو دقیقه رسید.",
        "سرویس پیامک امروز صبح کند بود و درست شد. لطفاً دوباره امتحان کنید؛ اگر باز دیر رسید، نام اپراتورتان را بنویسید.",
    ),
    (
        TicketTopic.lottery,
        "شانس سفارش دوم من کجاست؟",
        "دو سفارش داشتم و در صفحه شانس‌ها یکی دیده می‌شود.",
        "",
    ),
    (
        TicketTopic.idea,
        "پیشنهاد برای فهرست دلخواه",
        "خوب است بشود فهرست دلخواه را برای خانواده فرستاد.",
        "",
    ),
)


def load_said(at: datetime, seed: int = 1405) -> None:
    """Writes questions, answers, wishes and tickets into the demo that stands; a few units of work."""
    edition = present_edition(at)
    if edition is None:
        return
    rng = stream(seed, "said")
    stores = sorted(db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": at}))
    offers = _offers(edition.id, stores)
    if not offers:
        return
    askers = _askers(at)
    _ask(offers, askers, rng, at)
    _review(rng, at)
    _wish(offers, at)
    _open_tickets(askers, at)


def _offers(festival_id: int, stores: Sequence[int]) -> dict[str, list[AnyRow]]:
    """The popular offers of admitted stores by category."""
    rows = db.session.execute(
        select(Offer.id, Offer.store_id, Category.slug)
        .join(Category, Category.id == Offer.category_id)
        .where(
            Offer.festival_id == festival_id,
            Offer.store_id.in_(stores),
            Offer.state.in_((OfferState.approved, OfferState.live)),
            Offer.stocked_count > Offer.sold_count + Offer.held_count,
        )
        .order_by(Offer.popularity.desc(), Offer.id)
        .limit(400)
    )
    found: dict[str, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.slug, []).append(row)
    return found


def _askers(at: datetime) -> list[Actor]:
    found = []
    with unit_of_work():
        for place, (given, surname) in enumerate(ASKERS):
            person_id = create_person(
                f"0939{7_000_000 + place}", at - timedelta(days=40), given_name=given, surname=surname
            )
            found.append(Actor(person_id, "shopper", f"{given} {surname}"))
    return found


def _ask(offers: dict[str, list[AnyRow]], askers: list[Actor], rng: Random, at: datetime) -> None:
    voices: list[dict[str, Any]] = data("voices")["questions"]
    for place, voice in enumerate(voices):
        rows = offers.get(voice["category"])
        if not rows:
            continue
        offer = rows[rng.randrange(min(6, len(rows)))]
        asked = at - timedelta(hours=rng.randrange(9, 160), minutes=rng.randrange(60))
        owner = db.session.execute(
            select(StoreMember.person_id, Person.given_name, Person.surname)
            .join(Person, Person.id == StoreMember.person_id)
            .where(StoreMember.store_id == offer.store_id, StoreMember.ended_at.is_(None))
            .limit(1)
        ).one()
        member = Actor(owner.person_id, "store", f"{owner.given_name} {owner.surname}")
        try:
            with unit_of_work():
                question = ask_question(
                    offer.id, askers[place % len(askers)], Words(voice["question_fa"]), asked
                )
                if place % 4:
                    answer_question(
                        question,
                        member,
                        Words(voice["answer_fa"]),
                        asked + timedelta(hours=rng.randrange(1, 8)),
                    )
        except MarketplaceError:
            continue  # the first look held it back, or one asked too often: the demo goes on without it


def _review(rng: Random, at: datetime) -> None:
    """Reviews of what was bought and delivered before; some stores reply."""
    voices: dict[str, list[dict[str, Any]]] = {}
    for voice in data("voices")["reviews"]:
        voices.setdefault(voice["category"], []).append(voice)
    lines = db.session.execute(
        select(OrderLine.id, Order.person_id, Category.slug, StoreOrder.store_id, StoreOrder.delivered_at)
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Offer, Offer.id == OrderLine.offer_id)
        .join(Category, Category.id == Offer.category_id)
        .where(StoreOrder.state.in_(ARRIVED))
        .order_by(OrderLine.id)
        .limit(MOST_REVIEWS)
    ).all()
    for place, line in enumerate(lines):
        said = voices.get(line.slug)
        if not said or place % 4 == 3:
            continue  # not everybody writes
        voice = said[rng.randrange(len(said))]
        moment = min(at, (line.delivered_at or at) + timedelta(hours=rng.randrange(3, 70)))
        try:
            with unit_of_work():
                review = write_review(
                    line.id,
                    Actor(line.person_id, "shopper", ""),
                    ReviewWords(voice["stars"], voice["fa"]),
                    moment,
                )
                if voice["stars"] < 4:
                    reply_to_review(
                        review, line.store_id, Words(REPLY), Actor(None, "store", ""), min(at, moment)
                    )
        except MarketplaceError:
            continue  # a store's own member bought, or the first look held it back


def _wish(offers: dict[str, list[AnyRow]], at: datetime) -> None:
    """Both shoppers of the demo keep an eye on a few things."""
    shoppers = db.session.scalars(
        select(Person.id).where(Person.password_hash.is_not(None)).order_by(Person.id).limit(2)
    ).all()
    with unit_of_work():
        for shopper in shoppers:
            for rows in list(offers.values())[:5]:
                add_wish(shopper, rows[0].id, at - timedelta(days=2))


def _open_tickets(askers: list[Actor], at: datetime) -> None:
    official = db.session.execute(
        select(Person.id, Person.given_name, Person.surname)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == Role.office)
        .order_by(Person.id)
        .limit(1)
    ).first()
    shopper = db.session.scalar(select(func.min(Person.id)).where(Person.password_hash.is_not(None)))
    writers = [Actor(shopper, "shopper", "") if shopper else askers[0], *askers]
    with unit_of_work():
        for place, (topic, title, body, answer) in enumerate(TICKETS):
            opened = at - timedelta(hours=30 - 9 * place)
            number = open_ticket(
                NewTicket(topic, title, body, f"demo-ticket-{place}"), writers[place], opened
            )
            if answer and official is not None:
                actor = Actor(official.id, "office", f"{official.given_name} {official.surname}")
                answer_ticket(number, answer, f"demo-answer-{place}", actor, opened + timedelta(hours=2))
