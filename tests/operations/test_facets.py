"""Facets: what they count is what their links then show."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.models import OfferState
from marketplace.policy.policy import Policy
from marketplace.storefront import bitmaps as module
from marketplace.storefront.facets import BANDS, facet_counts, facets_of, total_of
from marketplace.storefront.filters import Filters
from marketplace.storefront.shelf import count_cards, list_cards
from marketplace.storefront.shown import Facet
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, World, an_offer, change, writing
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()
PRICES = (60_000, 99_999, 100_000, 100_001, 300_000, 999_999, 1_000_000, 3_000_000, 5_000_000)
SHOWN_BY: tuple[Filters, ...] = (
    Filters(),
    Filters(category="beauty"),
    Filters(province="اصفهان"),
    Filters(stars=4),
    Filters(in_stock=True),
    Filters(free_shipping=True),
    Filters(min_discount=35),
    Filters(min_toman=100_000, max_toman=300_000),
    Filters(q="صابون"),
    Filters(category="crafts", stars=3, free_shipping=True),
    Filters(store="nik"),
)


@pytest.fixture
def w(ctx, at) -> World:
    """The small festival and twenty-seven more offers, many of them exactly at the edge of a price band."""
    w = the_world()
    with writing():
        for n in range(27):
            price = PRICES[n % len(PRICES)]
            an_offer(
                w.stores[n % 3],
                w.festival,
                w.categories[n % 2],
                toman=price,
                regular=price * (2 + n % 3),
                stock=0 if n % 7 == 0 else 5,
            )
        for seal, stars in zip(db.session.scalars(select(Seal).order_by(Seal.id)), (5, 4, 2), strict=True):
            seal.stars = stars
    return w


def facets(w: World, filters: Filters) -> tuple[Facet, ...]:
    db.session.rollback()
    module._kept.clear()
    return facets_of(filters, facet_counts(filters, w.festival.id, FIRST, AT))


def shown(w: World, filters: Filters) -> int:
    return len(list_cards(filters, w.festival.id, FIRST, AT, limit=100).items)


def led_to(url: str) -> Filters:
    """The filters of a facet's link."""
    parts = urlsplit(url)
    values = {name: value[0] for name, value in parse_qs(parts.query).items()}
    if parts.path.startswith("/c/"):
        values["category"] = parts.path.removeprefix("/c/")
    return Filters.parse(values)


def test_the_total_is_the_number_of_offers_shown(w, app):
    with app.test_request_context():
        for filters in SHOWN_BY:
            total = total_of(facet_counts(filters, w.festival.id, FIRST, AT))
            assert total == shown(w, filters) == count_cards(filters, w.festival.id, FIRST, AT), filters


def test_each_choice_counts_what_its_link_shows(w, app):
    """Prices exactly at the edge of two bands are in both, as they are in both lists."""
    known: dict[Filters, int] = {}
    with app.test_request_context():
        for filters in SHOWN_BY:
            for facet in facets(w, filters):
                for value in (v for v in facet.values if not v.is_on):
                    goal = led_to(value.url)
                    known[goal] = known[goal] if goal in known else shown(w, goal)
                    assert value.count == known[goal], (filters, facet.key, value.value)
    assert len(known) > 40


def test_no_choice_that_would_show_something_is_left_out(w, app):
    with app.test_request_context():
        keys = {facet.key: {value.value for value in facet.values} for facet in facets(w, Filters())}
        assert keys["category"] == {"beauty", "crafts"}
        assert keys["stars"] == {"5", "4", "3"}
        assert keys["price"] == {f"{low or 0}-{high or ''}" for low, high in BANDS}
        assert keys["discount"] == {"15", "25", "35", "50"}
        assert keys["shipping"] == keys["stock"] == {"1"}
        assert keys["province"] == {"Tehran", "Isfahan", "Gilan"}


def test_a_choice_that_is_on_leads_back(w, app):
    with app.test_request_context():
        for filters in SHOWN_BY:
            for facet in facets(w, filters):
                for value in (v for v in facet.values if v.is_on):
                    back = led_to(value.url)
                    assert shown(w, back) >= shown(w, filters)
                    assert len(back.pairs()) < len(filters.pairs())


def test_what_may_not_be_shown_is_in_no_count(w, app):
    with app.test_request_context():
        change(
            db.session.scalars(select(Seal).where(Seal.store_id == w.stores[0].id)).one(),
            state=SealState.suspended,
        )
        change(w.tea, state=OfferState.frozen)
        counted = facets(w, Filters())
        assert {v.value for f in counted if f.key == "province" for v in f.values} == {"Isfahan", "Gilan"}
        assert sum(v.count for f in counted if f.key == "category" for v in f.values) == shown(w, Filters())


def test_counts_may_lag_but_rows_never_do(w, app):
    """For five seconds the numbers beside the choices are those of before; the offers shown are of now."""
    with app.test_request_context():
        before = total_of(facet_counts(Filters(), w.festival.id, FIRST, AT))
        rows = shown(w, Filters())
        change(w.tea, state=OfferState.frozen)
        assert total_of(facet_counts(Filters(), w.festival.id, FIRST, AT)) == before
        assert shown(w, Filters()) == rows - 1
        module._kept.clear()
        assert total_of(facet_counts(Filters(), w.festival.id, FIRST, AT)) == before - 1
