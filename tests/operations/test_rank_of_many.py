"""The best of many hits, read from an index in their order, are the first of all hits sorted."""

from __future__ import annotations

import random
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready
from marketplace.core.text import fold
from marketplace.festival.models import Offer
from marketplace.festival.shelf_words import found_by
from marketplace.policy.policy import Policy
from marketplace.storefront import bitmaps, counting, facets, postings, ranked, shelf
from marketplace.storefront.admitted import Stores
from marketplace.storefront.filters import Filters, values_of
from marketplace.storefront.list_page import show_list
from marketplace.storefront.shelf import _list_query, list_cards
from tests.factories import AT, a_product, an_offer, writing
from tests.operations.test_plans import plan
from tests.remembering import remembering
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()
WORDS = ("سماور", "قوری", "چینی", "ear", "tear", "2.5", "لیتری", "a5", "سماورساز")
POPULARITIES = (0, 2, 29, 30, 31, 99, 100, 101, 2_000)
SEARCHES = ("سماور", "سماور قوری", "ear", "tear", "t", "2.5", "چینی 2.5", "س", "a5 لیتری", "هیچ")


@pytest.fixture
def festival(ctx: Any, at: Any) -> int:
    """Sixty offers of chance: words in any of three lines, in stock or not, popular in every tier."""
    w, chance = the_world(), random.Random(7)
    with writing():
        for n in range(60):
            title, store, rest = (" ".join(chance.sample(WORDS, chance.randint(0, 3))) for _ in range(3))
            an_offer(
                w.stores[n % 2],
                w.festival,
                product=a_product(w.stores[n % 2], w.categories[1], title_fa=f"کالای {n}", title_en=f"n{n}"),
                stock=chance.choice((0, 3, 3)),
                popularity=chance.choice(POPULARITIES),
                search_text=found_by(title, store, rest),
            )
    return int(w.festival.id)


def sorted_hits(festival: int, q: str) -> list[int]:
    """All hits, ranked one by one."""
    wanted = fold(q).split()
    shown = {card.id for card in list_cards(Filters(), festival, FIRST, AT, limit=1_000).items}

    def fits(lines: list[str]) -> bool:
        words = " ".join(lines).split()
        return all(any(word.startswith(each) for word in words) for each in wanted)

    found = []
    for offer in db.session.query(Offer).filter(Offer.id.in_(shown)):
        lines = offer.search_text.split("\n")
        if fits(lines):
            fit = next(
                n
                for n, part in ((ranked.TITLE, 1), (ranked.STORE, 2), (ranked.REST, 3))
                if fits(lines[:part])
            )
            step = sum(offer.popularity >= least for least in ranked.STEPS)
            found.append((offer.left_count > 0, fit, step, offer.id))
    return [place[-1] for place in sorted(found, reverse=True)]


