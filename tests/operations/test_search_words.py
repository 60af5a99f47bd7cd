"""Words in the search: found however they are typed, and nothing that is typed makes an error."""

from __future__ import annotations

from typing import Any

from marketplace.core.db import db
from marketplace.core.text import search_words
from marketplace.policy.policy import Policy
from marketplace.storefront.filters import Filters
from marketplace.storefront.shelf import count_cards, list_cards
from tests.factories import AT, World, an_offer, change
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()


def cards(
    w: World, cursor: str | None = None, limit: int = 24, **filters: Any
) -> tuple[list[Any], str | None]:
    db.session.rollback()
    page = list_cards(Filters(**filters), w.festival.id, FIRST, AT, cursor=cursor, limit=limit)
    return list(page.items), page.next_cursor


def ids(w: World, **filters: Any) -> list[int]:
    return [card.id for card in cards(w, limit=100, **filters)[0]]


FOUND = (
    "کیف",
    "كيف",
    "كیف",
    "کیفِ",
    "کـیف",
    "کی",
    "چرم کیف",
    "دست‌دوز",
    "دست دوز",
    "دستدوز",
    "LEATHER",
    "leath",
    "۱۲۰۰",
    "1200",
    "١٢٠٠",
    "",
    "  ",
    "!!!",
    "کیف!",
    "«کیف»",
)
NOT_FOUND = ("کیف کفش", "کیفک", "eather", "12000", "کیف NOT چرم", "bag OR soap", "leather-soap")
HOSTILE_WORDS = (
    '"',
    "'",
    '""*',
    "*",
    "(",
    ")",
    "AND",
    "OR",
    "NEAR(a b)",
    "a:b",
    "a & b",
    "a | b",
    "!a",
    "<->",
    ":*",
    "\\",
    "\\'",
    "%",
    "_",
    "'; DROP TABLE offers;--",
    "\x00",
    "\x00\x01",
    "ے" * 500,
    "a " * 500,
    "\u202e",
    "👜",
    "𝟙𝟚",
    "½",
    "٪",
    "{{7*7}}",
    "^a",
    "search_text:a",
    "-کیف",
    "1.5.2.",
    "a.b",
    "...",
    "\u0301",
    "ﷺ",
    "Ⅷ",
)


def test_words_are_found_however_they_are_typed(ctx, at, app):
    w = the_world()
    bag = an_offer(
        w.stores[0], w.festival, w.categories[1], title_fa="کیف چرم دست‌دوز مدل ۱۲۰۰", title_en="Leather bag"
    )
    with app.test_request_context():
        assert [q for q in FOUND if bag.id not in ids(w, q=q)] == []
        assert [q for q in NOT_FOUND if bag.id in ids(w, q=q)] == []


def test_a_changed_title_is_found_by_its_new_words_alone(ctx, at, app):
    w = the_world()
    change(w.soap, search_text=search_words("گلاب کاشان"))
    with app.test_request_context():
        assert (ids(w, q="صابون"), ids(w, q="گلاب")) == ([], [w.soap.id])


def test_no_words_however_hostile_make_an_error(ctx, at, app):
    w = the_world()
    with app.test_request_context():
        for query in HOSTILE_WORDS:
            read = Filters.parse({"q": query})
            found, _ = (
                list_cards(read, w.festival.id, FIRST, AT).items,
                count_cards(read, w.festival.id, FIRST, AT),
            )
            assert len(found) <= 6
