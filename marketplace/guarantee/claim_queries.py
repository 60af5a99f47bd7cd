"""Reading claims. Rows are loaded through what the caller may see: a person's own, a store's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db, is_sqlite
from marketplace.guarantee.claim_models import (
    OPEN_REQUEST,
    Chargeback,
    Claim,
    ClaimInspection,
    ClaimMessage,
    ClaimRequest,
    ClaimState,
)
from marketplace.guarantee.decision_models import (
    SEATED,
    ClaimAppeal,
    ClaimAssignment,
    ClaimChoice,
    ClaimDecision,
    Round,
)
from marketplace.guarantee.errors import UnknownClaim
from marketplace.guarantee.recourse_models import (
    ClaimPayment,
    ClaimReservation,
    Recourse,
    ReservationState,
)


def claim_by_number(number: str) -> Claim:
    """A claim for somebody who may see all of them. Raises UnknownClaim."""
    return _one(db.session.scalar(select(Claim).where(Claim.number == number)))


def claim_of_person(number: str, person_id: int) -> Claim:
    """A person's own claim. Raises UnknownClaim for another's."""
    return _one(db.session.scalar(select(Claim).where(Claim.number == number, Claim.person_id == person_id)))


def claim_of_store(number: str, store_id: int) -> Claim:
    """A claim about this store's order. Raises UnknownClaim for another's."""
    return _one(db.session.scalar(select(Claim).where(Claim.number == number, Claim.store_id == store_id)))


def _one(found: Claim | None) -> Claim:
    if found is None:
        raise UnknownClaim()
    return found


def lock_claim(claim_id: int) -> Claim:
    """A claim, locked and read anew."""
    query = select(Claim).where(Claim.id == claim_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def lock_claims_of_shopper(claim: Claim) -> Sequence[Claim]:
    """All claims of a claim's shopper in its edition, locked in the order of their ids: caps are decided one by one."""
    query = (
        select(Claim)
        .where(Claim.person_id == claim.person_id, Claim.festival_id == claim.festival_id)
        .order_by(Claim.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query if is_sqlite() else query.with_for_update()).all()


def claim_of_complaint(complaint_id: int) -> Claim | None:
    return db.session.scalar(select(Claim).where(Claim.complaint_id == complaint_id))


def granted_to(person_id: int, festival_id: int) -> int:
    """What the fund granted a shopper in an edition so far, in toman."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Claim.approved_toman), 0)).where(
                Claim.person_id == person_id, Claim.festival_id == festival_id
            )
        )
        or 0
    )


def has_chargeback(order_id: int) -> bool:
    """Whether the payer's bank took the money of an order back."""
    return db.session.scalar(select(Chargeback.id).where(Chargeback.order_id == order_id)) is not None


def messages_of(claim_id: int) -> Sequence[ClaimMessage]:
    return db.session.scalars(
        select(ClaimMessage).where(ClaimMessage.claim_id == claim_id).order_by(ClaimMessage.id)
    ).all()


def open_requests(claim_id: int) -> Sequence[ClaimRequest]:
    """What is asked of a side and neither answered nor over."""
    return db.session.scalars(
        select(ClaimRequest).where(ClaimRequest.claim_id == claim_id, OPEN_REQUEST).order_by(ClaimRequest.id)
    ).all()


def inspection_of(claim_id: int) -> ClaimInspection | None:
    return db.session.scalar(select(ClaimInspection).where(ClaimInspection.claim_id == claim_id))


def seats_of(claim_id: int, round_: Round | None = None) -> Sequence[ClaimAssignment]:
    """Seats that are taken, of one round or of both."""
    query = select(ClaimAssignment).where(ClaimAssignment.claim_id == claim_id, SEATED)
    if round_ is not None:
        query = query.where(ClaimAssignment.round == round_)
    return db.session.scalars(query.order_by(ClaimAssignment.id)).all()


def choices_of(claim_id: int, round_: Round) -> Sequence[ClaimChoice]:
    return db.session.scalars(
        select(ClaimChoice)
        .where(ClaimChoice.claim_id == claim_id, ClaimChoice.round == round_)
        .order_by(ClaimChoice.seat)
    ).all()


def decisions_of(claim_id: int) -> Sequence[ClaimDecision]:
    return db.session.scalars(
        select(ClaimDecision).where(ClaimDecision.claim_id == claim_id).order_by(ClaimDecision.id)
    ).all()


def appeals_of(claim_id: int) -> Sequence[ClaimAppeal]:
    return db.session.scalars(
        select(ClaimAppeal).where(ClaimAppeal.claim_id == claim_id).order_by(ClaimAppeal.id)
    ).all()


def reservations_of(claim_id: int, *, held: bool = False) -> Sequence[ClaimReservation]:
    query = select(ClaimReservation).where(ClaimReservation.claim_id == claim_id)
    if held:
        query = query.where(ClaimReservation.state == ReservationState.held)
    return db.session.scalars(query.order_by(ClaimReservation.id)).all()


def payments_of(claim_id: int) -> Sequence[ClaimPayment]:
    return db.session.scalars(
        select(ClaimPayment).where(ClaimPayment.claim_id == claim_id).order_by(ClaimPayment.id)
    ).all()


def recourse_of(claim_id: int) -> Recourse | None:
    return db.session.scalar(select(Recourse).where(Recourse.claim_id == claim_id))


def lock_recourse(recourse_id: int) -> Recourse:
    query = select(Recourse).where(Recourse.id == recourse_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def open_recourses(store_id: int) -> Sequence[Recourse]:
    """What a store owes the fund, the oldest first, locked."""
    query = (
        select(Recourse)
        .where(Recourse.store_id == store_id, Recourse.ended_at.is_(None))
        .order_by(Recourse.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query if is_sqlite() else query.with_for_update()).all()


def unanswered_ids(at: datetime, limit: int) -> Sequence[int]:
    """Claims whose store let its 72 hours pass; the deadline itself is in time."""
    return db.session.scalars(
        select(Claim.id)
        .where(Claim.state == ClaimState.filed, Claim.answer_due_at < at)
        .order_by(Claim.answer_due_at)
        .limit(limit)
    ).all()
