"""The tables that join slices: event -> handlers, job kind -> function, sweep -> schedule, and what the app carries."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_migrate.cli import db as migration_commands

from marketplace.accounts import limits
from marketplace.accounts import views as accounts_views
from marketplace.accounts.approvals import ApprovalKind, lapse_approvals
from marketplace.accounts.codes import forget_old_codes
from marketplace.accounts.events import CodeIssued
from marketplace.accounts.models import Role
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.sessions import forget_old_sessions
from marketplace.accounts.wired import Sweep, Wiring
from marketplace.api import cart_views as api_cart_views
from marketplace.api import complaint_views as api_complaint_views
from marketplace.api import document, festival_views, store_desk_views, store_views
from marketplace.api import order_views as api_order_views
from marketplace.api import views as api_views
from marketplace.catalog.prices import broken_prices
from marketplace.cli.demonstration import demo, pictures, seed
from marketplace.cli.looking_after import doctor, invariants, sweep, token, user
from marketplace.cli.openapi import openapi
from marketplace.cli.running import sandbox, serve, worker
from marketplace.complaints import desk as complaints_desk
from marketplace.complaints import panel_views as complaints_panel
from marketplace.complaints import views as complaints_views
from marketplace.complaints.clocks import close_complaints, end_silence, escalate_overdue, remind_stores
from marketplace.complaints.evidence import may_see_complaint_file
from marketplace.complaints.performance import refresh_records
from marketplace.complaints.revocation import move_cases
from marketplace.core import health
from marketplace.core.idempotency import forget_kept_answers
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.pictures import render_file
from marketplace.festival.application_queries import may_see_application
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.festival.matching import JOB_KINDS as MATCHING_JOBS
from marketplace.festival.offer_windows import begin_offers, end_offers
from marketplace.festival.telling import JOB_KINDS as TELLING_JOBS
from marketplace.festival.telling import reject_unanswered_revisions, tell_decisions
from marketplace.festival.waiting_list import fill_vacancies, refresh_scores
from marketplace.files import views as files_views
from marketplace.files.evidence import forget_orphans
from marketplace.ledger.invariants import CHART_CHECKS
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.lottery.entries import grant_entries, void_entries
from marketplace.lottery.invariants import CHECKS as LOTTERY_CHECKS
from marketplace.messages import desk as message_desk
from marketplace.messages import views as messages_views
from marketplace.messages import wish_views
from marketplace.messages.notices import tell_code
from marketplace.messages.sending import send_queued
from marketplace.office import application_file_views, approval_views, payout_views, reconciliation_views
from marketplace.office import application_views as application_desk_views
from marketplace.office import offer_views as office_offer_views
from marketplace.office import views as office_views
from marketplace.office.navigation import office_context
from marketplace.orders.after_notices import tell_refunded
from marketplace.orders.cart import adopt_guest_cart
from marketplace.orders.deadlines import (
    close_store_orders,
    deliver_by_time,
    end_due_returns,
    remind_of_shipping,
)
from marketplace.orders.events import (
    OrderPaid,
    StoreOrderCancelled,
    StoreOrderDelivered,
    StoreOrderRefunded,
)
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.invariants import CHECKS as ORDER_CHECKS
from marketplace.orders.notices import tell_delivered, tell_order_paid
from marketplace.orders.payment import hear_failure, settle_refund, take_capture
from marketplace.orders.payout_run import weekly_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.settlement_invariants import CHECKS as SETTLEMENT_CHECKS
from marketplace.orders.statements import write_statements
from marketplace.panel import (
    application_views,
    hosting_views,
    offer_file_views,
    offer_views,
    pickup_views,
    settlement_views,
)
from marketplace.panel import views as panel_views
from marketplace.panel.navigation import panel_context
from marketplace.panel.offer_answers import blueprint as offer_blueprint
from marketplace.payments import gateway
from marketplace.payments import views as payments_views
from marketplace.payments.errands import JOB_KINDS as PAYMENT_JOBS
from marketplace.payments.events import (
    PaymentCaptured,
    PaymentFailed,
    PayoutAccountChanged,
    PayoutFailed,
    PayoutPaid,
    RefundRefused,
    RefundSucceeded,
)
from marketplace.payments.invariants import CHECKS as PAYMENT_CHECKS
from marketplace.payments.notices import tell_account_changed, tell_payout_failed, tell_payout_paid
from marketplace.payments.payouts import ACTION as PAY_OUT
from marketplace.payments.reconciliation import reconcile_payments
from marketplace.payments.reconciling import JOB_KINDS as RECONCILE_JOBS
from marketplace.payments.reconciling import reconcile_daily
from marketplace.payments.webhooks import JOB_KINDS as WEBHOOK_JOBS
from marketplace.policy import desk as policy_desk
from marketplace.policy import editing, tariff_editing, wording
from marketplace.reviews import desk as review_desk
from marketplace.reviews import store_views as store_reviews
from marketplace.reviews import views as reviews_views
from marketplace.reviews.ratings import CHECKS as REVIEW_CHECKS
from marketplace.reviews.seeing import is_published, may_see_review
from marketplace.reviews.wishes import tell_price_drop, tell_restock
from marketplace.storefront import cart_views, order_views, record_views, text_views
from marketplace.storefront import pickup_views as pickup_pages
from marketplace.storefront import views as storefront_views
from marketplace.storefront.blueprint import blueprint as storefront_blueprint
from marketplace.storefront.context import page_context
from marketplace.stores.queries import stores_of_person


def _keep_cart(old_secret: str | None, person_id: int, at: datetime) -> None:
    """What a browser had in its cart becomes the person's."""
    adopt_guest_cart(secret_hash(old_secret) if old_secret else None, person_id, at)


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
)

