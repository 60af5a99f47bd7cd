"""Provinces, cities and addresses: real places, invented doors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from marketplace.demo.plan.source import data, stream

_FA = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """A door in a city, in both languages, with the postal code and telephone that belong there."""

    province_fa: str
    city_fa: str
    address_fa: str
    address_en: str
    postal_code: str
    phone: str


@cache
def provinces() -> dict[str, Any]:
    """The 31 provinces by their Persian name."""
    return {row["name"]: row for row in data("iran")}


@cache
def city_en(province_fa: str, city_fa: str) -> str:
    """The English name of a city; the Persian one when the data has none."""
    cities = provinces()[province_fa]["cities"]
    return next((str(city["en"]) for city in cities if city["fa"] == city_fa), city_fa)


def plan_place(rng: Random) -> tuple[str, str]:
    """A province, as often as stores are there, and mostly its capital."""
    names, weights = _crowds()
    province = rng.choices(names, weights)[0]
    row = provinces()[province]
    return province, row["capital"] if rng.random() < 0.6 else rng.choice(row["cities"])["fa"]


def plan_address(key: str, seed: int, province_fa: str, city_fa: str) -> AddressPlan:
    """A workshop or shop with street, lane, door and unit."""
    rng = stream(seed, "address", key)
    streets = data("people")["streets"]
    street, lane = rng.sample(streets, 2)
    row = provinces()[province_fa]
    door, unit, number = rng.randint(1, 320), rng.randint(1, 9), rng.randint(1, 28)
    return AddressPlan(
        province_fa=province_fa,
        city_fa=city_fa,
        address_fa=f"خیابان {street['fa']}، کوچه {lane['fa']} {_fa(number)}، پلاک {_fa(door)}، واحد {_fa(unit)}",
        address_en=f"Unit {unit}, No. {door}, {lane['en']} Lane {number}, {street['en']} Street",
        postal_code=_postal_code(rng, row["capital_postal_prefix"]),
        phone=f"{row['area_code']}1{rng.randrange(10_000_000):07d}",
    )


@cache
def _crowds() -> tuple[list[str], list[int]]:
    counted = Counter(row["province"] for row in data("stores"))
    return list(counted), [count + 3 for count in counted.values()]


def _postal_code(rng: Random, prefix: str) -> str:
    first = prefix + "".join(rng.choice("13456789") for _ in range(4 - len(prefix)))
    if len(set(first)) == 1:
        first = first[:3] + ("3" if first[3] != "3" else "4")
    return first + rng.choice("13469") + "".join(rng.choice("013456789") for _ in range(5))


def _fa(number: int) -> str:
    return str(number).translate(_FA)
