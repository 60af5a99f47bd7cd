"""Searches in the order of prices, discounts and popularity and the newest first, found from what was counted beside,
are the searches of the table: whatever changed since it was read, and however little of it stands where it stood."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update

from marketplace.core.db import db, is_sqlite
from marketplace.core.ready import Ready
from marketplace.festival import shelf_marks, shelf_words
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.shelf_models import ShelfChange
from marketplace.festival.shelf_words import collect_words, found_by
from marketplace.policy.policy import Policy
from marketplace.storefront import (
    bitmaps,
    by_popularity,
    counting,
    facets,
    postings,
    ranked,
    shelf,
    shelf_bits,
    walked,
)
from marketplace.storefront.admitted import Stores
from marketplace.storefront.among import listed_ids
from marketplace.storefront.filters import Filters, values_of
from marketplace.stores.models import Seal, SealState, Store
from tests.factories import AT, a_product, an_offer, writing
from tests.operations.test_plans import plan
from tests.remembering import remembering
from tests.worlds import database, the_world  # noqa: F401

FIRST = Policy()
WORDS = (
    "سماور",
    "قوری",
    "چینی",
    "ear",
    "tear",
    "2.5",
    "لیتری",
    "a5",
    "5a",
    "1e5",
    "12ab34",
    "0x1f",
    "سماورساز",
)
SEARCHES = ("سماور", "سماور قوری", "ear", "t", "چینی a5", "س", "5", "1e", "12a", "ab34", "0x", "هیچ")
SORTS = ("price", "-price", "discount", "newest", "popular")
MORE: tuple[dict[str, str], ...] = (
    {},
    {"in_stock": "1", "min_discount": "20"},
    {"min_toman": "200000", "max_toman": "400000"},
    {"category": "beauty", "province": "Tehran"},
    {"free_shipping": "1", "stars": "1"},
    {"province": "Isfahan"},
    {"province": "Tehran", "stars": "3", "in_stock": "1"},
)
PRICES = (100_000, 150_000, 200_000, 200_001, 300_000, 400_000, 900_000)
DISCOUNTS = (0, 10, 20, 20, 45)
SOLD = (0, 0, 1, 2, 2, 40)
STATES = (OfferState.approved, OfferState.live, OfferState.live, OfferState.frozen, OfferState.checked)
Chance = random.Random
Asked = tuple[str, str, dict[str, str]]
ASKED: list[Asked] = [(q, sort, more) for q in SEARCHES for sort in SORTS for more in MORE]


@pytest.fixture
def festival(ctx: Any, at: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Offers of chance in two stores. What is counted beside knows each word, and is looked up a few at a time."""
    bitmaps._loaded.clear()
    for module in (bitmaps, counting):
        monkeypatch.setattr(module, "kept_path", lambda festival_id: tmp_path / "facets")
    monkeypatch.setattr(postings, "LEAST_OFFERS", 1)
    monkeypatch.setattr(walked, "PORTIONS", (6, 90))
    monkeypatch.setattr(walked, "CHUNK", 5)
    monkeypatch.setattr(walked, "FEW", 5)
    monkeypatch.setattr(by_popularity, "FEW", 4)
    monkeypatch.setattr(by_popularity, "LEAST", 7)
    monkeypatch.setattr(by_popularity, "LARGEST", 7)
    monkeypatch.setattr(by_popularity, "PASSED", 21)
    monkeypatch.setattr(shelf_bits, "BLOCK", 8)
    w, chance = the_world(), Chance(3)
    with writing():
        for _ in range(70):
            _offer(chance)
    return int(w.festival.id)


def _offer(chance: Chance) -> None:
    w, name = the_world(), f"{chance.getrandbits(60):x}"
    store = chance.choice(w.stores[:2])
    an_offer(
        store,
        w.festival,
        product=a_product(store, chance.choice(w.categories), title_fa=f"کالای {name}", title_en=name),
        regular=1_000_000,
        stock=chance.choice((0, 3, 3)),
        toman=chance.choice(PRICES),
        discount_percent=chance.choice(DISCOUNTS),
        popularity=chance.choice(SOLD),
        search_text=_text(chance),
    )


