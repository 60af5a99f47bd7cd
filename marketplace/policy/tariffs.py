"""Shipping tariffs in force and the zones of the provinces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from sqlalchemy import bindparam, func, select

from marketplace.core.db import db
from marketplace.core.ready import Ready
from marketplace.policy.models import Province, ShippingMethod, Tariff


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a parcel: the first kilogram, and each begun one after it."""

    first_kg_toman: int
    next_kg_toman: int

    def price(self, weight_grams: int) -> int:
        """Toman for a parcel of this weight; nothing weighs less than one gram."""
        kilograms = max(1, -(-weight_grams // 1000))
        return self.first_kg_toman + (kilograms - 1) * self.next_kg_toman


Rates = Mapping[tuple[ShippingMethod, int], Rate]

_NEWEST = (
    select(Tariff.method, Tariff.zone, func.max(Tariff.effective_from).label("since"))
    .where(Tariff.effective_from <= bindparam("at", type_=Tariff.effective_from.type))
    .group_by(Tariff.method, Tariff.zone)
    .subquery()
)
_RATES = Ready(
    select(Tariff.method, Tariff.zone, Tariff.first_kg_toman, Tariff.next_kg_toman).join(
        _NEWEST,
        (Tariff.method == _NEWEST.c.method)
        & (Tariff.zone == _NEWEST.c.zone)
        & (Tariff.effective_from == _NEWEST.c.since),
    )
)
_PROVINCES = select(Province.id, Province.name_fa, Province.name_en, Province.zone).order_by(
    Province.sort_key
)


def rates_at(at: datetime) -> Rates:
    """All rates in force at a moment, by method and zone."""
    return _rates_of(tuple(_RATES.all(at=at)))


@lru_cache(maxsize=64)
def _rates_of(rows: tuple[tuple[ShippingMethod, int, int, int], ...]) -> Rates:
    return MappingProxyType(
        {(method, zone): Rate(first, following) for method, zone, first, following in rows}
    )


@dataclass(frozen=True, slots=True)
class ProvinceShown:
    id: int
    name_fa: str
    name_en: str
    zone: int


def provinces() -> list[ProvinceShown]:
    """The provinces in the order of the Persian alphabet."""
    return [ProvinceShown(*row) for row in db.session.execute(_PROVINCES)]


_PROVINCE = Ready(
    select(Province.id, Province.name_fa, Province.name_en, Province.zone).where(
        (Province.name_fa == bindparam("name")) | (func.lower(Province.name_en) == bindparam("lowered"))
    )
)


def province_by_name(name: str) -> ProvinceShown | None:
    """A province by its Persian or English name."""
    row = _PROVINCE.first(name=name, lowered=name.lower())
    return ProvinceShown(*row) if row else None
