"""What runs by itself: job kind -> function, and sweep -> period in seconds."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.approvals import lapse_approvals
from marketplace.accounts.challenges import forget_spent_challenges
from marketplace.accounts.codes import forget_old_codes
from marketplace.accounts.readings import forget_old_readings
from marketplace.accounts.second import forget_old_misses
from marketplace.accounts.sessions import forget_old_sessions
from marketplace.complaints.clocks import close_complaints, end_silence, escalate_overdue, remind_stores
from marketplace.complaints.pausing import JOB_KINDS as PAUSE_JOBS
from marketplace.complaints.pausing import move_deadlines
from marketplace.complaints.performance import refresh_records
from marketplace.complaints.revocation import move_cases
from marketplace.core.audit_digests import publish_digest
from marketplace.core.idempotency import forget_kept_answers
from marketplace.core.jobs import JobKind
from marketplace.core.stamps import add_up_stamps
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.imports import JOB_KINDS as IMPORT_JOBS
from marketplace.festival.imports import forget_imports
from marketplace.festival.matching import JOB_KINDS as MATCHING_JOBS
from marketplace.festival.offer_windows import begin_offers, end_offers
from marketplace.festival.shelf_words import collect_words
from marketplace.festival.telling import JOB_KINDS as TELLING_JOBS
from marketplace.festival.telling import reject_unanswered_revisions, tell_decisions
from marketplace.festival.waiting_list import fill_vacancies, refresh_scores
from marketplace.files.evidence import forget_orphans
from marketplace.guarantee import assessments
from marketplace.guarantee.book import measure_exposure, write_book
from marketplace.guarantee.claim_clocks import SWEEPS as CLAIM_SWEEPS
from marketplace.guarantee.month_end import share_waiting, step_coverage
from marketplace.inspections.guidelines import ask_for_acknowledgements
from marketplace.inspections.mending import end_mending_time
from marketplace.lottery.beacons import JOB_KINDS as BEACON_JOBS
from marketplace.lottery.beacons import wait_for_beacons
from marketplace.lottery.cost_share import fix_plans
from marketplace.lottery.listing import list_stages, open_draws
from marketplace.lottery.prizes import lapse_prizes, settle_draws
from marketplace.lottery.rings import find_rings
from marketplace.messages.sending import send_queued
from marketplace.orders.deadlines import (
    close_store_orders,
    deliver_by_time,
    end_due_returns,
    remind_of_shipping,
)
from marketplace.orders.first_accounts import hand_over_accounts
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.payout_run import weekly_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from marketplace.oversight.black_box import JOB_KINDS as BOX_JOBS
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.picking import JOB_KINDS as SPOT_JOBS
from marketplace.oversight.picking import end_spot_checks
from marketplace.oversight.shipping import check_shipping
from marketplace.payments.disputes import JOB_KINDS as DISPUTE_JOBS
from marketplace.payments.disputes import ask_open_disputes
from marketplace.payments.errands import JOB_KINDS as PAYMENT_JOBS
from marketplace.payments.reconciliation import reconcile_payments
from marketplace.payments.reconciling import JOB_KINDS as RECONCILE_JOBS
from marketplace.payments.reconciling import reconcile_daily
from marketplace.payments.transfer_errands import JOB_KINDS as TRANSFER_JOBS
from marketplace.payments.webhooks import JOB_KINDS as WEBHOOK_JOBS
from marketplace.stats.rollups import refresh_figures
from marketplace.storefront.counting import look_after_facets
from marketplace.storefront.data_copies import COPY_KIND, forget_old_copies
from marketplace.storefront.my_data import delete_due_accounts
from marketplace.stores.chores import PAPER_JOBS, PAPER_SWEEPS
from marketplace.suspicions.filing import watch_suspicions
from marketplace.suspicions.hearing import end_holds
from marketplace.suspicions.keeping import forget_suspicions
from marketplace.wiring.shape import Sweep


def _in_a_unit(verb: Sweep) -> Sweep:
    """A verb as a sweep: it writes in a unit of its own."""

    def sweep_alone(at: datetime) -> int:
        with unit_of_work():
            return verb(at)

    return sweep_alone


JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        *PAYMENT_JOBS,
        *DISPUTE_JOBS,
        *RECONCILE_JOBS,
        *TRANSFER_JOBS,
        *WEBHOOK_JOBS,
        *MATCHING_JOBS,
        *TELLING_JOBS,
        *IMPORT_JOBS,
        *BEACON_JOBS,
        *SPOT_JOBS,
        *PAUSE_JOBS,
        COPY_KIND,
        *PAPER_JOBS,
        *BOX_JOBS,
    )
}

SWEEPS: dict[str, tuple[Sweep, int]] = {
    "give_back_expired_holds": (give_back_expired_holds, 10),
    "close_pages_of_fallen_offers": (close_pages_of_fallen_offers, 5),
    "reconcile_payments": (reconcile_payments, 20),
    "reconcile_daily": (reconcile_daily, 600),
    "ask_open_disputes": (ask_open_disputes, 600),
    "tell_decisions": (tell_decisions, 5),
    "fill_vacancies": (fill_vacancies, 60),
    "refresh_scores": (refresh_scores, 60),
    "reject_unanswered_revisions": (reject_unanswered_revisions, 300),
    "move_deadlines": (move_deadlines, 2),
    "escalate_overdue": (escalate_overdue, 2),
    "remind_stores": (remind_stores, 30),
    "end_silence": (end_silence, 60),
    "close_complaints": (close_complaints, 60),
    "move_cases": (move_cases, 30),
    "refresh_records": (refresh_records, 5),
    "look_after_facets": (look_after_facets, 5),
    "deliver_by_time": (deliver_by_time, 600),
    "close_store_orders": (close_store_orders, 60),
    "hand_over_accounts": (_in_a_unit(hand_over_accounts), 60),
    "remind_of_shipping": (remind_of_shipping, 300),
    "end_due_returns": (end_due_returns, 300),
    "settle_closed_store_orders": (settle_closed_store_orders, 60),
    "write_statements": (write_statements, 300),
    "weekly_payouts": (weekly_payouts, 300),
    "write_fund_book": (write_book, 60),
    "measure_exposure": (measure_exposure, 600),
    "collect_assessments": (assessments.collect_assessments, 300),
    "share_waiting": (share_waiting, 60),
    "step_coverage": (step_coverage, 60),
    "begin_offers": (begin_offers, 5),
    "collect_words": (collect_words, 5),
    "end_offers": (end_offers, 60),
    "forget_imports": (_in_a_unit(forget_imports), 3600),
    "end_spot_checks": (end_spot_checks, 10),
    "check_shipping": (check_shipping, 15),
    "check_deadlines": (check_deadlines, 15),
    "watch_kits": (watch_kits, 120),
    "end_mending_time": (end_mending_time, 60),
    "ask_for_acknowledgements": (ask_for_acknowledgements, 30),
    "open_draws": (open_draws, 60),
    "list_stages": (list_stages, 60),
    "wait_for_beacons": (wait_for_beacons, 5),
    "lapse_prizes": (lapse_prizes, 300),
    "settle_draws": (settle_draws, 300),
    **CLAIM_SWEEPS,
    "fix_plans": (fix_plans, 300),
    "find_rings": (find_rings, 900),
    "watch_suspicions": (watch_suspicions, 3600),
    "end_suspicion_holds": (end_holds, 300),
    "forget_suspicions": (_in_a_unit(forget_suspicions), 3600),
    "refresh_figures": (refresh_figures, 10),
    "publish_digest": (publish_digest, 300),
    "send_queued": (send_queued, 1),
    "forget_old_readings": (_in_a_unit(forget_old_readings), 3600),
    "lapse_approvals": (_in_a_unit(lapse_approvals), 60),
    **{name: (_in_a_unit(verb), period) for name, (verb, period) in PAPER_SWEEPS.items()},
    "forget_spent_challenges": (_in_a_unit(forget_spent_challenges), 600),
    "forget_old_codes": (_in_a_unit(forget_old_codes), 3600),
    "forget_old_misses": (_in_a_unit(forget_old_misses), 3600),
    "forget_old_sessions": (_in_a_unit(forget_old_sessions), 3600),
    "delete_due_accounts": (delete_due_accounts, 600),
    "forget_old_copies": (forget_old_copies, 3600),
    "forget_orphan_files": (forget_orphans, 3600),
    "forget_kept_answers": (_in_a_unit(forget_kept_answers), 3600),
    "add_up_stamps": (_in_a_unit(add_up_stamps), 300),
}
