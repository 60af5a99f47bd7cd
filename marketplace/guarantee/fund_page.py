"""The public page of the fund: its sums, days, lines and formulas, all from the book. The number of statements is
constant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from marketplace.core.areas import Areas, Flow, Words, areas
from marketplace.core.language import t
from marketplace.core.web import jdate, number, tenths
from marketplace.guarantee.book_lines import IN_KINDS, Head, LineKind
from marketplace.guarantee.book_models import CoverageStep, FundDay, FundLine, FundMonth
from marketplace.guarantee.book_queries import head, lines_before, newest_days, sums_by_kind
from marketplace.guarantee.claim_figures import categories, decision_hours, waiting_claims
from marketplace.guarantee.fund_rules import (
    cover_of,
    coverage_on,
    ratio_percent,
    share_month,
    step_of_coverage,
)
from marketplace.guarantee.fund_shown import (
    BarShown,
    CoverageChange,
    DayShown,
    ExampleMonth,
    ExampleShown,
    ExpectedShown,
    FundShown,
    LineShown,
    MonthShown,
    RulesShown,
    StepShown,
    TimesShown,
    TotalsShown,
)
from marketplace.guarantee.fund_words import amount_words, month_words, words_of_lines
from marketplace.guarantee.month_queries import coverage_changes, months
from marketplace.policy.policy import Policy, policy_at

CHART_DAYS, DAYS = 45, 100
LINES = 10
FILTERS = {
    "all": (),
    "in": IN_KINDS[:3],
    "reserved": (LineKind.reserved, LineKind.released),
    "paid": (LineKind.paid,),
    "recovered": (LineKind.recovered, LineKind.written_off),
}
"""What the list of lines can be narrowed to."""
LOOKS = {
    LineKind.contribution: ("fz", "plus"),
    LineKind.gift: ("fz", "gift"),
    LineKind.assessment: ("fz", "plus"),
    LineKind.recovered: ("ps", "undo"),
    LineKind.reserved: ("zf", "clock"),
    LineKind.released: ("plain", "undo"),
    LineKind.paid: ("an", "card"),
    LineKind.written_off: ("plain", "minus"),
    LineKind.other: ("plain", "minus"),
}
EXAMPLE_LOSSES = (8_000_000, 6_000_000)
EXAMPLE_MONTH = (10_000_000, (5_000_000, 4_200_000, 3_300_001))
"""What is free, and what three approved claims want: the month of the tests."""


def show_fund(at: datetime, kind: str = "all", before: int | None = None) -> FundShown:
    """The book as the public reads it; the list of lines below a number and of one kind."""
    policy, last, days = policy_at(at), head(), newest_days(DAYS)
    today = days[-1] if days else None
    kind = kind if kind in FILTERS else "all"
    lines = lines_before(before, FILTERS[kind], LINES + 1)
    hours = decision_hours(at)
    waiting = waiting_claims()
    sums = sums_by_kind()
    return FundShown(
        written_at=today.computed_at if today else None,
        balance_toman=last.balance_toman,
        reserved_toman=last.reserved_toman,
        free_toman=last.balance_toman - last.reserved_toman,
        totals=_totals(sums),
        rules=_rules(policy),
        bars=_bars(_totals(sums), last, policy),
        chart=_chart(days[-CHART_DAYS:]) if days else None,
        lines=_lines(lines[:LINES]),
        kind=kind,
        older=lines[LINES - 1].number if len(lines) > LINES else None,
        line_count=last.number,
        digest=last.digest,
        expected=_expected(today, policy) if today else None,
        steps=_steps(policy),
        changes=tuple(_change(row) for row in coverage_changes()),
        categories=tuple(categories()),
        times=TimesShown(len(hours), _at_share(hours, 50), _at_share(hours, 90)) if hours else None,
        examples=_examples(policy),
        example_month=_example_month(),
        months=tuple(_month(row) for row in months()),
        waiting_toman=waiting.toman,
        waiting_count=waiting.count,
        days=tuple(day_shown(day) for day in days),
    )


def day_shown(day: FundDay) -> DayShown:
    """A row of the days as it is read."""
    return DayShown(**{name: getattr(day, name) for name in DayShown.__slots__})


def _totals(sums: dict[LineKind, tuple[int, int]]) -> TotalsShown:
    def of(kind: LineKind) -> int:
        return sums.get(kind, (0, 0))[0]

    return TotalsShown(
        contributed_toman=of(LineKind.contribution),
        contribution_count=sums.get(LineKind.contribution, (0, 0))[1],
        given_toman=of(LineKind.gift),
        assessed_toman=of(LineKind.assessment),
        recovered_toman=of(LineKind.recovered),
        paid_toman=-of(LineKind.paid),
        lost_toman=-of(LineKind.written_off) - of(LineKind.other),
    )


def _rules(policy: Policy) -> RulesShown:
    return RulesShown(
        coverage_percent=policy.fund_coverage_percent,
        full_coverage_percent=policy.fund_full_coverage_percent,
        cap_per_order_toman=policy.fund_cap_per_order_toman,
        cap_per_person_toman=policy.fund_cap_per_person_toman,
        least_loss_toman=policy.fund_least_loss_toman,
        contribution_permille=policy.fund_contribution_permille,
        floor_toman=policy.fund_floor_toman,
        assessment_months=policy.fund_assessment_months,
        store_line_percent=policy.fund_store_line_percent,
        store_line_least_toman=policy.fund_store_line_least_toman,
        decision_working_days=policy.claim_decision_working_days,
        payment_working_days=policy.claim_payment_working_days,
        payer_is_insurer=bool(policy.fund_payer_is_insurer),
    )


def _bars(totals: TotalsShown, last: Head, policy: Policy) -> tuple[BarShown, ...]:
    """What came, what left and what is put aside; together they make what is free."""
    rows = [
        ("contributed", "fz", totals.contributed_toman),
        ("given", "bright", totals.given_toman),
        ("assessed", "fz", totals.assessed_toman),
        ("recovered", "ps", totals.recovered_toman),
        ("paid", "an", -totals.paid_toman),
        ("lost", "an", -totals.lost_toman),
        ("reserved", "zf", -last.reserved_toman),
    ]
    most = max(abs(toman) for _, _, toman in rows) or 1
    seldom = ("assessed", "lost")
    return tuple(
        BarShown(
            key,
            t(f"fund.bar.{key}", permille=amount_words("fund_contribution_permille", policy)),
            tone,
            toman,
            max(abs(toman) * 100 // most, 1 if toman else 0),
        )
        for key, tone, toman in rows
        if toman or key not in seldom
    )


def _chart(days: Sequence[FundDay]) -> Areas:
    most = max(day.balance_toman for day in days)
    is_large = most >= 10_000_000

    def short(value: int) -> str:
        return tenths(value // 100_000) if is_large else number(value)

    unit = t("fund.millions") if is_large else t("ui.toman")
    return areas(
        Flow(
            [_day_words(day.day_on) for day in days],
            [day.free_toman for day in days],
            [day.reserved_toman for day in days],
            [day.paid_toman for day in days],
        ),
        Words(
            t("fund.chart", unit=unit),
            t(
                "fund.chart_summary",
                first=jdate(days[0].day_on),
                before=number(days[0].free_toman),
                last=jdate(days[-1].day_on),
                now=number(days[-1].free_toman),
            ),
            t("fund.day"),
            t("fund.free"),
            t("fund.reserved"),
            t("fund.paid_on_day"),
            lambda most_paid: t("fund.most_paid", most=most_paid, unit=unit),
        ),
        short,
        number,
    )


def _day_words(day: date) -> str:
    """The day without its year: a chart shows few weeks."""
    return jdate(day).rpartition(" ")[0]


def _lines(rows: Sequence[FundLine]) -> tuple[LineShown, ...]:
    words = words_of_lines(rows)
    return tuple(
        LineShown(
            row.number,
            row.day_on,
            row.kind.value,
            t(f"fund.kind.{row.kind.value}"),
            *LOOKS[LineKind(row.kind)],
            words[row.number],
            row.change_toman or -row.reserved_change_toman,
            row.balance_toman - row.reserved_toman,
            row.digest,
        )
        for row in rows
    )


def _expected(day: FundDay, policy: Policy) -> ExpectedShown:
    return ExpectedShown(
        measured_at=day.computed_at,
        exposure_toman=day.exposure_toman,
        order_count=day.protected_count,
        permille=policy.fund_expected_permille,
        asked_toman=day.asked_toman,
        claim_count=day.open_claim_count,
        expected_toman=day.expected_toman,
        ratio_percent=ratio_percent(day.free_toman, day.expected_toman),
    )


def _steps(policy: Policy) -> tuple[StepShown, ...]:
    now = step_of_coverage(policy.fund_coverage_percent, policy)
    bounds = (None, policy.fund_step_one_below_percent, policy.fund_step_two_below_percent)
    return tuple(StepShown(bound, coverage_on(n, policy), n == now) for n, bound in enumerate(bounds))


def _change(row: CoverageStep) -> CoverageChange:
    return CoverageChange(row.percent, row.from_at, row.free_toman, row.expected_toman)


def _examples(policy: Policy) -> tuple[ExampleShown, ...]:
    """Two claims of one person in one edition: the second meets what the first left of the person's cap."""
    left, shown = policy.fund_cap_per_person_toman, []
    for place, loss in enumerate(EXAMPLE_LOSSES):
        share = loss * policy.fund_coverage_percent // 100
        paid = min(cover_of(loss, policy), left)
        cap = policy.fund_cap_per_order_toman
        shown.append(ExampleShown(loss, share, cap, left if place else None, paid))
        left -= paid
    return tuple(shown)


def _example_month() -> ExampleMonth:
    free, wanted = EXAMPLE_MONTH
    shares = share_month(free, dict(enumerate(wanted)))
    return ExampleMonth(free, sum(wanted), tuple(shares[n] for n in range(len(wanted))))


def _month(row: FundMonth) -> MonthShown:
    return MonthShown(
        month_words(row.month),
        row.free_toman,
        row.wanted_toman,
        row.given_toman,
        row.carried_toman,
        row.claim_count,
    )


def _at_share(hours: Sequence[int], percent: int) -> int:
    """The smallest of sorted values that at least this share does not exceed."""
    return hours[max(0, -(-len(hours) * percent // 100) - 1)]
