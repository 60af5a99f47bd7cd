"""Reading the rows of numbers and tariffs with their people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.core.db import AnySelect, db, is_sqlite
from marketplace.policy.models import PolicyRow, ShippingMethod, Tariff
from marketplace.policy.shown import RowShown, TariffShown

POLICY_LOCK = 7_310


def lock_policy() -> None:
    """Makes units that change the policy wait for each other."""
    if not is_sqlite():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": POLICY_LOCK})


def rows_of(name: str) -> list[RowShown]:
    """Every row of a number, the one that holds last at the head."""
    found = db.session.execute(
        _rows().where(PolicyRow.name == name).order_by(PolicyRow.effective_from.desc(), PolicyRow.id.desc())
    )
    return [RowShown(*row) for row in found]


def newest_rows(most: int) -> list[RowShown]:
    """The changes that were entered last, of all numbers."""
    found = db.session.execute(_rows().order_by(PolicyRow.entered_at.desc(), PolicyRow.id.desc()).limit(most))
    return [RowShown(*row) for row in found]


def newest_id(name: str) -> int:
    """The row that was entered last for a number; 0 when there is none."""
    return db.session.scalar(select(func.max(PolicyRow.id)).where(PolicyRow.name == name)) or 0


def planned_rows(at: datetime) -> list[PolicyRow]:
    """Rows of all numbers that begin to hold later, the earliest first."""
    return list(
        db.session.scalars(
            select(PolicyRow)
            .where(PolicyRow.effective_from > at)
            .order_by(PolicyRow.effective_from, PolicyRow.id)
        )
    )


def last_effective(name: str, since: datetime, until: datetime) -> datetime | None:
    """The last moment within [since, until) at which a row of a number begins to hold."""
    return db.session.scalar(
        select(func.max(PolicyRow.effective_from)).where(
            PolicyRow.name == name, PolicyRow.effective_from >= since, PolicyRow.effective_from < until
        )
    )


def tariff_rows() -> Mapping[tuple[ShippingMethod, int], Sequence[TariffShown]]:
    """Every tariff by method and zone, the one that holds last at the head."""
    enterer, second = aliased(Person), aliased(Person)
    query: AnySelect = (
        select(
            Tariff.id,
            Tariff.method,
            Tariff.zone,
            Tariff.first_kg_toman,
            Tariff.next_kg_toman,
            Tariff.effective_from,
            Tariff.reason,
            Tariff.entered_at,
            (enterer.given_name + " " + enterer.surname).label("by"),
            (second.given_name + " " + second.surname).label("second"),
        )
        .outerjoin(enterer, enterer.id == Tariff.entered_by_id)
        .outerjoin(second, second.id == Tariff.seconded_by_id)
        .order_by(Tariff.method, Tariff.zone, Tariff.effective_from.desc(), Tariff.id.desc())
    )
    found = db.session.execute(query)
    shown: dict[tuple[ShippingMethod, int], list[TariffShown]] = {}
    for row in found:
        one = TariffShown(*row)
        shown.setdefault((one.method, one.zone), []).append(one)
    return shown


def last_tariff_effective(
    method: ShippingMethod, zone: int, since: datetime, until: datetime
) -> datetime | None:
    """The last moment within [since, until) at which a tariff begins to hold."""
    return db.session.scalar(
        select(func.max(Tariff.effective_from)).where(
            Tariff.method == method,
            Tariff.zone == zone,
            Tariff.effective_from >= since,
            Tariff.effective_from < until,
        )
    )


def newest_tariff_id(method: ShippingMethod, zone: int) -> int:
    """The tariff that was entered last for a method and a zone; 0 when there is none."""
    return (
        db.session.scalar(select(func.max(Tariff.id)).where(Tariff.method == method, Tariff.zone == zone))
        or 0
    )


def _rows() -> AnySelect:
    enterer, second = aliased(Person), aliased(Person)
    return (
        select(
            PolicyRow.id,
            PolicyRow.name,
            PolicyRow.value,
            PolicyRow.effective_from,
            PolicyRow.reason,
            PolicyRow.entered_at,
            (enterer.given_name + " " + enterer.surname).label("by"),
            (second.given_name + " " + second.surname).label("second"),
        )
        .outerjoin(enterer, enterer.id == PolicyRow.entered_by_id)
        .outerjoin(second, second.id == PolicyRow.seconded_by_id)
    )
