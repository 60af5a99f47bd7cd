"""Puts the figures together for the pages and the interface: some twelve statements, whatever was sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from marketplace.core.charts import Chart
from marketplace.core.language import t
from marketplace.core.small_groups import LEAST_GROUP
from marketplace.festival.models import ApplicationState
from marketplace.stats import queries
from marketplace.stats.drawing import cases_chart, categories_chart, orders_chart, turnover_chart
from marketplace.stats.models import Source
from marketplace.stats.rules import days_between, years_of
from marketplace.stats.shown import (
    ApplicationsShown,
    CasesShown,
    CategoryShown,
    DayShown,
    EditionTold,
    StatsShown,
)
from marketplace.stores.clearance_figures import public_figures
from marketplace.stores.standing import Category as Kind

APPROVED = (ApplicationState.approved, ApplicationState.suspended)
WAITING = (ApplicationState.submitted, ApplicationState.revision)
REFUSED = (ApplicationState.rejected, ApplicationState.withdrawn)
DAY_FIGURES = ("goods_toman", "orders", "store_orders", "free_shippings", "kits")


def show_stats(at: datetime) -> StatsShown:
    """All figures at a moment."""
    edition = queries.edition_told(at)
    all_days = queries.trade_days()
    days = edition_days(edition, all_days)
    categories = _categories(edition)
    cases = show_cases(at)
    return StatsShown(
        edition=edition,
        as_of=queries.counted_until(at),
        trade=_totals(edition, all_days),
        days=days,
        categories=categories,
        cases=cases,
        applications=_applications(edition),
        clearances=public_figures(at),
        fund=queries.fund_now(),
        years=tuple(years_of(all_days, queries.today(at))),
        charts=_charts(edition, days, categories, at),
    )


def one_chart(name: str, at: datetime) -> Chart | None:
    """One chart alone, for pages of others; None where there is none of this name."""
    edition = queries.edition_told(at)
    if name in ("turnover", "orders"):
        days = edition_days(edition, queries.trade_days())
        return (turnover_chart if name == "turnover" else orders_chart)(_title(edition), days)
    if name == "categories":
        return categories_chart(_title(edition), _categories(edition))
    if name == "complaints":
        today = queries.today(at)
        return cases_chart(queries.case_days(queries.a_year_before(today), today))
    return None


CHARTS = ("turnover", "orders", "categories", "complaints")


def show_cases(at: datetime) -> CasesShown:
    """Complaints filed in the last 365 days."""
    today = queries.today(at)
    by_kind = queries.sums_by_dim(Source.cases, queries.a_year_before(today), today)
    sums: dict[str, int] = {}
    for values in by_kind.values():
        for name, value in values.items():
            sums[name] = sums.get(name, 0) + value
    kinds = sorted(
        (
            (kind.value, t(f"complaint_category.{kind.value}"), by_kind.get(kind.value, {}).get("filed", 0))
            for kind in Kind
        ),
        key=lambda row: -row[2],
    )
    names = ("filed", "in_time", "late", "unanswered", "running", "settled", "solved", "not_solved")
    told = {name: sums.get(name, 0) for name in names}
    return CasesShown(by_kind=tuple(kind for kind in kinds if kind[2]), **told)


def _title(edition: EditionTold | None) -> str:
    return edition.title if edition else ""


def _charts(
    edition: EditionTold | None,
    days: tuple[DayShown, ...],
    categories: tuple[CategoryShown, ...],
    at: datetime,
) -> dict[str, Chart]:
    today = queries.today(at)
    return {
        "turnover": turnover_chart(_title(edition), days),
        "orders": orders_chart(_title(edition), days),
        "categories": categories_chart(_title(edition), categories),
        "complaints": cases_chart(queries.case_days(queries.a_year_before(today), today)),
    }


def _totals(edition: EditionTold | None, days: Mapping[date, Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for day, values in days.items():
        if edition is not None and edition.first <= day <= edition.last:
            for name, value in values.items():
                sums[name] = sums.get(name, 0) + value
    return sums


def edition_days(edition: EditionTold | None, days: Mapping[date, Mapping[str, int]]) -> tuple[DayShown, ...]:
    """Every day of the edition so far, those without a sale as well."""
    if edition is None:
        return ()
    nothing: Mapping[str, int] = {}
    return tuple(
        DayShown(day, *(days.get(day, nothing).get(name, 0) for name in DAY_FIGURES))
        for day in days_between(edition.first, edition.last)
    )


def _categories(edition: EditionTold | None) -> tuple[CategoryShown, ...]:
    """Sales by row of the bazaar, the largest first; rows with too few store orders stand together at the end."""
    if edition is None:
        return ()
    sums = queries.sums_by_dim(Source.trade, edition.first, edition.last)
    names = queries.category_names()
    rows = [
        CategoryShown(slug, names.get(slug, slug), values.get("goods_toman", 0), values.get("parts", 0))
        for slug, values in sums.items()
    ]
    large = sorted((row for row in rows if row.parts >= LEAST_GROUP), key=lambda row: -row.goods_toman)
    small = [row for row in rows if row.parts < LEAST_GROUP]
    if small:
        together = CategoryShown(
            None, t("stats.others"), sum(r.goods_toman for r in small), sum(r.parts for r in small)
        )
        large.append(together)
    return tuple(large)


def _applications(edition: EditionTold | None) -> ApplicationsShown:
    counts = queries.applications_by_state(edition.id) if edition else {}
    return ApplicationsShown(
        applied=sum(counts.values()),
        approved=sum(counts.get(state, 0) for state in APPROVED),
        waiting=sum(counts.get(state, 0) for state in WAITING),
        waitlisted=counts.get(ApplicationState.waitlisted, 0),
        refused=sum(counts.get(state, 0) for state in REFUSED),
    )
