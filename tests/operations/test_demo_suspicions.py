"""The desk of suspicions in the demo: a case of each kind, in every state, each with evidence that was there before.

The demo is loaded at the scale at which people try it, where the sweep finds cases of its own.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from marketplace.accounts.models import Person
from marketplace.cli.demonstration import fill
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.plan.scale import Scale
from marketplace.demo.suspicions import ASKED_CLAIMS, ASKED_STORE, load_suspicions
from marketplace.festival.queries import present_edition
from marketplace.orders.models import PayoutHold
from marketplace.stores.models import MemberRole, Store, StoreMember
from marketplace.suspicions.models import Signal, Suspicion, SuspicionFact, SuspicionState, SuspicionWord
from tests.browser.whole_house import AT, demo_house
from tests.factories.buying import broken_invariants
from tests.factories.suspicions import a_suspicion

DAY = timedelta(days=1)
SECOND_SHOPPER = "09120000002"


def cases_with_facts() -> list[tuple[Suspicion, list[SuspicionFact]]]:
    facts = list(db.session.scalars(select(SuspicionFact).order_by(SuspicionFact.id)))
    cases = db.session.scalars(select(Suspicion).order_by(Suspicion.id))
    return [(case, [f for f in facts if f.suspicion_id == case.id]) for case in cases]


def ensure_believable(cases: list[tuple[Suspicion, list[SuspicionFact]]]) -> None:
    """A case of each kind and in every state, with evidence; nothing is known before it was, or done out of turn."""
    assert {case.signal for case, _ in cases} == set(Signal)
    assert {case.state for case, _ in cases} == set(SuspicionState)
    for case, facts in cases:
        told = f"{case.signal.value} of {case.of}"
        assert facts, told
        assert [f.key for f in facts if f.at > f.joined_at or f.joined_at < case.found_at] == [], told
        moments = [case.found_at, case.asked_at, case.answered_at, case.decided_at, AT]
        reached = [moment for moment in moments if moment is not None]
        assert reached == sorted(reached), told


@pytest.mark.databases("sqlite")
def test_the_demo_of_the_festival_loads_with_cases_that_are_believable(app, ctx, at):
    people = fill(Scale.FESTIVAL, at)
    assert {"shopper", "store_owner", "office", "auditor"} <= people.keys()
    cases = cases_with_facts()
    ensure_believable(cases)
    shopper = db.session.scalars(select(Person).where(Person.mobile == SECOND_SHOPPER)).one()
    [(case, facts)] = [
        (c, f) for c, f in cases if (c.signal, c.person_id) == (Signal.claim_abuse, shopper.id)
    ]
    assert {f.key.partition(":")[0] for f in facts} == {"claim", "file"}, "the sweep's and the demo's own"
    assert (case.state, case.question) == (SuspicionState.hearing, ASKED_CLAIMS)
    assert not broken_invariants()


@pytest.mark.databases("sqlite")
def test_cases_of_the_small_demo_are_believable(database, tmp_path):
    with demo_house(tmp_path) as house, house.app.app_context():
        cases = cases_with_facts()
        edition = present_edition(AT)
        newest = max(f.at for case, facts in cases if case.signal is Signal.linked_accounts for f in facts)
        db.session.remove()
    ensure_believable(cases)
    assert newest > edition.live_from, "linked accounts tell of this edition"


@pytest.mark.databases("sqlite")
def test_a_case_that_the_sweep_found_before_is_gone_on_with(database, tmp_path):
    """Of several that stand there, and the newest of all is another's."""
    with demo_house(tmp_path) as house, house.app.app_context():
        store_id = db.session.scalar(select(StoreMember.store_id).where(StoreMember.role == MemberRole.staff))
        ours = db.session.get_one(Store, store_id)
        another = db.session.scalars(select(Store).where(Store.id != store_id).order_by(Store.id)).first()
        with unit_of_work():
            for model in (SuspicionFact, SuspicionWord, Suspicion, PayoutHold):
                db.session.execute(delete(model))
        found = a_suspicion(ours, "store-order:1", at=AT - 6 * DAY).number
        other = a_suspicion(another, "store-order:2", at=AT - 4 * DAY).number
        load_suspicions(AT)
        cases = {case.number: (case, facts) for case, facts in cases_with_facts()}
        db.session.remove()
    case, facts = cases[found]
    assert (case.state, case.question) == (SuspicionState.hearing, ASKED_STORE)
    assert len(facts) == 4
    assert case.hold_at is not None
    assert [c for c, _ in cases.values() if (c.signal, c.store_id) == (case.signal, store_id)] == [case]
    case, facts = cases[other]
    assert (case.state, case.asked_at, case.version, len(facts)) == (SuspicionState.found, None, 1, 1)
