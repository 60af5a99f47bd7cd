"""May I ask the fund? Every condition with its clock, and what it would come to, before any form."""

from __future__ import annotations

from datetime import datetime

from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.web import jdatetime, number
from marketplace.guarantee.claim_facts import eligibility_of, purchase_left
from marketplace.guarantee.claim_money_page import sums_shown
from marketplace.guarantee.claim_queries import granted_to
from marketplace.guarantee.claim_rules import KEEPS_GOODS, full_loss, grant
from marketplace.guarantee.claim_shown import CheckShown, EligibilityShown, SumsShown
from marketplace.guarantee.eligibility import Check, Condition
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.stores.standing import Category

SUMS = (Condition.large_enough, Condition.below_cap)


def show_eligibility(complaint: Complaint, at: datetime) -> EligibilityShown:
    """All conditions, and the most that the fund would pay."""
    found = eligibility_of(complaint, at)
    earlier = next((check.claim for check in found.checks if check.claim), None)
    return EligibilityShown(
        complaint=complaint.number,
        checks=tuple(_shown(check) for check in found.checks),
        is_met=found.is_met,
        earlier_claim=earlier,
        closes_at=found.closes_at,
        keeps_goods=complaint.category in KEEPS_GOODS or complaint.category is Category.false_discount,
        sums=_estimate(complaint, at),
    )


def _shown(check: Check) -> CheckShown:
    note = None
    if check.at is not None:
        note = t("claim.until", until=jdatetime(check.at))
    elif check.amount_toman is not None and check.condition in SUMS:
        note = t("claim.toman", amount=number(check.amount_toman))
    return CheckShown(check.code, t(f"reason.{check.code}"), check.is_met, note, check.at)


def _estimate(complaint: Complaint, at: datetime) -> SumsShown | None:
    """What a decision wholly for the shopper would grant today."""
    if complaint.store_order_id is None:
        return None
    part = db.session.get_one(StoreOrder, complaint.store_order_id)
    order = db.session.get_one(Order, part.order_id)
    loss = full_loss(complaint.category, purchase_left(part.id, complaint.order_line_id))
    used = granted_to(complaint.person_id, order.festival_id)
    return sums_shown(grant(loss, 100, policy_at(at), order_used_toman=0, person_used_toman=used))
