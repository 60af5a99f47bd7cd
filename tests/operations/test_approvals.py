"""Two persons: the proposer never, the same content only, once, and in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from marketplace.accounts import approvals
from marketplace.accounts.approvals import approve, digest_of, pending, propose, refuse, withdraw
from marketplace.accounts.errors import ApprovalChanged, ApprovalOver, ApprovalWaits, SecondPersonNeeded
from marketplace.accounts.models import ApprovalRow, ApprovalState, Role
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from tests.factories import AT, an_official, change
from tests.together import at_once

OFFICE = frozenset({Role.office})
CONTENT = {"before": 50, "after": 40, "effective_from": "2026-04-01T00:00:00+00:00"}


@pytest.fixture
def people(ctx) -> list[Actor]:
    """Three of the office."""
    return [Actor(an_official(Role.office).id, "office", f"o{n}") for n in range(3)]


def proposed(actor: Actor, subject: str = "policy:entries_cap", at=AT, **options) -> int:
    with unit_of_work():
        return propose("policy", subject, CONTENT, actor, at, **options)


def row(approval_id: int) -> ApprovalRow:
    db.session.rollback()
    return db.session.get_one(ApprovalRow, approval_id, populate_existing=True)


def logged() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_one_proposes_and_another_agrees(people):
    made = proposed(people[0])
    assert [(p.id, p.proposed_by_id, p.state) for p in pending("policy")] == [
        (made, people[0].id, ApprovalState.proposed)
    ]
    assert pending("draw") == []
    with unit_of_work():
        agreed = approve(made, people[1], AT, seen=digest_of(CONTENT), roles=OFFICE)
    assert (agreed.content, agreed.state, agreed.decided_by_id) == (CONTENT, "approved", people[1].id)
    assert pending() == []
    assert logged() == ["propose", "approved"]


def test_the_proposer_is_never_the_second_person(people):
    made = proposed(people[0])
    for verb in (lambda: approve(made, people[0], AT), lambda: refuse(made, "no", people[0], AT)):
        with pytest.raises(SecondPersonNeeded), unit_of_work():
            verb()
    assert row(made).state is ApprovalState.proposed
    assert logged() == ["propose"]


def test_the_database_says_so_as_well(people):
    made = proposed(people[0])
    with pytest.raises(SecondPersonNeeded), unit_of_work():
        db.session.execute(
            update(ApprovalRow)
            .where(ApprovalRow.id == made)
            .values(state="approved", decided_by_id=people[0].id, decided_at=AT)
        )
    assert row(made).state is ApprovalState.proposed


@pytest.mark.parametrize(
    "change_",
    ["content = '{\"after\": 1}'", "digest = 'x'", "subject = 'policy:other'", "proposed_by_id = 2"],
)
def test_what_was_proposed_cannot_be_changed(people, change_):
    made = proposed(people[0])
    with pytest.raises(Conflict), unit_of_work():
        db.session.execute(text(f"UPDATE approvals SET {change_} WHERE id = {made}"))
    with pytest.raises(Conflict), unit_of_work():
        db.session.execute(text(f"DELETE FROM approvals WHERE id = {made}"))
    assert row(made).content == CONTENT


def test_what_was_decided_stays_decided(people):
    made = proposed(people[0])
    with unit_of_work():
        refuse(made, "too low", people[1], AT)
    with pytest.raises(Conflict), unit_of_work():
        db.session.execute(text(f"UPDATE approvals SET state = 'approved' WHERE id = {made}"))
    with pytest.raises(ApprovalOver), unit_of_work():
        approve(made, people[2], AT)
    assert (row(made).state, row(made).reason) == ("refused", "too low")


def test_agreeing_to_something_else_is_refused(people):
    made = proposed(people[0])
    with pytest.raises(ApprovalChanged), unit_of_work():
        approve(made, people[1], AT, seen=digest_of({**CONTENT, "after": 41}))
    assert row(made).state is ApprovalState.proposed


def test_one_open_proposal_on_one_subject(people):
    proposed(people[0])
    with pytest.raises(ApprovalWaits):
        proposed(people[1])
    proposed(people[1], "policy:other")
    assert [p.subject for p in pending()] == ["policy:entries_cap", "policy:other"]
    assert logged() == ["propose", "propose"]


def test_it_lapses_at_its_hour_and_not_before(people):
    made = proposed(people[0], hours=2)
    end = AT + timedelta(hours=2)
    with pytest.raises(ApprovalOver), unit_of_work():
        approve(made, people[1], end)
    with unit_of_work():
        assert approvals.lapse_approvals(end - timedelta(seconds=1)) == 0
        assert approvals.lapse_approvals(end) == 1
    assert (row(made).state, row(made).decided_by_id) == (ApprovalState.lapsed, None)
    assert logged() == ["propose", "lapsed"]


def test_at_the_last_second_it_can_be_agreed_to(people):
    made = proposed(people[0], hours=2)
    with unit_of_work():
        approve(made, people[1], AT + timedelta(hours=2, seconds=-1))
    assert row(made).state is ApprovalState.approved


def test_what_lapsed_makes_room_for_a_new_one(people):
    old = proposed(people[0], hours=2)
    new = proposed(people[1], at=AT + timedelta(hours=2))
    assert (row(old).state, row(new).state) == (ApprovalState.lapsed, ApprovalState.proposed)


def test_its_proposer_alone_takes_it_back(people):
    made = proposed(people[0])
    with pytest.raises(NotFound), unit_of_work():
        withdraw(made, people[1], AT)
    with unit_of_work():
        withdraw(made, people[0], AT)
    assert row(made).state is ApprovalState.withdrawn
    proposed(people[1])


def test_the_role_is_asked_again_inside(people):
    made = proposed(people[0])
    officer = an_official(Role.seal_officer)
    gone = an_official(Role.office)
    change(gone, disabled_at=AT)
    for person in (officer, gone):
        with pytest.raises(Forbidden), unit_of_work():
            approve(made, Actor(person.id, "office", "x"), AT, roles=OFFICE)
    assert row(made).state is ApprovalState.proposed


def test_a_refusal_says_why(people):
    made = proposed(people[0])
    with pytest.raises(Invalid), unit_of_work():
        refuse(made, "  ", people[1], AT)
    assert row(made).state is ApprovalState.proposed


def test_the_platform_itself_proposes_nothing(people):
    with pytest.raises(Forbidden):
        proposed(SYSTEM)
    assert logged() == []


def test_of_many_at_once_one_agrees_and_the_act_is_done_once(app, people):
    made = proposed(people[0])
    seconds = [Actor(an_official(Role.office).id, "office", f"s{n}") for n in range(8)]

    def agree(index: int) -> str:
        with unit_of_work():
            return approve(made, seconds[index], AT, roles=OFFICE).state

    outcomes = at_once(app, 8, agree)
    assert outcomes.count(ApprovalState.approved) == 1
    assert outcomes.count(ApprovalOver) == 7
    assert logged() == ["propose", "approved"]


def test_of_many_proposals_at_once_one_stands(app, people):
    outcomes = at_once(app, 3, lambda index: proposed(people[index]))
    assert sorted(o is ApprovalWaits for o in outcomes) == [False, True, True]
    assert len(pending()) == 1
