"""Shipping tariffs in force at a moment, and the provinces by their names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.policy.models import ShippingMethod, Tariff
from marketplace.policy.tariffs import Rate, province_by_name, provinces, rates_at
from tests.factories import AT, a_province, a_tariff

SECOND = timedelta(seconds=1)
PISHTAZ, TIPAX = ShippingMethod.pishtaz, ShippingMethod.tipax


@pytest.fixture
def tariffs(ctx):
    def put(method: ShippingMethod, zone: int, first: int, following: int, at) -> Tariff:
        return a_tariff(
            method=method, zone=zone, first_kg_toman=first, next_kg_toman=following, effective_from=at
        )

    put(PISHTAZ, 1, 30_000, 5_000, AT - SECOND)
    put(PISHTAZ, 1, 40_000, 6_000, AT)
    put(PISHTAZ, 1, 50_000, 7_000, AT + SECOND)
    put(PISHTAZ, 2, 33_000, 5_500, AT - SECOND)
    put(TIPAX, 1, 60_000, 9_000, AT - SECOND)
    put(TIPAX, 3, 61_000, 9_100, AT + SECOND)


def test_of_each_method_and_zone_the_newest_that_has_begun_is_in_force(tariffs):
    assert rates_at(AT - 2 * SECOND) == {}
    assert rates_at(AT - SECOND) == {
        (PISHTAZ, 1): Rate(30_000, 5_000),
        (PISHTAZ, 2): Rate(33_000, 5_500),
        (TIPAX, 1): Rate(60_000, 9_000),
    }
    assert rates_at(AT) == {
        (PISHTAZ, 1): Rate(40_000, 6_000),
        (PISHTAZ, 2): Rate(33_000, 5_500),
        (TIPAX, 1): Rate(60_000, 9_000),
    }
    assert rates_at(AT + SECOND)[TIPAX, 3] == Rate(61_000, 9_100)


def test_nothing_weighs_less_than_a_gram_and_a_begun_kilogram_counts():
    rate = Rate(10_000, 1_000)
    assert [rate.price(grams) for grams in (0, 1, 1_000, 1_001, 2_000, 2_001)] == [
        10_000,
        10_000,
        10_000,
        11_000,
        11_000,
        12_000,
    ]


def test_a_province_is_found_by_either_name_and_others_are_none(ctx):
    yazd = a_province(name_fa="یزد", name_en="Yazd", zone=2)
    alborz = a_province(name_fa="البرز", name_en="Alborz", zone=1)
    for name in ("یزد", "Yazd", "yazd", "YAZD"):
        found = province_by_name(name)
        assert found is not None
        assert (found.id, found.name_fa, found.name_en, found.zone) == (yazd.id, "یزد", "Yazd", 2)
    assert province_by_name("یز") is None
    assert province_by_name("") is None
    assert {(each.id, each.zone) for each in provinces()} == {(yazd.id, 2), (alborz.id, 1)}


def test_provinces_stand_in_the_order_of_the_persian_alphabet(ctx):
    for name in ("گیلان", "پارس", "تهران"):
        a_province(name_fa=name, name_en=name)
    assert [each.name_fa for each in provinces()] == ["پارس", "تهران", "گیلان"]
