"""Who decides: adjudicators without an interest, seated by load, nobody twice at one claim."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, union

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.complaints.models import Complaint
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import choices_of, seats_of
from marketplace.guarantee.claim_rules import Interests, choose_seat, conflicts, do_differ, seats_needed
from marketplace.guarantee.decision_models import (
    SEATED,
    ClaimAssignment,
    ClaimChoice,
    Release,
    Round,
)
from marketplace.guarantee.errors import HasInterest, NotYourSeat, StaleClaim
from marketplace.orders.address_models import SavedAddress
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.stores.models import StoreMember

on_violation("uq_claim_assignments_seat", StaleClaim)
on_violation("uq_claim_assignments_claim_id_adjudicator_id", StaleClaim)
THIRD = 3


def round_of(claim: Claim) -> Round:
    """Which round a claim is in."""
    return Round.appeal if claim.state in (ClaimState.appealed, ClaimState.final) else Round.first


def seats_wanted(claim: Claim) -> tuple[int, ...]:
    """The seats that a claim needs now: one, two above the limit, a third where those two differ. An appeal is heard by
    one."""
    if round_of(claim) is Round.appeal:
        return (1,)
    if seats_needed(claim.loss_toman, policy_at(claim.filed_at)) == 1:
        return (1,)
    chosen = {choice.seat: choice for choice in choices_of(claim.id, Round.first)}
    if 1 in chosen and 2 in chosen and do_differ(_points(chosen[1]), _points(chosen[2])):
        return (1, 2, THIRD)
    return (1, 2)


def _points(choice: ClaimChoice) -> tuple[bool, int, int]:
    return choice.is_for_shopper, choice.loss_toman, choice.store_share_percent


def fill_seats(claim: Claim, at: datetime) -> int:
    """Seats adjudicators where seats are empty; gives how many. Without anybody free of interest the seat stays empty
    and a sweep tries again."""
    if claim.state not in (ClaimState.answered, ClaimState.assessed, ClaimState.appealed):
        return 0
    round_, filled = round_of(claim), 0
    taken = {seat.seat for seat in seats_of(claim.id, round_)}
    for seat in seats_wanted(claim):
        if seat in taken:
            continue
        person_id = choose_seat(claim.number, _loads(_fit(claim)))
        if person_id is None:
            break
        db.session.add(
            ClaimAssignment(
                claim_id=claim.id, adjudicator_id=person_id, round=round_, seat=seat, assigned_at=at
            )
        )
        db.session.flush()
        filled += 1
        record(SYSTEM, "seat_adjudicator", f"claim:{claim.number}", at, seat=seat, round=round_.value)
    return filled


def interests_against(person_id: int, claim: Claim) -> list[str]:
    """Why a person may not decide in a claim now; the look is taken again when they choose."""
    return conflicts(_ties(person_id, claim), claim.person_id, _mobiles_of_case(claim))


def has_decided(person_id: int, claim_id: int) -> bool:
    return (
        db.session.scalar(
            select(ClaimChoice.id).where(
                ClaimChoice.claim_id == claim_id, ClaimChoice.adjudicator_id == person_id
            )
        )
        is not None
    )


def ensure_seated(actor: Actor, claim: Claim) -> ClaimAssignment:
    """The seat on which somebody waits at a claim. Raises NotYourSeat, HasInterest for one who may not decide."""
    mine = [seat for seat in seats_of(claim.id, round_of(claim)) if seat.adjudicator_id == actor.id]
    if not mine or actor.id is None:
        raise NotYourSeat()
    against = interests_against(actor.id, claim)
    if against:
        raise HasInterest(reasons=[f"interest.{code}" for code in against])
    return mine[0]


def release_seat(seat: ClaimAssignment, why: Release, at: datetime) -> None:
    """Empties a seat; whoever sat there does not come back to this claim."""
    seat.released_at, seat.release = at, why
    db.session.flush()


def free_seats(claim: Claim, at: datetime) -> None:
    """The claim ended: nobody's desk shows it any more."""
    for seat in seats_of(claim.id):
        if seat.chosen_at is None:
            release_seat(seat, Release.ended, at)


def _fit(claim: Claim) -> list[int]:
    """Adjudicators who never sat at the claim and have no interest in it."""
    sat = select(ClaimAssignment.adjudicator_id).where(ClaimAssignment.claim_id == claim.id)
    people = db.session.scalars(
        select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role == Role.adjudicator,
            RoleGrant.ended_at.is_(None),
            Person.disabled_at.is_(None),
            RoleGrant.person_id.not_in(sat),
        )
        .order_by(RoleGrant.person_id)
    ).all()
    mobiles = _mobiles_of_case(claim)
    return [p for p in people if not conflicts(_ties(p, claim), claim.person_id, mobiles)]


def _loads(people: Collection[int]) -> dict[int, int]:
    """Open seats by person."""
    rows = db.session.execute(
        select(ClaimAssignment.adjudicator_id, func.count().label("open"))
        .where(ClaimAssignment.adjudicator_id.in_(people), SEATED, ClaimAssignment.chosen_at.is_(None))
        .group_by(ClaimAssignment.adjudicator_id)
    )
    counted = {row.adjudicator_id: int(row.open) for row in rows}
    return {person: counted.get(person, 0) for person in people}


def _ties(person_id: int, claim: Claim) -> Interests:
    own = select(Person.mobile).where(Person.id == person_id)
    sent = select(Order.receiver_mobile).where(Order.person_id == person_id)
    kept = select(SavedAddress.receiver_mobile).where(SavedAddress.person_id == person_id)
    is_member = db.session.scalar(
        select(StoreMember.id)
        .where(StoreMember.store_id == claim.store_id, StoreMember.person_id == person_id)
        .limit(1)
    )
    case = db.session.get_one(Complaint, claim.complaint_id)
    acted = person_id in (case.reviewed_by_id, case.ruled_by_id)
    return Interests(
        person_id, is_member is not None, frozenset(db.session.scalars(union(own, sent, kept))), acted
    )


def _mobiles_of_case(claim: Claim) -> frozenset[str]:
    """Mobiles of the shopper, of who received the parcel, and of the store's people."""
    part = select(StoreOrder.order_id).where(StoreOrder.id == claim.store_order_id)
    members = (
        select(Person.mobile)
        .join(StoreMember, StoreMember.person_id == Person.id)
        .where(StoreMember.store_id == claim.store_id)
    )
    shopper = select(Person.mobile).where(Person.id == claim.person_id)
    receiver = select(Order.receiver_mobile).where(Order.id.in_(part))
    return frozenset(db.session.scalars(union(members, shopper, receiver)))
