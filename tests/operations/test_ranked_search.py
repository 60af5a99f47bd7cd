"""Search by rank, words typed with a wrong letter, suggestions: the same first results on both databases."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.accounts.limits import SUGGESTIONS
from marketplace.core.db import db
from marketplace.core.errors import Malformed
from marketplace.core.paging import encode_cursor
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.shelf_models import SearchWord, ShelfChange
from marketplace.festival.shelf_words import collect_words, found_by
from marketplace.policy.policy import Policy
from marketplace.storefront import ranked
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.home import list_categories
from marketplace.storefront.mended import mended, suggestions
from marketplace.storefront.shelf import list_cards
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, a_product, an_offer, change
from tests.remembering import remembering
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()

# name: title, store's words, the rest, pieces, popularity
GOODS = {
    "exact": ("سماور مسی", "فروشگاه مهتاب", "آشپزخانه", 5, 2),
    "popular": ("قوری سماور", "فروشگاه مهتاب", "آشپزخانه", 5, 900),
    "store": ("قوری چینی", "سماور سازی یزد", "آشپزخانه", 5, 5_000),
    "row": ("استکان", "فروشگاه مهتاب", "سماور و قوری", 5, 90_000),
    "gone": ("سماور زغالی", "فروشگاه مهتاب", "آشپزخانه", 0, 50_000),
    "gone row": ("سینی", "فروشگاه مهتاب", "سماور و قوری", 0, 50_000),
}
BY_RANK = ["popular", "exact", "store", "row", "gone", "gone row"]
FOUND = {
    "سماور": BY_RANK,
    "سماوَر": BY_RANK,
    "سماو": BY_RANK,
    "سماور مهتاب": ["popular", "exact", "row", "gone", "gone row"],
    "قوری": ["store", "popular", "row", "gone row"],
    "چینی یزد": ["store"],
    "یزد چيني": ["store"],
    "سماور کیف": [],
}
MENDED = {
    "سمارو": "سماور",  # two neighbours swapped
    "سماوور": "سماور",  # one too many
    "سموار": "سماور",
    "سماوغ": "سماور",  # another
    "سماود مسی": "سماور مسی",
    "چیتی": "چیتی",  # too short to be mended
    "قورباغه": "قورباغه",  # nothing is near
    "زعالی": "زغالی",
    "زغلی": "زغالی",  # one missing
    "سماور": "سماور",
}


@dataclass(frozen=True)
class Goods:
    """The edition and the goods of the table by name."""

    festival: Festival
    named: dict[str, int]


@pytest.fixture
def w(ctx, at, app) -> Goods:
    """The goods of the table in one category, by name."""
    world = the_world()
    named = {}
    for name, (title, store, rest, stock, popularity) in GOODS.items():
        product = a_product(world.stores[0], world.categories[1], title_fa=title, title_en=name)
        named[name] = an_offer(
            world.stores[0], world.festival, product=product, stock=stock, popularity=popularity,
            search_text=found_by(title, store, rest),
        ).id  # fmt: skip
    while collect_words(AT):
        pass
    return Goods(world.festival, named)


def found(w: Goods, q: str, limit: int = 24, **filters: Any) -> list[str]:
    """Names of the results over all pages of `limit`."""
    names = {number: name for name, number in w.named.items()}
    chosen, cursor = [], None
    while True:
        db.session.rollback()
        asked = Filters.parse({"q": q, **filters})
        page = list_cards(asked, w.festival.id, FIRST, AT, cursor=cursor, limit=limit)
        chosen += [names.get(card.id, card.title) for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return chosen


@pytest.mark.parametrize("way", [nullcontext, remembering])
@pytest.mark.parametrize("few", [500, 0])
def test_the_table_of_searches_and_their_first_results(w, app, monkeypatch, few, way):
    """Few hits and many, with the conditions of admission and with the admitted stores remembered: one order."""
    monkeypatch.setattr(ranked, "FEW", few)
    with app.test_request_context(), way():
        for q, expected in FOUND.items():
            assert found(w, q) == expected, q
            assert found(w, q, limit=1) == expected, q
            assert found(w, q, limit=2, in_stock="1") == [n for n in expected if GOODS[n][3]], q
            assert found(w, q, stars="1", province="Tehran") == expected, q
            assert found(w, q, province="Gilan") == found(w, q, stars="5", province="Tehran") == [], q


@pytest.mark.parametrize("few", [500, 0])
def test_a_store_that_fell_is_in_no_search(w, app, monkeypatch, few):
    monkeypatch.setattr(ranked, "FEW", few)
    change(db.session.scalars(select(Seal).order_by(Seal.id)).first(), state=SealState.suspended)
    for way in (nullcontext, remembering):
        with app.test_request_context(), way():
            assert found(w, "سماور") == []


def test_the_index_follows_stock_popularity_state_and_words(w, app):
    with app.test_request_context():
        change(db.session.get(Offer, w.named["gone"]), stocked_count=3)
        change(db.session.get(Offer, w.named["exact"]), popularity=2_000)
        change(db.session.get(Offer, w.named["store"]), state=OfferState.frozen)
        change(db.session.get(Offer, w.named["row"]), search_text=found_by("استکان", "", "بلور"))
        assert found(w, "سماور") == ["gone", "exact", "popular", "gone row"]
        change(db.session.get(Offer, w.named["store"]), state=OfferState.live)
        assert found(w, "سماور") == ["gone", "exact", "popular", "store", "gone row"]


def test_a_wrong_letter_is_mended_in_words_of_five_letters_and_more(w, app):
    with app.test_request_context():
        for typed, meant in MENDED.items():
            assert mended(Filters.parse({"q": typed})).q == meant, typed
        assert mended(Filters.parse({"q": "سمارو", "in_stock": "1"})).in_stock
        assert found(w, mended(Filters.parse({"q": "سمارو"})).q) == BY_RANK


def test_words_are_collected_once_for_each_change(w):
    assert db.session.query(ShelfChange).filter_by(is_collected=False).count() == 0
    before = db.session.get(SearchWord, "سماور").n
    change(db.session.get(Offer, w.named["exact"]), title_en="no matter")
    assert collect_words(AT) == 0
    change(db.session.get(Offer, w.named["exact"]), festival_toman=1_000)
    assert collect_words(AT) == 1
    db.session.expire_all()
    assert db.session.get(SearchWord, "سماور").n == before + 1


def test_suggestions_name_rows_stores_and_titles(w, app):
    with app.test_request_context():

        def told(typed: str) -> list[tuple[str, str]]:
            shown = list_categories(w.festival.id, AT)
            return [(each["kind"], each["label"]) for each in suggestions(typed, w.festival.id, shown, AT)]

        assert told("س") == told("") == told("!!") == []
        assert told("سماو")[:2] == [("offer", "قوری سماور"), ("offer", "سماور مسی")]
        assert told("سمارو") == told("سماور")
        category = list_categories(w.festival.id, AT)[1].name
        assert ("category", category) in told(category[:4])


def test_suggestions_come_as_json(w, app):
    browser = app.test_client()
    answer = browser.get("/search/suggestions", query_string={"q": "سماور"})
    assert answer.status_code == 200
    assert answer.json["items"][0]["label"] == "قوری سماور"
    assert browser.get(answer.json["items"][0]["url"]).status_code == 200
    assert browser.get("/search/suggestions?q=%00%22%2A").json == {"items": []}


@pytest.mark.databases("sqlite")
def test_who_asks_for_suggestions_without_end_is_told_to_wait(w, app):
    browser, most = app.test_client(), int(SUGGESTIONS.split()[0])
    seen = {browser.get("/search/suggestions?q=a").status_code for _ in range(most)}
    assert seen == {200}
    refused = browser.get("/search/suggestions?q=a")
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


def test_a_page_says_what_was_searched_for_instead(w, app):
    page = app.test_client().get("/search", query_string={"q": "سمارو"}).text
    assert "نتیجه‌های «سماور»" in page and "قوری سماور" in page


def test_a_foreign_cursor_is_refused(w, app):
    with app.test_request_context():
        for values in ((2, 3, 0, 1), (1, 4, 0, 1), (1, 3, 32, 1), (1, 3, 0, 1 << 41), (1, 3, 0, -1)):
            with pytest.raises(Malformed):
                list_cards(Filters(q="سماور", sort=Sort.best), 1, FIRST, AT, cursor=encode_cursor(values))
