"""Sweeps over the clocks of claims: answers, evidence, seats, appeals, debts. Each opens its own units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.answering import end_inspection, end_request, let_answer_pass
from marketplace.guarantee.appealing import let_decision_stand, unappealed_ids
from marketplace.guarantee.claim_models import (
    OPEN_REQUEST,
    Claim,
    ClaimInspection,
    ClaimRequest,
    ClaimState,
    Party,
)
from marketplace.guarantee.claim_queries import lock_claim, unanswered_ids
from marketplace.guarantee.clawback_models import Clawback, ClawbackState
from marketplace.guarantee.clawbacks import net_costs
from marketplace.guarantee.debt_seals import right_seal, wrongly_sealed
from marketplace.guarantee.inspection_costs import book_inspection_costs
from marketplace.guarantee.insurer import reserve_for_insured
from marketplace.guarantee.paying import note_refund_transfers, pay_reserved
from marketplace.guarantee.recourse import collect, give_back, make_overdue
from marketplace.guarantee.recourse_models import Recourse, RecourseState
from marketplace.guarantee.reserving import settle_state
from marketplace.guarantee.seating import fill_seats
from marketplace.guarantee.store_lines import watch_lines
from marketplace.orders.events import StoresSettled
from marketplace.payments.events import PayoutFailed

BATCH = 500


def _each(ids: Sequence[int], verb: Callable[[int, datetime], object], at: datetime) -> int:
    """Does a verb for each in a unit of its own; gives how many it changed."""
    db.session.rollback()
    done = 0
    for one in ids:
        with unit_of_work():
            done += bool(verb(one, at))
    return done


def end_claim_answers(at: datetime) -> int:
    """Goes on without an answer where the store's 72 hours passed."""
    return _each(unanswered_ids(at, BATCH), let_answer_pass, at)


def end_claim_requests(at: datetime) -> int:
    """Goes on without what was asked and not brought in time."""
    ids = db.session.scalars(
        select(ClaimRequest.id).where(OPEN_REQUEST, ClaimRequest.due_at < at).limit(BATCH)
    ).all()
    return _each(ids, end_request, at)


def end_claim_inspections(at: datetime) -> int:
    """Goes on without a look at the goods that was not made in its time."""
    ids = db.session.scalars(
        select(ClaimInspection.id)
        .where(ClaimInspection.ended_at.is_(None), ClaimInspection.due_at < at)
        .limit(BATCH)
    ).all()
    return _each(ids, end_inspection, at)


def seat_adjudicators(at: datetime) -> int:
    """Fills seats that stayed empty because nobody was free of interest."""
    waiting = (ClaimState.assessed, ClaimState.appealed)
    ids = db.session.scalars(
        select(Claim.id).where(Claim.state.in_(waiting)).order_by(Claim.id).limit(BATCH)
    ).all()
    return _each(ids, lambda one, now: fill_seats(lock_claim(one), now), at)


def end_claim_appeals(at: datetime) -> int:
    """Lets decisions stand whose days for an appeal passed."""
    return _each(unappealed_ids(at, BATCH), let_decision_stand, at)


def pay_claims(at: datetime) -> int:
    """Pays what lies ready, and notes what the bank paid in the gateway's place."""
    return note_refund_transfers(at) + pay_reserved(at)


def chase_recourses(at: datetime) -> int:
    """Takes what stores owe from what they are due, brings paid debts to their end, and suspends who did not pay in
    thirty days."""
    done = _each(sorted(_stores_with_debts()), _collect, at)
    backs = db.session.scalars(select(Recourse.id).where(Recourse.due_back_toman > 0).limit(BATCH)).all()
    done += _each(backs, give_back, at)
    ended = db.session.scalars(
        select(Claim.id)
        .join(Recourse, Recourse.claim_id == Claim.id)
        .where(Recourse.ended_at.is_not(None), Claim.state == ClaimState.recourse_open)
        .limit(BATCH)
    ).all()
    done += _each(ended, _finish, at)
    late = db.session.scalars(
        select(Recourse.id).where(Recourse.state == RecourseState.netting, Recourse.due_at < at).limit(BATCH)
    ).all()
    done += _each(late, make_overdue, at)
    return done + _each(wrongly_sealed(), right_seal, at)


def _stores_with_debts() -> set[int]:
    """Stores from whose due something is to be taken for the fund."""
    stores = db.session.scalars(select(Recourse.store_id).where(Recourse.ended_at.is_(None)).distinct())
    costs = db.session.scalars(
        select(Claim.store_id)
        .join(Clawback, Clawback.claim_id == Claim.id)
        .where(Clawback.state == ClawbackState.open, Clawback.debtor == Party.store)
    )
    return {*stores, *costs}


def _finish(claim_id: int, at: datetime) -> bool:
    settle_state(lock_claim(claim_id))
    return True


def collect_from_settlement(news: StoresSettled) -> None:
    """Stores are due money: what any of them owes the fund is taken at once."""
    owing = _stores_with_debts()
    for store_id in news.store_ids:
        if store_id in owing:
            _collect(store_id, news.at)


def collect_from_failed_payout(news: PayoutFailed) -> None:
    """A payout came back: what the store owes the fund is taken at once."""
    _collect(news.store_id, news.at)


def _collect(store_id: int, at: datetime) -> int:
    """Recourse first, then what a store owes for looks at goods."""
    return collect(store_id, at) + net_costs(store_id, at)


SWEEPS = {
    "end_claim_answers": (end_claim_answers, 30),
    "end_claim_requests": (end_claim_requests, 60),
    "end_claim_inspections": (end_claim_inspections, 300),
    "book_inspection_costs": (book_inspection_costs, 60),
    "reserve_for_insured": (reserve_for_insured, 60),
    "seat_adjudicators": (seat_adjudicators, 60),
    "end_claim_appeals": (end_claim_appeals, 300),
    "watch_lines": (watch_lines, 600),
    "pay_claims": (pay_claims, 5),
    "chase_recourses": (chase_recourses, 30),
}
"""Sweep and period in seconds, as the wiring takes them."""
