"""The tables that join slices: event -> handlers, job kind -> function, sweep -> schedule.

Pages, addresses and commands of the app are in `doors.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from marketplace.accounts import last_use, limits
from marketplace.accounts.access import Visitor
from marketplace.accounts.approvals import ApprovalKind, lapse_approvals
from marketplace.accounts.challenges import forget_spent_challenges
from marketplace.accounts.codes import forget_old_codes
from marketplace.accounts.events import CodeIssued, SecondFactorChanged, SignedInAnew
from marketplace.accounts.models import Role
from marketplace.accounts.readings import forget_old_readings
from marketplace.accounts.second import forget_old_misses
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.sessions import forget_old_sessions
from marketplace.accounts.work import Terms
from marketplace.api import document
from marketplace.catalog.prices import broken_prices
from marketplace.complaints.clocks import close_complaints, end_silence, escalate_overdue, remind_stores
from marketplace.complaints.evidence import may_see_complaint_file
from marketplace.complaints.pausing import JOB_KINDS as PAUSE_JOBS
from marketplace.complaints.pausing import move_deadlines
from marketplace.complaints.performance import refresh_records
from marketplace.complaints.revocation import move_cases
from marketplace.core.audit_digests import CHECKS as AUDIT_CHECKS
from marketplace.core.audit_digests import publish_digest
from marketplace.core.box import BoxFolder, BoxPart
from marketplace.core.events import Handlers
from marketplace.core.health import Figure
from marketplace.core.idempotency import forget_kept_answers
from marketplace.core.jobs import JobKind
from marketplace.core.stamps import add_up_stamps
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.pictures import render_file
from marketplace.festival import pledge_editing
from marketplace.festival.application_queries import may_see_application
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.festival.imports import JOB_KINDS as IMPORT_JOBS
from marketplace.festival.imports import forget_imports
from marketplace.festival.matching import JOB_KINDS as MATCHING_JOBS
from marketplace.festival.offer_windows import begin_offers, end_offers
from marketplace.festival.shelf_words import collect_words
from marketplace.festival.telling import JOB_KINDS as TELLING_JOBS
from marketplace.festival.telling import reject_unanswered_revisions, tell_decisions
from marketplace.festival.waiting_list import fill_vacancies, refresh_scores
from marketplace.files.evidence import forget_orphans
from marketplace.guarantee import assessments, gifts, insurer
from marketplace.guarantee.book import measure_exposure, write_book
from marketplace.guarantee.book_invariants import CHECKS as FUND_BOOK_CHECKS
from marketplace.guarantee.claim_clocks import SWEEPS as CLAIM_SWEEPS
from marketplace.guarantee.claim_clocks import collect_from_failed_payout, collect_from_settlement
from marketplace.guarantee.claim_evidence import may_see_claim_file
from marketplace.guarantee.claim_invariants import CHECKS as CLAIM_CHECKS
from marketplace.guarantee.clawbacks import GIVE_UP, give_up
from marketplace.guarantee.making_good import hear_order_chargeback, hear_repayment
from marketplace.guarantee.month_end import share_waiting, step_coverage
from marketplace.guarantee.paying import ACTION as PAY_CLAIM
from marketplace.guarantee.paying import book_transfer as book_claim_transfer
from marketplace.guarantee.paying import hear_refund as hear_claim_refund
from marketplace.guarantee.paying_by_file import hear_transfer_paid, hear_transfer_refused
from marketplace.guarantee.recourse import WRITE_OFF, write_off
from marketplace.inspections.evidence import may_see_action, may_see_finding
from marketplace.inspections.guidelines import ask_for_acknowledgements
from marketplace.inspections.mending import end_mending_time
from marketplace.ledger.invariants import CHART_CHECKS
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.lottery.beacons import JOB_KINDS as BEACON_JOBS
from marketplace.lottery.beacons import wait_for_beacons
from marketplace.lottery.cost_acts import KINDS as COST_ACTS
from marketplace.lottery.cost_share import fix_plans
from marketplace.lottery.entries import grant_entries, void_entries
from marketplace.lottery.invariants import CHECKS as LOTTERY_CHECKS
from marketplace.lottery.listing import list_stages, open_draws
from marketplace.lottery.prizes import lapse_prizes, settle_draws
from marketplace.lottery.rings import find_rings
from marketplace.lottery.two_persons import KINDS as DRAW_ACTS
from marketplace.messages.events import HookDisabled
from marketplace.messages.notices import tell_code, tell_new_sign_in, tell_second_factor
from marketplace.messages.sending import send_queued
from marketplace.orders.after_notices import tell_refunded, tell_transferred
from marketplace.orders.cart import adopt_guest_cart
from marketplace.orders.chargebacks import hear_dispute, hear_dispute_won, take_chargeback
from marketplace.orders.deadlines import (
    close_store_orders,
    deliver_by_time,
    end_due_returns,
    remind_of_shipping,
)
from marketplace.orders.events import (
    OrderChargedBack,
    OrderPaid,
    StoreOrderCancelled,
    StoreOrderChargedBack,
    StoreOrderDelivered,
    StoreOrderRefunded,
    StoresSettled,
)
from marketplace.orders.first_accounts import hand_over_accounts
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.hook_events import hook_cancelled, hook_delivered, hook_paid, hook_refunded
from marketplace.orders.invariants import CHECKS as ORDER_CHECKS
from marketplace.orders.notices import tell_delivered, tell_order_paid
from marketplace.orders.payment import hear_failure, settle_refund, take_capture
from marketplace.orders.payout_run import weekly_payouts
from marketplace.orders.returns import may_see_return
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.settlement_invariants import CHECKS as SETTLEMENT_CHECKS
from marketplace.orders.statements import write_statements
from marketplace.oversight import opened
from marketplace.oversight.black_box import JOB_KINDS as BOX_JOBS
from marketplace.oversight.box_parts import PARTS as BOX_PARTS
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.picking import JOB_KINDS as SPOT_JOBS
from marketplace.oversight.picking import end_spot_checks
from marketplace.oversight.shipping import check_shipping
from marketplace.oversight.telling import tell_figures
from marketplace.panel import (
    offer_file_views,
)
from marketplace.payments import gateway, refund_cases
from marketplace.payments.disputes import JOB_KINDS as DISPUTE_JOBS
from marketplace.payments.disputes import ask_open_disputes
from marketplace.payments.errands import JOB_KINDS as PAYMENT_JOBS
from marketplace.payments.events import (
    DisputeLost,
    DisputeWon,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PayoutAccountChanged,
    PayoutFailed,
    PayoutPaid,
    RefundRefused,
    RefundSucceeded,
    ShopperTransferPaid,
    ShopperTransferRefused,
)
from marketplace.payments.invariants import CHECKS as PAYMENT_CHECKS
from marketplace.payments.notices import tell_account_changed, tell_payout_failed, tell_payout_paid
from marketplace.payments.payouts import ACTION as PAY_OUT
from marketplace.payments.reconciliation import reconcile_payments
from marketplace.payments.reconciling import JOB_KINDS as RECONCILE_JOBS
from marketplace.payments.reconciling import reconcile_daily
from marketplace.payments.transfer_errands import JOB_KINDS as TRANSFER_JOBS
from marketplace.payments.webhooks import JOB_KINDS as WEBHOOK_JOBS
from marketplace.policy import editing, tariff_editing, wording
from marketplace.policy.policy import policy_at
from marketplace.reviews.ratings import CHECKS as REVIEW_CHECKS
from marketplace.reviews.seeing import is_published, may_see_review
from marketplace.reviews.wishes import tell_price_drop, tell_restock
from marketplace.stats.box_parts import PARTS as STATS_BOX_PARTS
from marketplace.stats.rollups import CHECKS as STATS_CHECKS
from marketplace.stats.rollups import refresh_figures
from marketplace.storefront import drawn_cards, drawn_facets, page_cache, rule_words
from marketplace.storefront.counting import look_after_facets
from marketplace.storefront.data_copies import COPY_KIND, forget_old_copies
from marketplace.storefront.my_data import delete_due_accounts
from marketplace.stores.announcing import tell_hook_disabled
from marketplace.stores.chores import PAPER_JOBS, PAPER_SWEEPS
from marketplace.stores.evidence import may_see_application_file, may_see_clearance_file
from marketplace.stores.queries import stores_of_person
from marketplace.suspicions import deciding as suspicion_verdicts
from marketplace.suspicions.evidence import may_see_suspicion_file
from marketplace.suspicions.filing import watch_suspicions
from marketplace.suspicions.hearing import end_holds
from marketplace.suspicions.keeping import forget_suspicions

Sweep = Callable[[datetime], int]
MaySee = Callable[[Visitor, str], bool]


@dataclass(frozen=True)
class Wiring:
    """What `core` asks the app for: handlers by event, job kinds by name, sweeps with their period in seconds,
    invariants by name, the stores of a person, what happens at a sign-in, what work is asked near a limit, who draws a
    missing picture, which acts need two persons, who may see a private file by the first word of its subject
    (`complaint` of `complaint:17`), the parts of the black box, and figures for operators.
    """

    handlers: Handlers
    job_kinds: dict[str, JobKind]
    sweeps: dict[str, tuple[Sweep, int]]
    invariants: dict[str, Callable[[], Iterator[Any]]]
    stores_of: Callable[[int], Sequence[int]]
    on_sign_in: Callable[[str | None, int, datetime], None]
    work_terms: Callable[[datetime], Terms]
    draw_picture: Callable[[str], bool]
    approval_kinds: dict[str, ApprovalKind]
    fits: tuple[Callable[[Any], None], ...]
    may_see_evidence: dict[str, MaySee]
    shown_to_all: dict[str, Callable[[str], bool]]
    black_box_parts: tuple[BoxPart | BoxFolder, ...]
    figures: tuple[Callable[[datetime], Iterator[Figure]], ...]


def _keep_cart(old_secret: str | None, person_id: int, at: datetime) -> None:
    """What a browser had in its cart becomes the person's."""
    adopt_guest_cart(secret_hash(old_secret) if old_secret else None, person_id, at)


