"""The policy in force at a moment, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, func, select

from marketplace.core.db import Moment
from marketplace.core.ready import Ready
from marketplace.core.remembered import present, remembered
from marketplace.policy.models import PolicyRow


@dataclass(frozen=True, slots=True)
class Policy:
    """Every number of the festival's rules. Defaults are the first edition's; rows override them by name.

    Sources: the free-shipping threshold, the pledges and the seven-day clock are the festival's own rule; the
    least discount is the guild's rule for special sales; the rest are the office's choices.
    """

    free_shipping_above_toman: int = 100_000
    min_discount_percent: int = 15
    unusual_discount_percent: int = 60
    reference_days: int = 30
    hold_minutes: int = 30
    kit_warning_reports: int = 3
    kit_freeze_reports: int = 5
    entries_per_order: int = 1
    entries_step_toman: int = 100_000
    entries_cap: int = 50
    capacity_stores: int = 300
    application_answer_days: int = 10
    application_revision_days: int = 7
    application_appeal_days: int = 7
    decision_undo_minutes: int = 10
    waiting_list_hours: int = 24
    score_stars_points: int = 30
    score_record_points: int = 25
    score_hard_hit_points: int = 25
    score_balance_points: int = 20
    ship_within_working_days: int = 2
    ship_reminder_hours: int = 24
    delivered_after_days: int = 10
    withdrawal_working_days: int = 7
    return_send_days: int = 10
    return_answer_days: int = 10
    vat_percent: int = 10
    complaint_answer_hours: int = 168
    complaint_window_days: int = 60
    complaint_withdrawal_hours: int = 48
    complaint_evaluation_days: int = 10
    complaint_count_days: int = 365
    complaint_warn_from: int = 5
    complaint_limit: int = 7
    complaint_every_registered_counts: int = 0
    late_answer_days: int = 90
    late_answers_per_star: int = 3
    revocation_defence_days: int = 7
    revocation_appeal_days: int = 7
    record_least_orders: int = 10
    record_least_closed: int = 5
    complaint_first_reminder_hours: int = 72
    complaint_second_reminder_hours: int = 24
    complaint_last_reminder_hours: int = 2
    fund_coverage_percent: int = 70
    fund_cap_per_order_toman: int = 5_000_000
    fund_cap_per_person_toman: int = 10_000_000
    fund_least_loss_toman: int = 50_000
    fund_contribution_permille: int = 5
    fund_full_coverage_percent: int = 70
    fund_floor_toman: int = 300_000_000
    fund_assessment_months: int = 12
    fund_expected_permille: int = 20
    fund_store_line_percent: int = 10
    fund_store_line_least_toman: int = 20_000_000
    fund_store_amber_percent: int = 80
    fund_step_one_below_percent: int = 100
    fund_step_one_coverage_percent: int = 60
    fund_step_two_below_percent: int = 50
    fund_step_two_coverage_percent: int = 50
    payout_least_toman: int = 50_000
    paya_most_toman: int = 100_000_000
    payout_account_rest_hours: int = 48
    payouts_by_gateway: int = 0
    fund_payer_is_insurer: int = 0
    claim_window_days: int = 30
    claim_extra_days: int = 30
    claim_answer_hours: int = 72
    claim_evidence_hours: int = 72
    claim_decision_working_days: int = 10
    claim_two_adjudicators_above_toman: int = 2_000_000
    claim_appeal_days: int = 7
    claim_payment_working_days: int = 3
    recourse_due_days: int = 30
    lottery_freeze_hours: int = 48
    lottery_skip_list_hours: int = 1
    lottery_winners_told_hours: int = 24
    prize_claim_days: int = 7
    redraw_step_days: int = 12
    redraw_notice_hours: int = 24
    redraw_most: int = 3
    sponsor_deadline_days: int = 7
    cost_share_equal_percent: int = 30
    cost_share_cap_times: int = 3
    finding_minor_days: int = 7
    finding_major_hours: int = 48
    kit_hearing_hours: int = 72
    risk_never_visited: int = 3
    risk_long_ago: int = 2
    risk_visit_old_days: int = 180
    risk_each_finding: int = 3
    risk_most_findings: int = 9
    risk_each_complaint: int = 2
    risk_most_complaints: int = 8
    risk_each_kit_report: int = 1
    risk_most_kit_reports: int = 5
    risk_permits: int = 2
    risk_food: int = 2
    risk_look_back_days: int = 365
    spot_check_most_stores: int = 100
    spot_check_visits_a_day: int = 5
    spot_check_lead_minutes: int = 10
    spot_check_lead_days: int = 7
    seal_valid_days: int = 730
    seal_again_months: int = 6
    expiry_first_reminder_days: int = 60
    expiry_second_reminder_days: int = 30
    expiry_last_reminder_days: int = 7
    clearance_hours: int = 120
    clearance_amber_hours: int = 72
    clearance_red_hours: int = 96
    clearance_valid_days: int = 365
    clearance_objection_days: int = 15
    review_change_days: int = 14
    challenge_bits: int = 18
    challenge_after_percent: int = 80
    challenge_minutes: int = 10
    suspicion_answer_days: int = 7
    suspicion_hold_days: int = 14
    suspicion_keep_days: int = 730
    suspect_window_days: int = 90
    suspect_self_orders: int = 3
    suspect_step_orders: int = 8
    suspect_step_margin_percent: int = 5
    suspect_undone_orders: int = 5
    suspect_farming_percent: int = 30
    suspect_refunds: int = 5
    suspect_refund_percent: int = 50
    suspect_store_refunds: int = 20
    suspect_linked_accounts: int = 4
    suspect_claims: int = 3
    suspect_claim_percent: int = 40
    suspect_same_file_cases: int = 2
    suspect_ring_persons: int = 3
    suspect_ring_stores: int = 2
    suspect_ring_hours: int = 6


POLICY_NAMES = tuple(f.name for f in fields(Policy))

_LATEST = (
    select(PolicyRow.name, func.max(PolicyRow.effective_from).label("since"))
    .where(PolicyRow.effective_from <= bindparam("at", type_=Moment()))
    .group_by(PolicyRow.name)
    .subquery()
)
_IN_FORCE = Ready(
    select(PolicyRow.name, PolicyRow.value).join(
        _LATEST, (PolicyRow.name == _LATEST.c.name) & (PolicyRow.effective_from == _LATEST.c.since)
    )
)


def policy_at(at: datetime) -> Policy:
    """The numbers in force at a moment. Unknown row names are ignored."""
    here = present()
    if here is not None and here.at <= at < here.until:
        return remembered(lambda: _policy_at(at), "policy at this moment")
    return _policy_at(at)


def _policy_at(at: datetime) -> Policy:
    return _policy_of(frozenset(_IN_FORCE.all(at=at)))


@lru_cache(maxsize=64)
def _policy_of(rows: frozenset[tuple[str, int]]) -> Policy:
    """The record of rows as they stand; a unit of work asks for the same again and again."""
    return Policy(**{name: value for name, value in rows if name in POLICY_NAMES})
