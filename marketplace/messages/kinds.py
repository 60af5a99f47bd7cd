"""Which news goes out on which channels, and which of it a person may switch off.

One line a template. Its texts are `message.<template>.subject|body`, where wanted `.sms` for the short form; the gaps
are named beside it. A template that is not listed goes where its caller sends it and cannot be switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from marketplace.messages.models import Channel


class NoticeKind(StrEnum):
    """security: codes, passwords, sessions; legal: money back, decisions, deadlines of one's rights; orders: the way of
    an order; store: work that waits in a store's panel; payouts: statements and payouts; cases: complaints and claims;
    lottery: entries and draws; wishlist: price drops and goods back in stock; reviews: reviews, questions, answers;
    support: answers of the office."""

    security = "security"
    legal = "legal"
    orders = "orders"
    store = "store"
    payouts = "payouts"
    cases = "cases"
    lottery = "lottery"
    wishlist = "wishlist"
    reviews = "reviews"
    support = "support"


ALWAYS = frozenset({NoticeKind.security, NoticeKind.legal})
"""What no one can switch off."""
SWITCHED = (Channel.sms, Channel.mail)
"""Channels with a switch; a person's own centre shows everything."""
OPTIONAL = tuple(kind for kind in NoticeKind if kind not in ALWAYS)

_APP = (Channel.app,)
_QUIET = (Channel.app, Channel.mail)
_TEXT = (Channel.app, Channel.sms)
_LOUD = (Channel.app, Channel.sms, Channel.mail)
_K = NoticeKind


@dataclass(frozen=True, slots=True)
class Template:
    """How one template goes out. `gaps`: the params that its texts use, besides `path`."""

    kind: NoticeKind
    channels: tuple[Channel, ...]
    gaps: tuple[str, ...] = ()


