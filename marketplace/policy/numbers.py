"""What each number of the policy is: its part of the house, its unit, where it comes from, and its bounds.

Words for people are `policy.<name>` and `policy.<name>.meaning` in the catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.policy.policy import POLICY_NAMES


class Part(StrEnum):
    """The parts of the rules, in the order in which the editor shows them."""

    admission = "admission"
    offers = "offers"
    shipping = "shipping"
    buying = "buying"
    complaints = "complaints"
    record = "record"
    fund = "fund"
    lottery = "lottery"
    settlement = "settlement"
    clearance = "clearance"
    accounts = "accounts"
    suspicions = "suspicions"
    other = "other"


class Source(StrEnum):
    """seed: the festival's own rule; law: a statute or a rule of the guild; ours: the office's choice."""

    seed = "seed"
    law = "law"
    ours = "ours"


class Unit(StrEnum):
    """How a value reads. A permille is shown in percent; a switch is 0 or 1."""

    toman = "toman"
    percent = "percent"
    permille = "permille"
    months = "months"
    days = "days"
    working_days = "working_days"
    hours = "hours"
    minutes = "minutes"
    points = "points"
    times = "times"
    number = "number"
    switch = "switch"


MOST = {
    Unit.toman: 10**12,
    Unit.percent: 100,
    Unit.permille: 1000,
    Unit.months: 120,
    Unit.days: 3650,
    Unit.working_days: 365,
    Unit.hours: 8760,
    Unit.minutes: 1440,
    Unit.points: 100,
    Unit.times: 100,
    Unit.number: 1_000_000,
    Unit.switch: 1,
}
"""The highest value of a unit, where a number has no bound of its own."""
TWO_PERSONS = frozenset({Part.fund, Part.lottery, Part.settlement})
"""Money and the draw: nobody changes their numbers alone."""
BY_RULE = frozenset({"fund_coverage_percent"})
"""Numbers that a written rule moves, and nobody by hand."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the policy; `least` and `most` are inclusive."""

    name: str
    part: Part
    unit: Unit
    source: Source
    least: int
    most: int

    @property
    def needs_two(self) -> bool:
        """Whether a change needs a second person: whatever is money or belongs to the draw."""
        return self.unit is Unit.toman or self.part in TWO_PERSONS

    @property
    def is_by_rule(self) -> bool:
        """Whether a written rule alone moves it."""
        return self.name in BY_RULE


