"""Random events over a few applications: only lawful states, every change in the history, places never exceeded, and
admission's SQL and explanation agree throughout."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, broken_entries
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import ADMITTED_STORES, explain_store
from marketplace.festival.appeals import decide_appeal, file_appeal
from marketplace.festival.application_decisions import decide, undo_decision
from marketplace.festival.application_models import ApplicationDecision, ApplicationStep, Vacancy, Verdict
from marketplace.festival.decision_inputs import Letter, Ruling
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.reason_codes import CODES
from marketplace.festival.rules import APPLICATION_TRANSITIONS, UNDONE_TRANSITIONS
from marketplace.festival.submitting import submit_application, withdraw_application
from marketplace.festival.telling import reject_unanswered_revisions, tell_decisions
from marketplace.festival.tray import reinstate_application, suspend_application
from marketplace.festival.waiting_list import fill_vacancies, refresh_scores
from tests.factories import (
    AT,
    a_festival,
    a_pledge_acceptance,
    a_policy_row,
    a_store,
    an_official,
    pledge_texts,
    pledges_in_force,
    rules,
    writing,
)
from tests.factories.applications import a_waiting_application

CAPACITY, STORES = 3, 7
EXAMPLES = 150 if os.environ.get("ROUNDS") else 30
S = ApplicationState


class Office:
    """Two officers and the stores of an edition of their own, acting at random at moments that go on at random."""

    def __init__(self) -> None:
        self.rng, self.at = Random(0), AT
        with writing():
            self.festival = a_festival(live_until=AT + timedelta(days=400), draw_at=AT + timedelta(days=500))
            self.officers = [an_official(Role.office) for _ in range(2)]
            for n in range(STORES):
                store = a_store(seal={"stars": n % 6, "valid_until": AT + timedelta(days=900)})
                for text in pledges_in_force(AT):
                    a_pledge_acceptance(store, self.festival, text)
                a_waiting_application(store, self.festival)

    def act(self, name: str, rng: Random) -> None:
        """One event; a refusal is an event as well and must leave no trace, which the checks after it see to."""
        self.rng = rng
        with suppress(MarketplaceError):
            getattr(self, name)()

    def officer(self) -> Actor:
        person = self.rng.choice(self.officers)
        return Actor(person.id, "office", person.display_name)

    def one(self) -> Application:
        mine = select(Application).where(Application.festival_id == self.festival.id)
        found = self.rng.choice(list(db.session.scalars(mine.order_by(Application.id))))
        db.session.expunge(found)
        return found

    def decide(self) -> None:
        chosen = {
            a.id: a.version - (self.rng.random() < 0.1)
            for a in (self.one() for _ in range(self.rng.randint(1, 3)))
        }
        verdict = self.rng.choice(list(Verdict))
        with unit_of_work():
            decide(
                self.festival.id,
                chosen,
                Ruling(verdict, CODES[verdict][:1], "", Letter(None, None)),
                self.officer(),
                self.at,
            )

    def undo(self) -> None:
        mine = ApplicationDecision.festival_id == self.festival.id
        ids = list(db.session.scalars(select(ApplicationDecision.id).where(mine)))
        if ids:
            with unit_of_work():
                undo_decision(self.rng.choice(ids[-3:]), self.officer(), self.at)

    def withdraw(self) -> None:
        if self.rng.random() < 0.3:
            one = self.one()
            with unit_of_work():
                withdraw_application(one.id, Actor(None, "store", "store"), self.at)

    def submit(self) -> None:
        one = self.one()
        with unit_of_work():
            submit_application(one.id, Actor(None, "store", "store"), self.at)

    def appeal(self) -> None:
        one = self.one()
        with unit_of_work():
            file_appeal(one.id, "look again", Actor(self.officers[0].id, "store", "store"), self.at)

    def decide_appeal(self) -> None:
        one = self.one()
        with unit_of_work():
            decide_appeal(one.id, one.version, self.rng.random() < 0.5, "so", self.officer(), self.at)

    def stop(self) -> None:
        one = self.one()
        with unit_of_work():
            suspend_application(one.id, one.version, "why", self.officer(), self.at)

    def go(self) -> None:
        one = self.one()
        with unit_of_work():
            reinstate_application(one.id, one.version, "why", self.officer(), self.at)

    def wait(self) -> None:
        self.at += timedelta(minutes=self.rng.choice((1, 5, 11, 600, 60 * 24 * 4)))
        for sweep in (tell_decisions, reject_unanswered_revisions, refresh_scores, fill_vacancies):
            sweep(self.at)


def ensure_lawful(office: Office) -> None:
    """Every promise about the applications, asked of the database itself."""
    db.session.rollback()
    mine = Application.festival_id == office.festival.id
    applications = {a.id: a for a in db.session.scalars(select(Application).where(mine))}
    steps: dict[int, list[ApplicationStep]] = {key: [] for key in applications}
    history = select(ApplicationStep).where(ApplicationStep.application_id.in_(list(applications)))
    for step in db.session.scalars(history.order_by(ApplicationStep.version)):
        steps[step.application_id].append(step)
        ways = UNDONE_TRANSITIONS if step.cause == "undo" else APPLICATION_TRANSITIONS
        assert step.to_state in ways[step.from_state], (step.cause, step.from_state, step.to_state)
    for key, application in applications.items():
        told = steps[key]
        assert [s.version for s in told] == list(range(1, application.version + 1))
        assert all(a.to_state is b.from_state for a, b in pairwise(told))
        assert application.state is (told[-1].to_state if told else S.submitted)
    taken = [a for a in applications.values() if a.state in (S.approved, S.suspended)]
    assert len(taken) <= CAPACITY
    admitted = set(db.session.scalars(ADMITTED_STORES, {"festival": office.festival.id, "at": office.at}))
    for application in applications.values():
        is_explained = explain_store(application.store_id, office.festival.id, office.at) == []
        assert is_explained == (application.store_id in admitted)
        assert (application.store_id in admitted) == (
            application.state is S.approved
        ) or office.at > AT + timedelta(days=160)
    for vacancy in db.session.scalars(select(Vacancy)):
        assert applications[vacancy.left_application_id].state is S.withdrawn
        assert (vacancy.filled_at is None) == (vacancy.filled_application_id is None)
    for decision in db.session.scalars(select(ApplicationDecision)):
        assert not (decision.told_at and decision.undone_at)


EVENTS = (
    "decide",
    "decide",
    "decide",
    "undo",
    "withdraw",
    "submit",
    "appeal",
    "decide_appeal",
    "stop",
    "go",
    "wait",
    "wait",
)


class Days(RuleBasedStateMachine):
    """The days of one office; Hypothesis chooses what happens and with whom."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office()

    @rule(event=st.sampled_from(EVENTS), rng=st.randoms(use_true_random=False))
    def something_happens(self, event: str, rng: Random) -> None:
        self.office.act(event, rng)

    @invariant()
    def all_is_lawful(self) -> None:
        ensure_lawful(self.office)


def test_random_days_of_the_office(ctx, at):
    with writing():
        rules()
        pledge_texts()
        a_policy_row("capacity_stores", CAPACITY)
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize="ROUNDS" not in os.environ,
        ),
    )
    causes = set(db.session.scalars(select(ApplicationStep.cause)))
    assert {"approve", "reject", "waitlist", "revise", "undo"} <= causes
    assert not list(broken_entries())
