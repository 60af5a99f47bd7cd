"""Pauses of the clocks on a real database: they hold from the moment they are declared, while the deadlines that they
move are written in small units, and whoever stops in the middle loses nothing."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.complaints import pausing
from marketplace.complaints.case_page import show_case
from marketplace.complaints.clocks import escalate_overdue, remind_stores
from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.errors import WrongComplaintStep
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.lists import list_inbox, list_of_person
from marketplace.complaints.models import ComplaintState, Side
from marketplace.complaints.pausing import end_pause, move_deadlines, move_some, pause_clocks
from marketplace.complaints.performance import compute_record, record_of, refresh_records
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Channel, Message
from marketplace.orders.models import StoreOrder
from marketplace.stores.moving import all_pauses, first_unsettled
from marketplace.stores.record_crowds import crowds_of
from marketplace.stores.record_models import ClockPause, RecordCase
from marketplace.stores.record_rows import (
    add_fact,
    case_in_count,
    case_of,
    cases_of_store,
    cases_that_may_count,
    fold,
    rows_of_store,
)
from marketplace.stores.standing import Case, CountRules, Fact, standing
from tests.factories import AT, World, an_official
from tests.factories.buying import paid, parts_of, run_jobs
from tests.factories.complaints import a_complaint, an_outside_complaint, complaint, unanswered
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
DUE = AT + timedelta(hours=168)
THREE_DAYS = PauseWish(None, AT + DAY, AT + 4 * DAY, "سیل", "")


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def part(app, w) -> StoreOrder:
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    return parts_of(paid(gateway, w.shopper, (w.soap, 1)))[0]


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pausing, "BATCH", 2)


def officer() -> Actor:
    return Actor(an_official(Role.seal_officer).id, "seal_officer", "officer")


def do(verb, *arguments):
    with unit_of_work():
        return verb(*arguments)


def lives(store_id: int) -> dict[str, Case]:
    """What is written of the complaints of a store."""
    db.session.rollback()
    query = select(RecordCase).where(RecordCase.store_id == store_id)
    return {
        c.complaint: case_of(c) for c in db.session.scalars(query.execution_options(populate_existing=True))
    }


def by_the_rows(store_id: int) -> dict[str, Case]:
    """What they are by nothing but the rows and the pauses."""
    return {case.complaint: case for case in fold(rows_of_store(store_id), all_pauses())}


def told() -> list[str]:
    db.session.rollback()
    query = select(Message.subject).where(
        Message.template == "complaint_paused", Message.channel == Channel.app
    )
    return list(db.session.scalars(query))


def test_a_pause_holds_at_once_and_its_end_too(w, part):
    name = a_complaint(part, w.shopper)

    def due_dates() -> set[datetime]:
        """As its page and the lists of both sides show it."""
        db.session.rollback()
        rows = [list_of_person(w.shopper.id, None, AT), list_inbox(w.stores[0].id, "open", None, AT)]
        shown = [show_case(complaint(name), AT, reader=side) for side in (Side.shopper, Side.store)]
        return {case.answer_due_at for case in (*shown, *(one for page in rows for one in page.rows))}

    pause = do(pause_clocks, THREE_DAYS, officer(), AT)
    assert due_dates() == {DUE + 3 * DAY}
    assert complaint(name).answer_due_at == DUE, "not written yet"
    move_deadlines(AT)
    assert complaint(name).answer_due_at == DUE + 3 * DAY
    assert escalate_overdue(DUE + 3 * DAY) == 0
    run_jobs(AT)
    both = select(Message.channel).where(Message.template == "complaint_paused")
    assert set(db.session.scalars(both)) == {Channel.app, Channel.sms}
    do(end_pause, pause.id, officer(), AT + 2 * DAY)
    assert due_dates() == {DUE + DAY}
    move_deadlines(AT + 2 * DAY)
    run_jobs(AT + 2 * DAY)
    assert complaint(name).answer_due_at == lives(w.stores[0].id)[name].due_at == DUE + DAY
    assert len(told()) == 2, "once of each deadline"
    with pytest.raises(WrongComplaintStep):
        do(end_pause, pause.id, officer(), AT + 3 * DAY)


@pytest.mark.parametrize("units", [0, 1, 2, 3])
def test_a_sweep_that_is_stopped_goes_on_where_it_was(w, part, units):
    """After so many units it is killed in the next one; another takes it up a week later."""
    numbers = [a_complaint(part, w.shopper)]
    numbers += [an_outside_complaint(store, w.shopper2) for store in w.stores]
    numbers += [an_outside_complaint(store, w.owners[0]) for store in w.stores[1:]]
    for store in w.stores:
        unanswered(store, 2, days_ago=0)
    do(pause_clocks, THREE_DAYS, officer(), AT)
    for _ in range(units):
        assert 0 < do(move_some, AT) <= 2
    before = [lives(store.id) for store in w.stores]
    with suppress(KeyboardInterrupt), unit_of_work():
        move_some(AT)
        raise KeyboardInterrupt
    assert [lives(store.id) for store in w.stores] == before
    for store in w.stores:
        assert {c.complaint: c for c in cases_of_store(store.id)} == by_the_rows(store.id)
        statuses = record_of(store.id, DUE + HOUR)["statuses"]
        assert statuses["running"] >= 2 and "unanswered" not in statuses
    assert remind_stores(DUE - HOUR) >= 0
    assert escalate_overdue(DUE + HOUR) == 0, "by the deadline that is written they would be over"
    assert do(apply_consequences, w.stores[0].id, DUE + HOUR).counted == 0
    move_deadlines(DUE + HOUR)
    assert first_unsettled() is None
    run_jobs(DUE + HOUR)
    assert sorted(told()) == sorted(f"complaint:{number}" for number in numbers), "each once"
    reminded = select(func.count()).where(Message.template == "complaint_reminder")
    assert not db.session.scalar(reminded)
    for number in numbers:
        found = complaint(number)
        assert (found.state, found.answer_due_at) == (ComplaintState.filed, DUE + 3 * DAY)
        assert found.remind_at == DUE, "72 hours before the new deadline"
    assert escalate_overdue(DUE + 3 * DAY + SECOND) == len(numbers)


def test_a_pause_of_a_province_moves_its_own_alone(w):
    for store, province in zip(w.stores, (1, 2, 1), strict=False):
        store_id = store.id
        with unit_of_work():
            db.session.get(type(store), store_id).province_id = province
    names = [an_outside_complaint(store, w.shopper) for store in w.stores[:3]]
    do(pause_clocks, PauseWish(1, AT, AT + DAY, "سیل", ""), officer(), AT)
    move_deadlines(AT)
    assert [complaint(name).answer_due_at - DUE for name in names] == [DAY, timedelta(0), DAY]


@pytest.mark.parametrize("seed", range(2 * int(os.environ.get("ROUNDS", "1"))))
def test_for_any_history_what_is_read_is_what_its_rows_say(w, seed):
    """Facts in any order, twice, at any time; pauses declared and ended between them, their deadlines moved now and
    then, a little at a time: whoever reads finds at each step what the rows and the pauses say, and in the end that
    is what is written."""
    chance, store, pauses, rules = random.Random(seed), w.stores[0], [], CountRules()
    names, office = unanswered(store, 6, days_ago=8), officer()
    for step in range(40):
        at = AT - 8 * DAY + step * 7 * HOUR
        with unit_of_work():
            if step % 13 == 5:
                begins = at + HOUR * chance.randint(0, 30)
                where = chance.choice([None, store.province_id])
                wish = PauseWish(where, begins, begins + HOUR * chance.randint(1, 90), "سیل", "")
                pauses.append(pause_clocks(wish, office, at).id)
            elif step % 13 == 9:
                with suppress(WrongComplaintStep):
                    end_pause(pauses[-1], office, at)
            elif chance.random() < 0.3:
                move_some(at)
            else:
                fact = chance.choice([f for f in Fact if f is not Fact.filed])
                add_fact(chance.choice(names), fact, at, key=chance.choice([None, f"{fact.value}:{step}"]))
        truth = by_the_rows(store.id)
        assert {case.complaint: case for case in cases_of_store(store.id)} == truth
        assert {case.complaint: case for case in case_in_count(names[0])}[names[0]] == truth[names[0]]
        counted = standing(list(truth.values()), rules, at).counted
        assert standing(cases_that_may_count([store.id], at).get(store.id, []), rules, at).counted == counted
        if step % 10 == 0:
            assert do(apply_consequences, store.id, at).counted == counted
            refresh_records(at)
            assert record_of(store.id, at)["counted"] == compute_record(store.id, at)[0]["counted"] == counted
    waiting = compute_record(store.id, at)[0]
    move_deadlines(at)
    assert lives(store.id) == by_the_rows(store.id)
    assert compute_record(store.id, at)[0] == waiting
    assert crowds_of([store.id], rules, at)[store.id].next_change_at is not None


def test_what_is_moved_is_written_once(w, part):
    """Nothing is left to do for a pause whose deadlines are written, and for one that moves none."""
    a_complaint(part, w.shopper)
    do(pause_clocks, PauseWish(None, DUE + DAY, DUE + 2 * DAY, "سیل", ""), officer(), AT)
    assert move_deadlines(AT) == 0
    assert db.session.scalar(select(func.count()).where(ClockPause.moving_from.is_not(None))) == 0
    assert told() == []
