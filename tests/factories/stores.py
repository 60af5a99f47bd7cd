"""Stores with their papers, and the people who work for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.text import sort_key
from marketplace.festival.models import Festival
from marketplace.inspections.models import Finding, Severity
from marketplace.policy.models import Province
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    LicenceState,
    MemberRole,
    Seal,
    SealState,
    Store,
    StoreKind,
    StoreMember,
    UnionLicence,
)
from tests.factories.festivals import a_pledge_acceptance, an_application, pledges_in_force
from tests.factories.people import a_person
from tests.factories.places import a_province
from tests.factories.rows import AT, number, put, writing

NAMES = (
    ("چرم آرتین", "Artin Leather"),
    ("عطاری نیک", "Nik Herbs"),
    ("سفال لالجین", "Lalejin Pottery"),
    ("گیوه‌ی کرمانشاه", "Kermanshah Giveh"),
    ("زعفران قائن", "Ghaen Saffron"),
    ("گلیم سیرجان", "Sirjan Kilim"),
)


def a_bare_store(*, province: Province | None = None, at: datetime = AT, **columns: Any) -> Store:
    """A store without any paper."""
    n = number()
    name_fa, name_en = NAMES[n % len(NAMES)]
    name_fa = columns.get("name_fa", f"{name_fa} {n}")
    with writing():
        home = columns.pop("province_id", None) or (province or a_province()).id
        return put(
            Store,
            **{
                "slug": f"store-{n}",
                "kind": StoreKind.online,
                "name_fa": name_fa,
                "name_en": f"{name_en} {n}",
                "sort_key": sort_key(name_fa),
                "manager_name": "مریم رضایی",
                "province_id": home,
                "city_fa": "تهران",
                "city_en": "Tehran",
                "address": "خیابان ولی‌عصر، پلاک ۱۲",
                "postal_code": f"1{n:09d}",
                "phone": f"021{n:08d}",
                "domain": f"store-{n}.example",
                "founded_on": date(2019, 5, 1),
                "created_at": at - timedelta(days=400),
                **columns,
            },
        )


def a_store(
    *,
    festival: Festival | None = None,
    owner: Person | None = None,
    at: datetime = AT,
    seal: dict[str, Any] | None = None,
    licence: dict[str, Any] | None = None,
    clearance: dict[str, Any] | None = None,
    application: dict[str, Any] | None = None,
    pledges: bool = True,
    **columns: Any,
) -> Store:
    """A store with an owner, seal, licence and clearance; with a festival also approved and pledged: admitted.

    `seal=`, `licence=`, `clearance=`, `application=` override columns of that paper (`seal={"stars": 5}`).
    """
    with writing():
        store = a_bare_store(at=at, **columns)
        a_seal(store, at=at, **(seal or {}))
        a_licence(store, at=at, **(licence or {}))
        a_clearance(store, at=at, **(clearance or {}))
        a_member(store, owner, at=at)
        if festival is not None:
            an_application(store, festival, at=at, **(application or {}))
            for pledge in pledges_in_force(at) if pledges else ():
                a_pledge_acceptance(store, festival, pledge, at=at)
    return store


def a_seal(store: Store, *, at: datetime = AT, **columns: Any) -> Seal:
    return put(
        Seal,
        **{
            "store_id": store.id,
            "code": f"SEAL-{number():05d}",
            "domain": store.domain,
            "stars": 4,
            "state": SealState.active,
            "valid_from": at - timedelta(days=300),
            "valid_until": at + timedelta(days=300),
            **columns,
        },
    )


def a_licence(store: Store, *, at: datetime = AT, **columns: Any) -> UnionLicence:
    return put(
        UnionLicence,
        **{
            "store_id": store.id,
            "number": f"IR-{number():07d}",
            "state": LicenceState.active,
            "valid_from": at - timedelta(days=200),
            "valid_until": at + timedelta(days=165),
            **columns,
        },
    )


def a_clearance(store: Store, *, at: datetime = AT, **columns: Any) -> Clearance:
    return put(
        Clearance,
        **{
            "store_id": store.id,
            "state": ClearanceState.clear,
            "asked_at": at - timedelta(days=40),
            "answered_at": at - timedelta(days=37),
            "valid_until": at + timedelta(days=325),
            **columns,
        },
    )


def a_member(
    store: Store,
    person: Person | None = None,
    role: MemberRole | str = MemberRole.owner,
    *,
    at: datetime = AT,
    **columns: Any,
) -> StoreMember:
    """Somebody (a new person unless given) who works for the store."""
    with writing():
        person = person or a_person(at=at)
        return put(
            StoreMember,
            **{
                "store_id": store.id,
                "person_id": person.id,
                "role": MemberRole(role),
                "joined_at": at - timedelta(days=100),
                **columns,
            },
        )


def a_finding(
    store: Store, severity: Severity | str = Severity.critical, *, at: datetime = AT, **columns: Any
) -> Finding:
    """Something an inspector found, open unless `cleared_at` is given."""
    return put(
        Finding,
        **{
            "store_id": store.id,
            "severity": Severity(severity),
            "text_fa": "انبار بدون تهویه است.",
            "found_at": at - timedelta(days=1),
            **columns,
        },
    )
