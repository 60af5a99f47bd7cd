"""What the pages, the files and the interface of figures show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.core.charts import Chart
from marketplace.stats.rules import Year, permille
from marketplace.stores.rules import ClearanceFigures


@dataclass(frozen=True, slots=True)
class FundShown:
    """The guarantee fund by the book: what came in, what went out, and what of the rest is promised."""

    in_toman: int
    out_toman: int
    reserved_toman: int

    @property
    def balance_toman(self) -> int:
        return self.in_toman - self.out_toman


@dataclass(frozen=True, slots=True)
class EditionTold:
    """The edition of the figures, and the days of it that there are so far."""

    id: int
    slug: str
    title: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day of the edition."""

    day: date
    goods_toman: int
    orders: int
    store_orders: int
    free_shippings: int
    kits: int


@dataclass(frozen=True, slots=True)
class CategoryShown:
    """A row of the bazaar; the small ones together have no slug."""

    slug: str | None
    name: str
    goods_toman: int
    parts: int


@dataclass(frozen=True, slots=True)
class CasesShown:
    """Complaints filed in the last 365 days. Shares are per mille, None of nothing."""

    filed: int
    in_time: int
    late: int
    unanswered: int
    running: int
    settled: int
    solved: int
    not_solved: int
    by_kind: tuple[tuple[str, str, int], ...]

    @property
    def ended(self) -> int:
        """Those whose clock has ended."""
        return self.in_time + self.late + self.unanswered

    @property
    def settled_permille(self) -> int | None:
        return permille(self.settled, self.ended)

    @property
    def unanswered_permille(self) -> int | None:
        return permille(self.unanswered, self.ended)

    @property
    def not_delivered_permille(self) -> int | None:
        return permille(sum(count for kind, _, count in self.by_kind if kind == "not_delivered"), self.filed)


@dataclass(frozen=True, slots=True)
class ApplicationsShown:
    """Requests to take part in the edition."""

    applied: int
    approved: int
    waiting: int
    waitlisted: int
    refused: int


@dataclass(frozen=True, slots=True)
class StatsShown:
    """The page of figures. `trade`: sums of the edition by name; `as_of`: when they were last made anew."""

    edition: EditionTold | None
    as_of: datetime | None
    trade: dict[str, int]
    days: tuple[DayShown, ...]
    categories: tuple[CategoryShown, ...]
    cases: CasesShown
    applications: ApplicationsShown
    clearances: ClearanceFigures
    fund: FundShown
    years: tuple[Year, ...]
    charts: dict[str, Chart]
