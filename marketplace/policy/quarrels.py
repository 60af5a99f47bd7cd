"""Numbers of the policy that may not contradict each other."""

from __future__ import annotations

from itertools import pairwise

ASCENDING: tuple[tuple[str, ...], ...] = (
    ("clearance_amber_hours", "clearance_red_hours", "clearance_hours"),
    (
        "complaint_last_reminder_hours",
        "complaint_second_reminder_hours",
        "complaint_first_reminder_hours",
        "complaint_answer_hours",
    ),
    ("expiry_last_reminder_days", "expiry_second_reminder_days", "expiry_first_reminder_days"),
    ("kit_warning_reports", "kit_freeze_reports"),
    ("lottery_skip_list_hours", "lottery_freeze_hours"),
    ("fund_least_loss_toman", "fund_cap_per_order_toman"),
    ("fund_step_two_below_percent", "fund_step_one_below_percent"),
    ("prize_claim_days", "redraw_step_days"),
)
"""Each row of names grows strictly, or a deadline would fall before its reminder."""
NOT_ABOVE: tuple[tuple[str, str], ...] = (
    ("risk_long_ago", "risk_never_visited"),
    ("risk_each_finding", "risk_most_findings"),
    ("risk_each_complaint", "risk_most_complaints"),
    ("risk_each_kit_report", "risk_most_kit_reports"),
    ("fund_cap_per_order_toman", "fund_cap_per_person_toman"),
    ("fund_coverage_percent", "fund_full_coverage_percent"),
    ("fund_step_one_coverage_percent", "fund_full_coverage_percent"),
    ("fund_step_two_coverage_percent", "fund_step_one_coverage_percent"),
    ("complaint_warn_from", "complaint_limit"),
    ("suspect_window_days", "suspicion_keep_days"),
)
"""The first of each pair is at most the second."""


def quarrels_of(values: dict[str, int]) -> list[tuple[str, str]]:
    """Pairs of numbers that contradict each other, the one that should be smaller first."""
    found = [
        (low, high)
        for row in ASCENDING
        for low, high in pairwise(row)
        if low in values and high in values and values[low] >= values[high]
    ]
    return found + [
        (low, high)
        for low, high in NOT_ABOVE
        if low in values and high in values and values[low] > values[high]
    ]