def listed(festival: int, q: str) -> list[int]:
    ids, cursor = [], None
    while True:
        page = list_cards(Filters.parse({"q": q}), festival, FIRST, AT, cursor=cursor, limit=7)
        ids += [card.id for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


@pytest.mark.parametrize("way", [nullcontext, remembering])
@pytest.mark.parametrize("few", [500, 0])
def test_page_after_page_is_all_hits_in_their_order(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, few: int, way: Any
) -> None:
    monkeypatch.setattr(ranked, "FEW", few)
    with app.test_request_context():
        wanted = {q: sorted_hits(festival, q) for q in SEARCHES}
        assert sum(len(ids) > 10 for ids in wanted.values()) >= 5
        with way():
            for q, ids in wanted.items():
                db.session.rollback()
                if not is_sqlite() or "2.5" not in q:
                    assert listed(festival, q) == ids, q


def test_what_was_counted_as_many_is_not_asked_for_as_few(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for module in (bitmaps, counting):
        monkeypatch.setattr(module, "kept_path", lambda festival_id: tmp_path / "facets")
    monkeypatch.setattr(facets, "MANY", 5)
    monkeypatch.setattr(postings, "LEAST_OFFERS", 1)
    edition = the_world().festival
    with app.test_request_context():
        usual = listed(festival, "سماور")
    assert counting.count_facets(AT)
    for name in ("_FEW_OF_INDEX", "_FEW_OF_TABLE"):
        monkeypatch.setattr(ranked, name, None)
    for way in (nullcontext, remembering):
        with app.test_request_context(), way():
            facets.expect_hits(Filters(q="سماور"), festival)
            assert listed(festival, "سماور") == usual
            shown = show_list(Filters.parse({"q": "سماور"}), edition, None, "", None, AT)
            assert (shown.meant, shown.count) == (None, len(usual))
            with pytest.raises(AttributeError):
                listed(festival, "سماورساز قوری چینی")


@pytest.mark.parametrize("way", [nullcontext, remembering])
def test_a_list_walked_in_its_order_is_the_list_of_the_hits(festival: int, app: Any, way: Any) -> None:
    """In every order but by rank, with other filters, page after page; words with a point are never walked for."""
    searches = [q for q in SEARCHES if "." not in q]
    found = 0
    with app.test_request_context(), way():
        for q in searches:
            for sort in ("price", "-price", "newest", "popular", "discount"):
                for more in ({}, {"in_stock": "1", "province": "Tehran"}):
                    db.session.rollback()
                    filters = Filters.parse({"q": q, "sort": sort, **more})
                    usual, walked = (_all_pages(filters, festival, common) for common in (False, True))
                    assert walked == usual, filters
                    found += len(usual)
    assert found > 500


def _all_pages(filters: Filters, festival: int, is_common: bool) -> list[int]:
    ids, cursor = [], None
    while True:
        page = list_cards(filters, festival, FIRST, AT, cursor=cursor, limit=9, is_common=is_common)
        ids += [card.id for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


def test_a_walked_list_reads_its_index_and_not_that_of_words_on_sqlite(ctx: Any) -> None:
    filters = Filters.parse({"q": "سماور", "sort": "price"})
    query = _list_query(filters, is_further=False, is_joined=False, is_common=True)
    asked = {"festival": 1, "most": 25, "admitted": Stores([(1,)]).listed}
    text = plan(query, {**asked, **values_of(filters, is_common=True)})
    assert "ix_offers_shelf_price" in text
    assert "offer_search" not in text or not is_sqlite()


def test_a_category_in_a_wide_range_of_prices_is_read_in_the_order_of_its_list(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are in the range; a narrow one is read by prices, and both ways the list is the same."""
    w = the_world()
    asked = {"festival": festival, "most": 25, "admitted": Stores([(1,)]).listed, "free_above": 1}
    monkeypatch.setattr(facets, "MANY", 5)
    with app.test_request_context():
        for sort, index in (("popular", "popular"), ("newest", "newest"), ("discount", "discount")):
            told = {"category": w.categories[1].slug, "min_toman": "1", "sort": sort, "free_shipping": "1"}
            filters = Filters.parse(told)
            assert facets.is_common(filters, festival, FIRST, AT)
            assert not facets.is_common(filters.with_(max_toman=1), festival, FIRST, AT)
            assert not facets.is_common(Filters.parse({"min_toman": "1"}), festival, FIRST, AT)
            found = _all_pages(filters, festival, is_common=True)
            assert found == _all_pages(filters, festival, is_common=False)
            assert len(found) > 20
            query = _list_query(filters, is_further=False, is_joined=False, is_common=True)
            if is_sqlite():
                text = plan(query, {**asked, **values_of(filters, is_common=True)})
                assert f"ix_offers_shelf_category_{index}" in text, text
                assert "TEMP B-TREE" not in text, text


def test_a_list_is_walked_where_a_good_part_of_all_is_left(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():

        def walked(**asked: str) -> bool:
            filters = Filters.parse(asked)
            return facets.is_common(filters, festival, FIRST, AT)

        assert not walked(q="سماور", sort="price")
        monkeypatch.setattr(facets, "MANY", 5)
        assert not walked(q="سماور", sort="price")
        monkeypatch.setattr(ranked, "FEW", 4)
        assert walked(q="سماور", sort="price")
        assert not walked(q="2.5", sort="price")
        assert not walked(sort="price")
        monkeypatch.setattr(facets, "COMMON", 1)
        assert not walked(q="سماور", sort="price")


@pytest.mark.parametrize("address", ["/search", "/api/v1/offers"])
def test_pages_and_the_api_alike_walk_for_a_common_word(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(facets, "MANY", 5)
    monkeypatch.setattr(ranked, "FEW", 4)
    real, asked = shelf._list_query, []

    def noted(*told: Any, **how: Any) -> Any:
        asked.append((how["is_common"], how.get("is_walked", False)))
        return real(*told, **how)

    monkeypatch.setattr(shelf, "_list_query", noted)
    browser = app.test_client()
    for words, is_common in (("سماور", True), ("سماور قوری چینی", False)):
        asked.clear()
        assert browser.get(address, query_string={"q": words, "sort": "popular"}).status_code == 200
        assert [common for common, is_walked in asked if not is_walked] == [is_common], words


def test_the_letters_before_words_of_a_line_are_in_no_folded_word() -> None:
    for letter in (ranked.OF_TITLE, ranked.OF_STORE):
        assert fold(letter) != letter


class _Undone(Exception):
    """Nothing of it stays."""


@pytest.mark.parametrize(
    ("tier", "index"), [(0, "offer_search_top"), (1, "offer_search_next"), (2, "offer_search")]
)
def test_each_tier_has_its_index_on_postgresql(ctx: Any, tier: int, index: str) -> None:
    if is_sqlite():
        return
    segment = ranked.Segment(1, ranked.TITLE, tier, None)
    query = ranked.in_segment(select(Offer.id), segment)
    asked = ranked.values_of_segment(["سماور"], segment)
    text = ""
    with suppress(_Undone), writing():
        connection = db.session.connection()
        others = connection.exec_driver_sql(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'offers' AND left(indexname, 3) = 'ix_'"
        ).scalars()
        connection.exec_driver_sql("DROP INDEX " + ", ".join(others))
        text = plan(Ready(query), asked, without=("seqscan", "indexscan"))
        raise _Undone
    assert f"Bitmap Index Scan on {index} " in text, text
