"""Both sides before the decision: the store's answer, more words and files, what is asked, a look at the goods.

A file is complete when the store answered or let its time pass and nothing is asked any more; then the clock of the
decision runs. Asking for more stops it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import TooMany
from marketplace.core.unit_of_work import on_violation
from marketplace.guarantee.claim_inputs import Report, RequestWish
from marketplace.guarantee.claim_models import (
    Claim,
    ClaimInspection,
    ClaimMessage,
    ClaimRequest,
    ClaimState,
    Party,
    Said,
)
from marketplace.guarantee.claim_notices import tell_claim_answered, tell_claim_asked, tell_claim_complete
from marketplace.guarantee.claim_queries import (
    claim_by_number,
    claim_of_person,
    claim_of_store,
    inspection_of,
    lock_claim,
    open_requests,
)
from marketplace.guarantee.claim_rules import UNDECIDED, bearer_of, decide_by, evidence_due
from marketplace.guarantee.errors import BadClaim, WrongClaimStep
from marketplace.guarantee.seating import ensure_seated, fill_seats
from marketplace.guarantee.steps import ensure_seen, move, say, touch
from marketplace.policy.policy import policy_at

MOST_MESSAGES = 200
OPEN_TO_WORDS = UNDECIDED | {ClaimState.appealed}
on_violation("uq_claim_requests_open", WrongClaimStep)
on_violation("uq_claim_inspections_claim_id", WrongClaimStep)


def answer_claim(number: str, store_id: int, text: str, actor: Actor, at: datetime) -> Claim:
    """The store's answer, once, within its 72 hours; later words are additions. Raises UnknownClaim, WrongClaimStep."""
    claim = lock_claim(claim_of_store(number, store_id).id)
    if claim.state is not ClaimState.filed or (claim.answer_due_at and at > claim.answer_due_at):
        raise WrongClaimStep(params={"state": claim.state})
    move(claim, ClaimState.answered)
    claim.answered_at = at
    say(claim, Party.store, Said.answer, actor.id, text, at)
    record(actor, "answer_claim", f"claim:{number}", at)
    tell_claim_answered(claim, at)
    complete_file(claim, at)
    return claim


def let_answer_pass(claim_id: int, at: datetime) -> bool:
    """The store's time is over without an answer; the file goes on without it. False when it answered meanwhile."""
    claim = lock_claim(claim_id)
    if claim.state is not ClaimState.filed or claim.answer_due_at is None or at <= claim.answer_due_at:
        return False
    move(claim, ClaimState.answered)
    complete_file(claim, at)
    return True


def complete_file(claim: Claim, at: datetime) -> bool:
    """Sets the clock of the decision where nothing is missing any more; gives whether it did."""
    if claim.state is not ClaimState.answered or open_requests(claim.id):
        return False
    look = inspection_of(claim.id)
    if look is not None and look.ended_at is None:
        return False
    move(claim, ClaimState.assessed)
    claim.complete_at = at
    claim.decide_by_at = decide_by(at, policy_at(claim.filed_at))
    db.session.flush()
    fill_seats(claim, at)
    tell_claim_complete(claim, at)
    return True


def add_words(claim: Claim, side: Party, actor: Actor, text: str, at: datetime) -> ClaimMessage:
    """More of one side; it also answers what that side was asked. Raises WrongClaimStep after the decision, TooMany."""
    claim = lock_claim(claim.id)
    if claim.state not in OPEN_TO_WORDS:
        raise WrongClaimStep(params={"state": claim.state})
    said = db.session.scalar(select(func.count()).where(ClaimMessage.claim_id == claim.id))
    if (said or 0) >= MOST_MESSAGES:
        raise TooMany()
    message = say(claim, side, Said.addition, actor.id, text, at)
    for asked in open_requests(claim.id):
        if asked.of is side:
            asked.answered_at = asked.ended_at = at
    touch(claim)
    complete_file(claim, at)
    return message


def add_words_of_shopper(number: str, person_id: int, text: str, actor: Actor, at: datetime) -> ClaimMessage:
    """Raises UnknownClaim for another's; else as `add_words`."""
    return add_words(claim_of_person(number, person_id), Party.shopper, actor, text, at)


def add_words_of_store(number: str, store_id: int, text: str, actor: Actor, at: datetime) -> ClaimMessage:
    """Raises UnknownClaim for another's; else as `add_words`."""
    return add_words(claim_of_store(number, store_id), Party.store, actor, text, at)


