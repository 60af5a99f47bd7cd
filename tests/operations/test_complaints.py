"""Complaints and what they do to a seal, on a real database: once, in time, and by history alone."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.accounts.models import Role
from marketplace.complaints import filing
from marketplace.complaints.answering import answer_complaint, decide_offer, evaluate_complaint
from marketplace.complaints.clocks import (
    close_complaints,
    end_silence,
    escalate_overdue,
    remind_stores,
)
from marketplace.complaints.consequences import apply_consequences
from marketplace.complaints.deciding import (
    contest_complaint,
    decide_contest,
    review_complaint,
    rule_on_complaint,
)
from marketplace.complaints.errors import (
    AlreadyAnswered,
    AlreadyComplained,
    AnotherOfficerNeeded,
    BadComplaint,
    UnknownComplaint,
    WindowOver,
    WithdrawalOver,
    WrongComplaintStep,
)
from marketplace.complaints.filing import (
    add_to_complaint,
    file_complaint,
    file_outside_complaint,
    withdraw_complaint,
)
from marketplace.complaints.inputs import Answer, ComplaintWish, Ruling, Verdict
from marketplace.complaints.models import (
    Complaint,
    ComplaintMessage,
    ComplaintState,
    Evaluation,
    Remedy,
    RevocationCase,
    RevocationState,
    Said,
    Side,
    StarLoss,
)
from marketplace.complaints.performance import compute_record, record_of, refresh_records
from marketplace.complaints.revocation import (
    appeal_revocation,
    decide_appeal,
    decide_revocation,
    defend_seal,
    move_cases,
)
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound, TooMany
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.festival.admission import explain_offers
from marketplace.messages.models import Channel, Message
from marketplace.orders.models import StoreOrder
from marketplace.orders.payout_holds import standing_holds
from marketplace.oversight.kit_reports import reports_by_store, reports_of_store, told_of_store
from marketplace.payments.models import Refund
from marketplace.stores.models import Seal, SealState
from marketplace.stores.moving import all_pauses
from marketplace.stores.record_models import RecordCase
from marketplace.stores.record_rows import add_fact, case_of, fold, rows_of_store
from marketplace.stores.standing import Category, Fact
from tests.factories import AT, World, an_official, change
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.factories.complaints import WISH, a_complaint, an_outside_complaint, complaint, unanswered
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
DUE = AT + timedelta(hours=168)
OFFER = Answer(Said.offer, "بخشی از پول را می‌دهیم.", Remedy.part_refund, 20_000)
REFUSAL = Answer(Said.refusal, "کالا درست تحویل شده است.")
GROUNDS = "دلیل‌ها در پرونده است."


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.fixture
def part(w, gateway) -> StoreOrder:
    return parts_of(paid(gateway, w.shopper, (w.soap, 1)))[0]


def store_actor(w: World, n: int = 0) -> Actor:
    return Actor(w.owners[n].id, "store", "owner")


def officer() -> Actor:
    return Actor(an_official(Role.seal_officer).id, "seal_officer", "officer")


def do(verb, *arguments):
    with unit_of_work():
        return verb(*arguments)


def seal(w: World) -> Seal:
    db.session.rollback()
    query = select(Seal).where(Seal.store_id == w.stores[0].id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def the_case(w: World) -> RevocationCase:
    db.session.rollback()
    query = select(RevocationCase).where(RevocationCase.store_id == w.stores[0].id)
    return db.session.scalars(
        query.order_by(RevocationCase.id.desc()).execution_options(populate_existing=True)
    ).first()


def apply(w: World, at=AT):
    return do(apply_consequences, w.stores[0].id, at)


def on_sale(w: World, at=AT) -> bool:
    db.session.rollback()
    return explain_offers([w.soap.id], at)[w.soap.id] == []


# --- filing


def test_refusals_of_filing_write_nothing(w, part):
    for person, moment, error in (
        (w.shopper2, AT, NotFound),
        (w.shopper, AT - DAY, WindowOver),
        (w.shopper, AT + 90 * DAY, WindowOver),
    ):
        with nothing_written(), pytest.raises(error):
            do(file_complaint, part.id, person.id, WISH, moment)
    a_complaint(part, w.shopper)
    with nothing_written(), pytest.raises(AlreadyComplained):
        do(file_complaint, part.id, w.shopper.id, WISH, AT)


def test_the_last_second_of_the_window(w, part):
    change(part, delivered_at=AT, state="delivered")
    with pytest.raises(WindowOver):
        do(file_complaint, part.id, w.shopper.id, WISH, AT + 60 * DAY + SECOND)
    assert a_complaint(part, w.shopper, AT + 60 * DAY)


def test_money_is_held_while_a_case_is_open(w, part):
    name = a_complaint(part, w.shopper)
    assert [hold.subject for hold in standing_holds([part.id])[part.id]] == [f"complaint:{name}"]
    do(withdraw_complaint, name, w.shopper.id, AT + 48 * HOUR)
    assert standing_holds([part.id]) == {}
    assert do(apply_consequences, part.store_id, AT + 30 * DAY).counted == 0


def test_withdrawing_is_over_after_48_hours(w, part):
    name = a_complaint(part, w.shopper)
    with nothing_written(), pytest.raises(WithdrawalOver):
        do(withdraw_complaint, name, w.shopper.id, AT + 48 * HOUR + SECOND)


# --- the clock


def test_overdue_one_second_after_the_deadline(w, part):
    name = a_complaint(part, w.shopper)
    assert complaint(name).answer_due_at == DUE
    assert escalate_overdue(DUE) == 0
    assert escalate_overdue(DUE + SECOND) == 1
    assert escalate_overdue(DUE + SECOND) == 0
    found = complaint(name)
    assert (found.state, found.escalated_at) == (ComplaintState.overdue, DUE + SECOND)
    told = db.session.scalars(select(Message.channel).where(Message.template == "complaint_overdue_store"))
    assert set(told) == {Channel.app, Channel.sms}


def test_a_holding_reply_stops_nothing_and_another_store_finds_nothing(w, part):
    name = a_complaint(part, w.shopper)
    do(
        answer_complaint,
        name,
        part.store_id,
        Answer(Said.reply, "در دست بررسی است."),
        store_actor(w),
        AT + HOUR,
    )
    assert complaint(name).state is ComplaintState.filed
    with nothing_written(), pytest.raises(UnknownComplaint):
        do(answer_complaint, name, w.stores[1].id, REFUSAL, store_actor(w, 1), AT + HOUR)


@pytest.mark.databases("sqlite")
def test_a_full_thread_takes_what_decides_and_nothing_else(w, part, monkeypatch):
    name, reply = a_complaint(part, w.shopper), Answer(Said.reply, "در دست بررسی است.")
    monkeypatch.setattr(filing, "MOST_MESSAGES", 2)
    do(answer_complaint, name, part.store_id, reply, store_actor(w), AT)
    for verb, arguments in (
        (add_to_complaint, (w.shopper.id, "باز هم.", AT)),
        (answer_complaint, (part.store_id, reply, store_actor(w), AT)),
    ):
        with nothing_written(), pytest.raises(TooMany):
            do(verb, name, *arguments)
    do(answer_complaint, name, part.store_id, OFFER, store_actor(w), AT)
    with nothing_written(), pytest.raises(TooMany):
        do(answer_complaint, name, part.store_id, OFFER, store_actor(w), AT)
    do(evaluate_complaint, name, w.shopper.id, False, "حل نشد.", AT)
    assert complaint(name).state is ComplaintState.evaluated


def test_of_two_answers_one_stands(w, part):
    name = a_complaint(part, w.shopper)
    do(answer_complaint, name, part.store_id, REFUSAL, store_actor(w), AT + HOUR)
    with nothing_written(), pytest.raises(AlreadyAnswered):
        do(answer_complaint, name, part.store_id, REFUSAL, store_actor(w), AT + HOUR)


def test_of_many_answers_at_once_one_stands(app, w, part):
    """Eight members of a store, or one who presses eight times: one refusal, one fact, one message to the shopper."""
    name, actor, store_id = a_complaint(part, w.shopper), store_actor(w), part.store_id

    def one(_: int) -> str:
        with app.app_context():
            try:
                do(answer_complaint, name, store_id, REFUSAL, actor, AT + HOUR)
            except AlreadyAnswered:
                return "refused"
        return "taken"

    db.session.rollback()
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(8))) == ["refused"] * 7 + ["taken"]
    db.session.rollback()
    said = db.session.scalars(select(ComplaintMessage.said).where(ComplaintMessage.side == Side.store)).all()
    assert said == [Said.refusal]
    assert [row.fact for row in rows_of_store(store_id)] == [Fact.filed, Fact.answered]


def test_of_many_filed_at_once_one_stands(app, w, part):
    """A form sent six times: about a store order, and about a purchase elsewhere that no constraint knows."""
    person, store_id, part_id = w.shopper.id, w.stores[1].id, part.id

    def one(n: int) -> str:
        with app.app_context():
            try:
                if n % 2:
                    do(file_outside_complaint, store_id, person, WISH, AT)
                else:
                    do(file_complaint, part_id, person, WISH, AT)
            except AlreadyComplained:
                return "refused"
        return "filed"

    db.session.rollback()
    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(one, range(12))) == ["filed"] * 2 + ["refused"] * 10
    db.session.rollback()
    filed = db.session.scalars(select(Complaint.is_outside).order_by(Complaint.is_outside)).all()
    assert list(filed) == [False, True]


def test_a_clock_that_was_set_back_loses_nothing(w, part):
    name = a_complaint(part, w.shopper)
    do(answer_complaint, name, part.store_id, REFUSAL, store_actor(w), AT - 3 * DAY)
    assert complaint(name).answered_at == AT
    do(evaluate_complaint, name, w.shopper.id, True, "", AT - 2 * DAY)
    assert complaint(name).evaluation is Evaluation.solved


def test_three_reminders_each_once(w, part):
    name = a_complaint(part, w.shopper)
    for hours in (73, 72, 71, 24, 2, 1):
        remind_stores(DUE - hours * HOUR)
    remind_stores(DUE + SECOND)
    keys = db.session.scalars(
        select(Message.key).where(Message.template == "complaint_reminder", Message.channel == Channel.app)
    )
    assert sorted(k.split(":")[3] for k in keys) == ["reminder-2", "reminder-24", "reminder-72"]
    assert complaint(name).remind_at is None


def test_silence_is_not_evaluated_and_the_case_closes_a_week_later(w, part):
    name = a_complaint(part, w.shopper)
    do(answer_complaint, name, part.store_id, REFUSAL, store_actor(w), AT + HOUR)
    assert end_silence(AT + HOUR + 10 * DAY) == 0
    assert end_silence(AT + HOUR + 10 * DAY + SECOND) == 1
    assert complaint(name).evaluation is Evaluation.not_evaluated
    with pytest.raises(WrongComplaintStep):
        do(evaluate_complaint, name, w.shopper.id, False, "", AT + 12 * DAY)
    assert close_complaints(AT + 17 * DAY) == 0
    assert close_complaints(AT + 18 * DAY) == 1
    assert standing_holds([part.id]) == {}


# --- offers


def test_an_accepted_offer_gives_the_money_back_once(w, part, gateway):
    name = a_complaint(part, w.shopper)
    with nothing_written(), pytest.raises(BadComplaint):
        much = Answer(Said.offer, "همه و بیشتر از همه.", Remedy.part_refund, 10_000_000)
        do(answer_complaint, name, part.store_id, much, store_actor(w), AT)
    do(answer_complaint, name, part.store_id, OFFER, store_actor(w), AT + HOUR)
    do(decide_offer, name, w.shopper.id, True, AT + 2 * HOUR)
    with pytest.raises(WrongComplaintStep):
        do(decide_offer, name, w.shopper.id, True, AT + 2 * HOUR)
    run_jobs(AT + 3 * HOUR)
    assert [refund.amount_toman for refund in db.session.scalars(select(Refund))] == [20_000]
    assert broken_invariants() == {}


def test_an_acceptance_gives_all_of_it_back_at_once(w, part, gateway):
    name = a_complaint(part, w.shopper)
    whole = part.goods_toman + part.shipping_toman
    do(
        answer_complaint,
        name,
        part.store_id,
        Answer(Said.acceptance, "حق با شماست، ببخشید."),
        store_actor(w),
        AT,
    )
    run_jobs(AT)
    assert [refund.amount_toman for refund in db.session.scalars(select(Refund))] == [whole]
    assert broken_invariants() == {}


# --- what it does to a seal


@pytest.mark.databases("sqlite", "postgresql")
def test_the_eighth_suspends_and_one_ruled_unfounded_restores(w, part):
    unanswered(w.stores[0], 7)
    assert apply(w).counted == 7
    assert seal(w).state is SealState.active and on_sale(w)
    warned = db.session.scalars(select(Message).where(Message.template == "seal_warning")).all()
    assert {m.channel for m in warned} == {Channel.app, Channel.sms}
    name = a_complaint(part, w.shopper)
    escalate_overdue(DUE + SECOND)
    assert seal(w).state is SealState.suspended and not on_sale(w)
    assert the_case(w).state is RevocationState.opened
    assert seal(w).suspended_until == the_case(w).defence_until == DUE + SECOND + 7 * DAY
    do(rule_on_complaint, name, Ruling(Fact.unfounded, GROUNDS), officer(), DUE + HOUR)
    assert seal(w).state is SealState.active and on_sale(w)
    assert seal(w).suspended_until is None
    assert the_case(w).state is RevocationState.fallen
    # Taken back, it counts again and the case opens anew.
    do(rule_on_complaint, name, Ruling(Fact.admitted, GROUNDS), officer(), DUE + 2 * HOUR)
    assert seal(w).state is SealState.suspended


def test_eight_invented_complaints_from_outside_suspend_nothing(w):
    from_outside = [an_outside_complaint(w.stores[0], person) for person in (w.shopper, w.shopper2)]
    with pytest.raises(AlreadyComplained):
        an_outside_complaint(w.stores[0], w.shopper)
    unanswered(w.stores[0], 6)
    escalate_overdue(DUE + SECOND)
    assert seal(w).state is SealState.active
    for name in from_outside:
        do(rule_on_complaint, name, Ruling(Fact.admitted, GROUNDS), officer(), DUE + HOUR)
    assert seal(w).state is SealState.suspended


@pytest.mark.databases("sqlite", "postgresql")
def test_defence_decision_appeal_and_back(w):
    unanswered(w.stores[0], 8)
    apply(w)
    case, first = the_case(w), officer()
    with pytest.raises(WrongComplaintStep):
        do(decide_revocation, case.id, Verdict(True, GROUNDS), first, AT + DAY)
    do(defend_seal, w.stores[0].id, "سه شکایت تکراری بود.", store_actor(w), AT + 7 * DAY)
    with pytest.raises(WrongComplaintStep):
        do(defend_seal, w.stores[0].id, "باز هم.", store_actor(w), AT + 7 * DAY)
    do(decide_revocation, case.id, Verdict(True, GROUNDS), first, AT + 8 * DAY)
    assert seal(w).state is SealState.revoked and seal(w).suspended_until is None
    do(appeal_revocation, w.stores[0].id, "بازبینی کنید لطفا.", store_actor(w), AT + 9 * DAY)
    with nothing_written(), pytest.raises(AnotherOfficerNeeded):
        do(decide_appeal, case.id, Verdict(False, GROUNDS), first, AT + 10 * DAY)
    do(decide_appeal, case.id, Verdict(False, GROUNDS), officer(), AT + 10 * DAY)
    assert seal(w).state is SealState.active and on_sale(w)
    assert the_case(w).state is RevocationState.restored
    # The very same complaints do not open it again.
    apply(w, AT + 11 * DAY)
    assert seal(w).state is SealState.active


def test_without_defence_it_is_revoked_and_without_appeal_for_good(w):
    unanswered(w.stores[0], 8)
    apply(w)
    assert move_cases(AT + 7 * DAY) == 0
    assert move_cases(AT + 7 * DAY + SECOND) == 1
    assert seal(w).state is SealState.revoked
    assert move_cases(AT + 14 * DAY + 2 * SECOND) == 1
    assert the_case(w).state is RevocationState.confirmed
    apply(w, AT + 400 * DAY)
    assert seal(w).state is SealState.revoked


def test_a_seal_that_others_suspended_is_not_ours_to_mend(w):
    change(seal(w), state=SealState.suspended)
    unanswered(w.stores[0], 3)
    apply(w)
    assert seal(w).state is SealState.suspended


def test_stars_go_come_back_and_the_last_one_suspends(w):
    change(seal(w), stars=1)
    names = unanswered(w.stores[0], 3)
    apply(w)
    assert (seal(w).stars, seal(w).state) == (0, SealState.suspended)
    assert len(db.session.scalars(select(StarLoss)).all()) == 1
    do(add_fact, names[0], Fact.unfounded, AT)
    apply(w, AT + HOUR)
    assert (seal(w).stars, seal(w).state) == (1, SealState.active)


def test_a_contest_goes_to_another_officer(w, part):
    name = a_complaint(part, w.shopper)
    do(answer_complaint, name, part.store_id, REFUSAL, store_actor(w), AT + HOUR)
    do(evaluate_complaint, name, w.shopper.id, False, "", AT + DAY)
    first = officer()
    do(review_complaint, name, Verdict(True, GROUNDS), first, AT + 2 * DAY)
    assert apply(w, AT + 2 * DAY).counted == 1
    do(contest_complaint, name, part.store_id, "کالا را دیده بود.", store_actor(w), AT + 3 * DAY)
    with nothing_written(), pytest.raises(AnotherOfficerNeeded):
        do(decide_contest, name, Verdict(True, GROUNDS), first, AT + 4 * DAY)
    do(decide_contest, name, Verdict(True, GROUNDS), officer(), AT + 4 * DAY)
    assert apply(w, AT + 4 * DAY).counted == 0


@pytest.mark.parametrize("order", range(6))
def test_the_order_of_sweeps_does_not_matter(w, part, order):
    change(seal(w), stars=2)
    unanswered(w.stores[0], 7)
    a_complaint(part, w.shopper)
    late = DUE + 8 * DAY
    sweeps = (escalate_overdue, move_cases, refresh_records)
    for sweep in list(itertools.permutations(sweeps))[order]:
        sweep(late)
    apply(w, late)
    found = seal(w)
    assert (found.state, found.stars, the_case(w).state) == (SealState.suspended, 0, RevocationState.opened)


# --- the record


@pytest.mark.databases("sqlite", "postgresql")
def test_what_is_kept_is_what_is_computed(w, part):
    store = w.stores[0]
    unanswered(store, 4)
    name = a_complaint(part, w.shopper)
    assert refresh_records(AT) == 1
    assert refresh_records(AT) == 0
    assert record_of(store.id, AT) == compute_record(store.id, AT)[0]
    do(answer_complaint, name, store.id, REFUSAL, store_actor(w), AT + HOUR)
    assert record_of(store.id, AT + HOUR)["periods"]["whole"]["answered_in_time"] == 1
    assert refresh_records(AT + HOUR) == 1
    lives = db.session.scalars(select(RecordCase).where(RecordCase.store_id == store.id)).all()
    again = fold(rows_of_store(store.id), all_pauses())
    assert sorted(map(case_of, lives), key=lambda c: c.complaint) == sorted(again, key=lambda c: c.complaint)


def test_a_kept_record_costs_the_same_however_many(w):
    counts = []
    for more in (5, 60):
        unanswered(w.stores[0], more)
        refresh_records(AT + more * SECOND)
        heard: list[str] = []
        stop = count_queries(heard)
        record_of(w.stores[0].id, AT + more * SECOND)
        stop()
        counts.append(len(heard))
    assert counts[0] == counts[1] <= 4


def test_what_was_said_cannot_be_changed(w, part):
    name = a_complaint(part, w.shopper)
    with pytest.raises(Exception, match="conflict"), unit_of_work():
        db.session.execute(update(Complaint.__table__.metadata.tables["complaint_messages"]).values(text="x"))
    assert complaint(name).state is ComplaintState.filed


# --- what others count of the cases


def test_a_missing_kit_is_reported_once_for_each_delivered_order(w, gateway):
    wish = ComplaintWish(Category.kit_missing, "در بسته دستکش و پد نبود.")
    parts = [parts_of(paid(gateway, w.shopper, (w.soap, 1)))[0] for _ in range(4)]
    for part in parts[:3]:
        change(part, delivered_at=AT, state="delivered")
    withdrawn, first, other = (a_complaint(part, w.shopper, AT + HOUR, wish) for part in parts[:3])
    a_complaint(parts[3], w.shopper, AT + HOUR, wish)
    do(withdraw_complaint, withdrawn, w.shopper.id, AT + 2 * HOUR)
    do(rule_on_complaint, first, Ruling(Fact.referred, GROUNDS, "court", "1"), officer(), AT + 3 * HOUR)
    again = a_complaint(parts[1], w.shopper, AT + 4 * HOUR, wish)
    assert again != first
    store_id = parts[0].store_id
    assert reports_of_store(store_id) == 2, "one withdrawn, one told twice, one of goods that never came"
    assert {told.complaint for told in told_of_store(store_id)} == {first, again, other}
    assert reports_by_store(AT) == {store_id: 2}
    assert reports_by_store(AT + DAY) == {}
    assert reports_of_store(w.stores[1].id) == 0
