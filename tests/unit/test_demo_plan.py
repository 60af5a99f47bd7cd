"""The demo's plan: the same every time, believable, and honest where it says so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from marketplace.core import text
from marketplace.demo.picture_index import INDEX
from marketplace.demo.plan.edition import TEHRAN, EditionPlan, plan_edition
from marketplace.demo.plan.goods import ListingPlan, plan_listings
from marketplace.demo.plan.outcomes import FESTIVAL, SMALL, Outcome
from marketplace.demo.plan.people import plan_people
from marketplace.demo.plan.places import provinces
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.stores import StorePlan, plan_stores

NOW = datetime(2026, 11, 21, 19, 5, tzinfo=UTC)
SEED = 7


@pytest.fixture(scope="module")
def edition() -> EditionPlan:
    return plan_edition(NOW)


@pytest.fixture(scope="module")
def stores(edition: EditionPlan) -> tuple[StorePlan, ...]:
    return plan_stores(Scale.FESTIVAL, SEED, edition)


@pytest.fixture(scope="module")
def listings(edition: EditionPlan, stores: tuple[StorePlan, ...]) -> list[ListingPlan]:
    return list(plan_listings(Scale.FESTIVAL, SEED, edition, stores))


def test_the_edition_is_live_now(edition: EditionPlan) -> None:
    assert edition.live_from < NOW < edition.live_until < edition.draw_at
    assert edition.live_from.astimezone(TEHRAN).hour == edition.live_until.astimezone(TEHRAN).hour == 0
    assert edition.applications_from < edition.applications_until <= edition.offers_from < edition.live_from


def test_the_same_seed_gives_the_same_plan(edition: EditionPlan, stores: tuple[StorePlan, ...]) -> None:
    assert plan_stores(Scale.FESTIVAL, SEED, edition) == stores
    first = list(islice(plan_listings(Scale.SMALL, SEED, edition, stores[:12]), 40))
    assert list(islice(plan_listings(Scale.SMALL, SEED, edition, stores[:12]), 40)) == first


def test_another_seed_gives_another_plan(edition: EditionPlan, stores: tuple[StorePlan, ...]) -> None:
    assert plan_stores(Scale.FESTIVAL, SEED + 1, edition) != stores


def test_people_of_a_smaller_demo_are_kept() -> None:
    assert list(plan_people(20, SEED)) == list(plan_people(300, SEED))[:20]


def test_small_has_one_store_of_each_chosen_kind(edition: EditionPlan) -> None:
    small = plan_stores(Scale.SMALL, SEED, edition)
    assert Counter(store.outcome for store in small) == {Outcome.ADMITTED: 8} | dict.fromkeys(SMALL, 1)
    offers = [
        offer for listing in plan_listings(Scale.SMALL, SEED, edition, small) for offer in listing.offers
    ]
    assert len(offers) == 120


def test_festival_counts(stores: tuple[StorePlan, ...], listings: list[ListingPlan]) -> None:
    assert Counter(store.outcome for store in stores) == {Outcome.ADMITTED: 300, **FESTIVAL}
    assert set(Outcome) == {store.outcome for store in stores}
    assert len(stores) == 1200
    assert sum(len(listing.offers) for listing in listings) == 6000


def test_every_province_has_an_admitted_store(stores: tuple[StorePlan, ...]) -> None:
    admitted = {store.province_fa for store in stores if store.outcome is Outcome.ADMITTED}
    assert admitted == set(provinces())
    assert len(admitted) == 31


def test_every_admitted_store_has_something_live(
    stores: tuple[StorePlan, ...], listings: list[ListingPlan]
) -> None:
    live = {
        listing.product.store_key for listing in listings if any(o.state == "live" for o in listing.offers)
    }
    assert {store.key for store in stores if store.outcome is Outcome.ADMITTED} <= live


def test_keys_are_unique(stores: tuple[StorePlan, ...], listings: list[ListingPlan]) -> None:
    people = [*plan_people(2000, SEED), *(store.owner for store in stores)]
    products = [listing.product for listing in listings]
    offers = [offer for listing in listings for offer in listing.offers]
    for values in (
        [store.slug for store in stores],
        [store.name_fa for store in stores],
        [store.seal.code for store in stores if store.seal],
        [store.licence.number for store in stores if store.licence],
        [person.key for person in people],
        [person.mobile for person in people],
        [person.national_id for person in people],
        [product.key for product in products],
        [product.slug for product in products],
        [variant.key for product in products for variant in product.variants],
        [offer.key for offer in offers],
        [offer.variant_key for offer in offers],
    ):
        assert len(values) == len(set(values))


def test_identities_are_valid(stores: tuple[StorePlan, ...]) -> None:
    for person in [*plan_people(200, SEED), *(store.owner for store in stores)]:
        assert text.mobile(person.mobile) == person.mobile
        assert text.national_id(person.national_id) == person.national_id
        assert any(city["fa"] == person.city_fa for city in provinces()[person.province_fa]["cities"])
    for store in stores:
        assert text.postal_code(store.postal_code) == store.postal_code


def test_papers_agree_with_the_outcome(edition: EditionPlan, stores: tuple[StorePlan, ...]) -> None:
    for store in stores:
        sealed = bool(
            store.seal and store.seal.state == "active" and store.seal.valid_until > edition.live_until
        )
        licensed = bool(store.licence and store.licence.valid_from < NOW < store.licence.valid_until)
        cleared = bool(store.clearance and store.clearance.state == "clear")
        pledged = all(pledge.accepted_at for pledge in store.pledges)
        assert sealed == (store.outcome not in _UNSEALED), store.outcome
        assert licensed == (store.outcome not in (Outcome.NO_LICENCE, Outcome.EXPIRED_LICENCE)), store.outcome
        assert cleared == (store.outcome not in _UNCLEARED), store.outcome
        assert pledged == (store.outcome is not Outcome.PLEDGE_MISSING)
        assert (store.finding is not None) == (store.outcome is Outcome.CRITICAL_FINDING)
        if store.outcome is Outcome.ADMITTED:
            assert store.application_state == "approved"
            assert store.licence and store.licence.valid_until > edition.live_until
        if store.application_state in ("rejected", "revision"):
            assert store.application_reasons


def test_live_offers_are_honest_by_both_rules(edition: EditionPlan, listings: list[ListingPlan]) -> None:
    window = edition.live_from - timedelta(days=30)
    for offer in (offer for listing in listings for offer in listing.offers if offer.state == "live"):
        assert offer.festival_toman * 100 <= 85 * offer.reference_toman
        assert offer.festival_toman * 100 <= 85 * offer.regular_toman
        shown = (offer.reference_toman - offer.festival_toman) * 100 // offer.reference_toman
        assert offer.discount_percent == shown >= 15
        assert offer.festival_toman % 500 == offer.regular_toman % 500 == 0
        before = [toman for at, toman in offer.history if at <= window]
        inside = [toman for at, toman in offer.history if window < at < edition.live_from]
        assert offer.reference_toman == min([before[-1], *inside])
        assert offer.regular_toman == offer.history[-1][1]
        assert offer.history[0][0] <= edition.live_from - timedelta(days=60)
        assert list(offer.history) == sorted(offer.history)
        assert 0 <= offer.sold_count <= offer.stocked_count


def test_rejected_offers_are_mostly_make_believe(listings: list[ListingPlan]) -> None:
    rejected = [offer for listing in listings for offer in listing.offers if offer.state == "rejected"]
    assert rejected
    assert all(offer.discount_percent < 15 for offer in rejected)


def test_prices_lie_on_both_sides_of_the_threshold(listings: list[ListingPlan]) -> None:
    prices = [
        offer.festival_toman for listing in listings for offer in listing.offers if offer.state == "live"
    ]
    low = sum(price <= 100_000 for price in prices)
    assert len(prices) * 0.15 < low < len(prices) * 0.6
    left = [
        o.stocked_count - o.sold_count for listing in listings for o in listing.offers if o.state == "live"
    ]
    assert left.count(0) > 20
    assert left.count(1) > 20


def test_goods_are_described_and_pictured(listings: list[ListingPlan]) -> None:
    products = [listing.product for listing in listings]
    assert len({product.title_fa for product in products}) > 0.8 * len(products)
    for product in products:
        assert (
            "{" not in product.title_fa + product.title_en + product.description_fa + product.description_en
        )
        assert product.description_fa.count(".") >= 2
        assert 1 <= len(product.picture_keys) <= 4
        assert all(product.category_slug in INDEX[key]["categories"] for key in product.picture_keys)
        assert len(product.variants) in (1, 2, 3)
        assert (product.permit_number is not None) == (product.category_slug == "hygiene")
        assert product.weight_grams > 0


_UNSEALED = (Outcome.NO_SEAL, Outcome.EXPIRED_SEAL, Outcome.SUSPENDED_SEAL, Outcome.REVOKED_SEAL)
_UNCLEARED = (Outcome.CLEARANCE_ADVERSE, Outcome.CLEARANCE_PENDING, Outcome.SUBMITTED)
