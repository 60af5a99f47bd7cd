"""Claims on the guarantee fund: rows alone, for tests that need one of each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.guarantee.book_models import CoverageStep, FundGift, FundMonth, FundMonthLine
from marketplace.guarantee.claim_models import Claim, ClaimMessage, Party, Said
from marketplace.guarantee.clawback_models import (
    Clawback,
    ClawbackCause,
    ClawbackMove,
    ClawbackStep,
    InsurerPayment,
)
from marketplace.guarantee.decision_models import (
    ClaimAppeal,
    ClaimChoice,
    ClaimDecision,
    Ground,
    Round,
)
from marketplace.guarantee.recourse_models import Recourse, RecourseMove, RecourseStep
from marketplace.ledger.models import Transfer
from marketplace.orders.models import Order
from marketplace.stores.standing import Category
from tests.factories.rows import AT, number, put


def a_claim_row(part: Any, person: Any, complaint: Any, at: datetime = AT, **fields: Any) -> Claim:
    """A claim as a row alone, whatever the rules say of it."""
    return put(
        Claim,
        number=f"K{number()}",
        complaint_id=complaint.id,
        store_order_id=part.id,
        store_id=part.store_id,
        person_id=person.id,
        festival_id=db.session.get_one(Order, part.order_id).festival_id,
        category=complaint.category,
        filed_at=at,
        **{"loss_toman": 100_000, **fields},
    )


def one_of_each_row(claim: Claim, person: Any, at: datetime = AT) -> None:
    """A row in each table of the fund that is written once."""
    put(ClaimMessage, claim_id=claim.id, side=Party.shopper, said=Said.claim, text="نرسید", at=at)
    reasons = {
        "claim_id": claim.id,
        "round": Round.first,
        "is_for_shopper": True,
        "ground": Ground.not_delivered,
        "text": "نرسید",
        "store_share_percent": 100,
        "loss_toman": 100_000,
    }
    put(ClaimChoice, adjudicator_id=person.id, seat=1, chosen_at=at, **reasons)
    put(
        ClaimDecision,
        number=f"D{number()}",
        category=Category.not_delivered,
        coverage_percent=70,
        amount_toman=70_000,
        facts={},
        decided_at=at,
        **reasons,
    )
    put(ClaimAppeal, claim_id=claim.id, side=Party.store, person_id=person.id, text="رسید", appealed_at=at)
    owed = put(
        Recourse,
        claim_id=claim.id,
        store_id=claim.store_id,
        amount_toman=70_000,
        opened_at=at,
        due_at=at + timedelta(days=30),
    )
    put(
        RecourseMove,
        recourse_id=owed.id,
        step=RecourseStep.netted,
        amount_toman=1,
        key=f"t:{number()}",
        at=at,
    )
    debt = put(
        Clawback,
        claim_id=claim.id,
        debtor=Party.shopper,
        cause=ClawbackCause.repaid,
        amount_toman=1,
        key=f"t:{number()}",
        asked_at=at,
    )
    moved = {"clawback_id": debt.id, "step": ClawbackStep.written_off, "amount_toman": 1}
    put(ClawbackMove, key=f"t:{number()}", at=at, **moved)
    _rows_of_the_book(claim, at)


def _rows_of_the_book(claim: Claim, at: datetime) -> None:
    line = {"wanted_toman": 1, "given_toman": 0, "carried_toman": 1}
    month = put(FundMonth, month="1405-01", free_toman=0, claim_count=1, run_at=at, **line)
    put(FundMonthLine, fund_month_id=month.id, claim_id=claim.id, **line)
    put(
        FundGift,
        giver="حامی",
        amount_toman=1,
        bank_reference="G1",
        transfer_id=db.session.scalars(select(Transfer.id).limit(1)).one(),
        received_on=date(2026, 3, 25),
        booked_at=at,
    )
    put(
        InsurerPayment,
        insurer="بیمه‌گر",
        amount_toman=1,
        bank_reference="N1",
        transfer_id=db.session.scalars(select(Transfer.id).limit(1)).one(),
        booked_at=at,
    )
    put(
        CoverageStep,
        percent=70,
        from_at=at,
        free_toman=1,
        expected_toman=1,
        reason="آغاز",
        noted_at=at,
    )