def _work_terms(at: datetime) -> Terms:
    """The work that the policy asks for where a limit is near."""
    policy = policy_at(at)
    return Terms(policy.challenge_bits, policy.challenge_after_percent, policy.challenge_minutes)


def _in_a_unit(verb: Sweep) -> Sweep:
    """A verb as a sweep: it writes in a unit of its own."""

    def sweep_alone(at: datetime) -> int:
        with unit_of_work():
            return verb(at)

    return sweep_alone


def _draw_in_demo(name: str) -> bool:
    """The demo draws its pictures while it runs; elsewhere a missing picture stays missing."""
    settings = current_app.config["SETTINGS"]
    return settings.is_demo and render_file(name, settings.media)


APPROVAL_KINDS = (
    *DRAW_ACTS,
    *COST_ACTS,
    ApprovalKind(refund_cases.ACTION, frozenset({Role.office}), refund_cases.book_transfer),
    ApprovalKind(gifts.ACTION, frozenset({Role.office}), gifts.book_gift, describe=gifts.describe_gift),
    ApprovalKind(
        assessments.ACTION,
        frozenset({Role.office}),
        assessments.open_assessment,
        describe=assessments.describe_assessment,
    ),
    ApprovalKind(PAY_CLAIM, frozenset({Role.office}), book_claim_transfer),
    ApprovalKind(WRITE_OFF, frozenset({Role.office}), write_off),
    ApprovalKind(GIVE_UP, frozenset({Role.office}), give_up),
    ApprovalKind(
        insurer.ACTION, frozenset({Role.office}), insurer.book_payment, describe=insurer.describe_payment
    ),
    ApprovalKind(PAY_OUT, frozenset({Role.office}), path="/office/payouts/{subject}"),
    ApprovalKind(
        editing.ACTION, frozenset({Role.office}), editing.carry_out_number, describe=wording.describe_number
    ),
    ApprovalKind(
        tariff_editing.ACTION,
        frozenset({Role.office}),
        tariff_editing.carry_out_tariff,
        describe=wording.describe_tariff,
    ),
    ApprovalKind(
        pledge_editing.ACTION,
        frozenset({Role.office}),
        pledge_editing.carry_out_pledge_text,
        describe=pledge_editing.describe_pledge_text,
    ),
    ApprovalKind(
        suspicion_verdicts.ACTION,
        frozenset({Role.office}),
        suspicion_verdicts.carry_out,
        describe=suspicion_verdicts.describe,
    ),
)

