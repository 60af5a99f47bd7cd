"""The seal centre's side: triage, expert review, contests. Grounds are compulsory and stand in the thread."""

from __future__ import annotations

from datetime import datetime

from marketplace.complaints.answering import say_as_office
from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.errors import AnotherOfficerNeeded, WrongComplaintStep
from marketplace.complaints.filing import let_go
from marketplace.complaints.hook_events import hook_decided
from marketplace.complaints.inputs import Ruling, Verdict
from marketplace.complaints.models import Complaint, ComplaintState, Evaluation
from marketplace.complaints.notices import tell_ruled
from marketplace.complaints.queries import complaint_by_number, complaint_of_store, lock_complaint
from marketplace.complaints.rules import may_become
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.record_rows import add_fact
from marketplace.stores.standing import Fact

C = ComplaintState
STATES = {Fact.unfounded: C.unfounded, Fact.duplicate: C.unfounded, Fact.referred: C.referred}


def rule_on_complaint(number: str, ruling: Ruling, actor: Actor, at: datetime) -> Complaint:
    """Triage: admissible (which also takes an earlier ruling back), duplicate, unfounded, or referred to an authority
    with its letter. The count follows at once. Raises UnknownComplaint, WrongComplaintStep."""
    complaint = lock_complaint(complaint_by_number(number).id)
    ensure_disinterested(actor, complaint.store_id)
    at = max(at, complaint.filed_at)
    _rule(complaint, ruling, actor, at)
    return complaint


def _rule(complaint: Complaint, ruling: Ruling, actor: Actor, at: datetime) -> None:
    if complaint.ruling is ruling.fact:
        raise WrongComplaintStep("already_ruled")
    if ruling.fact is Fact.admitted:
        if complaint.state in (C.unfounded, C.referred):
            complaint.state, complaint.closed_at = C.closed, at
    else:
        state = STATES[ruling.fact]
        if complaint.state is not state and not may_become(complaint.state, state):
            raise WrongComplaintStep(params={"state": complaint.state})
        complaint.authority, complaint.letter = ruling.authority, ruling.letter
        complaint.state, complaint.remind_at = state, None
        let_go(complaint, at)
    complaint.ruling, complaint.ruled_at, complaint.ruled_by_id = ruling.fact, at, actor.id
    db.session.flush()
    add_fact(complaint.number, ruling.fact, at, key=f"ruling:{at.isoformat()}:{ruling.fact.value}")
    record(
        actor,
        "rule_on_complaint",
        f"complaint:{complaint.number}",
        at,
        ruling=ruling.fact.value,
        authority=ruling.authority,
        letter=ruling.letter,
    )
    say_as_office(complaint, ruling.text, actor, at)
    tell_ruled(complaint, at)
    hook_decided(complaint, ruling.fact.value, at)
    apply_consequences(complaint.store_id, at)


def review_complaint(number: str, verdict: Verdict, actor: Actor, at: datetime) -> Complaint:
    """The expert's review of a complaint that the shopper calls not solved: upheld counts, dismissed does not.

    Raises UnknownComplaint, WrongComplaintStep where nothing is to be reviewed.
    """
    complaint = lock_complaint(complaint_by_number(number).id)
    ensure_disinterested(actor, complaint.store_id)
    if complaint.state is not C.evaluated or complaint.evaluation is not Evaluation.not_solved:
        raise WrongComplaintStep(params={"state": complaint.state})
    at = max(at, complaint.evaluated_at or at)
    complaint.state, complaint.reviewed_at, complaint.reviewed_by_id = C.reviewed, at, actor.id
    db.session.flush()
    add_fact(complaint.number, Fact.upheld if verdict.is_upheld else Fact.dismissed, at)
    record(actor, "review_complaint", f"complaint:{number}", at, upheld=verdict.is_upheld)
    say_as_office(complaint, verdict.text, actor, at)
    tell_ruled(complaint, at)
    hook_decided(complaint, "upheld" if verdict.is_upheld else "dismissed", at)
    apply_consequences(complaint.store_id, at)
    return complaint


def contest_complaint(number: str, store_id: int, text: str, actor: Actor, at: datetime) -> Complaint:
    """The store contests that a complaint counts; once. An officer who has not decided in it looks at it.

    Raises UnknownComplaint, WrongComplaintStep when it was contested before or there is nothing to contest.
    """
    complaint = lock_complaint(complaint_of_store(number, store_id).id)
    is_against = complaint.state in (C.overdue, C.answered, C.evaluated, C.reviewed, C.closed)
    if complaint.contested_at is not None or not is_against:
        raise WrongComplaintStep(params={"state": complaint.state})
    complaint.contested_at, complaint.contest_text = max(at, complaint.filed_at), text
    record(actor, "contest_complaint", f"complaint:{number}", at)
    return complaint


def decide_contest(number: str, verdict: Verdict, actor: Actor, at: datetime) -> Complaint:
    """Another officer decides a contest: won, the complaint is ruled unfounded and leaves the count.

    Raises AnotherOfficerNeeded for who ruled or reviewed before, WrongComplaintStep.
    """
    complaint = lock_complaint(complaint_by_number(number).id)
    ensure_disinterested(actor, complaint.store_id)
    if complaint.contested_at is None or complaint.contest_decided_at is not None:
        raise WrongComplaintStep("no_contest")
    if actor.id in (complaint.reviewed_by_id, complaint.ruled_by_id):
        raise AnotherOfficerNeeded()
    complaint.contest_decided_at = max(at, complaint.contested_at)
    record(actor, "decide_contest", f"complaint:{number}", at, won=verdict.is_upheld)
    if verdict.is_upheld:
        _rule(complaint, Ruling(Fact.unfounded, verdict.text), actor, complaint.contest_decided_at)
    else:
        say_as_office(complaint, verdict.text, actor, complaint.contest_decided_at)
        tell_ruled(complaint, complaint.contest_decided_at)
        hook_decided(complaint, "contest_lost", complaint.contest_decided_at)
    db.session.flush()
    return complaint