def _text(chance: Chance) -> str:
    return found_by(*(" ".join(chance.sample(WORDS, chance.randint(0, 3))) for _ in range(3)))


def _change_something(chance: Chance) -> None:
    """In the table, past every rule."""
    of = Offer.id == chance.choice(db.session.scalars(select(Offer.id)).all())
    w = the_world()
    kind = chance.randrange(12)
    if kind == 0:
        _offer(chance)
    elif kind == 1:
        sealed = Seal.store_id == chance.choice(w.stores[:2]).id
        state = chance.choice((SealState.active, SealState.active, SealState.suspended))
        db.session.execute(update(Seal).where(sealed).values(state=state))
    elif kind == 10:
        moved = Store.id == chance.choice(w.stores[:2]).id
        db.session.execute(update(Store).where(moved).values(province_id=chance.choice(w.provinces[:2]).id))
    elif kind == 11:
        rated = Seal.store_id == chance.choice(w.stores[:2]).id
        db.session.execute(update(Seal).where(rated).values(stars=chance.choice((0, 2, 3, 5))))
    else:
        values: list[dict[str, Any]] = [
            {"festival_toman": chance.choice(PRICES), "regular_toman": 1_000_000},
            {"discount_percent": chance.choice(DISCOUNTS)},
            {"state": chance.choice(STATES)},
            {"stocked_count": chance.choice((0, 3))},
            {"search_text": _text(chance)},
            {"category_id": chance.choice(w.categories).id},
            {"popularity": Offer.popularity + chance.choice(SOLD)},
            {"popularity": Offer.popularity + 1},
        ]
        db.session.execute(update(Offer).where(of).values(**values[kind - 2]))


