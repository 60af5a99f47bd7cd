"""What must hold of claims at any moment; `bazargah invariants` and every journey ask."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select

from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim, Payer
from marketplace.guarantee.claim_rules import account_of
from marketplace.guarantee.clawback_models import Clawback, ClawbackMove, ClawbackStep
from marketplace.guarantee.decision_models import ClaimDecision
from marketplace.guarantee.recourse_models import (
    ClaimPayment,
    ClaimReservation,
    Recourse,
    RecourseMove,
    RecourseStep,
    ReservationState,
)
from marketplace.ledger.models import LedgerAccount, Step, Transfer

R = ReservationState


def reserved_claims_are_held() -> Iterator[str]:
    """What is held on the fund is what lies ready for claims, to the toman."""
    for payer in Payer:
        held = db.session.scalar(
            select(LedgerAccount.held_debits_toman).where(LedgerAccount.name == account_of(payer).name)
        )
        ready = db.session.scalar(
            select(func.coalesce(func.sum(ClaimReservation.amount_toman), 0))
            .join(Claim, Claim.id == ClaimReservation.claim_id)
            .where(ClaimReservation.state == R.held, Claim.payer == payer)
        )
        if int(held or 0) != int(ready or 0):
            yield f"{held or 0} is held on the account of the {payer.value}, {ready} lies ready for claims"


def claims_are_their_reservations() -> Iterator[str]:
    """What a claim says of its money is what its reservations say."""
    kept = func.sum(case((ClaimReservation.state != R.freed, ClaimReservation.amount_toman), else_=0))
    paid = func.sum(case((ClaimReservation.state == R.paid, ClaimReservation.amount_toman), else_=0))
    sums = (
        select(ClaimReservation.claim_id, kept.label("kept"), paid.label("paid"))
        .group_by(ClaimReservation.claim_id)
        .subquery()
    )
    for row in db.session.execute(
        select(Claim.number, Claim.reserved_toman, Claim.paid_toman, sums.c.kept, sums.c.paid)
        .outerjoin(sums, sums.c.claim_id == Claim.id)
        .where(
            (Claim.reserved_toman != func.coalesce(sums.c.kept, 0))
            | (Claim.paid_toman != func.coalesce(sums.c.paid, 0))
        )
    ):
        yield f"claim {row.number}: {row.reserved_toman} and {row.paid_toman}, its rows {row.kept} and {row.paid}"


def claims_are_paid_once() -> Iterator[str]:
    """The ledger paid for each claim what the claim says, and no claim that was not decided for the shopper."""
    out = (
        select(Transfer.subject, func.sum(Transfer.amount_toman).label("paid"))
        .join(LedgerAccount, LedgerAccount.id == Transfer.debit_account_id)
        .where(
            LedgerAccount.name.in_([account_of(payer).name for payer in Payer]),
            Transfer.step.in_((Step.single, Step.post)),
            Transfer.subject.like("claim:%"),
        )
        .group_by(Transfer.subject)
        .subquery()
    )
    subject = "claim:" + Claim.number
    for row in db.session.execute(
        select(Claim.number, Claim.paid_toman, out.c.paid)
        .outerjoin(out, out.c.subject == subject)
        .where(Claim.paid_toman != func.coalesce(out.c.paid, 0))
    ):
        yield f"claim {row.number}: paid {row.paid_toman}, the ledger {row.paid or 0}"
    for row in db.session.execute(
        select(Claim.number)
        .outerjoin(ClaimDecision, (ClaimDecision.claim_id == Claim.id) & ClaimDecision.is_for_shopper)
        .where(Claim.paid_toman > 0, ClaimDecision.id.is_(None))
    ):
        yield f"claim {row.number}: paid without a decision"


def claims_keep_their_caps() -> Iterator[str]:
    """Nobody was granted more than the caps that stand in the decisions, in an edition or for a store order."""
    granted = (
        select(Claim.person_id, Claim.festival_id, func.sum(Claim.approved_toman).label("granted"))
        .group_by(Claim.person_id, Claim.festival_id)
        .having(func.sum(Claim.approved_toman) > 0)
    )
    most, orders = _caps()
    for row in db.session.execute(granted):
        limit = most.get((row.person_id, row.festival_id))
        if limit is not None and row.granted > limit:
            yield f"person {row.person_id} was granted {row.granted} in edition {row.festival_id}"
    by_part = (
        select(Claim.store_order_id, func.sum(Claim.approved_toman).label("granted"))
        .group_by(Claim.store_order_id)
        .having(func.sum(Claim.approved_toman) > 0)
    )
    for part in db.session.execute(by_part):
        limit = orders.get(part.store_order_id)
        if limit is not None and part.granted > limit:
            yield f"store order {part.store_order_id} was granted {part.granted}"


def _caps() -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """The caps that stand in the decisions: by shopper and edition, and by store order."""
    people: dict[tuple[int, int], int] = {}
    orders: dict[int, int] = {}
    for person, festival, part, facts in db.session.execute(
        select(Claim.person_id, Claim.festival_id, Claim.store_order_id, ClaimDecision.facts).join(
            Claim, Claim.id == ClaimDecision.claim_id
        )
    ):
        if "person_cap_toman" in facts:
            key = (person, festival)
            people[key] = max(people.get(key, 0), int(facts["person_cap_toman"]))
            orders[part] = max(orders.get(part, 0), int(facts["order_cap_toman"]))
    return people, orders


def recourse_explains_payments() -> Iterator[str]:
    """What the fund paid for a claim is what its store owes for it; what was taken, given up and clawed back are its
    steps; and the ledger took in exactly what was recovered."""
    for row in db.session.execute(
        select(Claim.number, Claim.paid_toman, Recourse.amount_toman)
        .outerjoin(Recourse, Recourse.claim_id == Claim.id)
        .where(Claim.paid_toman != func.coalesce(Recourse.amount_toman, 0))
    ):
        yield f"claim {row.number}: paid {row.paid_toman}, recourse {row.amount_toman}"
    S, of = RecourseStep, RecourseMove
    back = (S.netted, S.paid, S.found)
    off = (S.written_off, S.relieved)
    sums = (
        select(
            of.recourse_id,
            func.sum(
                case(
                    (of.step.in_(back), of.amount_toman), (of.step == S.given_back, -of.amount_toman), else_=0
                )
            ).label("back"),
            func.sum(
                case((of.step.in_(off), of.amount_toman), (of.step == S.found, -of.amount_toman), else_=0)
            ).label("off"),
            func.sum(case((of.step.in_((S.clawed, S.given_back)), of.amount_toman), else_=0)).label("clawed"),
        )
        .group_by(of.recourse_id)
        .subquery()
    )
    taken = (
        select(
            Transfer.subject,
            func.sum(
                case(
                    (Transfer.code == "recourse_returned", -Transfer.amount_toman),
                    else_=Transfer.amount_toman,
                )
            ).label("taken"),
        )
        .where(Transfer.subject.like("recourse:%"))
        .group_by(Transfer.subject)
        .subquery()
    )
    for row in db.session.execute(
        select(Recourse, sums.c.back, sums.c.off, sums.c.clawed, taken.c.taken)
        .outerjoin(sums, sums.c.recourse_id == Recourse.id)
        .outerjoin(taken, taken.c.subject == "recourse:" + func.cast(Recourse.id, Transfer.subject.type))
    ):
        owed: Recourse = row.Recourse
        told = (owed.recovered_toman, owed.written_off_toman, owed.clawed_toman, owed.recovered_toman)
        if told != (row.back or 0, row.off or 0, row.clawed or 0, row.taken or 0):
            yield f"recourse {owed.id}: {told}, its steps {row.back}, {row.off}, {row.clawed}, {row.taken}"


def clawbacks_are_their_steps() -> Iterator[str]:
    """What is owed besides recourse came, was given up, or is open; the ledger took in exactly what came."""
    S, of = ClawbackStep, ClawbackMove
    came, amount = (S.netted, S.returned, S.found), of.amount_toman
    sums = (
        select(
            of.clawback_id,
            func.sum(case((of.step.in_(came), amount), else_=0)).label("came"),
            func.sum(case((of.step == S.written_off, amount), (of.step == S.found, -amount), else_=0)).label(
                "off"
            ),
        )
        .group_by(of.clawback_id)
        .subquery()
    )
    taken = (
        select(Transfer.subject, func.sum(Transfer.amount_toman).label("taken"))
        .where(Transfer.subject.like("clawback:%"))
        .group_by(Transfer.subject)
        .subquery()
    )
    for row in db.session.execute(
        select(Clawback, sums.c.came, sums.c.off, taken.c.taken)
        .outerjoin(sums, sums.c.clawback_id == Clawback.id)
        .outerjoin(taken, taken.c.subject == "clawback:" + func.cast(Clawback.id, Transfer.subject.type))
    ):
        owed: Clawback = row.Clawback
        told = (owed.returned_toman, owed.written_off_toman, owed.returned_toman)
        if told != (row.came or 0, row.off or 0, row.taken or 0):
            yield f"clawback {owed.id}: {told}, its steps {row.came}, {row.off}, {row.taken}"


def payments_are_of_reservations() -> Iterator[str]:
    """Each paid reservation has one payment of its amount."""
    for row in db.session.execute(
        select(ClaimReservation.id, ClaimPayment.amount_toman)
        .outerjoin(ClaimPayment, ClaimPayment.reservation_id == ClaimReservation.id)
        .where(
            ClaimReservation.state == R.paid,
            func.coalesce(ClaimPayment.amount_toman, 0) != ClaimReservation.amount_toman,
        )
    ):
        yield f"reservation {row.id}: paid, its payment {row.amount_toman}"


CHECKS = {
    "reserved_claims_are_held": reserved_claims_are_held,
    "claims_are_their_reservations": claims_are_their_reservations,
    "claims_are_paid_once": claims_are_paid_once,
    "claims_keep_their_caps": claims_keep_their_caps,
    "recourse_explains_payments": recourse_explains_payments,
    "clawbacks_are_their_steps": clawbacks_are_their_steps,
    "payments_are_of_reservations": payments_are_of_reservations,
}
