"""Provinces, cities, and the numbers in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.core.text import sort_key
from marketplace.policy.defaults import write_defaults
from marketplace.policy.models import City, PolicyRow, Province, ShippingMethod, Tariff
from tests.factories.rows import AT, number, put, writing

BEGINNING = datetime(2020, 3, 20, tzinfo=UTC)
PROVINCES = (
    ("تهران", "Tehran", 1),
    ("اصفهان", "Isfahan", 2),
    ("گیلان", "Gilan", 2),
    ("خراسان رضوی", "Razavi Khorasan", 3),
    ("کرمان", "Kerman", 3),
    ("سیستان و بلوچستان", "Sistan and Baluchestan", 4),
)


def a_province(**columns: Any) -> Province:
    """A province; the first six are real ones, in zones 1 to 4."""
    n = number()
    name_fa = columns.get("name_fa", f"استان {n}")
    return put(
        Province,
        **{
            "name_fa": name_fa,
            "name_en": f"Province {n}",
            "zone": 1,
            "sort_key": sort_key(name_fa),
            **columns,
        },
    )


def provinces() -> list[Province]:
    """Six provinces by name, zones 1, 2, 2, 3, 3, 4, each with its capital of the same name."""
    with writing():
        made = [a_province(name_fa=fa, name_en=en, zone=zone) for fa, en, zone in PROVINCES]
        for province in made:
            a_city(province, name_fa=province.name_fa, name_en=province.name_en)
    return made


def a_city(province: Province, **columns: Any) -> City:
    n = number()
    name_fa = columns.get("name_fa", f"شهر {n}")
    return put(
        City,
        **{
            "province_id": province.id,
            "name_fa": name_fa,
            "name_en": f"City {n}",
            "sort_key": sort_key(name_fa),
            **columns,
        },
    )


def rules(at: datetime = BEGINNING) -> None:
    """Every policy row and tariff of the first edition, in force from `at`. Once a database."""
    with writing():
        write_defaults(at)


def a_policy_row(name: str, value: int, *, at: datetime = AT, **columns: Any) -> PolicyRow:
    """One number with another value from a moment on."""
    return put(
        PolicyRow,
        **{
            "name": name,
            "value": value,
            "effective_from": at - timedelta(minutes=1),
            "entered_at": at - timedelta(minutes=1),
            "reason": "test",
            **columns,
        },
    )


def a_tariff(
    method: ShippingMethod | str,
    zone: int,
    first_kg_toman: int,
    next_kg_toman: int = 0,
    *,
    at: datetime = AT,
    **columns: Any,
) -> Tariff:
    """One tariff with another price from a moment on."""
    return put(
        Tariff,
        **{
            "method": ShippingMethod(method),
            "zone": zone,
            "first_kg_toman": first_kg_toman,
            "next_kg_toman": next_kg_toman,
            "effective_from": at - timedelta(minutes=1),
            **columns,
        },
    )
