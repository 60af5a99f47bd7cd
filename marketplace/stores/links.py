"""Stores that may belong together: the same national id, Sheba, phone or address. A warning for a desk, no verdict."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import text
from marketplace.core.db import AnyRow, db
from marketplace.stores.models import MemberRole, Store, StoreHolder, StoreMember

TRACES = ("national_id", "legal_id", "sheba", "phone", "address")


@dataclass(frozen=True, slots=True)
class LinkedStore:
    """A store that shares something with another. `shared`: what, among `TRACES`, in their order."""

    store_id: int
    slug: str
    name_fa: str
    name_en: str
    shared: tuple[str, ...]


def links_of(store_ids: Iterable[int]) -> dict[int, tuple[LinkedStore, ...]]:
    """For each of these stores the others that share something with it, most shared first; two statements in all.

    Stores without any link are left out. Only what is shared is told, not the value.
    """
    wanted = set(store_ids)
    if not wanted:
        return {}
    facts = {row.id: row for row in db.session.execute(_FACTS)}
    owners: dict[int, set[str]] = defaultdict(set)
    for row in db.session.execute(_OWNERS):
        owners[row.store_id].add(row.national_id)
    marks = {store_id: _marks(row, owners[store_id]) for store_id, row in facts.items()}
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for store_id, found in marks.items():
        for mark in found:
            holders[mark].add(store_id)
    linked: dict[int, tuple[LinkedStore, ...]] = {}
    for store_id in wanted & set(facts):
        shared: dict[int, set[str]] = defaultdict(set)
        for mark in marks[store_id]:
            for other in holders[mark] - {store_id}:
                shared[other].add(mark[0])
        if shared:
            linked[store_id] = _worded(shared, facts)
    return linked


_FACTS = select(
    Store.id,
    Store.slug,
    Store.name_fa,
    Store.name_en,
    Store.city_fa,
    Store.address,
    Store.phone,
    StoreHolder.national_id,
    StoreHolder.legal_id,
    StoreHolder.sheba,
).outerjoin(StoreHolder, StoreHolder.store_id == Store.id)
_OWNERS = (
    select(StoreMember.store_id, Person.national_id)
    .join(Person, Person.id == StoreMember.person_id)
    .where(
        StoreMember.role == MemberRole.owner,
        StoreMember.ended_at.is_(None),
        Person.national_id.is_not(None),
    )
)


def _worded(shared: Mapping[int, set[str]], facts: Mapping[int, AnyRow]) -> tuple[LinkedStore, ...]:
    found = [
        LinkedStore(
            store_id=other,
            slug=facts[other].slug,
            name_fa=facts[other].name_fa,
            name_en=facts[other].name_en,
            shared=tuple(trace for trace in TRACES if trace in traces),
        )
        for other, traces in shared.items()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.shared), one.store_id)))


def _marks(row: AnyRow, owners: set[str]) -> set[tuple[str, str]]:
    told = {
        ("national_id", row.national_id or ""),
        ("legal_id", row.legal_id or ""),
        ("sheba", row.sheba or ""),
        ("phone", plain_phone(row.phone)),
        ("address", plain_address(row.city_fa, row.address)),
        *(("national_id", national_id) for national_id in owners),
    }
    return {mark for mark in told if mark[1]}


@lru_cache(maxsize=16_384)
def plain_phone(phone: str) -> str:
    """The digits of a phone from the area on: `+98 21 8800` and `021-8800` are one."""
    digits = re.sub(r"\D", "", text.ascii_digits(phone))
    return re.sub(r"^(0098|98(?=\d{10}$)|0)", "", digits)


@lru_cache(maxsize=16_384)
def plain_address(city: str, address: str) -> str:
    """One spelling for addresses that read the same, within their city; too short a one says nothing."""
    folded = text.fold(address).replace(" ", "")
    return f"{text.fold(city)}:{folded}" if len(folded) >= 8 else ""
