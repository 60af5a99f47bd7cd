"""What is asked of the server: each case is a list of requests that are sent in turn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import quote

from sqlalchemy import func, select

from benchmarks.client import request
from benchmarks.instance import Data, Person
from marketplace.catalog.models import Category
from marketplace.core.db import db
from marketplace.core.paging import encode_cursor
from marketplace.festival.admission import ON_SALE, VISIBLE
from marketplace.festival.models import Festival, Offer
from marketplace.policy.models import Province
from marketplace.storefront.cards import LEFT
from marketplace.stores.models import Store

OFFERS = 200
LEAST_STOCK, LEAST_LIMIT = 15, 3
CARTS = slice(0, 32)
BUYERS = {"forms": slice(32, 64), "api": slice(64, 96)}
"""Which people do what, so that nobody's cart is in another's way."""
HITS, SEARCHES = 100, 8
ADDRESSES = [f"10.1.{high}.{low}" for high in range(8) for low in range(1, 251)]
"""From where programs call that have no token: so many calls a second are more than one address may make."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Case:
    """A name, the requests, and what we promise of it in units of H (a word, shown in the table)."""

    name: str
    requests: list[str]
    goal: str = ""
    target: str = "web"


@dataclass(frozen=True)
class Sample:
    """What the data offers to ask for; offers as (id, slug, store id)."""

    offers: list[tuple[int, str, int]]
    categories: list[str]
    cursor: str
    words: list[str]
    province: str


def sample_of(data: Data) -> Sample:
    """Looks into the data for offers on sale, full categories, a place far down the list, and words with many hits."""
    with data.app().app_context():
        festival = db.session.scalars(
            select(Festival).where(Festival.live_from <= data.at, Festival.live_until > data.at)
        ).one()
        binds = {"festival": festival.id, "at": data.at}
        count = db.session.scalar(select(func.count()).select_from(Offer).where(VISIBLE), binds) or 0
        offers = db.session.execute(
            select(Offer.id, Offer.slug, Offer.store_id)
            .where(ON_SALE, LEFT >= LEAST_STOCK, Offer.limit_per_buyer >= LEAST_LIMIT)
            .order_by(Offer.popularity.desc())
            .limit(OFFERS),
            binds,
        ).all()
        categories = db.session.scalars(
            select(Category.slug)
            .join(Offer, Offer.category_id == Category.id)
            .where(VISIBLE)
            .group_by(Category.slug)
            .order_by(func.count().desc())
            .limit(6),
            binds,
        ).all()
        deep = db.session.execute(
            select(Offer.festival_toman, Offer.id)
            .where(VISIBLE)
            .order_by(Offer.festival_toman, Offer.id)
            .offset(count * 4 // 5)
            .limit(1),
            binds,
        ).one()
        province = db.session.scalars(
            select(Province.name_fa)
            .join(Store, Store.province_id == Province.id)
            .group_by(Province.name_fa)
            .order_by(func.count().desc())
            .limit(1)
        ).one()
        found = Sample(
            [(row.id, row.slug, row.store_id) for row in offers],
            list(categories),
            encode_cursor((deep.festival_toman, deep.id)),
            _words(binds),
            province,
        )
        db.session.remove()
        db.engine.dispose()
    return found


def _words(binds: dict[str, object]) -> list[str]:
    """What about a hundred titles have, the nearest first: words, and two words of a title where each is too common."""
    titles = select(Offer.title_fa).where(VISIBLE).execution_options(yield_per=10_000)
    words: Counter[str] = Counter()
    for title in db.session.scalars(titles, binds):
        words.update(_words_of(title))
    nearest = _nearest(words)
    if abs(words[nearest[SEARCHES - 1]] - HITS) > HITS:
        rarer = set(nearest[: 5 * SEARCHES])
        for title in db.session.scalars(titles, binds):
            pairs = combinations(sorted(_words_of(title)), 2)
            words.update(" ".join(pair) for pair in pairs if rarer.intersection(pair))
        nearest = _nearest(words)
    return nearest[:SEARCHES]


def _words_of(title: str) -> set[str]:
    return {word for word in title.split() if len(word) > 2}


def _nearest(words: Counter[str]) -> list[str]:
    return sorted(words, key=lambda word: (abs(words[word] - HITS), word))


def pages(data: Data, sample: Sample) -> list[Case]:
    """Every page that is measured, without the checkout."""

    def get(*paths: str, **headers: str) -> list[str]:
        return [request("GET", path, **headers) for path in paths]

    lists = [f"/c/{slug}" for slug in sample.categories]
    offers = [f"/offers/{number}-{quote(slug)}" for number, slug, _ in sample.offers]
    searches = [f"/search?q={quote(word)}" for word in sample.words]
    signed_in = [
        request("GET", path, Cookie=f"sid={person.cookie}") for path in lists for person in data.people[:8]
    ]
    return [
        Case("home", get("/"), "0.5"),
        Case("category, by price", get(*(f"{path}?sort=price" for path in lists)), "0.5"),
        Case("list, four fifths down", get(f"/search?sort=price&cursor={sample.cursor}"), "0.5"),
        Case("list with a facet", get(f"/search?province={quote(sample.province)}&min_discount=25"), "0.5"),
        Case("list never asked for before", get(*(f"/search?min_toman={n}" for n in range(1, 20_000))), "6"),
        Case("offer", get(*offers[:20]), "0.5"),
        Case("offers, each in turn", get(*offers), "6"),
        Case("search, about 100 hits", get(*searches), "10"),
        Case("category, signed in", signed_in, "6"),
        Case("offers, JSON", [_from(address, "/api/v1/offers?sort=price") for address in ADDRESSES]),
        Case(
            "cart line, JSON",
            [_put(person, offer, quantity) for person, offer, quantity in _lines(data, sample)],
        ),
        Case(
            "cart line, form",
            [_post(person, offer, quantity) for person, offer, quantity in _lines(data, sample)],
        ),
        Case(
            "cart, signed in",
            [request("GET", "/cart", Cookie=f"sid={p.cookie}") for p in data.people[CARTS]],
            "6",
        ),
    ]


def _lines(data: Data, sample: Sample) -> list[tuple[Person, int, int]]:
    """Each person's cart of two offers goes from one piece to two and back."""
    return [
        (person, sample.offers[(place * 2 + which) % len(sample.offers)][0], quantity)
        for quantity in (1, 2)
        for which in (0, 1)
        for place, person in enumerate(data.people[CARTS])
    ]


def _from(address: str, path: str) -> str:
    return request("GET", path, X_Forwarded_For=address)


def _put(person: Person, offer: int, quantity: int) -> str:
    return request(
        "PUT",
        f"/api/v1/cart/lines/{offer}",
        body=f'{{"quantity":{quantity}}}',
        Content_Type=JSON,
        Authorization=f"Bearer {person.token}",
    )


def _post(person: Person, offer: int, quantity: int) -> str:
    return request(
        "POST",
        f"/cart/lines/{offer}",
        body=f"quantity={quantity}&csrf_token={person.csrf}",
        Content_Type=FORM,
        Cookie=f"sid={person.cookie}",
    )
