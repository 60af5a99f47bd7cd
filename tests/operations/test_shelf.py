"""Lists of offers: what narrows them, in which order, page after page, and what their facets count."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Malformed
from marketplace.core.unit_of_work import count_queries
from marketplace.festival.models import Offer, OfferState
from marketplace.policy.policy import Policy
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.shelf import count_cards, list_cards
from marketplace.stores.models import Seal
from tests.factories import AT, World, an_offer, change, writing
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()
PRICES = (60_000, 99_999, 100_000, 100_000, 100_000, 100_001, 300_000, 300_000, 999_999, 1_000_000, 3_000_000)


@pytest.fixture
def w(ctx, at) -> World:
    """The small festival and thirty-three more offers with many ties in price, percent and popularity."""
    w = the_world()
    with writing():
        for n in range(33):
            price = PRICES[n % len(PRICES)]
            an_offer(
                w.stores[n % 3],
                w.festival,
                w.categories[n % 2],
                toman=price,
                regular=price * (2 + n % 3) // 1,
                stock=0 if n % 7 == 0 else 5,
                popularity=n % 4,
            )
        seals = db.session.scalars(select(Seal).order_by(Seal.id)).all()
        for seal, stars in zip(seals, (5, 4, 2), strict=True):
            seal.stars = stars
    return w


def cards(
    w: World, cursor: str | None = None, limit: int = 24, **filters: Any
) -> tuple[list[Any], str | None]:
    db.session.rollback()
    page = list_cards(Filters(**filters), w.festival.id, FIRST, AT, cursor=cursor, limit=limit)
    return list(page.items), page.next_cursor


def ids(w: World, **filters: Any) -> list[int]:
    return [card.id for card in cards(w, limit=100, **filters)[0]]


def offers() -> list[Offer]:
    return list(db.session.scalars(select(Offer)))


# --- pages

ORDERS = {
    Sort.best: lambda o: (-o.popularity, -o.id),  # without words
    Sort.popular: lambda o: (-o.popularity, -o.id),
    Sort.newest: lambda o: -o.id,
    Sort.price: lambda o: (o.festival_toman, o.id),
    Sort.price_down: lambda o: (-o.festival_toman, -o.id),
    Sort.discount: lambda o: (-o.discount_percent, -o.id),
}


def test_pages_cover_everything_exactly_once_in_order_whatever_ties_there_are(w, app):
    assert set(ORDERS) == set(Sort)
    with app.test_request_context():
        for sort, order in ORDERS.items():
            seen, cursor = cards(w, limit=4, sort=sort)
            for _ in range(60):
                if cursor is None:
                    break
                page, cursor = cards(w, cursor, limit=4, sort=sort)
                seen += page
            assert [card.id for card in seen] == [o.id for o in sorted(offers(), key=order)], sort
            assert count_cards(Filters(), w.festival.id, FIRST, AT) == len(seen) == 39


def test_an_offer_that_goes_between_two_pages_is_neither_shown_twice_nor_hides_another(w, app):
    with app.test_request_context():
        first, cursor = cards(w, limit=5, sort=Sort.price)
        before = [c.id for c in cards(w, limit=100, sort=Sort.price)[0]]
        change(db.session.get_one(Offer, first[-1].id), state=OfferState.frozen)
        change(db.session.get_one(Offer, before[7]), state=OfferState.frozen)
        rest, _ = cards(w, cursor, limit=100, sort=Sort.price)
        assert [c.id for c in rest] == [i for i in before[5:] if i != before[7]]


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


HOSTILE = (
    "x",
    "%00",
    "AAAA",
    "ے",
    _cursor(),
    _cursor(1, 2, 3),
    _cursor("1", 2),
    _cursor(1, None),
    _cursor(True, 1),
    _cursor(1.5, 2),
    _cursor(2**63, 1),
    _cursor(1, -(2**70)),
    _cursor([1], 2),
    _cursor(None, None),
    "W10",
    "bnVsbA",
    "e30",
    base64.urlsafe_b64encode(b"[" * 40_000).decode(),
    "'; DROP TABLE offers; --",
    "-" * 5_000,
)


@pytest.mark.databases("sqlite")
def test_a_cursor_that_is_not_ours_is_malformed(ctx, at):
    for cursor in (*HOSTILE, _cursor(1)):
        with pytest.raises(Malformed, match="bad_cursor"):
            list_cards(Filters(), 1, FIRST, AT, cursor=cursor)
    for cursor in (*HOSTILE, _cursor(1, 2)):
        with pytest.raises(Malformed, match="bad_cursor"):
            list_cards(Filters(sort=Sort.newest), 1, FIRST, AT, cursor=cursor)


def test_a_well_formed_cursor_of_nowhere_gives_a_page_and_no_error(w, app):
    with app.test_request_context():
        for sort in Sort:
            for value in (0, -1, 1, 2**62, -(2**62)):
                cursor = _cursor(value) if sort is Sort.newest else _cursor(value, value)
                assert {c.id for c in cards(w, cursor, sort=sort)[0]} <= {o.id for o in offers()}


@pytest.mark.databases("sqlite")
def test_a_hostile_address_is_a_400_on_the_page(w, client: Client):
    for query in (
        "cursor=x",
        "cursor=W10",
        "sort=cheapest",
        "min_toman=-1",
        "max_toman=1e6",
        "stars=6",
        "in_stock=maybe",
        "min_discount=100",
        "sort=id%3B%20DROP%20TABLE%20offers",
    ):
        client.get(f"/search?{query}", expect=400)
    client.get("/c/beauty?sort=cheapest", expect=400)
    client.get("/c/nothing", expect=404)
    client.get("/stores?cursor=x", expect=400)
    client.get("/stores/artin?cursor=x", expect=400)


# --- filters


def test_each_filter_leaves_exactly_what_it_says(w, app):
    stars = {s.store_id: s.stars for s in db.session.scalars(select(Seal))}
    home = {store.id: place.name_fa for store, place in zip(w.stores, w.provinces, strict=False)}
    beauty = w.categories[0].id
    wanted: list[tuple[dict[str, Any], Any]] = [
        ({"category": "beauty"}, lambda o: o.category_id == beauty),
        ({"store": "nik"}, lambda o: o.store_id == w.stores[1].id),
        ({"min_toman": 100_000}, lambda o: o.festival_toman >= 100_000),
        ({"max_toman": 100_000}, lambda o: o.festival_toman <= 100_000),
        ({"min_toman": 100_000, "max_toman": 300_000}, lambda o: 100_000 <= o.festival_toman <= 300_000),
        ({"min_discount": 50}, lambda o: o.discount_percent >= 50),
        ({"province": "اصفهان"}, lambda o: home[o.store_id] == "اصفهان"),
        ({"province": "Isfahan"}, lambda o: home[o.store_id] == "اصفهان"),
        ({"stars": 4}, lambda o: stars[o.store_id] >= 4),
        ({"free_shipping": True}, lambda o: o.festival_toman > 100_000),
        ({"in_stock": True}, lambda o: o.left_count > 0),
        (
            {"category": "beauty", "stars": 5, "in_stock": True, "min_discount": 50},
            lambda o: (
                (o.category_id, stars[o.store_id]) == (beauty, 5)
                and o.left_count > 0
                and o.discount_percent >= 50
            ),
        ),
        ({"category": "nothing"}, lambda o: False),
        ({"store": "nobody"}, lambda o: False),
        ({"province": "آتلانتیس"}, lambda o: False),
    ]
    with app.test_request_context():
        for filters, is_in in wanted:
            expected = {o.id for o in offers() if is_in(o)}
            assert set(ids(w, **filters)) == expected, filters
            assert count_cards(Filters(**filters), w.festival.id, FIRST, AT) == len(expected), filters


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "cheapest"},
        {"sort": "id; DROP TABLE offers"},
        {"min_toman": "-1"},
        {"max_toman": "abc"},
        {"max_toman": "1e6"},
        {"min_toman": "9" * 16},
        {"min_toman": str(10**13)},
        {"min_discount": "100"},
        {"stars": "6"},
        {"stars": "4.5"},
        {"free_shipping": "yes!"},
        {"in_stock": "2"},
        {"min_toman": "1' OR '1'='1"},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_read_is_malformed(query):
    with pytest.raises(Malformed):
        Filters.parse(query)


def test_filters_are_read_in_any_digits_and_written_back_the_same():
    read = Filters.parse(
        {
            "q": "  كيف   چرم ",
            "min_toman": "۱۰۰٬۰۰۰",
            "max_toman": "٣٠٠ ٠٠٠",
            "stars": "۴",
            "in_stock": "1",
            "sort": "-price",
            "unknown": "x",
            "entries": "50",
        }
    )
    assert read == Filters(
        q="كيف چرم", min_toman=100_000, max_toman=300_000, stars=4, in_stock=True, sort=Sort.price_down
    )
    assert Filters.parse(dict(read.pairs())) == read


# --- what a page costs


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ("/search?min_toman=3000000", "/search?min_toman=1"),
        ("/c/beauty?max_toman=60000", "/c/beauty?max_toman=100000000"),
    ],
)
def test_a_page_of_many_takes_as_many_statements_as_a_page_of_few(w, client: Client, few: str, many: str):
    """The whole page by HTTP, its facets included; kept counts are asked anew because each address is new."""
    counts, shown = [], []
    client.get("/search?max_toman=2")
    for path in (few, many):
        told: list[str] = []
        stop = count_queries(told)
        page = client.get(path)
        stop()
        counts.append(sum(s.lstrip().upper().startswith(("SELECT", "WITH")) for s in told))
        shown.append(len({link for link in page.links() if "/offers/" in link}))
        assert page.status == 200
    assert 0 < shown[0] < shown[1], shown
    assert counts[0] == counts[1] <= 14, counts
