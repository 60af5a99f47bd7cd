"""What a parcel costs, who pays it, and that the two always make the tariff. Over the 31 provinces as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketplace
from marketplace.orders.rules import (
    HIGHEST_QUANTITY,
    TRACKED,
    Parcel,
    PricedLine,
    quote_store,
    shipping_quotes,
    zone_between,
)
from marketplace.policy.defaults import TARIFFS
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import Policy
from marketplace.policy.tariffs import Rate, Rates

FIRST = Policy()
PISHTAZ, TIPAX, COURIER = ShippingMethod.pishtaz, ShippingMethod.tipax, ShippingMethod.courier
IRAN = json.loads((Path(marketplace.__file__).parent / "demo/data/iran.json").read_text(encoding="utf-8"))
TEHRAN = next(place for place in IRAN if place["en"] == "Tehran")
RATES: Rates = {
    (method, zone): Rate(*prices) for method, zones in TARIFFS.items() for zone, prices in enumerate(zones)
}
ONE_KILO = {
    0: (32_000, 55_000),
    1: (38_000, 62_000),
    2: (43_000, 67_000),
    3: (48_000, 72_000),
    4: (54_000, 79_000),
}
"""Toman of the first kilogram by zone, by registered post and by the carrier: the first edition's table."""
steady = settings(derandomize=True, database=None, deadline=None, max_examples=80)


def line(toman: int, *, quantity: int = 1, grams: int = 500, reference: int | None = None) -> PricedLine:
    return PricedLine(quantity, toman, reference if reference is not None else toman, grams)


def from_tehran_to(place: dict) -> int:
    return zone_between(1, TEHRAN["zone"], 1 if place is TEHRAN else 2, place["zone"])


# --- the country


def test_there_are_31_provinces_in_four_zones():
    assert len(IRAN) == 31 == len({place["name"] for place in IRAN})
    assert {place["zone"] for place in IRAN} == {1, 2, 3, 4}


@pytest.mark.parametrize("place", IRAN, ids=lambda p: p["en"])
def test_both_carriers_go_to_every_province_at_the_tariff_of_its_zone(place):
    zone = from_tehran_to(place)
    assert zone == (0 if place is TEHRAN else place["zone"])
    pishtaz, tipax = ONE_KILO[zone]
    paid = shipping_quotes(100_000, Parcel(1_000, zone, is_same_city=False), RATES, FIRST)
    assert [(q.method, q.tariff_toman, q.shipping_toman, q.borne_toman) for q in paid] == [
        (PISHTAZ, pishtaz, pishtaz, 0),
        (TIPAX, tipax, tipax, 0),
    ]


@pytest.mark.parametrize("place", IRAN, ids=lambda p: p["en"])
def test_above_the_threshold_the_cheapest_tracked_way_is_free_to_every_province(place):
    zone = from_tehran_to(place)
    pishtaz, tipax = ONE_KILO[zone]
    free = shipping_quotes(100_001, Parcel(1_000, zone, is_same_city=False), RATES, FIRST)
    assert [(q.method, q.shipping_toman, q.borne_toman) for q in free] == [
        (PISHTAZ, 0, pishtaz),
        (TIPAX, tipax - pishtaz, pishtaz),
    ]


@pytest.mark.parametrize("place", IRAN, ids=lambda p: p["en"])
def test_the_courier_walks_within_one_city_alone(place):
    own = shipping_quotes(1, Parcel(1, 0, is_same_city=True), RATES, FIRST)
    other = shipping_quotes(1, Parcel(1, 0, is_same_city=False), RATES, FIRST)
    far = shipping_quotes(1, Parcel(1, place["zone"], is_same_city=True), RATES, FIRST)
    assert COURIER in {q.method for q in own}
    assert COURIER not in {q.method for q in other} | {q.method for q in far}


def test_within_a_province_the_zone_is_0_and_between_two_it_is_the_farther_one():
    assert zone_between(7, 4, 7, 4) == 0
    assert zone_between(7, 4, 8, 1) == zone_between(8, 1, 7, 4) == 4


# --- weight


@pytest.mark.parametrize(
    ("grams", "toman"),
    [
        (1, 38_000),
        (999, 38_000),
        (1_000, 38_000),
        (1_001, 47_000),
        (2_000, 47_000),
        (2_001, 56_000),
        (6_500, 92_000),
    ],
)
def test_each_begun_kilogram_after_the_first_is_charged(grams, toman):
    assert RATES[PISHTAZ, 1].price(grams) == toman


