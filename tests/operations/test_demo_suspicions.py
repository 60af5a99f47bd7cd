"""The desk of suspicions in the demo: a case of each kind, in every state, each with evidence."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.suspicions.models import Signal, Suspicion, SuspicionFact, SuspicionState
from tests.browser.whole_house import demo_house


@pytest.mark.databases("sqlite")
def test_there_is_a_case_of_each_kind_and_one_in_every_state(database, tmp_path):
    with demo_house(tmp_path) as house, house.app.app_context():
        cases = db.session.scalars(select(Suspicion)).all()
        with_facts = set(db.session.scalars(select(SuspicionFact.suspicion_id)))
        db.session.remove()
    assert {case.signal for case in cases} == set(Signal)
    assert {case.state for case in cases} == set(SuspicionState)
    assert with_facts == {case.id for case in cases}
