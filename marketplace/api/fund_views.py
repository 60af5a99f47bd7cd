"""The guarantee fund's book, for everybody."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from marketplace.accounts.access import public
from marketplace.api.answers import absolute, answer
from marketplace.api.blueprint import answers, call
from marketplace.api.schemas.fund import ClaimFigures, Fund
from marketplace.core import clock
from marketplace.guarantee.fund_page import show_fund as fund_shown


@call("GET", "/fund", "fund")
@public
@answers(200, Fund)
def show_fund() -> Response:
    """The book: balance, reserved, free, sums, days, what is expected and by which formula, claims by outcome."""
    fund = fund_shown(clock.now())
    names = set(ClaimFigures().fields)
    return answer(
        {
            "written_at": fund.written_at,
            "balance_toman": fund.balance_toman,
            "reserved_toman": fund.reserved_toman,
            "free_toman": fund.free_toman,
            "waiting_toman": fund.waiting_toman,
            "waiting_count": fund.waiting_count,
            "totals": asdict(fund.totals),
            "rules": asdict(fund.rules),
            "expected": asdict(fund.expected) if fund.expected else None,
            "claims": [
                {name: value for name, value in asdict(row).items() if name in names}
                for row in fund.categories
            ],
            "decision_times": asdict(fund.times) if fund.times else None,
            "days": [asdict(day) for day in fund.days],
            "line_count": fund.line_count,
            "digest": fund.digest,
            "lines_url": absolute("/fund/lines.csv"),
            "days_url": absolute("/fund/days.csv"),
        }
    )
