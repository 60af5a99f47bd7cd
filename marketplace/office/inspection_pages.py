"""What the inspections desk shows: the plan by day and city, what came in, what is open, how far guidelines are
acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import func, or_, select

from marketplace.accounts.models import Person, Role
from marketplace.accounts.queries import people_with_role
from marketplace.core.clock import tehran
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.errors import Invalid
from marketplace.core.language import current_language
from marketplace.core.text import sort_key
from marketplace.inspections.models import Finding, Severity, Visit, VisitState
from marketplace.inspections.shown import FindingShown, VisitShown, show_findings, show_visits
from marketplace.policy.models import Province
from marketplace.stores.models import Store

MOST = 300
RECENT = 60


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Where a store is and how it is reached."""

    id: int
    slug: str
    name: str
    city: str
    province: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A visit to be made."""

    id: int
    store: StoreFacts
    kind: str
    note: str
    inspector: str
    is_mine: bool
    open_findings: int


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day of the plan, its visits by city. `is_past`: it has gone by and they were not made."""

    day: date
    is_past: bool
    is_today: bool
    cities: tuple[tuple[str, tuple[PlanLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """The plan, with how many visits wait, are late, and how many findings are open."""

    days: tuple[PlanDay, ...]
    cities: tuple[tuple[str, int], ...]
    waiting: int
    past: int
    open_findings: int
    hidden_stores: int
    inspectors: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that is not cleared, with its store and the visit that made it."""

    finding: FindingShown
    store: StoreFacts
    visit_id: int | None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report that came in."""

    visit: VisitShown
    store: StoreFacts
    by: str


def show_desk(person_id: int, city: str, only_mine: bool, at: datetime) -> Desk:
    """The plan; `city` is a Persian city name or empty."""
    rows = db.session.execute(_planned()).all()
    people = _names({row.Visit.inspector_id for row in rows if row.Visit.inspector_id is not None})
    counts = _open_counts({row.id for row in rows})
    today = tehran(at).date()
    chosen = [
        row
        for row in rows
        if (not city or row.city_fa == city) and (not only_mine or row.Visit.inspector_id == person_id)
    ]
    cities: dict[str, int] = {}
    for row in rows:
        cities[row.city_fa] = cities.get(row.city_fa, 0) + 1
    open_rows = db.session.execute(
        select(Finding.severity, Finding.store_id).where(Finding.cleared_at.is_(None))
    ).all()
    return Desk(
        days=tuple(
            _day(day, list(group), people, counts, person_id, today) for day, group in _by_day(chosen)
        ),
        cities=tuple(sorted(cities.items(), key=lambda pair: (-pair[1], sort_key(pair[0])))),
        waiting=len(rows),
        past=sum(row.Visit.planned_on < today for row in rows),
        open_findings=len(open_rows),
        hidden_stores=len({row.store_id for row in open_rows if row.severity is Severity.critical}),
        inspectors=inspectors(),
    )


def inspectors() -> tuple[tuple[int, str], ...]:
    """The health inspectors as (id, name)."""
    ids = people_with_role(Role.health_inspector)
    names = _names(set(ids))
    return tuple((number, names.get(number, "—")) for number in ids)


def open_findings(at: datetime) -> list[OpenFinding]:
    """What is not cleared, the gravest first, then by deadline."""
    findings = db.session.scalars(select(Finding).where(Finding.cleared_at.is_(None)).limit(MOST)).all()
    weights = list(Severity)
    findings = sorted(findings, key=lambda f: (-weights.index(f.severity), f.due_at or f.found_at, f.id))
    stores = stores_facts({f.store_id for f in findings})
    visits = {f.id: f.visit_id for f in findings}
    return [OpenFinding(f, stores[f.store_id], visits[f.id]) for f in show_findings(findings, at)]


def recent_reports() -> list[ReportLine]:
    """The newest reports."""
    visits = db.session.scalars(
        select(Visit)
        .where(Visit.state.in_((VisitState.done, VisitState.unmet)))
        .order_by(Visit.reported_at.desc())
        .limit(RECENT)
    ).all()
    stores = stores_facts({v.store_id for v in visits})
    people = _names({v.reported_by_id for v in visits if v.reported_by_id is not None})
    return [
        ReportLine(shown, stores[visit.store_id], people.get(visit.reported_by_id or 0, "—"))
        for visit, shown in zip(visits, show_visits(visits), strict=True)
    ]


def store_named(told: str) -> int:
    """A store by its slug or exact name in either language. Raises Invalid with the field `store`."""
    words = " ".join(told.split())
    found = db.session.scalars(
        select(Store.id)
        .where(or_(Store.slug == words, Store.name_fa == words, Store.name_en == words))
        .limit(2)
    ).all()
    if not words or len(found) != 1:
        raise Invalid("bad_visit", fields={"store": "unknown_store" if words else "required"})
    return found[0]


def stores_facts(ids: set[int]) -> dict[int, StoreFacts]:
    """Some stores by id."""
    rows = db.session.execute(_stores().where(Store.id.in_(ids)))
    return {row.id: store_facts(row) for row in rows}


def store_facts(row: AnyRow) -> StoreFacts:
    is_persian = current_language() == "fa"
    return StoreFacts(
        id=row.id,
        slug=row.slug,
        name=row.name_fa if is_persian else row.name_en,
        city=row.city_fa if is_persian else row.city_en,
        province=row.province_fa if is_persian else row.province_en,
        address=row.address,
        phone=row.phone,
    )


_COLUMNS = (
    Store.id,
    Store.slug,
    Store.name_fa,
    Store.name_en,
    Store.city_fa,
    Store.city_en,
    Store.address,
    Store.phone,
    Province.name_fa.label("province_fa"),
    Province.name_en.label("province_en"),
)


def _stores() -> AnySelect:
    return select(*_COLUMNS).join(Province, Province.id == Store.province_id)


def _planned() -> AnySelect:
    return (
        select(Visit, *_COLUMNS)
        .join(Store, Store.id == Visit.store_id)
        .join(Province, Province.id == Store.province_id)
        .where(Visit.state == VisitState.planned)
        .order_by(Visit.planned_on, Store.city_fa, Store.sort_key, Visit.id)
        .limit(MOST)
    )


def _by_day(rows: Sequence[AnyRow]) -> list[tuple[date, list[AnyRow]]]:
    return [(day, list(group)) for day, group in groupby(rows, key=lambda row: row.Visit.planned_on)]


def _day(
    day: date,
    rows: Sequence[AnyRow],
    people: dict[int, str],
    counts: dict[int, int],
    person_id: int,
    today: date,
) -> PlanDay:
    cities = []
    for _, group in groupby(rows, key=lambda row: row.city_fa):
        lines = tuple(
            PlanLine(
                id=row.Visit.id,
                store=store_facts(row),
                kind=row.Visit.kind.value,
                note=row.Visit.note,
                inspector=people.get(row.Visit.inspector_id or 0, ""),
                is_mine=row.Visit.inspector_id == person_id,
                open_findings=counts.get(row.id, 0),
            )
            for row in group
        )
        cities.append((lines[0].store.city, lines))
    return PlanDay(day, day < today, day == today, tuple(cities))


def _names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Person.id, Person.given_name, Person.surname).where(Person.id.in_(ids)))
    return {row.id: f"{row.given_name} {row.surname}".strip() or "—" for row in rows}


def _open_counts(store_ids: set[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Finding.store_id, func.count())
        .where(Finding.store_id.in_(store_ids), Finding.cleared_at.is_(None))
        .group_by(Finding.store_id)
    )
    return {row[0]: row[1] for row in rows}