WIRING = Wiring(
    handlers={
        CodeIssued: (tell_code,),
        SignedInAnew: (tell_new_sign_in,),
        SecondFactorChanged: (tell_second_factor,),
        PaymentCaptured: (take_capture,),
        PaymentFailed: (hear_failure,),
        RefundSucceeded: (settle_refund, hear_claim_refund, tell_refunded),
        RefundRefused: (tell_refunded,),
        OrderPaid: (grant_entries, tell_order_paid, hook_paid),
        StoreOrderDelivered: (tell_delivered, hook_delivered),
        StoreOrderCancelled: (void_entries, hook_cancelled),
        StoreOrderRefunded: (void_entries, hear_repayment, hook_refunded),
        PaymentDisputed: (hear_dispute,),
        DisputeWon: (hear_dispute_won,),
        DisputeLost: (take_chargeback,),
        StoreOrderChargedBack: (void_entries,),
        OrderChargedBack: (hear_order_chargeback,),
        StoresSettled: (collect_from_settlement,),
        PayoutPaid: (tell_payout_paid,),
        PayoutFailed: (tell_payout_failed, collect_from_failed_payout),
        PayoutAccountChanged: (tell_account_changed,),
        ShopperTransferPaid: (hear_transfer_paid, tell_transferred),
        ShopperTransferRefused: (hear_transfer_refused, tell_transferred),
        HookDisabled: (tell_hook_disabled,),
        OfferRepriced: (tell_price_drop,),
        OfferRestocked: (tell_restock,),
    },
    job_kinds={
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
    },
    sweeps={
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
    },
    invariants={
        **LEDGER_CHECKS,
        **CHART_CHECKS,
        **ORDER_CHECKS,
        **SETTLEMENT_CHECKS,
        **PAYMENT_CHECKS,
        **LOTTERY_CHECKS,
        **REVIEW_CHECKS,
        **CLAIM_CHECKS,
        **FUND_BOOK_CHECKS,
        **STATS_CHECKS,
        **AUDIT_CHECKS,
        "price_history_is_whole": broken_prices,
    },
    stores_of=stores_of_person,
    on_sign_in=_keep_cart,
    work_terms=_work_terms,
    draw_picture=_draw_in_demo,
    approval_kinds={kind.action: kind for kind in APPROVAL_KINDS},
    fits=(
        document.fit,
        limits.fit,
        last_use.fit,
        opened.fit,
        gateway.fit,
        rule_words.fit,
        drawn_cards.fit,
        drawn_facets.fit,
        page_cache.fit,
    ),
    black_box_parts=(*BOX_PARTS, *STATS_BOX_PARTS),
    figures=(tell_figures,),
    shown_to_all={"review": is_published},
    may_see_evidence={
        "application": may_see_application,
        "clearance": may_see_clearance_file,
        "complaint": may_see_complaint_file,
        "claim": may_see_claim_file,
        "corrective-action": may_see_action,
        "finding": may_see_finding,
        "return": may_see_return,
        "offer": offer_file_views.may_see_invoice,
        "review": may_see_review,
        "seal-application": may_see_application_file,
        "suspicion": may_see_suspicion_file,
    },
)
