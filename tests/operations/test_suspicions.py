"""Suspicions on a real database: filed once, changing nothing; heard; decided with a reason, by two where it weighs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts import approvals
from marketplace.accounts.errors import SecondPersonNeeded
from marketplace.accounts.models import ApprovalRow, Person, Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.models import EvidenceFile
from marketplace.guarantee.claim_models import Claim
from marketplace.lottery.models import EntryGrant, EntryVoid, GrantState
from marketplace.messages.models import Message
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.models import PayoutHold
from marketplace.policy.policy import Policy
from marketplace.reviews.models import Review, SaidState
from marketplace.storefront.my_data import data_of, forget_person, reasons_against_deletion
from marketplace.stores.errors import OwnStore
from marketplace.stores.models import Store
from marketplace.suspicions.deciding import carry_out, decide_suspicion
from marketplace.suspicions.errors import (
    AnswerOver,
    NotHeardYet,
    OwnMatter,
    SuspicionMoved,
    SuspicionOver,
    UnknownSuspicion,
    VerdictMisplaced,
)
from marketplace.suspicions.filing import file_finding, watch_suspicions
from marketplace.suspicions.hearing import (
    answer_as_person,
    answer_as_store,
    ask_subject,
    end_holds,
    free_payouts,
    hold_payouts,
)
from marketplace.suspicions.inputs import Decision, Words
from marketplace.suspicions.keeping import forget_suspicions
from marketplace.suspicions.models import (
    Signal,
    Suspicion,
    SuspicionFact,
    SuspicionState,
    SuspicionWord,
    Verdict,
)
from tests.factories import an_official, world
from tests.factories.buying import a_wish, paid, parts_of
from tests.factories.claims import a_claim_row
from tests.factories.complaints import a_complaint, complaint
from tests.factories.people import a_person
from tests.factories.rows import AT, put, writing
from tests.factories.said import reviewed
from tests.factories.suspicions import QUESTION, a_finding, a_suspicion, asked, fresh_case
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written, snapshot

S, V = SuspicionState, Verdict
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
REASON = "پس از شنیدن شما دلیل کافی هست."
OURS = {
    *("suspicions", "suspicion_facts", "suspicion_words", "audit_entries"),
    *("stamp_changes", "stamps", "changes", "sweep_runs"),
}
"""What a sweep of signals may write."""


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def gateway(app: Flask, ctx) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def office(w) -> Actor:
    return Actor(w.office.id, "office", "کیوان صدر")


@pytest.fixture
def second(w) -> Actor:
    return Actor(an_official(Role.office).id, "office", "نفر دوم")


def act(verb, *args, **options):
    with unit_of_work():
        return verb(*args, **options)


def rows(model, **conditions):
    db.session.rollback()
    query = select(model).filter_by(**conditions).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def told(template: str) -> set[int]:
    return {m.person_id for m in rows(Message, template=template)}


def decided(case: Suspicion, verdict: Verdict, official: Actor, at, reason: str = REASON):
    return act(
        decide_suspicion, case.number, Decision(verdict, reason, fresh_case(case).version), official, at
    )


def agreed(proposal: int, official: Actor, at) -> None:
    """The second signature, as /office/approvals gives it."""
    with unit_of_work():
        carry_out(approvals.approve(proposal, official, at, roles=frozenset({Role.office})), official, at)


def bought_by_owner(gateway, w, at, times: int = 3, offer=None) -> list[int]:
    """The owner of the first store buys there; gives the store orders."""
    found = []
    for n in range(times):
        order = paid(gateway, w.owners[0], (offer or w.scarf, 1), at=at + n * HOUR)
        found += [part.id for part in parts_of(order)]
    return found


# --- signals


def test_a_sweep_files_self_dealing_once_and_changes_nothing_for_anybody(w, gateway, at):
    parts = bought_by_owner(gateway, w, at)
    before = snapshot()
    assert watch_suspicions(at + DAY) == 2, "the store, and the buyer, who did so often enough alone"
    after = snapshot()
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed <= OURS, "a signal changes nothing but its own cases"
    assert not rows(Message, template="suspicion_asked")

    store, person = (rows(Suspicion, subject=kind)[0] for kind in ("store", "person"))
    assert (store.store_id, store.state) == (w.stores[0].id, S.found)
    assert person.person_id == w.owners[0].id
    assert {f.key for f in rows(SuspicionFact, suspicion_id=store.id)} == {f"store-order:{n}" for n in parts}
    assert store.measures[0] == {"name": "orders", "value": 3, "threshold": 3, "row": "suspect_self_orders"}

    with nothing_written():
        assert watch_suspicions(at + 2 * DAY) == 0
    seen = store.version
    bought_by_owner(gateway, w, at + 5 * HOUR, times=1)
    assert watch_suspicions(at + 3 * DAY) == 2, "more evidence joins the open cases"
    assert len(rows(Suspicion)) == 2
    assert len(rows(SuspicionFact, suspicion_id=store.id)) == 4
    assert fresh_case(store).version == seen + 1


def test_strangers_and_few_orders_are_no_self_dealing(w, gateway, at):
    bought_by_owner(gateway, w, at, times=2)
    for n in range(4):
        paid(gateway, w.shopper, (w.scarf, 1), at=at + n * HOUR)
    assert watch_suspicions(at + DAY) == 0


def test_the_stores_address_and_a_members_mobile_tie_a_buyer_to_it(w, gateway, at):
    store = db.session.get_one(Store, w.stores[0].id)
    paid(gateway, w.shopper, (w.scarf, 1), at=at, wish=a_wish(postal_code=store.postal_code))
    for n in range(2):
        wish = a_wish(mobile=w.owners[0].mobile)
        paid(gateway, w.shopper, (w.scarf, 1), at=at + n * HOUR, wish=wish)
    watch_suspicions(at + DAY)
    case = rows(Suspicion, subject="person")[0]
    assert case.person_id == w.shopper.id
    ties = [fact.what["ties"] for fact in rows(SuspicionFact, suspicion_id=case.id)]
    assert sorted(ties) == [["address"], ["mobile"], ["mobile"]]
    told_of_store = rows(SuspicionFact, suspicion_id=rows(Suspicion, subject="store")[0].id)
    assert all("person_id" not in fact.what for fact in told_of_store)


def test_accounts_of_one_address_are_found_each_alone(w, gateway, at):
    people = [a_person(at=at) for _ in range(Policy().suspect_linked_accounts)]
    for n, person in enumerate(people):
        paid(gateway, person, (w.tea, 1), at=at + n * HOUR, wish=a_wish(mobile=f"0912000000{n}"))
    watch_suspicions(at + DAY)
    cases = rows(Suspicion, signal=Signal.linked_accounts)
    assert {case.person_id for case in cases} == {person.id for person in people}
    assert {len(rows(SuspicionFact, suspicion_id=case.id)) for case in cases} == {1}


def test_the_same_reviewers_in_two_stores_are_found(w, gateway, at):
    people = [a_person(at=at) for _ in range(3)]
    for n, person in enumerate(people):
        for offer in (w.tea, w.bowl):
            reviewed(gateway, person, offer, at=at + n * timedelta(minutes=5))
    watch_suspicions(at + DAY)
    cases = rows(Suspicion, signal=Signal.review_ring)
    assert {case.person_id for case in cases} == {person.id for person in people}


def test_many_orders_on_a_step_are_found(w, gateway, at):
    for n in range(4):
        for offer in (w.scarf, w.saffron):
            person = w.shopper
            paid(gateway, person, (offer, 1), at=at + n * HOUR)
    assert watch_suspicions(at + DAY) == 1
    case = rows(Suspicion)[0]
    assert (case.signal, case.person_id) == (Signal.entry_farming, w.shopper.id)
    assert len(rows(SuspicionFact)) == 8


def test_two_sweeps_at_once_file_one_case(app: Flask, w, gateway, at):
    bought_by_owner(gateway, w, at)
    at_once(app, 2, lambda _: watch_suspicions(at + DAY))
    assert sorted(case.subject.value for case in rows(Suspicion)) == ["person", "store"]
    assert len(rows(SuspicionFact)) == 6
    watch_suspicions(at + 2 * DAY)
    assert len(rows(SuspicionFact)) == 6


def test_what_was_decided_is_not_held_up_again_and_what_is_new_is(w, gateway, at, office):
    bought_by_owner(gateway, w, at)
    watch_suspicions(at + DAY)
    for case in rows(Suspicion):
        decided(case, V.unfounded, office, at + DAY) if case.store_id is None else None
    person = rows(Suspicion, subject="person")[0]
    with nothing_written():
        assert watch_suspicions(at + 2 * DAY) == 0
    bought_by_owner(gateway, w, at + 5 * HOUR, offer=w.soap, times=2)
    watch_suspicions(at + 3 * DAY)
    assert len(rows(Suspicion, subject="person")) == 1, "two new ones are below the threshold"
    bought_by_owner(gateway, w, at + 9 * HOUR, offer=w.soap, times=1)
    watch_suspicions(at + 5 * DAY)
    again = rows(Suspicion, subject="person")
    assert len(again) == 2
    assert again[0].id == person.id
    assert len(rows(SuspicionFact, suspicion_id=again[1].id)) == 3, "the new ones alone"


# --- the hearing


def test_who_is_asked_is_told_at_once_and_answers_in_time(w, at, office):
    case = a_suspicion(w.shopper, "store-order:1")
    with pytest.raises(UnknownSuspicion):
        act(answer_as_person, case.number, w.shopper.id, "من بودم", (), office, at)
    case = asked(case, office, at)
    assert case.answer_due_at == at + timedelta(days=Policy().suspicion_answer_days)
    assert told("suspicion_asked") == {w.shopper.id}
    buyer = Actor(w.shopper.id, "shopper", "سارا")
    late = case.answer_due_at + SECOND
    with nothing_written(), pytest.raises(AnswerOver):
        act(answer_as_person, case.number, w.shopper.id, "دیر", (), buyer, late)
    act(answer_as_person, case.number, w.shopper.id, "هدیه بود.", (), buyer, case.answer_due_at)
    assert fresh_case(case).state is S.heard
    assert [word.text for word in rows(SuspicionWord)] == ["هدیه بود."]
    with nothing_written(), pytest.raises(NotFound):
        act(answer_as_person, case.number, w.shopper2.id, "من", (), buyer, at)
    with nothing_written(), pytest.raises(NotFound):
        act(answer_as_store, case.number, w.stores[0].id, "من", (), buyer, at)


def test_a_store_answers_by_any_member_and_all_are_told(w, at, office):
    case = asked(a_suspicion(w.stores[0], "store-order:1"), office, at)
    assert told("suspicion_asked") == {w.owners[0].id}
    owner = Actor(w.owners[0].id, "store", "مالک")
    with nothing_written(), pytest.raises(UnknownSuspicion):
        act(answer_as_store, case.number, w.stores[1].id, "ما نبودیم", (), owner, at)
    act(answer_as_store, case.number, w.stores[0].id, "خرید برای نمایشگاه بود.", (), owner, at)
    assert fresh_case(case).state is S.heard


def test_evidence_that_comes_late_is_answered_too(w, at, office):
    case = asked(a_suspicion(w.shopper, "store-order:1"), office, at)
    buyer = Actor(w.shopper.id, "shopper", "سارا")
    act(answer_as_person, case.number, w.shopper.id, "هدیه بود.", (), buyer, at + DAY)
    more = a_finding(w.shopper, "store-order:1", "store-order:2")
    assert act(file_finding, more, at + 2 * DAY)
    case = fresh_case(case)
    assert (case.state, case.answer_due_at) == (S.hearing, at + 9 * DAY)
    assert told("suspicion_more") == {w.shopper.id}
    with nothing_written(), pytest.raises(NotHeardYet):
        decided(case, V.warning, office, at + 2 * DAY)
    too_late = a_finding(w.shopper, "store-order:3")
    with nothing_written():
        assert not act(file_finding, too_late, at + 8 * DAY), "it waits for a case of its own"


# --- verdicts


@pytest.mark.parametrize("verdict", [V.warning, V.entries_voided, V.account_suspended])
def test_nothing_is_decided_before_the_hearing(w, at, office, verdict: Verdict):
    case = a_suspicion(w.shopper, "store-order:1")
    with nothing_written(), pytest.raises(NotHeardYet):
        decided(case, verdict, office, at)
    case = asked(case, office, at)
    with nothing_written(), pytest.raises(NotHeardYet):
        decided(case, verdict, office, case.answer_due_at)


def test_a_warning_after_the_deadline_is_told_with_its_reason(w, at, office):
    case = asked(a_suspicion(w.shopper, "store-order:1"), office, at)
    assert decided(case, V.warning, office, case.answer_due_at + SECOND) is None
    case = fresh_case(case)
    assert (case.state, case.verdict, case.reason) == (S.decided, V.warning, REASON)
    assert {m.params["reason"] for m in rows(Message, template="suspicion_warning")} == {REASON}
    with nothing_written(), pytest.raises(SuspicionOver):
        decided(case, V.unfounded, office, at + 20 * DAY)


def test_a_case_that_nobody_was_asked_about_ends_quietly_as_unfounded(w, at, office):
    case = a_suspicion(w.shopper, "store-order:1")
    decided(case, V.unfounded, office, at)
    assert not rows(Message), "who never knew is not troubled"
    with pytest.raises(Conflict):
        asked(case, office, at)


def test_entries_are_voided_by_two_and_the_purchases_stand(w, gateway, at, office, second):
    mine = parts_of(paid(gateway, w.shopper, (w.bowl, 1), at=at))[0]
    other = parts_of(paid(gateway, w.shopper, (w.tea, 1), at=at))[0]
    strange = parts_of(paid(gateway, w.shopper2, (w.bowl, 1), at=at))[0]
    keys = (f"store-order:{mine.id}", f"store-order:{strange.id}")
    case = asked(a_suspicion(w.shopper, *keys, signal=Signal.entry_farming), office, at)
    after = case.answer_due_at + SECOND
    proposal = decided(case, V.entries_voided, office, after)
    assert rows(EntryGrant, store_order_id=mine.id)[0].state is GrantState.granted, "one person is not enough"
    assert fresh_case(case).state is S.hearing
    assert not rows(Message, template="suspicion_entries_voided")
    with nothing_written(), pytest.raises(SecondPersonNeeded):
        agreed(proposal, office, after)
    agreed(proposal, second, after)
    grant = rows(EntryGrant, store_order_id=mine.id)[0]
    assert (grant.state, grant.weight, grant.reason) == (GrantState.excluded, 0, "abuse")
    assert [v.reason for v in rows(EntryVoid)] == ["abuse"]
    for part in (other, strange):
        assert rows(EntryGrant, store_order_id=part.id)[0].state is GrantState.granted
    case = fresh_case(case)
    assert (case.decided_by_id, case.second_id) == (office.id, second.id)
    assert told("suspicion_entries_voided") == {w.shopper.id}


def test_a_proposal_does_not_outlive_new_words(w, gateway, at, office, second):
    part = parts_of(paid(gateway, w.shopper, (w.bowl, 1), at=at))[0]
    case = asked(a_suspicion(w.shopper, f"store-order:{part.id}", signal=Signal.entry_farming), office, at)
    buyer = Actor(w.shopper.id, "shopper", "سارا")
    act(answer_as_person, case.number, w.shopper.id, "هدیه بود.", (), buyer, at)
    proposal = decided(case, V.entries_voided, office, at + HOUR)
    act(answer_as_person, case.number, w.shopper.id, "رسید هم هست.", (), buyer, at + HOUR)
    with nothing_written(), pytest.raises(SuspicionMoved):
        agreed(proposal, second, at + HOUR)


def test_reviews_are_taken_down_with_the_reason(w, gateway, at, office):
    review = reviewed(gateway, w.shopper, w.tea, at=at)
    strange = reviewed(gateway, w.shopper2, w.tea, at=at)
    keys = (f"review:{review}", f"review:{strange}")
    case = asked(a_suspicion(w.shopper, *keys, signal=Signal.review_ring, store_id=1), office, at)
    decided(case, V.reviews_hidden, office, case.answer_due_at + SECOND)
    assert rows(Review, id=review)[0].state is SaidState.removed
    assert rows(Review, id=review)[0].removed_note == REASON
    assert rows(Review, id=strange)[0].state is SaidState.published, "another's words are not theirs"


def test_an_account_is_closed_by_two_and_hears_why(w, at, office, second):
    case = asked(a_suspicion(w.shopper, "store-order:1"), office, at)
    after = case.answer_due_at + SECOND
    proposal = decided(case, V.account_suspended, office, after)
    assert rows(Person, id=w.shopper.id)[0].disabled_at is None
    agreed(proposal, second, after)
    assert rows(Person, id=w.shopper.id)[0].disabled_at == after
    assert {m.params["reason"] for m in rows(Message, template="suspicion_account_suspended")} == {REASON}


def test_a_store_is_suspended_by_two(w, at, office, second):
    case = asked(a_suspicion(w.stores[0], "store-order:1"), office, at)
    after = case.answer_due_at + SECOND
    proposal = decided(case, V.store_suspended, office, after)
    assert rows(Store, id=w.stores[0].id)[0].hidden_at is None
    agreed(proposal, second, after)
    assert rows(Store, id=w.stores[0].id)[0].hidden_reason == "fraud"
    assert told("suspicion_store_suspended") == {w.owners[0].id}


def test_a_verdict_that_does_not_fit_or_takes_nothing_is_refused(w, at, office, second):
    case = asked(a_suspicion(w.shopper, "store-order:1", signal=Signal.entry_farming), office, at)
    after = case.answer_due_at + SECOND
    for verdict in (V.store_suspended, V.claims_refused, V.reviews_hidden):
        with nothing_written(), pytest.raises(VerdictMisplaced):
            decided(case, verdict, office, after)
    proposal = decided(case, V.entries_voided, office, after)
    with nothing_written(), pytest.raises(VerdictMisplaced):
        agreed(proposal, second, after)


def test_a_double_click_and_a_stale_page_are_one_act(w, at, office):
    case = a_suspicion(w.shopper, "store-order:1")
    seen = case.version
    act(ask_subject, case.number, Words(QUESTION, seen), office, at)
    with nothing_written(), pytest.raises(SuspicionMoved):
        act(ask_subject, case.number, Words(QUESTION, seen), office, at)
    with nothing_written(), pytest.raises(SuspicionMoved):
        act(decide_suspicion, case.number, Decision(V.unfounded, REASON, seen), office, at)


def test_of_two_officials_at_once_one_decides(app: Flask, w, at, office, second):
    case = asked(a_suspicion(w.shopper, "store-order:1"), office, at)
    after, seen, both = case.answer_due_at + SECOND, case.version, (office, second)
    wish = Decision(V.warning, REASON, seen)
    number = case.number
    outcomes = at_once(app, 2, lambda n: act(decide_suspicion, number, wish, both[n], after))
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, SuspicionMoved]))
    assert len({m.key.rpartition(":")[0] for m in rows(Message, template="suspicion_warning")}) == 1


def test_nobody_acts_in_a_matter_of_their_own(w, at, office):
    case = a_suspicion(w.office, "store-order:1")
    with nothing_written(), pytest.raises(OwnMatter):
        decided(case, V.unfounded, office, at)
    store = a_suspicion(w.stores[0], "store-order:1")
    owner = Actor(w.owners[0].id, "office", "مالک")
    with nothing_written(), pytest.raises(OwnStore):
        decided(store, V.unfounded, owner, at)


# --- holds


def test_a_hold_is_told_at_once_ends_by_itself_and_follows_the_question(w, gateway, at, office):
    part = parts_of(paid(gateway, w.shopper, (w.scarf, 1), at=at))[0]
    other = parts_of(paid(gateway, w.shopper, (w.tea, 1), at=at))[0]
    case = a_suspicion(w.stores[0], f"store-order:{part.id}", f"store-order:{other.id}")
    with nothing_written(), pytest.raises(SuspicionOver):
        act(hold_payouts, case.number, Words(REASON, case.version), office, at)
    case = asked(case, office, at)
    assert act(hold_payouts, case.number, Words(REASON, case.version), office, at) == 1
    assert [h.store_order_id for h in rows(PayoutHold)] == [part.id], "another store's money is not touched"
    assert {m.params["reason"] for m in rows(Message, template="suspicion_held")} == {REASON}
    until = fresh_case(case).hold_until_at
    with nothing_written():
        assert end_holds(until) == 0
    assert end_holds(until + SECOND) == 1
    assert all(h.held_until is not None for h in rows(PayoutHold))
    assert told("suspicion_freed") == {w.owners[0].id}
    with nothing_written(), pytest.raises(SuspicionOver):
        act(hold_payouts, case.number, Words(REASON, fresh_case(case).version), office, until + SECOND)


def test_a_verdict_frees_what_was_held(w, gateway, at, office):
    part = parts_of(paid(gateway, w.shopper, (w.scarf, 1), at=at))[0]
    case = asked(a_suspicion(w.stores[0], f"store-order:{part.id}"), office, at)
    act(hold_payouts, case.number, Words(REASON, case.version), office, at)
    decided(case, V.unfounded, office, at + HOUR)
    assert [h.held_until for h in rows(PayoutHold)] == [at + HOUR]
    with nothing_written(), pytest.raises(SuspicionOver):
        act(free_payouts, case.number, fresh_case(case).version, office, at)


# --- keeping


def test_a_copy_of_ones_data_holds_the_case_and_nobody_elses(w, at, office):
    case = asked(a_suspicion(w.shopper, "store-order:1"), office, at)
    buyer = Actor(w.shopper.id, "shopper", "سارا")
    act(answer_as_person, case.number, w.shopper.id, "هدیه بود.", (), buyer, at)
    a_suspicion(w.shopper2, "store-order:2")
    copy = {
        name: [dict(zip(columns, row, strict=True)) for row in found]
        for name, columns, found in data_of(w.shopper.id)
    }
    assert [row["number"] for row in copy["suspicions"]] == [case.number]
    assert [row["key"] for row in copy["suspicion_facts"]] == ["store-order:1"]
    assert [row["text"] for row in copy["suspicion_words"]] == ["هدیه بود."]
    assert "inside" not in copy["suspicion_facts"][0], "it may tell of others"


def test_what_is_open_keeps_an_account_and_what_nobody_asked_does_not(w, at, office):
    case = a_suspicion(w.shopper, "store-order:1")
    assert not reasons_against_deletion(w.shopper.id, at), "a signal alone stands against nothing"
    case = asked(case, office, at)
    assert [r.code for r in reasons_against_deletion(w.shopper.id, at)] == ["suspicion_open"]
    decided(case, V.unfounded, office, at)
    a_suspicion(w.shopper, "store-order:7", signal=Signal.entry_farming)
    act(forget_person, w.shopper.id, at)
    assert not rows(SuspicionFact)
    kept = rows(Suspicion)
    assert [(c.verdict, c.reason, c.measures) for c in kept] == [(V.unfounded, "-", [])]


def test_evidence_goes_when_its_time_is_over(w, at, office):
    old = a_suspicion(w.shopper, "store-order:1")
    decided(old, V.unfounded, office, at)
    new = a_suspicion(w.shopper2, "store-order:2")
    keep = timedelta(days=Policy().suspicion_keep_days)
    with nothing_written():
        assert act(forget_suspicions, at + keep) == 0
    assert act(forget_suspicions, at + keep + SECOND) == 1
    assert {f.suspicion_id for f in rows(SuspicionFact)} == {new.id}
    assert fresh_case(old).forgotten_at is not None
    assert act(forget_suspicions, at + keep + SECOND) == 0


def test_the_database_knows_the_promise_too(w, at, office):
    case = a_suspicion(w.shopper, "store-order:1")
    row = db.session.get_one(Suspicion, case.id)
    with nothing_written(), pytest.raises(NotHeardYet), unit_of_work():
        row = db.session.get_one(Suspicion, case.id)
        row.state, row.verdict, row.reason, row.decided_at = S.decided, V.warning, REASON, at
        db.session.flush()
    assert replace(a_finding(w.shopper, "x"), subject_id=1).of == "person:1"
    assert not rows(ApprovalRow)


def test_claims_that_nobody_decided_are_refused_by_two_and_others_stand(w, gateway, at, office, second):
    parts = [parts_of(paid(gateway, w.shopper, (offer, 1), at=at))[0] for offer in (w.bowl, w.tea, w.scarf)]
    cases = [complaint(a_complaint(part, w.shopper, at)) for part in parts]
    with writing():
        claims = [
            a_claim_row(part, w.shopper, one, state=state)
            for part, one, state in zip(parts, cases, ("filed", "rejected", "filed"), strict=True)
        ]
    keys = [f"claim:{claim.id}" for claim in claims[:2]]
    case = asked(a_suspicion(w.shopper, *keys, signal=Signal.claim_abuse), office, at)
    after = case.answer_due_at + SECOND
    agreed(decided(case, V.claims_refused, office, after), second, after)
    states = {c.id: (c.state.value, c.stop.value if c.stop else None) for c in rows(Claim)}
    assert [states[c.id] for c in claims] == [("stopped", "abuse"), ("rejected", None), ("filed", None)]
    assert told("suspicion_claims_refused") == {w.shopper.id}


def test_one_file_in_two_complaints_is_found_and_a_claim_goes_on_with_its_complaint(w, gateway, at):
    parts = [parts_of(paid(gateway, w.shopper, (offer, 1), at=at))[0] for offer in (w.bowl, w.tea)]
    cases = [complaint(a_complaint(part, w.shopper, at)) for part in parts]
    with writing():
        claim = a_claim_row(parts[0], w.shopper, cases[0])
        for place, subject in enumerate((f"complaint:{cases[0].number}", f"claim:{claim.number}")):
            a_file(subject, w.shopper, place)
    assert watch_suspicions(at + DAY) == 0, "one matter"
    with writing():
        a_file(f"complaint:{cases[1].number}", w.shopper, 3)
    assert watch_suspicions(at + DAY) == 1
    assert rows(Suspicion)[0].signal is Signal.claim_abuse
    assert len(rows(SuspicionFact)) == 3


def a_file(subject: str, person: Person, place: int) -> None:
    put(
        EvidenceFile, key=f"{place:040x}", subject=subject, place=1, owner_id=person.id, owner_role="shopper",
        owner_label="سارا", kind="image/png", name="a.png", sha256="a" * 64, size_bytes=1, kept_at=AT,
    )  # fmt: skip


def test_orders_that_are_called_off_again_and_again_are_found(w, gateway, at):
    me = Actor(w.shopper.id, "shopper", "سارا")
    for n in range(5):
        part = parts_of(paid(gateway, w.shopper, (w.carpet, 1), at=at + n * HOUR))[0]
        act(cancel_store_order, part.id, w.shopper.id, Cancellation("too_slow", ""), me, at + n * HOUR)
    assert watch_suspicions(at + DAY) == 2, "it farms entries as well as it loops"
    assert {c.signal for c in rows(Suspicion)} == {Signal.entry_farming, Signal.refund_loop}
