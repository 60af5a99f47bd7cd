"""The recovery of stores that declared a fall in sales: what they sell in the festival, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from persiantools.jdatetime import JalaliDate
from sqlalchemy import and_, case, func, select

from marketplace.core.charts import Chart, Series, chart
from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.text import ENGLISH_MONTHS, MONTHS, persian_digits
from marketplace.core.web import number
from marketplace.festival.application_models import ApplicationForm
from marketplace.festival.models import Application, ApplicationState
from marketplace.orders.models import OrderLine, StoreOrder, StoreOrderState
from marketplace.stores.models import Store

MONTHS_SHOWN = 6
FALLEN = (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded)


@dataclass(frozen=True, slots=True)
class Month:
    """A Jalali month as half-open moments."""

    label: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StoreRecovery:
    """One hard-hit store: its declared fall and its sales by month, the oldest first."""

    slug: str
    name: str
    fall_percent: int
    sales: tuple[int, ...]

    @property
    def total_toman(self) -> int:
        return sum(self.sales)

    @property
    def trend(self) -> str:
        """up, down or same: this month against the one before."""
        before, now = self.sales[-2], self.sales[-1]
        return "up" if now > before else "down" if now < before else "same"


@dataclass(frozen=True, slots=True)
class RecoveryShown:
    """The page. `share_percent`: the hard-hit stores' part of all sales of these months."""

    stores: tuple[StoreRecovery, ...]
    mean_fall_percent: int
    total_toman: int
    share_percent: int
    chart: Chart
    chosen: StoreRecovery | None
    months: tuple[Month, ...]


def months_until(at: datetime, count: int = MONTHS_SHOWN) -> tuple[Month, ...]:
    """The Jalali months up to the one of a moment, the oldest first."""
    today = JalaliDate(tehran(at).date())
    first = today.year * 12 + today.month - count
    return tuple(_month(first + n) for n in range(count))


def show_recovery(at: datetime, slug: str | None = None) -> RecoveryShown:
    """Hard-hit stores with their sales. Raises NotFound for a store that is none of them. Two statements."""
    months = months_until(at)
    declared = _declared()
    sales = _sales(months)
    nothing = (0,) * len(months)
    stores = sorted(
        (
            StoreRecovery(row.slug, _word(row.name_fa, row.name_en), row.fall, sales.get(row.id, nothing))
            for row in declared
        ),
        key=lambda one: (-one.fall_percent, one.name),
    )
    chosen = next((one for one in stores if one.slug == slug), None)
    if slug and chosen is None:
        raise NotFound()
    hit = {row.id for row in declared}
    others = [values for store_id, values in sales.items() if store_id not in hit]
    total, all_sales = sum(s.total_toman for s in stores), sum(map(sum, sales.values()))
    return RecoveryShown(
        tuple(stores),
        sum(s.fall_percent for s in stores) // len(stores) if stores else 0,
        total,
        total * 100 // all_sales if all_sales else 0,
        _chart(months, [chosen] if chosen else stores, others, chosen),
        chosen,
        months,
    )


def _chart(
    months: Sequence[Month],
    stores: Sequence[StoreRecovery],
    others: Sequence[tuple[int, ...]],
    chosen: StoreRecovery | None,
) -> Chart:
    means = [sum(values) // len(stores) for values in zip(*(s.sales for s in stores), strict=True)]
    rest = [sum(values) // len(others) for values in zip(*others, strict=True)] if others else []
    name = chosen.name if chosen else t("recovery.hard_hit_mean")
    series = [Series(name, means or [0] * len(months), "fz")]
    if rest:
        series.append(Series(t("recovery.other_mean"), rest, "zf", is_line=True))
    return chart(
        t("recovery.chart_of", store=chosen.name) if chosen else t("recovery.chart"),
        [month.label for month in months],
        series,
        number,
        summary=t("recovery.summary", count=number(len(stores)), months=number(len(months))),
        label_name=t("recovery.month"),
    )


def _declared() -> Sequence[AnyRow]:
    """Approved stores that declared a fall, each with its newest declaration."""
    newest = (
        select(Application.store_id, func.max(Application.id).label("application"))
        .join(ApplicationForm, ApplicationForm.application_id == Application.id)
        .where(
            ApplicationForm.is_hard_hit,
            Application.state.in_((ApplicationState.approved, ApplicationState.suspended)),
        )
        .group_by(Application.store_id)
        .subquery()
    )
    query: AnySelect = (
        select(
            Store.id,
            Store.slug,
            Store.name_fa,
            Store.name_en,
            func.coalesce(ApplicationForm.fall_percent, 0).label("fall"),
        )
        .join(newest, newest.c.store_id == Store.id)
        .join(ApplicationForm, ApplicationForm.application_id == newest.c.application)
    )
    return db.session.execute(query).all()


def _sales(months: Sequence[Month]) -> dict[int, tuple[int, ...]]:
    """Goods that stand, by store and month of payment: what was cancelled or came back is left out."""
    worth = OrderLine.unit_toman * (OrderLine.quantity - OrderLine.cancelled_count - OrderLine.returned_count)
    sums = [
        func.sum(
            case((and_(StoreOrder.paid_at >= m.begins_at, StoreOrder.paid_at < m.ends_at), worth), else_=0)
        )
        for m in months
    ]
    query: AnySelect = (
        select(StoreOrder.store_id, *sums)
        .join(OrderLine, OrderLine.store_order_id == StoreOrder.id)
        .where(
            StoreOrder.paid_at >= months[0].begins_at,
            StoreOrder.paid_at < months[-1].ends_at,
            StoreOrder.state.not_in(FALLEN),
        )
        .group_by(StoreOrder.store_id)
    )
    return {row[0]: tuple(int(value or 0) for value in row[1:]) for row in db.session.execute(query)}


def _month(index: int) -> Month:
    """A month by its number since the beginning of the calendar: year * 12 + month - 1."""
    (year, month), (next_year, next_month) = divmod(index, 12), divmod(index + 1, 12)
    begins, ends = _first_day(year, month + 1), _first_day(next_year, next_month + 1)
    if current_language() == "en":
        label = f"{ENGLISH_MONTHS[begins.month - 1]} {begins.day}"
    else:
        label = persian_digits(f"{MONTHS[month]} {year % 100:02d}")
    return Month(label, day_begins(begins), day_begins(ends))


def _first_day(year: int, month: int) -> date:
    return date.fromordinal(JalaliDate(year, month, 1).to_gregorian().toordinal())


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
