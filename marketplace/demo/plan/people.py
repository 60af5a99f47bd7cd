"""Invented people. Their mobiles and national ids are valid in form and in ranges that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.demo.plan.places import plan_place
from marketplace.demo.plan.source import data, scattered, stream

_RANGE = 100_000_000
_OWNERS_FROM = 0
_SHOPPERS_FROM = 1_000_000
_OFFICIALS_FROM = 2_000_000


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person with a unique mobile and a unique national id that passes its check digit."""

    key: str
    given_fa: str
    surname_fa: str
    given_en: str
    surname_en: str
    gender: str
    mobile: str
    national_id: str
    province_fa: str
    city_fa: str

    @property
    def name_fa(self) -> str:
        """Given name and surname in Persian."""
        return f"{self.given_fa} {self.surname_fa}"

    @property
    def name_en(self) -> str:
        """Given name and surname in English."""
        return f"{self.given_en} {self.surname_en}"


def plan_people(count: int, seed: int) -> Iterator[PersonPlan]:
    """Shoppers from all over the country; the first ones stay the same when there are more."""
    for index in range(count):
        yield _person(f"shopper-{index + 1:06d}", _SHOPPERS_FROM + index, seed)


def plan_officials(count: int, seed: int) -> Iterator[PersonPlan]:
    """People for the office, the seal centre, the inspection and the fund."""
    for index in range(count):
        yield _person(f"official-{index + 1:03d}", _OFFICIALS_FROM + index, seed, ("تهران", "تهران"))


def plan_owner(index: int, seed: int, province_fa: str, city_fa: str) -> PersonPlan:
    """The owner of the store with this number, living where the store is."""
    return _person(f"owner-{index + 1:05d}", _OWNERS_FROM + index, seed, (province_fa, city_fa))


def check_digit(nine: str) -> int:
    """The tenth digit of a national id (mod 11)."""
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return rest if rest < 2 else 11 - rest


def _person(key: str, number: int, seed: int, home: tuple[str, str] | None = None) -> PersonPlan:
    rng = stream(seed, "person", number)
    names = data("people")
    given, surname = rng.choice(names["given"]), rng.choice(names["surnames"])
    province_fa, city_fa = home or plan_place(rng)
    nine = f"7{scattered(number, _RANGE, seed, 'national id'):08d}"
    return PersonPlan(
        key=key,
        given_fa=given["fa"],
        surname_fa=surname["fa"],
        given_en=given["en"],
        surname_en=surname["en"],
        gender=given["gender"],
        mobile=f"097{scattered(number, _RANGE, seed, 'mobile'):08d}",
        national_id=f"{nine}{check_digit(nine)}",
        province_fa=province_fa,
        city_fa=city_fa,
    )
