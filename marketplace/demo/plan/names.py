"""Who a store is: the named stores of the data, then credible new ones of the same trades."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from marketplace.demo.plan.places import city_en, plan_place, provinces
from marketplace.demo.plan.source import data, stream

# Hard-hit trades apply more often.
_CROWDED = {"bags": 8, "shoes": 8, "nuts": 8, "clothing": 9, "handicraft": 7}


@dataclass(frozen=True, slots=True)
class Identity:
    """Name, trade, place and slogan of one store; `founded_year` is Jalali."""

    slug: str
    name_fa: str
    name_en: str
    kind: str
    category_slug: str
    trade: str
    province_fa: str
    city_fa: str
    slogan_fa: str
    slogan_en: str
    founded_year: int


def named(seed: int) -> list[Identity]:
    """The stores of the data: first one from each province, then the categories in turn."""
    rows = list(data("stores"))
    stream(seed, "named stores").shuffle(rows)
    first = _one_of_each_province(rows)
    taken = {row["slug"] for row in first}
    queues: dict[str, list[Any]] = {}
    for row in rows:
        if row["slug"] not in taken:
            queues.setdefault(row["category"], []).append(row)
    rest = [
        row
        for turn in range(max(map(len, queues.values())))
        for queue in queues.values()
        for row in queue[turn : turn + 1]
    ]
    return [_of_row(row) for row in first + rest]


def invented(seed: int, taken: set[str]) -> Iterator[Identity]:
    """New stores without end, named after a family, a place or a person, and none twice."""
    rng = stream(seed, "invented stores")
    categories = [row["slug"] for row in data("categories")]
    weights = [_CROWDED.get(slug, 5) for slug in categories]
    used = set(taken)
    while True:
        identity = _invent(rng, rng.choices(categories, weights)[0])
        if identity.slug not in used:
            used.add(identity.slug)
            yield identity


def trade_of(category_slug: str, slug: str) -> str:
    """The trade in a store's slug: `balut-anbar-pesteh` is an `anbar-pesteh`."""
    trades = sorted((row["slug"] for row in data("store_names")[category_slug]), key=len, reverse=True)
    return next((trade for trade in trades if slug.endswith(f"-{trade}")), "")


def _one_of_each_province(rows: list[Any]) -> list[Any]:
    found: list[Any] = []
    categories: list[str] = []
    for province in sorted(provinces(), key=lambda name: sum(row["province"] == name for row in rows)):
        here = [row for row in rows if row["province"] == province]
        best = min(here, key=lambda row: categories.count(row["category"]))
        found.append(best)
        categories.append(best["category"])
    return list(reversed(found))


def _of_row(row: Any) -> Identity:
    return Identity(
        slug=row["slug"],
        name_fa=row["name_fa"],
        name_en=row["name_en"],
        kind=row["kind"],
        category_slug=row["category"],
        trade=trade_of(row["category"], row["slug"]),
        province_fa=row["province"],
        city_fa=row["city"],
        slogan_fa=row["slogan_fa"],
        slogan_en=row["slogan_en"],
        founded_year=row["founded"],
    )


def _invent(rng: Random, category: str) -> Identity:
    trade = rng.choice(data("store_names")[category])
    province, city = plan_place(rng)
    fa, en = _proper_name(rng, province, city)
    slogan_fa, slogan_en = _slogan(rng, category, province, city)
    return Identity(
        slug=re.sub(r"[^a-z0-9]+", "-", f"{en} {trade['slug']}".lower()).strip("-"),
        name_fa=f"{trade['fa']} {fa}",
        name_en=f"{en} {trade['en']}",
        kind="offline" if rng.random() < 0.22 else "online",
        category_slug=category,
        trade=trade["slug"],
        province_fa=province,
        city_fa=city,
        slogan_fa=slogan_fa,
        slogan_en=slogan_en,
        founded_year=1404 - min(int(rng.expovariate(1 / 6)), 34),
    )


def _proper_name(rng: Random, province: str, city: str) -> tuple[str, str]:
    people = data("people")
    turn = rng.random()
    if turn < 0.42:
        name = rng.choice(people["surnames"])
        return name["fa"], name["en"]
    if turn < 0.56:
        name = rng.choice(people["surnames"])
        return f"برادران {name['fa']}", f"{name['en']} Brothers"
    if turn < 0.8:
        return city, city_en(province, city)
    if turn < 0.9:
        return f"نو {city}", f"New {city_en(province, city)}"
    name = rng.choice([row for row in people["given"] if row["gender"] == "female"])
    return name["fa"], name["en"]


def _slogan(rng: Random, category: str, province: str, city: str) -> tuple[str, str]:
    rows = [
        row for row in data("stores") if row["category"] == category and row["city"] not in row["slogan_fa"]
    ]
    if rng.random() < 0.3:
        row = rng.choice([row for row in data("stores") if row["city"] in row["slogan_fa"]])
        english = city_en(row["province"], row["city"])
        return (
            row["slogan_fa"].replace(row["city"], city),
            row["slogan_en"].replace(english, city_en(province, city)),
        )
    row = rng.choice(rows)
    return row["slogan_fa"], row["slogan_en"]