_SEED, _LAW, _OURS = Source.seed, Source.law, Source.ours
_TABLE: dict[Part, tuple[tuple[str, Source, int, int | None], ...]] = {
    Part.admission: (
        ("capacity_stores", _SEED, 1, 100_000),
        ("application_answer_days", _OURS, 1, 60),
        ("application_revision_days", _OURS, 1, 60),
        ("application_appeal_days", _OURS, 1, 60),
        ("decision_undo_minutes", _OURS, 0, 120),
        ("waiting_list_hours", _OURS, 1, 240),
        ("score_stars_points", _OURS, 0, None),
        ("score_record_points", _OURS, 0, None),
        ("score_hard_hit_points", _OURS, 0, None),
        ("score_balance_points", _OURS, 0, None),
        ("seal_valid_days", _OURS, 30, None),
        ("seal_again_months", _OURS, 0, 60),
        ("expiry_first_reminder_days", _OURS, 1, 365),
        ("expiry_second_reminder_days", _OURS, 1, 365),
        ("expiry_last_reminder_days", _OURS, 1, 365),
    ),
    Part.offers: (
        ("min_discount_percent", _LAW, 0, 90),
        ("unusual_discount_percent", _OURS, 1, 100),
        ("reference_days", _OURS, 1, 365),
    ),
    Part.shipping: (
        ("free_shipping_above_toman", _SEED, 0, 10**9),
        ("ship_within_working_days", _OURS, 1, 30),
        ("ship_reminder_hours", _OURS, 1, 240),
        ("delivered_after_days", _OURS, 1, 90),
        ("kit_warning_reports", _OURS, 1, 100),
        ("kit_freeze_reports", _OURS, 1, 100),
        ("kit_hearing_hours", _OURS, 1, 720),
    ),
    Part.buying: (
        ("hold_minutes", _OURS, 30, 180),
        ("withdrawal_working_days", _LAW, 7, 60),
        ("return_send_days", _OURS, 1, 60),
        ("return_answer_days", _OURS, 1, 60),
        ("vat_percent", _LAW, 0, 50),
    ),
    Part.complaints: (
        ("complaint_answer_hours", _SEED, 24, 720),
        ("complaint_window_days", _OURS, 1, 365),
        ("complaint_first_reminder_hours", _OURS, 1, 720),
        ("complaint_second_reminder_hours", _OURS, 1, 720),
        ("complaint_last_reminder_hours", _OURS, 1, 720),
        ("complaint_evaluation_days", _OURS, 1, 60),
        ("complaint_withdrawal_hours", _OURS, 0, 240),
        ("review_change_days", _OURS, 0, 90),
    ),
    Part.record: (
        ("complaint_count_days", _OURS, 30, 1825),
        ("complaint_warn_from", _OURS, 1, 1000),
        ("complaint_limit", _SEED, 1, 1000),
        ("complaint_every_registered_counts", _SEED, 0, 1),
        ("late_answer_days", _OURS, 1, 365),
        ("late_answers_per_star", _SEED, 1, 100),
        ("revocation_defence_days", _OURS, 1, 60),
        ("revocation_appeal_days", _OURS, 1, 60),
        ("record_least_orders", _OURS, 0, 1000),
        ("record_least_closed", _OURS, 0, 1000),
    ),
    Part.fund: (
        ("fund_coverage_percent", _OURS, 1, 100),
        ("fund_cap_per_order_toman", _OURS, 0, None),
        ("fund_cap_per_person_toman", _OURS, 0, None),
        ("fund_least_loss_toman", _OURS, 0, None),
        ("fund_contribution_permille", _OURS, 0, 100),
        ("fund_full_coverage_percent", _OURS, 1, 100),
        ("fund_floor_toman", _OURS, 0, None),
        ("fund_assessment_months", _OURS, 1, 60),
        ("fund_expected_permille", _OURS, 0, 1000),
        ("fund_store_line_percent", _OURS, 1, 100),
        ("fund_store_line_least_toman", _OURS, 0, None),
        ("fund_store_amber_percent", _OURS, 1, 100),
        ("fund_step_one_below_percent", _OURS, 1, 100),
        ("fund_step_one_coverage_percent", _OURS, 1, 100),
        ("fund_step_two_below_percent", _OURS, 0, 100),
        ("fund_step_two_coverage_percent", _OURS, 1, 100),
        ("fund_payer_is_insurer", _SEED, 0, 1),
        ("claim_window_days", _OURS, 1, 365),
        ("claim_extra_days", _OURS, 0, 365),
        ("claim_answer_hours", _OURS, 1, 720),
        ("claim_evidence_hours", _OURS, 1, 720),
        ("claim_decision_working_days", _OURS, 1, 60),
        ("claim_two_adjudicators_above_toman", _OURS, 0, None),
        ("claim_appeal_days", _OURS, 1, 60),
        ("claim_payment_working_days", _OURS, 1, 60),
        ("recourse_due_days", _OURS, 1, 365),
    ),
    Part.lottery: (
        ("entries_per_order", _OURS, 0, 1000),
        ("entries_step_toman", _OURS, 1_000, None),
        ("entries_cap", _OURS, 1, 1_000_000),
        ("lottery_freeze_hours", _OURS, 2, 720),
        ("lottery_skip_list_hours", _OURS, 1, 72),
        ("lottery_winners_told_hours", _OURS, 1, 240),
        ("prize_claim_days", _OURS, 1, 60),
        ("redraw_step_days", _OURS, 2, 90),
        ("redraw_notice_hours", _OURS, 1, 240),
        ("redraw_most", _OURS, 0, 10),
        ("sponsor_deadline_days", _OURS, 0, 90),
        ("cost_share_equal_percent", _OURS, 0, 100),
        ("cost_share_cap_times", _OURS, 1, 100),
    ),
    Part.settlement: (
        ("payout_least_toman", _OURS, 0, None),
        ("paya_most_toman", _LAW, 0, None),
        ("payout_account_rest_hours", _OURS, 0, 720),
        ("payouts_by_gateway", _OURS, 0, 1),
    ),
    Part.clearance: (
        ("clearance_hours", _SEED, 24, 720),
        ("clearance_amber_hours", _OURS, 1, 720),
        ("clearance_red_hours", _OURS, 1, 720),
        ("clearance_valid_days", _OURS, 30, None),
        ("clearance_objection_days", _OURS, 1, 60),
        ("finding_minor_days", _OURS, 1, 90),
        ("finding_major_hours", _OURS, 1, 720),
        ("risk_never_visited", _OURS, 0, 100),
        ("risk_long_ago", _OURS, 0, 100),
        ("risk_visit_old_days", _OURS, 1, 730),
        ("risk_each_finding", _OURS, 0, 100),
        ("risk_most_findings", _OURS, 0, 100),
        ("risk_each_complaint", _OURS, 0, 100),
        ("risk_most_complaints", _OURS, 0, 100),
        ("risk_each_kit_report", _OURS, 0, 100),
        ("risk_most_kit_reports", _OURS, 0, 100),
        ("risk_permits", _OURS, 0, 100),
        ("risk_food", _OURS, 0, 100),
        ("risk_look_back_days", _OURS, 1, 730),
        ("spot_check_most_stores", _OURS, 1, 1000),
        ("spot_check_visits_a_day", _OURS, 1, 100),
        ("spot_check_lead_minutes", _OURS, 1, 1440),
        ("spot_check_lead_days", _OURS, 1, 30),
    ),
    Part.accounts: (
        ("challenge_bits", _OURS, 0, 24),
        ("challenge_after_percent", _OURS, 10, 100),
        ("challenge_minutes", _OURS, 1, 60),
    ),
    Part.suspicions: (
        ("suspicion_answer_days", _OURS, 3, 60),
        ("suspicion_hold_days", _OURS, 1, 60),
        ("suspicion_keep_days", _OURS, 30, None),
        ("suspect_window_days", _OURS, 7, 365),
        ("suspect_self_orders", _OURS, 1, 1000),
        ("suspect_step_orders", _OURS, 2, 1000),
        ("suspect_step_margin_percent", _OURS, 0, 50),
        ("suspect_undone_orders", _OURS, 2, 1000),
        ("suspect_farming_percent", _OURS, 1, 100),
        ("suspect_refunds", _OURS, 2, 1000),
        ("suspect_refund_percent", _OURS, 1, 100),
        ("suspect_store_refunds", _OURS, 2, 100_000),
        ("suspect_linked_accounts", _OURS, 2, 1000),
        ("suspect_claims", _OURS, 2, 1000),
        ("suspect_claim_percent", _OURS, 1, 100),
        ("suspect_same_file_cases", _OURS, 2, 1000),
        ("suspect_ring_persons", _OURS, 2, 1000),
        ("suspect_ring_stores", _OURS, 1, 1000),
        ("suspect_ring_hours", _OURS, 1, 168),
    ),
}
_UNITS = {
    "score_stars_points": Unit.points,
    "cost_share_cap_times": Unit.times,
    "complaint_every_registered_counts": Unit.switch,
    "fund_payer_is_insurer": Unit.switch,
    "payouts_by_gateway": Unit.switch,
}


def unit_of(name: str) -> Unit:
    """The unit that a name ends in; a plain count when it ends in none."""
    if name in _UNITS:
        return _UNITS[name]
    if name.endswith("_working_days"):
        return Unit.working_days
    last = name.rpartition("_")[2]
    return Unit(last) if last in Unit.__members__ else Unit.number


def _numbers() -> Iterator[Number]:
    listed = {row[0] for rows in _TABLE.values() for row in rows}
    for part, rows in _TABLE.items():
        for name, source, least, most in rows:
            unit = unit_of(name)
            if name in POLICY_NAMES:
                yield Number(name, part, unit, source, least, MOST[unit] if most is None else most)
    for name in POLICY_NAMES:
        if name not in listed:
            yield Number(name, Part.other, unit_of(name), _OURS, 0, MOST[unit_of(name)])


NUMBERS: dict[str, Number] = {number.name: number for number in _numbers()}
"""Every number of the policy by name, part by part."""