def test_the_weight_of_a_parcel_is_that_of_all_its_pieces():
    quote = quote_store([line(10_000, quantity=3, grams=400), line(5_000, grams=801)], 1, False, RATES, FIRST)
    assert quote is not None
    assert quote.weight_grams == 2_001
    assert quote.chosen.tariff_toman == 56_000


# --- one store's sum


def test_the_threshold_is_asked_of_the_goods_alone():
    """Neither shipping nor the price before the reduction brings an order above it."""
    quote = quote_store([line(50_000, quantity=2, reference=90_000)], 4, False, RATES, FIRST)
    assert quote is not None
    assert (quote.goods_toman, quote.reference_goods_toman, quote.is_free) == (100_000, 180_000, False)
    assert (quote.chosen.shipping_toman, quote.chosen.borne_toman) == (54_000, 0)
    assert quote.to_free_shipping_toman == 1


def test_a_dearer_way_costs_the_difference_when_shipping_is_free():
    quote = quote_store([line(100_001)], 2, False, RATES, FIRST, TIPAX)
    assert quote is not None
    assert (quote.chosen.method, quote.chosen.shipping_toman, quote.chosen.borne_toman) == (
        TIPAX,
        24_000,
        43_000,
    )


def test_without_a_wish_the_cheapest_tracked_way_is_taken_even_beside_a_cheaper_courier():
    rates = {**RATES, (COURIER, 0): Rate(1_000, 0)}
    quote = quote_store([line(60_000)], 0, True, rates, FIRST)
    assert quote is not None
    assert quote.chosen.method is PISHTAZ
    assert quote.quotes[0].method is COURIER


def test_a_courier_cheaper_than_what_is_covered_is_free_and_gives_nothing_back():
    rates = {**RATES, (COURIER, 0): Rate(1_000, 0)}
    quote = quote_store([line(100_001)], 0, True, rates, FIRST, COURIER)
    assert quote is not None
    assert (quote.chosen.tariff_toman, quote.chosen.shipping_toman, quote.chosen.borne_toman) == (
        1_000,
        0,
        1_000,
    )
    assert {q.method: q.shipping_toman for q in quote.quotes} == {COURIER: 0, PISHTAZ: 0, TIPAX: 23_000}


@pytest.mark.parametrize(("zone", "is_same_city", "wanted"), [(1, False, COURIER), (0, False, COURIER)])
def test_a_way_that_does_not_go_there_gives_no_sum(zone, is_same_city, wanted):
    assert quote_store([line(60_000)], zone, is_same_city, RATES, FIRST, wanted) is None


def test_where_no_tracked_carrier_has_a_tariff_nothing_ships():
    only_courier = {(COURIER, 0): Rate(60_000, 10_000)}
    assert shipping_quotes(200_000, Parcel(500, 0, is_same_city=True), only_courier, FIRST) == ()
    assert quote_store([line(200_000)], 0, True, only_courier, FIRST) is None


def test_a_store_order_has_one_kit_whatever_is_in_it():
    for lines in ([line(1)], [line(60_000, quantity=9), line(100_001), line(3)]):
        quote = quote_store(lines, 1, False, RATES, FIRST)
        assert quote is not None
        assert quote.kits == 1
        assert quote.goods_toman == sum(one.quantity * one.unit_toman for one in lines)


def test_a_changed_tariff_changes_the_sum():
    before = quote_store([line(60_000)], 1, False, RATES, FIRST)
    after = quote_store([line(60_000)], 1, False, {**RATES, (PISHTAZ, 1): Rate(39_500, 9_000)}, FIRST)
    assert before is not None
    assert after is not None
    assert (before.chosen.shipping_toman, after.chosen.shipping_toman) == (38_000, 39_500)


# --- for any tariffs, goods, weights and thresholds

amounts = st.integers(0, 10**6)
some_rates = st.builds(Rate, amounts, amounts)
tables = st.fixed_dictionaries({}, optional={(m, z): some_rates for m in ShippingMethod for z in range(5)})
parcels = st.builds(Parcel, st.integers(1, 60_000), st.integers(0, 4), st.booleans())
goods = st.integers(1, 400_000)
policies = st.builds(Policy, free_shipping_above_toman=st.integers(0, 300_000))


@steady
@given(goods, parcels, tables, policies)
def test_the_tariff_is_what_the_shopper_pays_and_what_the_store_bears(toman, parcel, rates, policy):
    for q in shipping_quotes(toman, parcel, rates, policy):
        assert q.tariff_toman == rates[q.method, parcel.zone].price(parcel.weight_grams)
        assert q.tariff_toman == q.shipping_toman + q.borne_toman
        assert q.shipping_toman >= 0
        assert q.borne_toman >= 0


