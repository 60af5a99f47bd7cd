"""Decisions over applications: all or nothing, on what was seen, taken back in time, told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Person, Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.jobs import run_due
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ADMITTED_STORES, explain_store
from marketplace.festival.appeals import decide_appeal, file_appeal
from marketplace.festival.application_decisions import decide, undo_decision
from marketplace.festival.application_errors import (
    AppealClosed,
    DecisionTold,
    NotDecidable,
    SecondOfficerNeeded,
    StaleDecision,
)
from marketplace.festival.application_models import (
    ApplicationDecision,
    ApplicationMatch,
    ApplicationStep,
    MatchState,
    Vacancy,
    Verdict,
)
from marketplace.festival.decision_inputs import Letter, Ruling
from marketplace.festival.models import Application, ApplicationState, CheckResult, Festival
from marketplace.festival.submitting import withdraw_application
from marketplace.festival.telling import reject_unanswered_revisions, tell_decisions
from marketplace.festival.tray import answer_referral, refer_application, suspend_application
from marketplace.festival.waiting_list import fill_vacancies, refresh_scores
from marketplace.messages.models import Message
from tests.factories import (
    AT,
    a_festival,
    a_member,
    a_person,
    a_pledge_acceptance,
    a_policy_row,
    a_store,
    an_official,
    change,
    fresh,
    pledge_texts,
    pledges_in_force,
    rules,
    writing,
)
from tests.factories.applications import a_waiting_application
from tests.together import at_once

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def festival(ctx, at) -> Festival:
    rules()
    pledge_texts()
    return a_festival()


@pytest.fixture
def officer(festival: Festival) -> Person:
    return an_official(Role.office)


def applicant(festival: Festival, *, stars: int = 4, **columns: Any) -> Application:
    """A store in order that waits for the office."""
    with writing():
        store = a_store(seal={"stars": stars})
        for text in pledges_in_force(AT):
            a_pledge_acceptance(store, festival, text)
        return a_waiting_application(store, festival, **columns)


def ruling(verdict: Verdict, *reasons: str) -> Ruling:
    return Ruling(verdict, reasons, "", Letter(None, None))


def by(person: Person) -> Actor:
    return Actor(person.id, "office", person.display_name)


def decided(
    festival: Festival,
    officer: Person,
    verdict: Verdict,
    *applications: Application,
    reasons: tuple[str, ...] = (),
) -> ApplicationDecision:
    with unit_of_work():
        found = decide(
            festival.id, {a.id: a.version for a in applications}, ruling(verdict, *reasons), by(officer), AT
        )
        db.session.flush()
        db.session.expunge(found)
    return found


def counted(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def untouched(*applications: Application) -> bool:
    """Nothing was decided: no state, no history, no log, no message."""
    same = all(fresh(a).version == a.version and fresh(a).state is a.state for a in applications)
    return same and not counted(ApplicationStep) and not counted(AuditEntry) and not counted(Message)


def test_a_decision_over_many_is_whole_and_admits(festival, officer):
    many = [applicant(festival) for _ in range(3)]
    decided(festival, officer, Verdict.approve, *many)
    assert all(fresh(a).state is ApplicationState.approved for a in many)
    admitted = set(db.session.scalars(ADMITTED_STORES, {"festival": festival.id, "at": AT}))
    assert admitted == {a.store_id for a in many}
    assert all(explain_store(a.store_id, festival.id, AT) == [] for a in many)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.details["applications"] == [a.id for a in many]
    steps = db.session.scalars(select(ApplicationStep)).all()
    assert {(s.from_state.value, s.to_state.value, s.version) for s in steps} == {
        ("submitted", "approved", 1)
    }


def test_one_that_changed_stops_all(festival, officer):
    first, second = applicant(festival), applicant(festival)
    change(second, version=1)
    with pytest.raises(StaleDecision) as refused:
        decided(festival, officer, Verdict.approve, first, second)
    assert refused.value.params["changed"] == [second.id]
    assert untouched(first)


def test_the_second_officer_sees_that_the_first_decided(festival, officer):
    application, other = applicant(festival), an_official(Role.office)
    decided(festival, officer, Verdict.approve, application)
    with pytest.raises(StaleDecision):
        decided(festival, other, Verdict.reject, application, reasons=("late",))
    assert fresh(application).state is ApplicationState.approved
    assert counted(ApplicationDecision) == 1


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"seal": {"valid_until": AT}}, "checks_no"),
        ({"licence": {"valid_until": AT}}, "checks_no"),
        ({"clearance": {"state": "asked", "valid_until": None}}, "checks_wait"),
        ({"seal": {"domain": "other.example"}}, "checks_no"),
    ],
    ids=["seal", "licence", "clearance", "domain"],
)
def test_no_approval_on_a_failing_check(festival, officer, wrong, problem):
    with writing():
        store = a_store(**wrong)
        for text in pledges_in_force(AT):
            a_pledge_acceptance(store, festival, text)
        application = a_waiting_application(store, festival)
    with pytest.raises(NotDecidable) as refused:
        decided(festival, officer, Verdict.approve, application)
    assert refused.value.params["problems"] == {application.id: problem}
    assert untouched(application)


@pytest.mark.parametrize("state", [MatchState.asked, MatchState.unanswered, MatchState.mismatch])
def test_no_answer_never_means_yes(festival, officer, state):
    application = applicant(festival)
    match = db.session.scalars(select(ApplicationMatch).where(ApplicationMatch.kind == "account")).one()
    change(match, state=state)
    with pytest.raises(NotDecidable):
        decided(festival, officer, Verdict.approve, application)
    assert untouched(application)


def test_places_are_counted_and_the_best_fit_first(festival, officer):
    a_policy_row("capacity_stores", 1)
    low, high = applicant(festival, stars=1), applicant(festival, stars=5)
    with pytest.raises(NotDecidable) as refused:
        decided(festival, officer, Verdict.approve, low, high)
    assert refused.value.params["problems"] == {low.id: "no_place"}
    decided(festival, officer, Verdict.approve, high)
    with pytest.raises(NotDecidable):
        decided(festival, officer, Verdict.approve, low)


def test_nobody_decides_about_their_own_store(festival, officer):
    application = applicant(festival)
    with writing():
        store = db.session.get(Application, application.id).store_id
        a_member(type("S", (), {"id": store}), officer)  # type: ignore[arg-type]
    with pytest.raises(NotDecidable) as refused:
        decided(festival, officer, Verdict.approve, application)
    assert refused.value.params["problems"] == {application.id: "own_store"}


def test_undo_before_notices_leave_and_not_after(festival, officer):
    application = applicant(festival)
    decision = decided(festival, officer, Verdict.reject, application, reasons=("late",))
    assert tell_decisions(AT + 9 * MINUTE) == 0
    with unit_of_work():
        _, count = undo_decision(decision.id, by(officer), AT + 9 * MINUTE)
    back = fresh(application)
    assert (count, back.state, back.reasons, back.due_at) == (
        1,
        ApplicationState.submitted,
        [],
        application.submitted_at + 10 * DAY,
    )
    assert tell_decisions(AT + 11 * MINUTE) == 0 and counted(Message) == 0
    with pytest.raises(DecisionTold), unit_of_work():
        undo_decision(decision.id, by(officer), AT + 9 * MINUTE)
    second = decided(festival, officer, Verdict.reject, back, reasons=("late",))
    with pytest.raises(DecisionTold), unit_of_work():
        undo_decision(second.id, by(officer), AT + 10 * MINUTE)


def test_who_waited_has_the_same_reasons_after_an_undo(festival, officer):
    waiting = applicant(festival)
    decided(festival, officer, Verdict.waitlist, waiting, reasons=("capacity",))
    tell_decisions(AT + 11 * MINUTE)
    before = fresh(waiting)
    decision = decided(festival, officer, Verdict.approve, before)
    with unit_of_work():
        undo_decision(decision.id, by(officer), AT + 9 * MINUTE)
    back = fresh(waiting)
    assert (back.state, back.reasons, back.due_at) == (ApplicationState.waitlisted, before.reasons, None)
    assert back.decided_at == before.decided_at == AT and back.reasons == [{"code": "capacity"}]


def test_stores_are_told_once_with_reasons(festival, officer):
    application = applicant(festival)
    owner = db.session.scalars(select(Person).where(Person.id != officer.id)).first()
    change(owner, language="en")
    decided(festival, officer, Verdict.reject, application, reasons=("late",))
    assert (tell_decisions(AT + 10 * MINUTE), tell_decisions(AT + 11 * MINUTE)) == (1, 0)
    run_due(AT + 10 * MINUTE)
    messages = db.session.scalars(select(Message)).all()
    assert {m.template for m in messages} == {"application_rejected"}
    assert {m.person_id for m in messages} == {owner.id}
    assert messages[0].params["reasons"] == "Sent after the registration window."


def test_a_place_that_was_left_goes_to_the_best_that_waits(festival, officer):
    a_policy_row("capacity_stores", 1)
    inside = applicant(festival)
    low, high, failing = (applicant(festival, stars=s) for s in (2, 5, 5))
    decided(festival, officer, Verdict.approve, inside)
    decided(festival, officer, Verdict.waitlist, low, high, failing)
    db.session.rollback()
    match = db.session.scalars(
        select(ApplicationMatch).where(ApplicationMatch.application_id == failing.id)
    ).first()
    change(match, state=MatchState.mismatch)
    assert fill_vacancies(AT + DAY) == 0
    with unit_of_work():
        withdraw_application(inside.id, by(officer), AT + MINUTE)
    assert fresh(inside).state is ApplicationState.withdrawn
    assert (fill_vacancies(AT + 2 * MINUTE), fill_vacancies(AT + 3 * MINUTE)) == (1, 0)
    assert fresh(high).state is ApplicationState.approved
    assert fresh(low).state is fresh(failing).state is ApplicationState.waitlisted
    vacancy = db.session.scalars(select(Vacancy)).one()
    assert vacancy.filled_application_id == high.id
    assert vacancy.fill_by_at == AT + MINUTE + DAY
    assert {m.template for m in db.session.scalars(select(Message))} == {"application_promoted"}


def test_the_waiting_list_respects_capacity(festival, officer):
    a_policy_row("capacity_stores", 2)
    inside, other, waiting = (applicant(festival) for _ in range(3))
    decided(festival, officer, Verdict.approve, inside, other)
    decided(festival, officer, Verdict.waitlist, waiting)
    a_policy_row("capacity_stores", 1, at=AT + MINUTE)
    with unit_of_work():
        withdraw_application(inside.id, by(officer), AT + MINUTE)
    assert fill_vacancies(AT + 2 * MINUTE) == 0
    assert fresh(waiting).state is ApplicationState.waitlisted


def test_an_appeal_is_decided_by_another_officer(festival, officer):
    application, other = applicant(festival), an_official(Role.office)
    decided(festival, officer, Verdict.reject, application, reasons=("counterfeit",))
    store = Actor(a_person().id, "store", "owner")
    with pytest.raises(AppealClosed), unit_of_work():
        file_appeal(application.id, "Not told yet.", store, AT)
    tell_decisions(AT + 10 * MINUTE)
    rejected = fresh(application)
    with pytest.raises(AppealClosed), unit_of_work():
        file_appeal(application.id, "A second late.", store, rejected.due_at + timedelta(seconds=1))
    with unit_of_work():
        file_appeal(application.id, "We have papers.", store, rejected.due_at)
    with pytest.raises(AppealClosed), unit_of_work():
        file_appeal(application.id, "Twice.", store, rejected.due_at)
    with pytest.raises(SecondOfficerNeeded), unit_of_work():
        decide_appeal(application.id, rejected.version, True, "fine", by(officer), AT + DAY)
    with pytest.raises(StaleDecision), unit_of_work():
        decide_appeal(application.id, rejected.version - 1, True, "fine", by(other), AT + DAY)
    with unit_of_work():
        decide_appeal(application.id, rejected.version, True, "fine", by(other), AT + DAY)
    assert fresh(application).state is ApplicationState.approved
    with pytest.raises(AppealClosed), unit_of_work():
        decide_appeal(application.id, rejected.version + 1, False, "no", by(other), AT + DAY)


def test_what_is_not_revised_in_time_is_rejected(festival, officer):
    application = applicant(festival)
    decided(festival, officer, Verdict.revise, application, reasons=("address_unclear",))
    due_at = AT + 10 * MINUTE + 7 * DAY
    assert fresh(application).due_at == due_at
    assert reject_unanswered_revisions(due_at) == 0
    assert reject_unanswered_revisions(due_at + timedelta(seconds=1)) == 1
    late = fresh(application)
    assert late.state is ApplicationState.rejected
    assert [r["code"] for r in late.reasons] == ["address_unclear", "revision_lapsed"]


def test_a_referral_lies_in_one_tray_until_it_is_answered(festival, officer):
    application, other = applicant(festival), an_official(Role.office)
    letter = Letter("12/481", AT.date())
    with pytest.raises(Invalid), unit_of_work():
        refer_application(application.id, officer.id, "look", letter, by(officer), AT)
    with unit_of_work():
        referral = refer_application(application.id, other.id, "look", letter, by(officer), AT)
    with pytest.raises(Exception, match="not_found"), unit_of_work():
        answer_referral(referral, "fine", by(officer), AT)
    with unit_of_work():
        assert answer_referral(referral, "fine", by(other), AT) == application.id
    with pytest.raises(Exception, match="referral_answered"), unit_of_work():
        answer_referral(referral, "again", by(other), AT)


def test_a_suspended_store_is_out_at_once_and_keeps_its_place(festival, officer):
    application = applicant(festival)
    decided(festival, officer, Verdict.approve, application)
    with unit_of_work():
        suspend_application(application.id, 1, "fake goods", by(officer), AT)
    assert not db.session.scalars(ADMITTED_STORES, {"festival": festival.id, "at": AT}).all()
    assert fill_vacancies(AT + MINUTE) == 0
    with pytest.raises(StaleDecision), unit_of_work():
        suspend_application(application.id, 1, "again", by(officer), AT)


def test_scores_are_kept_fresh_and_only_written_when_they_change(festival):
    application = applicant(festival, stars=5)
    assert refresh_scores(AT) == 1
    kept = fresh(application)
    assert kept.check_result is CheckResult.ok and kept.score > 0
    assert refresh_scores(AT) == 0


def test_rejection_needs_a_reason_of_its_own_kind():
    for values, reasons in (({"verdict": "reject"}, ()), ({"verdict": "reject"}, ("all_in_order",))):
        with pytest.raises(Invalid) as refused:
            Ruling.parse(values, reasons)
        assert "reason" in refused.value.fields
    assert not issubclass(Invalid, Forbidden)


def outcomes_of(app, count, work):
    return sorted(str(getattr(one, "__name__", one)) for one in at_once(app, count, work))


def test_two_officers_at_once_one_wins(app, festival, officer):
    application, other = applicant(festival), an_official(Role.office)
    people = [officer, other]

    def work(index: int) -> str:
        verdict = (Verdict.approve, Verdict.waitlist)[index]
        with unit_of_work():
            decide(festival.id, {application.id: application.version}, ruling(verdict), by(people[index]), AT)
        return "decided"

    assert outcomes_of(app, 2, work) == ["StaleDecision", "decided"]
    assert fresh(application).version == 1 and counted(ApplicationStep) == counted(ApplicationDecision) == 1


def test_two_officers_never_give_the_last_place_twice(app, festival, officer):
    a_policy_row("capacity_stores", 1)
    two = [applicant(festival), applicant(festival)]

    def work(index: int) -> str:
        with unit_of_work():
            decide(festival.id, {two[index].id: 0}, ruling(Verdict.approve), by(officer), AT)
        return "decided"

    assert outcomes_of(app, 2, work) == ["NotDecidable", "decided"]
    assert sorted(fresh(a).state.value for a in two) == ["approved", "submitted"]


def test_a_place_is_filled_once_whoever_sweeps(app, festival, officer):
    inside = applicant(festival)
    waiting = [applicant(festival) for _ in range(3)]
    decided(festival, officer, Verdict.approve, inside)
    decided(festival, officer, Verdict.waitlist, *waiting)
    with unit_of_work():
        withdraw_application(inside.id, by(officer), AT)
    assert sum(at_once(app, 3, lambda index: fill_vacancies(AT + MINUTE))) == 1
    states = [fresh(a).state for a in waiting]
    assert states.count(ApplicationState.approved) == 1


def test_a_decision_is_told_or_taken_back_never_both(app, festival, officer):
    application = applicant(festival)
    decision = decided(festival, officer, Verdict.approve, application)
    due = AT + 10 * MINUTE

    def work(index: int) -> object:
        if index:
            return tell_decisions(due)
        with unit_of_work():
            undo_decision(decision.id, by(officer), due - timedelta(microseconds=1))
        return "undone"

    at_once(app, 2, work)
    kept = fresh(decision)
    assert (kept.told_at is None) != (kept.undone_at is None)
    assert (fresh(application).state is ApplicationState.submitted) == (kept.undone_at is not None)
