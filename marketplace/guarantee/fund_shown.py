"""What the page of the book, its files and its call for programs see. Amounts in toman."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.core.areas import Areas
from marketplace.guarantee.fund_rules import MonthShare


@dataclass(frozen=True, slots=True)
class BarShown:
    """One sum of the summary: `change_toman` with its sign, its share of the largest in percent for the bar."""

    key: str
    label: str
    tone: str
    change_toman: int
    share_percent: int


@dataclass(frozen=True, slots=True)
class LineShown:
    """One line of the book as it is read."""

    number: int
    day_on: date
    kind: str
    kind_label: str
    tone: str
    icon: str
    words: str
    change_toman: int
    free_toman: int
    digest: str


@dataclass(frozen=True, slots=True)
class ExpectedShown:
    """The formula of what is expected, with the numbers of the day."""

    measured_at: datetime
    exposure_toman: int
    order_count: int
    permille: int
    asked_toman: int
    claim_count: int
    expected_toman: int
    ratio_percent: int | None


@dataclass(frozen=True, slots=True)
class CategoryShown:
    """Claims of one category by outcome."""

    category: str
    label: str
    open_count: int
    granted_count: int
    rejected_count: int
    ended_count: int
    approved_toman: int
    paid_toman: int

    @property
    def count(self) -> int:
        return self.open_count + self.granted_count + self.rejected_count + self.ended_count


@dataclass(frozen=True, slots=True)
class TimesShown:
    """How long decisions took from a complete file, in hours, over the last twelve months."""

    count: int
    median_hours: int
    p90_hours: int


@dataclass(frozen=True, slots=True)
class ExampleShown:
    """A worked example: loss, its covered share, the cap, what is paid; `left_toman` is left of the person's cap."""

    loss_toman: int
    share_toman: int
    cap_toman: int
    left_toman: int | None
    paid_toman: int


@dataclass(frozen=True, slots=True)
class MonthShown:
    """A month's end, shared."""

    label: str
    free_toman: int
    wanted_toman: int
    given_toman: int
    carried_toman: int
    claim_count: int


@dataclass(frozen=True, slots=True)
class ExampleMonth:
    """The worked example of a month that has less than it should: what is free, and each claim."""

    free_toman: int
    wanted_toman: int
    shares: tuple[MonthShare, ...]


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of the coverage: below which ratio it begins, what it pays, whether it is the present one."""

    below_percent: int | None
    coverage_percent: int
    is_now: bool


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """The coverage that the rule set, from when on, and from which figures."""

    percent: int
    from_at: datetime
    free_toman: int
    expected_toman: int


@dataclass(frozen=True, slots=True)
class RulesShown:
    """The numbers of the policy that the page names."""

    coverage_percent: int
    full_coverage_percent: int
    cap_per_order_toman: int
    cap_per_person_toman: int
    least_loss_toman: int
    contribution_permille: int
    floor_toman: int
    assessment_months: int
    store_line_percent: int
    store_line_least_toman: int
    decision_working_days: int
    payment_working_days: int
    payer_is_insurer: bool


@dataclass(frozen=True, slots=True)
class TotalsShown:
    """Sums since the book began, all as positive amounts."""

    contributed_toman: int
    contribution_count: int
    given_toman: int
    assessed_toman: int
    recovered_toman: int
    paid_toman: int
    lost_toman: int


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day of the book."""

    day_on: date
    balance_toman: int
    reserved_toman: int
    free_toman: int
    contributed_toman: int
    given_toman: int
    assessed_toman: int
    recovered_toman: int
    paid_toman: int
    lost_toman: int
    expected_toman: int
    open_claim_count: int


@dataclass(frozen=True, slots=True)
class FundShown:
    """The whole page. `written_at` is None while nothing ever moved; `digest` is the last one, `days` the newest."""

    written_at: datetime | None
    balance_toman: int
    reserved_toman: int
    free_toman: int
    totals: TotalsShown
    rules: RulesShown
    bars: tuple[BarShown, ...]
    chart: Areas | None
    lines: tuple[LineShown, ...]
    kind: str
    older: int | None
    line_count: int
    digest: str
    expected: ExpectedShown | None
    steps: tuple[StepShown, ...]
    changes: tuple[CoverageChange, ...]
    categories: tuple[CategoryShown, ...]
    times: TimesShown | None
    examples: tuple[ExampleShown, ...]
    example_month: ExampleMonth
    months: tuple[MonthShown, ...]
    waiting_toman: int
    waiting_count: int
    days: tuple[DayShown, ...]