@steady
@given(goods, parcels, tables, policies)
def test_free_means_the_cheapest_tracked_way_at_0_and_each_dearer_one_at_the_difference(
    toman, parcel, rates, policy
):
    quotes = shipping_quotes(toman, parcel, rates, policy)
    tracked = [q for q in quotes if q.method in TRACKED]
    if toman <= policy.free_shipping_above_toman:
        assert all(q.borne_toman == 0 for q in quotes)
    elif tracked:
        cheapest = min(q.tariff_toman for q in tracked)
        assert min(q.shipping_toman for q in tracked) == 0
        assert all(q.shipping_toman == max(0, q.tariff_toman - cheapest) for q in quotes)


@steady
@given(goods, parcels, st.integers(0, 60_000), tables, policies)
def test_a_heavier_parcel_is_never_cheaper(toman, parcel, more, rates, policy):
    heavier = Parcel(parcel.weight_grams + more, parcel.zone, parcel.is_same_city)
    light = {q.method: q for q in shipping_quotes(toman, parcel, rates, policy)}
    heavy = {q.method: q for q in shipping_quotes(toman, heavier, rates, policy)}
    assert light.keys() == heavy.keys()
    assert all(heavy[m].tariff_toman >= light[m].tariff_toman for m in light)


@steady
@given(
    st.lists(
        st.builds(PricedLine, st.integers(1, 9), goods, goods, st.integers(1, 3_000)), min_size=1, max_size=5
    ),
    parcels,
    tables,
    policies,
    st.sampled_from([None, *ShippingMethod]),
)
def test_the_chosen_way_is_one_of_those_offered_and_the_wanted_one_where_it_goes(
    lines, parcel, rates, policy, wanted
):
    quote = quote_store(lines, parcel.zone, parcel.is_same_city, rates, policy, wanted)
    weight = sum(one.quantity * one.weight_grams for one in lines)
    ways = shipping_quotes(
        sum(one.quantity * one.unit_toman for one in lines),
        Parcel(weight, parcel.zone, parcel.is_same_city),
        rates,
        policy,
    )
    if quote is None:
        assert wanted not in {q.method for q in ways} if wanted else not ways
        return
    assert quote.quotes == ways
    assert quote.chosen in ways
    assert wanted in (None, quote.chosen.method)
    if wanted is None:
        assert quote.chosen.shipping_toman == min(q.shipping_toman for q in ways if q.method in TRACKED)
    assert quote.reference_goods_toman >= quote.goods_toman


def test_equal_prices_put_the_tracked_way_before_the_courier():
    rates = {(PISHTAZ, 0): Rate(5_000, 0), (TIPAX, 0): Rate(5_000, 0), (COURIER, 0): Rate(5_000, 0)}
    quotes = shipping_quotes(1, Parcel(1, 0, is_same_city=True), rates, FIRST)
    assert [q.method for q in quotes] == [PISHTAZ, TIPAX, COURIER]


def test_a_counter_costs_nothing_and_bears_nothing():
    [counter] = shipping_quotes(500_000, Parcel(1, 0, is_same_city=True), {}, FIRST, has_counter=True)
    assert (counter.tariff_toman, counter.shipping_toman, counter.borne_toman) == (0, 0, 0)


def test_nobody_orders_a_thousand_of_one_thing():
    """What the page, the API and the cart tell."""
    assert HIGHEST_QUANTITY == 999


def test_a_counter_is_offered_last_for_nothing_and_never_chosen_unasked():
    rates = {(ShippingMethod.pishtaz, 2): Rate(40_000, 0)}
    quotes = shipping_quotes(50_000, Parcel(500, 2, False), rates, Policy(), has_counter=True)
    assert [(q.method, q.tariff_toman, q.shipping_toman) for q in quotes] == [
        (ShippingMethod.pishtaz, 40_000, 40_000),
        (ShippingMethod.pickup, 0, 0),
    ]
    lines = [PricedLine(1, 50_000, 60_000, 500)]
    unasked = quote_store(lines, 2, False, rates, Policy(), has_counter=True)
    asked = quote_store(lines, 2, False, rates, Policy(), ShippingMethod.pickup, has_counter=True)
    nowhere = quote_store(lines, 2, False, {}, Policy(), has_counter=True)
    assert unasked and unasked.chosen.method is ShippingMethod.pishtaz
    assert asked and asked.chosen.shipping_toman == 0 and asked.to_free_shipping_toman == 50_001
    assert nowhere and nowhere.chosen.method is ShippingMethod.pickup
    assert quote_store(lines, 2, False, rates, Policy(), ShippingMethod.pickup) is None
