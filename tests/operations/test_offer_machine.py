"""Random events over offers before, in and after the live window: only lawful states, every change in the history, an
honest discount behind all that sells, and admission's SQL and explanation agree at each moment."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from marketplace.catalog.models import PriceChange, Product, Variant
from marketplace.catalog.prices import broken_prices
from marketplace.core.audit import Actor, broken_entries
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import MarketplaceError
from marketplace.core.models import AuditEntry
from marketplace.core.money import percent_off
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ON_SALE, explain_offers
from marketplace.festival.deciding import (
    approve_offer,
    freeze_offer,
    reject_offer,
    submit_offer,
    unfreeze_offer,
    withdraw_offer,
)
from marketplace.festival.drafting import discard_draft, draft_offer, update_draft, wish_of
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_inputs import OfferWish
from marketplace.festival.offer_models import OfferStep
from marketplace.festival.offer_rules import may_become
from marketplace.festival.offer_windows import begin_offers, end_offers
from marketplace.festival.selling import change_stock, end_offer, lower_price
from marketplace.stores.seals import reinstate_seal, suspend_seal
from marketplace.stores.visibility import HIDE_CODES, hide_store, reinstate_store
from tests.factories import (
    AT,
    a_category,
    a_festival,
    a_price,
    a_store,
    an_official,
    pledge_texts,
    rules,
    writing,
)

ROUNDS = int(os.environ.get("ROUNDS", "1"))
"""SQLite goes through four of each, PostgreSQL through two: its statements, types and locks, not more of the laws."""
DAY = timedelta(days=1)
S = OfferState
PRICES = (1_000_000, 900_000, 850_000, 840_000, 800_000, 600_000, 400_000, 100_000)

FROM = {
    "submit_offer": {S.draft},
    "approve_offer": {S.checked},
    "begin_offer": {S.approved},
    "unfreeze_offer": {S.frozen},
    "lower_price": {S.approved, S.live},
}
"""Which acts lead out of which states alone."""


class Market:
    """A store with five offers in an edition that begins in ten days, an officer, and shoppers who buy."""

    def __init__(self) -> None:
        self.rng, self.at, self.made = Random(0), AT, 0
        with writing():
            self.festival = a_festival(
                live_from=AT + 10 * DAY, live_until=AT + 30 * DAY, draw_at=AT + 60 * DAY
            )
            self.store_id = a_store(festival=self.festival).id
            self.category_id = a_category().id
            person = an_official("office")
        self.officer = Actor(person.id, "office", person.display_name)
        self.store = Actor(None, "store", "پری")
        for n in range(5):
            for event in ("draft", "submit", "approve")[: n + 1]:
                self.act(event, Random(n))

    def act(self, name: str, rng: Random) -> None:
        """One event; a refusal is an event as well and must leave no trace, which the checks after it see to."""
        self.rng = rng
        if name == "wait":
            self.at += timedelta(hours=rng.choice((1, 6, 30, 24 * 6)))
            begin_offers(self.at)
            end_offers(self.at)
            return
        with suppress(MarketplaceError), unit_of_work():
            getattr(self, name)()

    def one(self, *states: OfferState) -> Offer:
        """An offer: mostly one of these states, sometimes any, so that wrong moments are met as well."""
        mine = select(Offer).where(Offer.festival_id == self.festival.id).order_by(Offer.id)
        found = list(db.session.scalars(mine))
        fitting = [offer for offer in found if offer.state in states]
        return self.rng.choice(fitting if fitting and self.rng.random() < 0.85 else found)

    def draft(self) -> None:
        """New goods, half of them with forty days of prices here, half with a public price instead."""
        self.made += 1
        url = "https://prices.example/bag" if self.made % 2 else None
        regular, festival = self.rng.choice(PRICES[:4]), self.rng.choice(PRICES[4:7])
        wish = OfferWish(
            f"S-{self.made}", f"کیف {self.made}", f"Bag {self.made}", self.category_id, "چرم گاوی.", "",
            "", "", 700, regular, festival, 6, 2, None, None, url,
        )  # fmt: skip
        offer = draft_offer(self.store_id, self.festival, wish, self.store, self.at)
        if url is None:
            since = self.at - 40 * DAY
            a_price(db.session.get_one(Variant, offer.variant_id), self.rng.choice(PRICES[:3]), since=since)

    def change(self) -> None:
        offer = self.one(S.draft, S.rejected)
        product, variant = offer_parts(offer)
        wish = wish_of(offer, product, variant)
        told = {
            **{name: getattr(wish, name) for name in wish.__slots__},
            "regular_toman": self.rng.choice(PRICES[:4]),
            "festival_toman": self.rng.choice(PRICES),
        }
        update_draft(offer.id, self.store_id, OfferWish(**told), self._version(offer), self.store, self.at)

    def submit(self) -> None:
        submit_offer(self.one(S.draft).id, self.store_id, self.store, self.at)

    def withdraw(self) -> None:
        if self.rng.random() < 0.3:
            withdraw_offer(self.one().id, self.store_id, self.store, self.at)

    def approve(self) -> None:
        offer = self.one(S.checked)
        read = self.rng.choice((None, 1_000_000, 950_000, 500_000)) if offer.evidence_url else None
        approve_offer(
            offer.id,
            self._version(offer),
            self.officer,
            self.at,
            evidence_toman=read,
            is_one_of_many=self.rng.random() < 0.2,
        )

    def reject(self) -> None:
        offer = self.one(S.checked)
        reject_offer(offer.id, self._version(offer), ["price_not_proven"], self.officer, self.at)

    def freeze(self) -> None:
        offer = self.one(S.live, S.approved)
        freeze_offer(offer.id, self._version(offer), ["health"], self.officer, self.at)

    def unfreeze(self) -> None:
        offer = self.one(S.frozen)
        unfreeze_offer(offer.id, self._version(offer), "looked at", self.officer, self.at)

    def lower(self) -> None:
        lower_price(
            self.one(S.live, S.approved).id, self.store_id, self.rng.choice(PRICES), self.store, self.at
        )

    def restock(self) -> None:
        change_stock(
            self.one(S.live, S.approved).id, self.store_id, self.rng.randrange(9), self.store, self.at
        )

    def end(self) -> None:
        if self.rng.random() < 0.2:
            end_offer(self.one().id, self.store_id, self.store, self.at)

    def discard(self) -> None:
        if self.rng.random() < 0.2:
            discard_draft(self.one().id, self.store_id, self.store, self.at)

    def buy(self) -> None:
        """What a checkout does to the stock, where admission lets it."""
        asked = {"festival": self.festival.id, "at": self.at}
        bought = self.rng.choice((Offer.held_count, Offer.sold_count))
        on_sale = list(db.session.scalars(select(Offer.id).where(ON_SALE).order_by(Offer.id), asked))
        if on_sale:
            values = {bought: bought + 1}
            db.session.execute(update(Offer).where(Offer.id == self.rng.choice(on_sale)).values(values))

    def stop_store(self) -> None:
        if self.rng.random() < 0.5:
            hide_store(self.store_id, HIDE_CODES[0], "why", self.officer, self.at)
        else:
            suspend_seal(self.store_id, "other", self.officer, self.at)

    def let_store_go_on(self) -> None:
        with suppress(MarketplaceError):
            reinstate_store(self.store_id, "why", self.officer, self.at)
        reinstate_seal(self.store_id, "other", self.officer, self.at)

    def _version(self, offer: Offer) -> int:
        return offer.version - (self.rng.random() < 0.1)


def offer_parts(offer: Offer) -> tuple[Product, Variant]:
    """The goods behind an offer."""
    variant = db.session.get_one(Variant, offer.variant_id)
    return db.session.get_one(Product, offer.product_id), variant


EVENTS = (
    "draft", "change", "submit", "submit", "submit", "submit", "submit", "withdraw", "approve", "approve",
    "approve", "approve", "approve", "approve", "reject", "freeze", "freeze", "unfreeze", "unfreeze", "lower",
    "lower", "lower", "restock", "end", "discard",
    "buy", "buy", "buy", "stop_store", "let_store_go_on", "let_store_go_on", "wait", "wait", "wait",
)  # fmt: skip


def ensure_lawful(market: Market) -> None:
    """Every promise about the offers, asked of the database itself."""
    db.session.rollback()
    offers = {
        o.id: o for o in db.session.scalars(select(Offer).where(Offer.festival_id == market.festival.id))
    }
    steps: dict[int, list[OfferStep]] = {key: [] for key in offers}
    history = select(OfferStep).where(OfferStep.offer_id.in_(list(offers))).order_by(OfferStep.id)
    for step in db.session.scalars(history):
        steps[step.offer_id].append(step)
    for key, offer in offers.items():
        told = steps[key]
        assert told[0].old_state is None and offer.version == len(told)
        assert offer.state is told[-1].new_state
        assert all(a.new_state is b.old_state for a, b in pairwise(told))
        for step in told[1:]:
            assert step.old_state is step.new_state or may_become(step.old_state, step.new_state)
            assert step.old_state in FROM.get(step.action, S)
            if step.action == "lower_price":
                assert step.details["new_toman"] < step.details["old_toman"]
        assert offer.sold_count + offer.held_count <= offer.stocked_count
        if offer.state is S.live:
            ensure_honest(offer)
    for at in (market.at, market.at + 3 * DAY):
        asked = {"festival": market.festival.id, "at": at}
        listed = set(db.session.scalars(select(Offer.id).where(ON_SALE), asked))
        explained = {key for key, reasons in explain_offers(list(offers), at).items() if not reasons}
        assert listed == explained


def ensure_honest(offer: Offer) -> None:
    """What sells is 15 % below its regular price and below each price that was in force in the 30 days before."""
    rows = select(PriceChange.since_at, PriceChange.price_toman).where(
        PriceChange.variant_id == offer.variant_id, PriceChange.is_told.is_(False)
    )
    points = db.session.execute(rows.order_by(PriceChange.id)).all()
    assert points, "what sells has its price in the history"
    first = offer.reduced_at - 30 * DAY
    prices = [
        price
        for (since, price), until in zip(points, [p[0] for p in points[1:]] + [None], strict=True)
        if since < offer.reduced_at and (until is None or until > first)
    ]
    prices += [offer.regular_toman, *([offer.evidence_toman] if offer.evidence_toman else [])]
    assert percent_off(offer.festival_toman, min(prices)) >= 15
    assert offer.reference_toman == min(prices) or offer.reference_toman > offer.regular_toman
    in_force = [price for since, price in points if since >= offer.reduced_at]
    assert in_force[-1] == offer.festival_toman
    assert all(a > b for a, b in pairwise(in_force))


def test_random_days_of_the_market(ctx, at):
    with writing():
        rules()
        pledge_texts()

    examples = ROUNDS * (4 if is_sqlite() else 2)

    @settings(max_examples=examples, deadline=None, database=None, derandomize="ROUNDS" not in os.environ)
    @given(events=st.permutations(EVENTS * 2), seed=st.integers(0, 2**32))
    def days(events: list[str], seed: int) -> None:
        market, rng = Market(), Random(seed)
        for event in events:
            market.act(event, rng)
            ensure_lawful(market)

    days()
    done = set(db.session.scalars(select(OfferStep.action)))
    assert {"approve_offer", "begin_offer"} <= done
    assert not is_sqlite() or {"freeze_offer", "unfreeze_offer", "lower_price"} <= done
    by_officers = select(func.count()).select_from(OfferStep).where(OfferStep.actor_role != "store")
    audited = select(func.count()).select_from(AuditEntry).where(AuditEntry.subject.like("offer:%"))
    assert db.session.scalar(by_officers) == db.session.scalar(audited)
    assert not list(broken_prices()) and not list(broken_entries())