def _pages(festival: int, asked: Asked) -> list[tuple[int, int, int]]:
    """Number, price and discount of all offers of a list, page after page."""
    q, sort, more = asked
    filters, found, cursor = Filters.parse({"q": q, "sort": sort, **more}), [], None
    while True:
        page = shelf.list_cards(filters, festival, FIRST, AT, cursor=cursor, limit=4)
        found += [(card.id, card.festival_toman, card.discount_percent) for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def _both(festival: int, monkeypatch: pytest.MonkeyPatch, asked: list[Asked]) -> int:
    """Compares the two ways; gives how many pages were found from what was counted beside."""
    real, walks = walked.walked, 0

    def noted(*told: Any) -> Any:
        nonlocal walks
        rows = real(*told)
        walks += rows is not None
        return rows

    for each in asked:
        db.session.rollback()
        monkeypatch.setattr(shelf, "walked", lambda *told: None)
        usual = _pages(festival, each)
        monkeypatch.setattr(shelf, "walked", noted)
        assert _pages(festival, each) == usual, each
    return walks


@pytest.mark.parametrize("way", [nullcontext, remembering])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_is_the_list_of_the_table_whatever_changed_since(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, seed: int, way: Any
) -> None:
    chance = Chance(seed)
    with app.test_request_context():
        for changes in (0, 1, 7, 40):
            with writing():
                db.session.execute(update(Seal).values(state=SealState.active))
                for _ in range(10):
                    _change_something(chance)
            assert counting.count_facets(AT)
            with writing():
                for _ in range(changes):
                    _change_something(chance)
            with way():
                asked = chance.sample(ASKED, 30)
                assert _both(festival, monkeypatch, asked) > 20


@pytest.mark.parametrize("way", [nullcontext, remembering])
def test_the_few_hits_of_two_words_are_those_of_the_table_whatever_changed_since(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, way: Any
) -> None:
    """They are looked up by their numbers, by no index of words; their order and places are the same."""
    searches = ["سماور قوری", "ear چینی", "t س", "a5 5", "1e ear", "0x12 ear"]
    chance, asked = Chance(5), Ready.all

    def places(q: str, *, are_expected: bool) -> list[ranked.Place]:
        filters = Filters.parse({"q": q})
        db.session.rollback()
        with app.app_context(), app.test_request_context(), way():
            if are_expected:
                facets.expect_hits(filters, festival)
            return sorted(ranked.few_places(filters.words) or [])

    for changes in (0, 3, 30):
        assert counting.count_facets(AT)
        with writing():
            for _ in range(changes):
                _change_something(chance)
        usual = [places(q, are_expected=False) for q in searches]
        assert sum(map(len, usual)) > 20
        looked_up = []

        def noted(self: Ready, **values: Any) -> Any:
            looked_up.extend([self] if "among" in values else [])  # noqa: B023
            return asked(self, **values)

        with monkeypatch.context() as patch:
            patch.setattr(Ready, "all", noted)
            assert [places(q, are_expected=True) for q in searches] == usual
        assert len(looked_up) >= 4


def test_of_nothing_changed_nearly_all_lists_are_walked(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.count_facets(AT)
    with app.test_request_context():
        told = [(q, sort, {}) for q in SEARCHES for sort in SORTS if q not in ("هیچ", "ab34")]
        assert _both(festival, monkeypatch, told) >= len(told)


def _is_walked(festival: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    return _both(festival, monkeypatch, [("سماور", "price", {})]) > 0


def test_a_word_that_is_not_known_as_a_whole_is_looked_for_otherwise(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rare words are left out of what is counted, alone or beside a common one; numbers with a point are not told."""
    monkeypatch.setattr(postings, "LEAST_OFFERS", 22)
    common = [word for word in WORDS if "." not in word]
    assert counting.count_facets(AT)
    known = bitmaps.counted_beside(festival)
    assert known is not None
    assert known.words is not None
    rare = [word for word in common if known.words.exactly((word,)) is None]
    kept = [word for word in common if word not in rare]
    assert rare
    assert kept
    with app.test_request_context():
        assert (
            _both(festival, monkeypatch, [(f"{rare[0]} {kept[0]}", "price", {}), ("2.5", "price", {})]) == 0
        )
        assert _both(festival, monkeypatch, [(word, "price", {}) for word in kept]) >= len(kept)


def test_without_its_marks_a_reading_is_not_walked(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was taken away, one of another life of the database, too many changes."""
    with app.test_request_context():
        for harm in ("begin", "end", "token"):
            assert counting.count_facets(AT)
            assert _is_walked(festival, monkeypatch)
            known = bitmaps.counted_beside(festival)
            assert known is not None
            mark = known.mark
            assert mark is not None
            with writing():
                if harm == "token":
                    db.session.execute(
                        update(ShelfChange).where(ShelfChange.id == mark.begin).values(offer_id=-1)
                    )
                else:
                    db.session.execute(delete(ShelfChange).where(ShelfChange.id == getattr(mark, harm)))
            assert not _is_walked(festival, monkeypatch)
        assert counting.count_facets(AT)
        monkeypatch.setattr(shelf_marks, "MOST", 5)
        with writing():
            for offer in db.session.scalars(select(Offer.id).limit(4)):
                db.session.execute(
                    update(Offer).where(Offer.id == offer).values(festival_toman=Offer.festival_toman - 1)
                )
        assert not _is_walked(festival, monkeypatch)


def test_changes_stay_until_many_others_came(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they were collected or not; a list is right before and after."""
    monkeypatch.setattr(shelf_words, "LATEST", 20)
    with app.test_request_context():
        assert counting.count_facets(AT)
        seen = []
        for step in range(12):
            with writing():
                for _ in range(4):
                    db.session.execute(
                        update(Offer)
                        .where(Offer.id == select(Offer.id).offset(step).limit(1).scalar_subquery())
                        .values(festival_toman=Offer.festival_toman - 1)
                    )
            while collect_words(AT):
                pass
            seen.append(_is_walked(festival, monkeypatch))
        assert seen[0]
        assert not seen[-1]
        assert seen == sorted(seen, reverse=True)
        assert db.session.query(ShelfChange).count() <= 20


def test_a_transaction_that_was_open_at_the_mark_is_waited_for_on_postgresql(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its changes have numbers before the mark and are not in the reading: such a reading is never walked."""
    if is_sqlite():
        return
    monkeypatch.setattr(shelf_marks, "PATIENCE_SECONDS", 0.2)
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="READ COMMITTED") as other:
        other.exec_driver_sql("SET TRANSACTION READ WRITE")
        other.execute(text("UPDATE offers SET festival_toman = festival_toman - 1"))
        assert shelf_marks.mark_begin() is None
        assert counting.count_facets(AT)
        other.commit()
    with app.test_request_context():
        assert not _is_walked(festival, monkeypatch)
        assert counting.count_facets(AT)
        assert _is_walked(festival, monkeypatch)


@pytest.mark.parametrize("way", [nullcontext, remembering])
@pytest.mark.parametrize("sort", ["newest", "discount", "price", "popular"])
def test_offers_of_stores_that_are_not_admitted_are_not_looked_up_and_are_found_once_they_are(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, sort: str, way: Any
) -> None:
    """However many of them stand before all others; what is looked up does not grow with them."""
    w, numbers = the_world(), list[int]()
    with writing():
        fallen = update(Seal).where(Seal.store_id == w.stores[1].id)
        db.session.execute(fallen.values(state=SealState.suspended))
    _before_all_others(w.stores[1])
    assert counting.count_facets(AT)
    _note_numbers(monkeypatch, numbers)
    with app.test_request_context(), way():
        assert _both(festival, monkeypatch, [("سماور", sort, {})]) > 2
        if way is remembering:
            assert max(numbers) <= 90
            assert min(numbers) <= 6
    with writing():
        db.session.execute(fallen.values(state=SealState.active))
    with app.test_request_context(), way():
        assert _both(festival, monkeypatch, [("سماور", sort, {})]) > 30
        assert len(_pages(festival, ("سماور", sort, {}))) > 120


def _before_all_others(store: Store) -> None:
    """Offers of a store that stand first in every order."""
    w, chance = the_world(), Chance(9)
    with writing():
        for _ in range(120):
            an_offer(
                store,
                w.festival,
                product=a_product(store, w.categories[1], title_fa=f"کالای {chance.getrandbits(60):x}"),
                toman=10_000,
                regular=1_000_000,
                discount_percent=99,
                popularity=99,
                search_text=found_by("سماور", "", ""),
            )


def _note_numbers(monkeypatch: pytest.MonkeyPatch, numbers: list[int]) -> None:
    """How many offers are looked up at once."""
    asked = Ready.all

    def noted(self: Ready, **values: Any) -> Any:
        if "among" in values:
            numbers.append(len(json.loads(values["among"].replace("{", "[").replace("}", "]"))))
        return asked(self, **values)

    monkeypatch.setattr(Ready, "all", noted)


@pytest.mark.parametrize("sort", ["newest", "discount", "price", "-price", "popular"])
def test_of_a_province_the_offers_of_its_stores_alone_are_looked_up_and_a_store_moves_with_all_it_has(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """After they were counted, and no log tells it; by popularity what is sorted is looked up as well."""
    w, numbers = the_world(), list[int]()
    here, there = w.stores[:2]
    asked: Asked = ("سماور", sort, {"province": w.provinces[0].name_fa})
    _before_all_others(there)
    assert counting.count_facets(AT)
    known = bitmaps.counted_beside(festival)
    assert known is not None

    def of_whom() -> set[int]:
        with app.test_request_context(), remembering():
            assert _both(festival, monkeypatch, [asked]) > 2
            found = {number for number, *_ in _pages(festival, asked)}
        of = select(Offer.store_id, func.count()).where(Offer.id.in_(found)).group_by(Offer.store_id)
        of_stores = {row[0]: row[1] for row in db.session.execute(of)}
        assert of_stores.get(there.id, 120) >= 120
        return set(of_stores)

    def move(store: Store, province: int) -> None:
        with writing():
            db.session.execute(update(Store).where(Store.id == store.id).values(province_id=province))

    monkeypatch.setattr(by_popularity, "FEW", 500)
    with monkeypatch.context() as patch:
        _note_numbers(patch, numbers)
        assert of_whom() == {here.id}
    assert max(numbers) <= len(known.of("store", here.id))
    assert min(numbers) <= 6
    move(there, w.provinces[0].id)
    assert of_whom() == {here.id, there.id}
    move(here, w.provinces[1].id)
    assert of_whom() == {there.id}
    assert walked.changed_offers(known) == []


def test_a_walk_reads_offers_by_their_numbers_and_no_index_of_words_or_prices(ctx: Any) -> None:
    for sort in SORTS:
        for is_further in (False, True):
            filters = Filters.parse({"q": "سماور", "sort": sort})
            query = shelf._list_query(
                filters, is_further=is_further, is_joined=False, is_common=True, is_walked=True
            )
            asked: dict[str, Any] = {"festival": 1, "most": 25, "admitted": Stores([(1,)]).listed}
            asked |= {"among": listed_ids(range(100)), "upto": 10, "upto_id": 1}
            asked |= {"last": 1, "value": 1} if is_further else {}
            found = plan(query, {**asked, **values_of(filters, is_common=True)})
            by_number = "SEARCH offers USING INTEGER PRIMARY KEY" if is_sqlite() else "Index Cond: (id = ANY"
            assert by_number in found, found
            assert "offer_search" not in found.replace("offer_search_words", ""), found


@pytest.mark.parametrize("of_category", [None, 0, 1])
@pytest.mark.parametrize("few", [2, 500])
def test_what_was_sold_since_stands_where_it_stands_now_and_is_in_no_log(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, few: int, of_category: int | None
) -> None:
    """Of many hits and of few, in the list of all and of a category."""
    more = {} if of_category is None else {"category": the_world().categories[of_category].slug}
    monkeypatch.setattr(by_popularity, "FEW", few)
    asked: Asked = ("سماور", "popular", more)
    assert counting.count_facets(AT)
    with app.test_request_context():
        before = [number for number, *_ in _pages(festival, asked)]
        assert len(before) > few or few == 500
        sold = [before[-1], before[len(before) // 2]]
        with writing():
            for number, pieces in zip(sold, (1_000, 500), strict=True):
                of = update(Offer).where(Offer.id == number)
                db.session.execute(of.values(popularity=Offer.popularity + pieces))
        known = bitmaps.counted_beside(festival)
        assert known is not None
        assert walked.changed_offers(known) == []
        assert _both(festival, monkeypatch, [asked]) > 1
        after = [number for number, *_ in _pages(festival, asked)]
        assert after == [*sold, *(number for number in before if number not in sold)]


def test_of_very_many_hits_those_too_far_behind_in_the_order_are_looked_for_otherwise(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of fewer what is left is sorted."""
    monkeypatch.setattr(by_popularity, "PASSED", 7)
    asked: list[Asked] = [("سماور", "popular", {})]
    assert counting.count_facets(AT)
    with app.test_request_context():
        pages = _both(festival, monkeypatch, asked)
        assert pages > 3
        monkeypatch.setattr(by_popularity, "MANY", 5)
        assert _both(festival, monkeypatch, asked) < pages


def test_a_walk_by_popularity_reads_an_index_alone_and_sorts_nothing(ctx: Any) -> None:
    for name, category in (("ix_offers_shelf_popular", None), ("ix_offers_shelf_category_popular", 1)):
        for after in (None, (10, 1)):
            query = by_popularity._in_order(
                is_of_category=category is not None, is_further=after is not None, is_json=is_sqlite()
            )
            asked = {"most": 100} | ({} if category is None else {"category": category})
            asked |= {} if after is None else {"value": after[0], "last": after[1]}
            found = plan(query, asked)
            # of a few rows PostgreSQL likes the order of all as well
            assert name in found or (not is_sqlite() and "ix_offers_shelf_popular" in found), found
            assert "Sort" not in found
            assert "TEMP B-TREE" not in found