def ask_for_more(number: str, wish: RequestWish, version: int, actor: Actor, at: datetime) -> ClaimRequest:
    """An adjudicator of the case asks one side for more; 72 hours, and the clock of the decision stands.

    Raises UnknownClaim, StaleClaim, NotYourSeat, HasInterest, WrongClaimStep where that side is asked already.
    """
    claim = lock_claim(claim_by_number(number).id)
    ensure_seen(claim, version)
    if claim.state not in (ClaimState.answered, ClaimState.assessed):
        raise WrongClaimStep(params={"state": claim.state})
    seat = ensure_seated(actor, claim)
    if any(asked.of is wish.of for asked in open_requests(claim.id)):
        raise WrongClaimStep("claim_asked_already")
    asked = ClaimRequest(
        claim_id=claim.id,
        of=wish.of,
        text=wish.text,
        asked_by_id=seat.adjudicator_id,
        asked_at=at,
        due_at=evidence_due(at, policy_at(claim.filed_at)),
    )
    db.session.add(asked)
    say(claim, Party.office, Said.request, actor.id, wish.text, at)
    _open_file(claim)
    record(actor, "ask_for_evidence", f"claim:{number}", at, of=wish.of.value)
    tell_claim_asked(claim, asked, at)
    return asked


def _open_file(claim: Claim) -> None:
    """The file is not complete any more."""
    if claim.state is ClaimState.assessed:
        move(claim, ClaimState.answered)
        claim.complete_at = claim.decide_by_at = None
    else:
        touch(claim)
    db.session.flush()


def extend_request(claim: Claim, side: Party, at: datetime) -> ClaimRequest:
    """A side takes more time for what it was asked, once. Raises WrongClaimStep."""
    claim = lock_claim(claim.id)
    for asked in open_requests(claim.id):
        if asked.of is side and asked.extended_at is None and at <= asked.due_at:
            asked.extended_at = at
            asked.due_at = evidence_due(asked.due_at, policy_at(claim.filed_at))
            touch(claim)
            return asked
    raise WrongClaimStep("claim_no_extension")


def end_request(request_id: int, at: datetime) -> bool:
    """What was asked was not brought in time; the file goes on without it. False when it was."""
    asked = db.session.get_one(ClaimRequest, request_id)
    claim = lock_claim(asked.claim_id)
    db.session.refresh(asked)
    if asked.ended_at is not None or at <= asked.due_at:
        return False
    asked.ended_at = at
    touch(claim)
    complete_file(claim, at)
    return True


def ask_for_inspection(
    number: str, asked_by: Party, version: int, actor: Actor, at: datetime
) -> ClaimInspection:
    """Somebody independent shall look at the goods; once for a claim. The side against which it speaks bears the cost.

    Raises UnknownClaim, StaleClaim, WrongClaimStep; NotYourSeat, HasInterest for the fund's wish by another than its
    adjudicator.
    """
    claim = lock_claim(claim_by_number(number).id)
    ensure_seen(claim, version)
    if claim.state not in UNDECIDED or inspection_of(claim.id) is not None:
        raise WrongClaimStep("claim_no_inspection")
    if asked_by is Party.office:
        ensure_seated(actor, claim)
    policy = policy_at(claim.filed_at)
    look = ClaimInspection(claim_id=claim.id, asked_by=asked_by, asked_at=at, due_at=decide_by(at, policy))
    db.session.add(look)
    if claim.state is ClaimState.filed:
        touch(claim)
    else:
        _open_file(claim)
    record(actor, "ask_for_inspection", f"claim:{number}", at, side=asked_by.value)
    return look


def report_inspection(
    number: str, report: Report, version: int, actor: Actor, at: datetime
) -> ClaimInspection:
    """What the independent look found; an adjudicator writes it from the own seat, else the office does.

    Raises UnknownClaim, StaleClaim, NotYourSeat, HasInterest, WrongClaimStep where none is open, BadClaim for a
    look that cost more than the loss.
    """
    claim = lock_claim(claim_by_number(number).id)
    ensure_seen(claim, version)
    if actor.role == Role.adjudicator:
        ensure_seated(actor, claim)
    look = inspection_of(claim.id)
    if look is None or look.ended_at is not None:
        raise WrongClaimStep("claim_no_inspection")
    if report.cost_toman > claim.loss_toman:
        raise BadClaim(fields={"cost_toman": "above_paid"})
    look.inspector, look.cost_toman, look.finding = report.inspector, report.cost_toman, report.finding
    look.report, look.borne_by = report.text, bearer_of(report.finding)
    look.reported_at = look.ended_at = at
    say(claim, Party.office, Said.inspection, actor.id, report.text, at)
    touch(claim)
    record(actor, "report_inspection", f"claim:{number}", at, finding=report.finding.value)
    complete_file(claim, at)
    return look


def end_inspection(inspection_id: int, at: datetime) -> bool:
    """Nobody looked at the goods in time; the file goes on without it. False when somebody did."""
    look = db.session.get_one(ClaimInspection, inspection_id)
    claim = lock_claim(look.claim_id)
    db.session.refresh(look)
    if look.ended_at is not None or at <= look.due_at:
        return False
    look.ended_at = at
    touch(claim)
    complete_file(claim, at)
    return True
