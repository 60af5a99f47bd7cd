"""Filling the fund up to its floor: two officials ask the stores for shares, which are taken from what they are due.

At most once in twelve months, only while less is free than the floor, in proportion to what each store brought in its
first edition and never more than that. A share is the fund's when the money moved, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.dates import months_later
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number
from marketplace.guarantee.book_models import AssessmentShare, AssessmentState, FundAssessment
from marketplace.guarantee.fund_notices import tell_assessed, tell_share_paid
from marketplace.guarantee.fund_rules import assess
from marketplace.ledger.chart import GUARANTEE_FUND, store_payable
from marketplace.ledger.transfers import free_balance, lock_accounts, post_transfer
from marketplace.orders.models import Order, StoreOrder
from marketplace.orders.settlement_models import SettlementLine
from marketplace.policy.policy import policy_at

ACTION = "fund_assessment"
CODE = "fund_assessment"
LONGEST_REASON = 500


class NotBelowFloor(Conflict):
    """The fund has its floor."""

    code = "fund_not_below_floor"


class AssessedBefore(Conflict):
    """The stores were asked within the last twelve months."""

    code = "fund_assessed_before"


class NobodyToAssess(Conflict):
    """No store ever brought anything."""

    code = "nobody_to_assess"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an assessment would be now. `again_at`: before it none may be made; None where one may."""

    free_toman: int
    floor_toman: int
    again_at: datetime | None
    shares: dict[int, int]
    firsts: dict[int, int]

    @property
    def missing_toman(self) -> int:
        return max(self.floor_toman - self.free_toman, 0)

    @property
    def amount_toman(self) -> int:
        return sum(self.shares.values())


def first_contributions() -> dict[int, int]:
    """What each store brought to the fund in the first edition in which it sold. One statement."""
    rows = db.session.execute(
        select(SettlementLine.store_id, Order.festival_id, func.sum(SettlementLine.fund_toman).label("toman"))
        .join(StoreOrder, StoreOrder.id == SettlementLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .group_by(SettlementLine.store_id, Order.festival_id)
        .order_by(Order.festival_id)
    )
    firsts: dict[int, int] = {}
    for row in rows:
        firsts.setdefault(row.store_id, int(row.toman))
    return firsts


def assessment_outlook(at: datetime) -> Outlook:
    """What the stores could be asked for now."""
    policy, free = policy_at(at), free_balance(GUARANTEE_FUND)
    last = db.session.scalar(select(func.max(FundAssessment.opened_at)))
    again = months_later(last, policy.fund_assessment_months) if last else None
    firsts = first_contributions()
    return Outlook(
        free,
        policy.fund_floor_toman,
        again if again is not None and again > at else None,
        assess(policy.fund_floor_toman - free, firsts),
        firsts,
    )


def propose_assessment(reason: str, actor: Actor, at: datetime) -> int:
    """Puts asking the stores before a second official; gives the proposal's id. Raises Invalid without a reason,
    NotBelowFloor, AssessedBefore, NobodyToAssess, ApprovalWaits."""
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise Invalid(fields={"reason": "required"})
    now = assessment_outlook(at)
    _ensure_possible(now)
    if not now.shares:
        raise NobodyToAssess()
    content = {
        "reason": words,
        "free_toman": now.free_toman,
        "floor_toman": now.floor_toman,
        "amount_toman": now.amount_toman,
        "shares": {str(store): [part, now.firsts[store]] for store, part in now.shares.items()},
    }
    return propose(ACTION, "fund:assessment", content, actor, at)


def open_assessment(approval: Approval, actor: Actor, at: datetime) -> FundAssessment:
    """The second official agreed: the stores owe their shares. Raises NotBelowFloor, AssessedBefore."""
    lock_accounts(GUARANTEE_FUND)
    _ensure_possible(assessment_outlook(at))
    content: Mapping[str, Any] = approval.content
    count = db.session.scalar(select(func.count()).select_from(FundAssessment)) or 0
    made = FundAssessment(
        number=f"FA{count + 1:03d}",
        state=AssessmentState.open,
        free_toman=int(content["free_toman"]),
        floor_toman=int(content["floor_toman"]),
        amount_toman=int(content["amount_toman"]),
        reason=str(content["reason"]),
        proposed_at=approval.proposed_at,
        opened_at=at,
    )
    db.session.add(made)
    db.session.flush()
    shares = [
        AssessmentShare(assessment_id=made.id, store_id=int(store), amount_toman=part, most_toman=most)
        for store, (part, most) in sorted(content["shares"].items(), key=lambda item: int(item[0]))
    ]
    db.session.add_all(shares)
    for share in shares:
        tell_assessed(made, share, at)
    record(actor, "open_fund_assessment", f"assessment:{made.number}", at, amount_toman=made.amount_toman)
    return made


def collect_assessments(at: datetime) -> int:
    """Takes what stores owe in open assessments from what they are due; gives the toman taken. A sweep."""
    ids = db.session.scalars(
        select(AssessmentShare.id)
        .join(FundAssessment, FundAssessment.id == AssessmentShare.assessment_id)
        .where(FundAssessment.state == AssessmentState.open, AssessmentShare.ended_at.is_(None))
        .order_by(AssessmentShare.id)
    ).all()
    db.session.rollback()
    taken = 0
    for share_id in ids:
        with unit_of_work():
            taken += _collect(share_id, at)
    return taken


def _collect(share_id: int, at: datetime) -> int:
    store_id = db.session.scalars(
        select(AssessmentShare.store_id).where(AssessmentShare.id == share_id)
    ).one()
    payable = store_payable(store_id)
    lock_accounts(GUARANTEE_FUND, payable)
    share = db.session.get_one(AssessmentShare, share_id, populate_existing=True)
    amount = min(share.amount_toman - share.paid_toman, free_balance(payable))
    if amount <= 0:
        return 0
    post_transfer(
        key=f"assessment:{share.id}:{share.paid_toman}",
        debit=payable,
        credit=GUARANTEE_FUND,
        amount_toman=amount,
        code=CODE,
        subject=f"assessment:{share.assessment_id}",
        at=at,
    )
    share.paid_toman += amount
    if share.paid_toman == share.amount_toman:
        share.ended_at = at
        tell_share_paid(db.session.get_one(FundAssessment, share.assessment_id), share, at)
    db.session.flush()
    _end(share.assessment_id, at)
    return amount


def _end(assessment_id: int, at: datetime) -> None:
    left = db.session.scalar(
        select(AssessmentShare.id)
        .where(AssessmentShare.assessment_id == assessment_id, AssessmentShare.ended_at.is_(None))
        .limit(1)
    )
    if left is None:
        made = db.session.get_one(FundAssessment, assessment_id)
        made.state, made.ended_at = AssessmentState.done, at
        record(SYSTEM, "end_fund_assessment", f"assessment:{made.number}", at)


def _ensure_possible(now: Outlook) -> None:
    if now.again_at is not None:
        raise AssessedBefore(params={"again_at": now.again_at.isoformat()})
    if not now.missing_toman:
        raise NotBelowFloor()


def describe_assessment(content: Mapping[str, Any]) -> list[Change]:
    """A proposed assessment in words."""
    money = {
        name: f"{number(int(content[name]))} {t('ui.toman')}"
        for name in ("free_toman", "floor_toman", "amount_toman")
    }
    return [
        *(Change(t(f"fund_desk.{name}"), "", value) for name, value in money.items()),
        Change(t("fund_desk.store_count"), "", number(len(content["shares"]))),
        Change(t("fund_desk.reason"), "", str(content["reason"])),
    ]
