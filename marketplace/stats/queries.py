"""Reading the sums. Every statement reads rows by day, never orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from marketplace.catalog.models import Category
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.models import LedgerAccount
from marketplace.stats.counting import WHOLE
from marketplace.stats.models import Figure, FigureMark, Source
from marketplace.stats.shown import EditionTold, FundShown

Days = dict[date, dict[str, int]]


def trade_days() -> Days:
    """The sums of each whole day on which something was paid, the oldest first."""
    rows = db.session.execute(
        select(Figure.day_on, Figure.name, Figure.value)
        .where(Figure.source == Source.trade, Figure.dim == WHOLE)
        .order_by(Figure.day_on)
    )
    days: Days = defaultdict(dict)
    for row in rows:
        days[row.day_on][row.name] = row.value
    return dict(days)


def sums_by_dim(source: Source, first: date, last: date) -> dict[str, dict[str, int]]:
    """The sums of a span of days by category or kind; the last day is in it."""
    rows = db.session.execute(
        select(Figure.dim, Figure.name, func.sum(Figure.value).label("value"))
        .where(Figure.source == source, Figure.dim != WHOLE, Figure.day_on >= first, Figure.day_on <= last)
        .group_by(Figure.dim, Figure.name)
    )
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        sums[row.dim][row.name] = int(row.value)
    return dict(sums)


def case_days(first: date, last: date) -> Days:
    """The sums of complaints by day over all kinds."""
    rows = db.session.execute(
        select(Figure.day_on, Figure.name, func.sum(Figure.value).label("value"))
        .where(Figure.source == Source.cases, Figure.day_on >= first, Figure.day_on <= last)
        .group_by(Figure.day_on, Figure.name)
    )
    days: Days = defaultdict(dict)
    for row in rows:
        days[row.day_on][row.name] = int(row.value)
    return dict(days)


def rows_of(source: Source) -> Mapping[tuple[date, str], Mapping[str, int]]:
    """All sums of a source by day and dim: what open data is made of."""
    rows = db.session.execute(
        select(Figure.day_on, Figure.dim, Figure.name, Figure.value)
        .where(Figure.source == source, Figure.dim != WHOLE)
        .order_by(Figure.day_on)
    )
    found: dict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row.day_on, row.dim][row.name] = row.value
    return found


def category_names() -> dict[str, str]:
    """Names of the rows of the bazaar by slug, in the page's language."""
    name = Category.name_fa if current_language() == "fa" else Category.name_en
    rows = db.session.execute(select(Category.slug, name.label("name")).order_by(Category.position))
    return {row.slug: row.name for row in rows}


def applications_by_state(festival_id: int) -> dict[ApplicationState, int]:
    """How many applications of an edition stand where; drafts are nobody's business."""
    rows = db.session.execute(
        select(Application.state, func.count())
        .where(Application.festival_id == festival_id, Application.state != ApplicationState.draft)
        .group_by(Application.state)
    )
    return {row[0]: row[1] for row in rows}


def fund_now() -> FundShown:
    """What the book says of the guarantee fund now."""
    row = db.session.execute(
        select(
            LedgerAccount.credits_toman, LedgerAccount.debits_toman, LedgerAccount.held_debits_toman
        ).where(LedgerAccount.name == GUARANTEE_FUND.name)
    ).first()
    return FundShown(*row) if row else FundShown(0, 0, 0)


def edition_told(at: datetime) -> EditionTold | None:
    """The edition whose figures are shown: the last one that has begun; None before the first."""
    row = db.session.execute(
        select(
            Festival.id,
            Festival.slug,
            Festival.title_fa,
            Festival.title_en,
            Festival.live_from,
            Festival.live_until,
        )
        .where(Festival.live_from <= at)
        .order_by(Festival.live_from.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    last = tehran(row.live_until - timedelta(seconds=1)).date()
    title = row.title_fa if current_language() == "fa" else row.title_en
    return EditionTold(row.id, row.slug, title, tehran(row.live_from).date(), min(last, tehran(at).date()))


def counted_until(at: datetime) -> datetime | None:
    """When the sums were last made anew; None before the first time."""
    return db.session.scalar(select(func.max(FigureMark.changed_at)))


def today(at: datetime) -> date:
    """The day in Tehran."""
    return tehran(at).date()


def a_year_before(day: date) -> date:
    """The first of the last 365 days."""
    return day - timedelta(days=364)