TEMPLATES: dict[str, Template] = {
    "one_time_code": Template(_K.security, (Channel.sms,), ("code",)),
    "password_changed": Template(_K.security, _LOUD, ()),
    "token_made": Template(_K.security, _LOUD, ("name",)),
    "new_sign_in": Template(_K.security, _QUIET, ("browser", "system", "network")),
    "second_app_added": Template(_K.security, _LOUD, ()),
    "second_app_removed": Template(_K.security, _LOUD, ()),
    "second_passkey_added": Template(_K.security, _LOUD, ()),
    "second_passkey_removed": Template(_K.security, _LOUD, ()),
    "second_code_used": Template(_K.security, _LOUD, ("left",)),
    "second_all_removed": Template(_K.security, _LOUD, ()),
    "deletion_asked": Template(_K.security, _LOUD, ("until_on",)),
    "data_ready": Template(_K.security, _QUIET, ("until_on",)),
    # an order, to the shopper
    "order_paid": Template(_K.orders, _LOUD, ("number", "total_toman", "stores", "entries")),
    "order_accepted": Template(_K.orders, _APP, ("number", "store")),
    "order_packed": Template(_K.orders, _APP, ("number", "store")),
    "order_part_shipped": Template(_K.orders, _LOUD, ("number", "store", "tracking_code")),
    "order_shipped": Template(_K.orders, _LOUD, ("number", "store", "tracking_code")),
    "order_delivered": Template(_K.orders, _QUIET, ("number", "store", "withdraw_until_on")),
    "order_late": Template(_K.legal, _LOUD, ("number", "store", "promised_on")),
    "order_rest_late": Template(_K.legal, _LOUD, ("number", "store", "promised_on")),
    "pickup_ready": Template(_K.orders, _LOUD, ("number", "store", "code", "place")),
    "order_cancelled": Template(_K.legal, _LOUD, ("number", "store", "amount_toman")),
    "order_unavailable": Template(_K.legal, _LOUD, ("number", "store", "title", "amount_toman")),
    "refund_sent": Template(_K.legal, _LOUD, ("number", "amount_toman")),
    "refund_delayed": Template(_K.legal, _QUIET, ("number", "amount_toman")),
    "transfer_paid": Template(_K.legal, _LOUD, ("number", "amount_toman", "sheba_end")),
    "transfer_refused": Template(_K.legal, _QUIET, ("number", "amount_toman", "reason")),
    "dispute_open": Template(_K.legal, _QUIET, ("number", "amount_toman")),
    "dispute_won": Template(_K.legal, _QUIET, ("number", "amount_toman")),
    "dispute_lost": Template(_K.legal, _QUIET, ("number", "amount_toman")),
    "store_dispute_open": Template(_K.legal, _QUIET, ("number",)),
    "store_dispute_won": Template(_K.legal, _QUIET, ("number",)),
    "store_dispute_lost": Template(_K.legal, _QUIET, ("number",)),
    "withdrawal_heard": Template(_K.legal, _QUIET, ("number", "store")),
    "return_asked": Template(_K.orders, _APP, ("number", "store")),
    "return_accepted": Template(_K.orders, _LOUD, ("number", "store", "send_until_on")),
    "return_refused": Template(_K.legal, _LOUD, ("number", "store", "reason")),
    "return_received": Template(_K.orders, _QUIET, ("number", "store")),
    "return_refunded": Template(_K.legal, _LOUD, ("number", "amount_toman")),
    # an order, to the store's members
    "store_order_paid": Template(_K.store, _QUIET, ("number", "goods_toman")),
    "store_order_delivered": Template(_K.store, _APP, ("number",)),
    "store_order_cancelled": Template(_K.store, _LOUD, ("number", "reason")),
    "store_return_asked": Template(_K.store, _LOUD, ("number", "reason")),
    "store_return_sent": Template(_K.store, _QUIET, ("number", "tracking_code")),
    "ship_deadline_near": Template(_K.store, _LOUD, ("number", "ship_until_at")),
    "ship_deadline_passed": Template(_K.legal, _LOUD, ("number", "ship_until_at")),
    "kit_missing_reported": Template(_K.legal, _QUIET, ("number",)),
    # a store's money
    "statement_ready": Template(_K.payouts, _QUIET, ("period", "net_toman")),
    "payout_paid": Template(_K.payouts, _LOUD, ("amount_toman", "sheba_end")),
    "payout_failed": Template(_K.legal, _LOUD, ("amount_toman", "reason")),
    "payout_account": Template(_K.legal, _LOUD, ("sheba", "from_at")),
    "hook_disabled": Template(_K.legal, _QUIET, ("host", "failing_at")),
    "balance_negative": Template(_K.legal, _QUIET, ("amount_toman",)),
    # a store's application to an edition, to its owners
    "application_approved": Template(_K.legal, _TEXT, ("store", "festival", "reasons")),
    "application_rejected": Template(_K.legal, _TEXT, ("store", "festival", "reasons", "due_on")),
    "application_revision": Template(_K.legal, _TEXT, ("store", "reasons", "due_on")),
    "application_waitlisted": Template(_K.legal, _TEXT, ("store", "festival", "reasons")),
    "application_promoted": Template(_K.legal, _TEXT, ("store", "festival")),
    "application_suspended": Template(_K.legal, _TEXT, ("store", "festival", "reasons")),
    "application_reinstated": Template(_K.legal, _TEXT, ("store", "festival")),
    "application_dismissed": Template(_K.legal, _TEXT, ("store",)),
    # reviews, questions, wishes
    "review_hidden": Template(_K.reviews, _QUIET, ("title", "reason")),
    "review_answered": Template(_K.reviews, _QUIET, ("title", "store")),
    "store_reviewed": Template(_K.reviews, _APP, ("title", "stars")),
    "store_asked": Template(_K.reviews, _QUIET, ("title",)),
    "question_answered": Template(_K.reviews, _QUIET, ("title", "who")),
    "price_dropped": Template(_K.wishlist, _LOUD, ("title", "old_toman", "new_toman")),
    "back_in_stock": Template(_K.wishlist, _LOUD, ("title", "left_count")),
    # a claim on the guarantee fund, to its shopper and its store
    "claim_filed": Template(_K.cases, _TEXT, ("number", "store", "due_at")),
    "claim_received": Template(_K.legal, _TEXT, ("number", "due_at")),
    "claim_withdrawn": Template(_K.cases, _TEXT, ("number",)),
    "claim_answered": Template(_K.cases, _TEXT, ("number", "store")),
    "claim_complete": Template(_K.cases, _TEXT, ("number", "due_at")),
    "claim_asked": Template(_K.legal, _TEXT, ("number", "due_at")),
    "claim_approved": Template(_K.legal, _TEXT, ("number", "amount_toman")),
    "claim_approved_store": Template(_K.legal, _TEXT, ("number", "amount_toman")),
    "claim_rejected": Template(_K.legal, _TEXT, ("number",)),
    "claim_rejected_store": Template(_K.legal, _TEXT, ("number",)),
    "claim_appealed": Template(_K.legal, _TEXT, ("number",)),
    "claim_sheba_needed": Template(_K.legal, _TEXT, ("number",)),
    "claim_paid": Template(_K.legal, _TEXT, ("number", "amount_toman")),
    "claim_recourse": Template(_K.legal, _TEXT, ("number", "amount_toman", "due_at")),
    "claim_lessened": Template(_K.legal, _TEXT, ("number",)),
    "claim_stopped": Template(_K.legal, _TEXT, ("number",)),
    "clawback_repaid": Template(_K.legal, _TEXT, ("number", "amount_toman")),
    "clawback_inspection": Template(_K.legal, _TEXT, ("number", "amount_toman")),
    # the fund, to the owners of a store
    "fund_assessed": Template(_K.legal, _LOUD, ("number", "amount_toman", "missing_toman")),
    "fund_line_free": Template(_K.payouts, _APP, ("exposure_toman", "line_toman")),
    "fund_line_amber": Template(_K.payouts, _QUIET, ("exposure_toman", "line_toman")),
    "fund_line_full": Template(_K.legal, _LOUD, ("exposure_toman", "line_toman")),
    "fund_share_paid": Template(_K.legal, _QUIET, ("number", "amount_toman")),
    # the lottery
    "draw_frozen": Template(_K.legal, _QUIET, ("draw", "entry_count", "root")),
    "prize_won": Template(_K.legal, _LOUD, ("prize", "draw", "claim_until_at")),
    "prizes_to_share": Template(_K.payouts, _QUIET, ("missing_toman", "store_count")),
    "prize_share_booked": Template(_K.legal, _QUIET, ("amount_toman",)),
    # a store's papers
    "seal_issued": Template(_K.legal, _LOUD, ("code", "stars", "valid_at")),
    "seal_renewed": Template(_K.legal, _APP, ("code", "valid_at")),
    "seal_suspended": Template(_K.legal, _LOUD, ("code",)),
    "seal_reinstated": Template(_K.legal, _LOUD, ("code",)),
    "seal_revoked": Template(_K.legal, _LOUD, ("code",)),
    "seal_expired": Template(_K.legal, _LOUD, ("code",)),
    "seal_stars": Template(_K.legal, _APP, ("code", "stars")),
    "seal_refused": Template(_K.legal, _LOUD, ()),
    "seal_expiry": Template(_K.legal, _LOUD, ("days", "valid_at")),
    "licence_expiry": Template(_K.legal, _LOUD, ("days", "valid_at")),
    "clearance_expiry": Template(_K.legal, _LOUD, ("days", "valid_at")),
    "clearance_clear": Template(_K.legal, _LOUD, ()),
    "clearance_adverse": Template(_K.legal, _LOUD, ()),
    "clearance_more_information": Template(_K.legal, _LOUD, ()),
    "clearance_final": Template(_K.legal, _LOUD, ()),
    "clearance_amber": Template(_K.legal, _APP, ("number",)),
    "clearance_red": Template(_K.legal, _APP, ("number",)),
    "clearance_breach": Template(_K.legal, _APP, ("number",)),
    # health: guidelines, visits and findings, to the store; then to inspectors and the office
    "guideline_changed": Template(_K.legal, _QUIET, ("version",)),
    "visit_findings": Template(_K.legal, _LOUD, ("found_count",)),
    "visit_clean": Template(_K.legal, _APP, ()),
    "visit_critical": Template(_K.legal, _LOUD, ()),
    "visit_unmet": Template(_K.legal, _QUIET, ()),
    "finding_late": Template(_K.legal, _LOUD, ()),
    "finding_cleared": Template(_K.legal, _QUIET, ()),
    "finding_mended": Template(_K.legal, _APP, ("store",)),
    "visit_assigned": Template(_K.legal, _APP, ("store", "planned_on")),
    # a suspicion of abuse, to its subject
    "suspicion_asked": Template(_K.legal, _LOUD, ("number", "until_at")),
    "suspicion_more": Template(_K.legal, _LOUD, ("number", "until_at")),
    "suspicion_held": Template(_K.legal, _LOUD, ("number", "until_at", "reason")),
    "suspicion_freed": Template(_K.legal, _QUIET, ("number",)),
    "suspicion_unfounded": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_warning": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_entries_voided": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_claims_refused": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_reviews_hidden": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_account_suspended": Template(_K.legal, _LOUD, ("number", "reason")),
    "suspicion_store_suspended": Template(_K.legal, _LOUD, ("number", "reason")),
    "kits_warning": Template(_K.legal, _LOUD, ("report_count",)),
    "kits_hearing": Template(_K.legal, _LOUD, ("report_count", "until_at")),
    "critical_found": Template(_K.legal, _APP, ("store",)),
    # support
    "ticket_answered": Template(_K.support, _QUIET, ("number", "topic")),
    "ticket_referred": Template(_K.support, _APP, ("number", "topic", "who")),
}
OFF_AT_FIRST = frozenset({(NoticeKind.wishlist, Channel.sms), (NoticeKind.reviews, Channel.sms)})
"""What is off until somebody asks for it."""


def kind_of(template: str) -> NoticeKind:
    """The kind of a template; one that is not listed is never switched off."""
    known = TEMPLATES.get(template)
    return known.kind if known else NoticeKind.legal


@cache
def may_switch_off(template: str, channel: Channel) -> bool:
    """Whether a person's wish decides about this template on this channel."""
    return channel in SWITCHED and kind_of(template) not in ALWAYS
