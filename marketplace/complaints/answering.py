"""The store's side of a case: its answer stops the clock; and the shopper's word on an offer and on the answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.errors import AlreadyAnswered, BadComplaint, WrongComplaintStep
from marketplace.complaints.filing import ensure_room, say
from marketplace.complaints.hook_events import hook_answered
from marketplace.complaints.inputs import Answer
from marketplace.complaints.models import (
    AnswerDraft,
    Complaint,
    ComplaintMessage,
    ComplaintState,
    Evaluation,
    OfferOfStoreState,
    Remedy,
    Said,
    Side,
    StoreOffer,
)
from marketplace.complaints.notices import tell_answered, tell_evaluated, tell_offer_decided
from marketplace.complaints.queries import (
    complaint_of_person,
    complaint_of_store,
    lock_complaint,
    open_offer,
)
from marketplace.complaints.remedies import carry_out, most_refundable
from marketplace.complaints.rules import OPEN_TO_WORDS, may_become, may_evaluate_until
from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.policy.policy import policy_at
from marketplace.stores.record_rows import add_fact
from marketplace.stores.standing import Fact

C = ComplaintState


def answer_complaint(number: str, store_id: int, answer: Answer, actor: Actor, at: datetime) -> Complaint:
    """The store speaks: a reply stops nothing; an offer, an acceptance or a refusal with reasons stops the clock.

    After the first answer only replies and further offers are taken. Raises UnknownComplaint for another store's,
    AlreadyAnswered, WrongComplaintStep at its end, BadComplaint for a sum above what was paid, TooMany where the thread
    is full.
    """
    complaint = lock_complaint(complaint_of_store(number, store_id).id)
    at = max(at, complaint.filed_at)
    if answer.said is Said.reply:
        if complaint.state not in OPEN_TO_WORDS:
            raise WrongComplaintStep(params={"state": complaint.state})
        ensure_room(complaint.id)
        say(complaint, Side.store, Said.reply, actor.id, answer.text, at)
        return complaint
    is_first = may_become(complaint.state, C.answered)
    if not is_first and not (complaint.state is C.answered and answer.said is Said.offer):
        raise AlreadyAnswered() if complaint.answered_at else WrongComplaintStep()
    if is_first:
        _stop_clock(complaint, at)
    else:
        ensure_room(complaint.id)
    say(complaint, Side.store, answer.said, actor.id, answer.text, at)
    if answer.said is Said.offer and answer.remedy is not None:
        _offer(complaint, answer.remedy, answer.amount_toman, at)
    if answer.said is Said.acceptance:
        _accept_at_once(complaint, at)
    db.session.execute(delete(AnswerDraft).where(AnswerDraft.complaint_id == complaint.id))
    record(actor, "answer_complaint", f"complaint:{number}", at, kind=answer.said.value)
    tell_answered(complaint, answer.said, at)
    hook_answered(complaint, answer.said, at)
    if is_first:
        apply_consequences(complaint.store_id, at)
    return complaint


def _stop_clock(complaint: Complaint, at: datetime) -> None:
    """Only one answer stops the clock: of two at once the later one meets AlreadyAnswered."""
    stopped = changed_count(
        update(Complaint)
        .where(Complaint.id == complaint.id, Complaint.state.in_((C.filed, C.overdue)))
        .values(state=C.answered, answered_at=at, remind_at=None)
        .execution_options(synchronize_session=False)
    )
    if not stopped:
        raise AlreadyAnswered()
    db.session.refresh(complaint)
    add_fact(complaint.number, Fact.answered, at)


def _offer(complaint: Complaint, remedy: Remedy, amount: int | None, at: datetime) -> StoreOffer:
    if complaint.store_order_id is None and remedy is not Remedy.replacement:
        raise BadComplaint(fields={"remedy": "no_money_here"})
    if remedy is not Remedy.replacement and complaint.store_order_id is not None:
        most = most_refundable(complaint)
        amount = most if remedy is Remedy.refund else amount
        if amount is None or not 0 < amount <= most:
            raise BadComplaint(fields={"amount_toman": "amount_above_paid"}, params={"most_toman": most})
    earlier = open_offer(complaint.id)
    if earlier is not None:
        earlier.state, earlier.decided_at = OfferOfStoreState.replaced, at
        db.session.flush()
    offer = StoreOffer(complaint_id=complaint.id, remedy=remedy, amount_toman=amount, made_at=at)
    db.session.add(offer)
    db.session.flush()
    return offer


def _accept_at_once(complaint: Complaint, at: datetime) -> None:
    """The store says the shopper is right: what is left of the money goes back, where the platform has it."""
    if complaint.store_order_id is None or most_refundable(complaint) <= 0:
        return
    offer = _offer(complaint, Remedy.refund, None, at)
    offer.state, offer.decided_at = OfferOfStoreState.accepted, at
    carry_out(complaint, offer, at)


def decide_offer(number: str, person_id: int, is_accepted: bool, at: datetime) -> StoreOffer:
    """The shopper takes the open offer, which carries itself out in this unit, or declines it.

    Raises UnknownComplaint, WrongComplaintStep where no offer is open.
    """
    complaint = lock_complaint(complaint_of_person(number, person_id).id)
    offer = open_offer(complaint.id)
    if offer is None or complaint.state not in OPEN_TO_WORDS:
        raise WrongComplaintStep("no_open_offer")
    at = max(at, offer.made_at)
    offer.state = OfferOfStoreState.accepted if is_accepted else OfferOfStoreState.declined
    offer.decided_at = at
    if is_accepted:
        carry_out(complaint, offer, at)
    db.session.flush()
    tell_offer_decided(complaint, offer, at)
    return offer


def evaluate_complaint(number: str, person_id: int, is_solved: bool, text: str, at: datetime) -> Complaint:
    """The shopper says whether it is solved: within ten days of the answer, or whenever none came; "not solved" goes
    to an expert.

    Saying the same twice changes nothing. Raises UnknownComplaint, WrongComplaintStep.
    """
    complaint = lock_complaint(complaint_of_person(number, person_id).id)
    wanted = Evaluation.solved if is_solved else Evaluation.not_solved
    if complaint.evaluation is wanted:
        return complaint
    if not may_become(complaint.state, C.evaluated):
        raise WrongComplaintStep(params={"state": complaint.state})
    at = max(at, complaint.answered_at or complaint.answer_due_at)
    if complaint.answered_at and at > may_evaluate_until(
        complaint.answered_at, policy_at(complaint.filed_at)
    ):
        raise WrongComplaintStep("evaluation_over")
    complaint.state, complaint.evaluation, complaint.evaluated_at = C.evaluated, wanted, at
    add_fact(complaint.number, Fact.solved if is_solved else Fact.not_solved, at)
    if text:
        say(complaint, Side.shopper, Said.evaluation, person_id, text, at)
    tell_evaluated(complaint, at)
    apply_consequences(complaint.store_id, at)
    return complaint


def say_as_office(number_of: Complaint, text: str, actor: Actor, at: datetime) -> ComplaintMessage:
    """The seal centre speaks in the thread, to both sides."""
    record(actor, "speak_in_complaint", f"complaint:{number_of.number}", at)
    return say(number_of, Side.office, Said.decision, actor.id, text, at)