WIRING = Wiring(
    handlers={
        CodeIssued: (tell_code,),
        PaymentCaptured: (take_capture,),
        PaymentFailed: (hear_failure,),
        RefundSucceeded: (settle_refund, tell_refunded),
        RefundRefused: (tell_refunded,),
        OrderPaid: (grant_entries, tell_order_paid),
        StoreOrderDelivered: (tell_delivered,),
        StoreOrderCancelled: (void_entries,),
        StoreOrderRefunded: (void_entries,),
        PayoutPaid: (tell_payout_paid,),
        PayoutFailed: (tell_payout_failed,),
        PayoutAccountChanged: (tell_account_changed,),
        OfferRepriced: (tell_price_drop,),
        OfferRestocked: (tell_restock,),
    },
    job_kinds={
        kind.name: kind
        for kind in (*PAYMENT_JOBS, *RECONCILE_JOBS, *WEBHOOK_JOBS, *MATCHING_JOBS, *TELLING_JOBS)
    },
    sweeps={
        "give_back_expired_holds": (give_back_expired_holds, 10),
        "close_pages_of_fallen_offers": (close_pages_of_fallen_offers, 5),
        "reconcile_payments": (reconcile_payments, 20),
        "reconcile_daily": (reconcile_daily, 600),
        "tell_decisions": (tell_decisions, 5),
        "fill_vacancies": (fill_vacancies, 60),
        "refresh_scores": (refresh_scores, 60),
        "reject_unanswered_revisions": (reject_unanswered_revisions, 300),
        "escalate_overdue": (escalate_overdue, 2),
        "remind_stores": (remind_stores, 30),
        "end_silence": (end_silence, 60),
        "close_complaints": (close_complaints, 60),
        "move_cases": (move_cases, 30),
        "refresh_records": (refresh_records, 5),
        "deliver_by_time": (deliver_by_time, 600),
        "close_store_orders": (close_store_orders, 60),
        "remind_of_shipping": (remind_of_shipping, 300),
        "end_due_returns": (end_due_returns, 300),
        "settle_closed_store_orders": (settle_closed_store_orders, 60),
        "write_statements": (write_statements, 300),
        "weekly_payouts": (weekly_payouts, 300),
        "begin_offers": (begin_offers, 5),
        "end_offers": (end_offers, 60),
        "send_queued": (send_queued, 1),
        "lapse_approvals": (_in_a_unit(lapse_approvals), 60),
        "forget_old_codes": (_in_a_unit(forget_old_codes), 3600),
        "forget_old_sessions": (_in_a_unit(forget_old_sessions), 3600),
        "forget_orphan_files": (forget_orphans, 3600),
        "forget_kept_answers": (_in_a_unit(forget_kept_answers), 3600),
    },
    invariants={
        **LEDGER_CHECKS,
        **CHART_CHECKS,
        **ORDER_CHECKS,
        **SETTLEMENT_CHECKS,
        **PAYMENT_CHECKS,
        **LOTTERY_CHECKS,
        **REVIEW_CHECKS,
        "price_history_is_whole": broken_prices,
    },
    stores_of=stores_of_person,
    on_sign_in=_keep_cart,
    draw_picture=_draw_in_demo,
    approval_kinds={kind.action: kind for kind in APPROVAL_KINDS},
    fits=(document.fit, limits.fit, gateway.fit),
    may_see_evidence={
        "application": may_see_application,
        "complaint": may_see_complaint_file,
        "offer": offer_file_views.may_see_invoice,
        "review": may_see_review,
    },
    shown_to_all={"review": is_published},
)
STOREFRONT_VIEWS = (storefront_views, cart_views, order_views, text_views, record_views)
PANEL_OFFER_VIEWS = (offer_views, offer_file_views)
STOREFRONT_VIEWS = (storefront_views, cart_views, order_views, pickup_pages, text_views)
API_VIEWS = (
    festival_views,
    store_views,
    api_cart_views,
    api_order_views,
    store_desk_views,
    api_complaint_views,
)
BLUEPRINTS = (
    health.blueprint,
    storefront_blueprint,
    accounts_views.blueprint,
    messages_views.blueprint,
    wish_views.blueprint,
    message_desk.blueprint,
    reviews_views.blueprint,
    store_reviews.blueprint,
    review_desk.blueprint,
    files_views.blueprint,
    payments_views.blueprint,
    panel_views.blueprint,
    application_views.blueprint,
    hosting_views.blueprint,
    pickup_views.blueprint,
    offer_blueprint,
    complaints_views.blueprint,
    complaints_panel.blueprint,
    complaints_desk.blueprint,
    settlement_views.blueprint,
    office_views.blueprint,
    office_offer_views.blueprint,
    application_desk_views.blueprint,
    application_file_views.blueprint,
    approval_views.blueprint,
    payout_views.blueprint,
    reconciliation_views.blueprint,
    policy_desk.blueprint,
    api_views.blueprint,
)
COMMANDS = (
    demo,
    pictures,
    seed,
    serve,
    worker,
    sandbox,
    sweep,
    invariants,
    doctor,
    user,
    token,
    openapi,
    migration_commands,
)
CONTEXTS = (page_context, panel_context, office_context)
