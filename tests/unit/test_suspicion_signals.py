"""Signals over made-up figures: one below each threshold is nothing, at it it is a finding with its evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.policy.policy import Policy
from marketplace.suspicions.case_signals import MOST_IN_CROWD, claim_abuse, review_ring
from marketplace.suspicions.findings import Asked, Judged, Purchase, SentFile, Shared
from marketplace.suspicions.models import Signal, SubjectKind, SuspicionState, Verdict
from marketplace.suspicions.rules import (
    NEEDS_TWO,
    TRANSITIONS,
    answer_due,
    may_answer,
    may_decide,
    may_join,
    verdicts_for,
)
from marketplace.suspicions.signals import entry_farming, linked_accounts, refund_loop, self_dealing

AT = datetime(2026, 3, 25, 12, tzinfo=UTC)
POLICY = Policy()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
S, V = SuspicionState, Verdict


def bought(part: int, person: int = 1, store: int = 9, goods: int = 250_000, **more) -> Purchase:
    return Purchase(part, f"N{part}", person, store, goods, AT + part * HOUR, **more)


def by_subject(found) -> dict:
    return {(f.subject.value, f.subject_id): f for f in found}


def measures(finding) -> dict:
    return {m.name: m.value for m in finding.measures}


def test_own_people_buying_in_a_store_are_found_from_the_threshold_on():
    few = [bought(n, person=n, ties=("member",)) for n in range(POLICY.suspect_self_orders - 1)]
    strangers = [bought(100 + n, person=50) for n in range(20)]
    assert not list(self_dealing(few + strangers, {}, POLICY)), "nobody is tied often enough"

    enough = [*few, bought(7, person=0, ties=("sheba", "mobile"))]
    found = by_subject(self_dealing(enough + strangers, {}, POLICY))
    assert set(found) == {("store", 9)}, "no single buyer did so often enough"
    told = found["store", 9]
    assert measures(told) == {"orders": 3, "toman": 750_000, "buyers": 2}
    assert [e.key for e in told.evidence] == ["store-order:0", "store-order:1", "store-order:7"]
    assert "person_id" not in told.evidence[0].what, "who the buyer is stands inside"

    one_person = [bought(n, person=4, ties=("member",)) for n in range(3)]
    assert set(by_subject(self_dealing(one_person, {}, POLICY))) == {("store", 9), ("person", 4)}


def test_what_was_decided_does_not_count_again():
    purchases = [bought(n, ties=("member",)) for n in range(5)]
    settled = {(Signal.self_dealing, "store:9"): frozenset(f"store-order:{n}" for n in range(3))}
    assert set(by_subject(self_dealing(purchases, settled, POLICY))) == {("person", 1)}, (
        "two new ones of the store are too few; the person was never decided about"
    )
    more = [*purchases, bought(8, ties=("member",))]
    again = by_subject(self_dealing(more, settled, POLICY))["store", 9]
    assert [e.key for e in again.evidence] == ["store-order:3", "store-order:4", "store-order:8"]


def test_orders_on_a_step_and_orders_undone_are_entry_farming():
    on = [
        bought(n, goods=goods)
        for n, goods in enumerate((100_000, 105_000, 4_000, 200_000, 300_001, 0 + 5_000, 405_000))
    ]
    off = [bought(20 + n, goods=goods) for n, goods in enumerate((105_001, 99_999, 60_000))]
    assert len(on) == POLICY.suspect_step_orders - 1
    assert not list(entry_farming(on + off, {}, POLICY))
    found = list(entry_farming([*on, *off, bought(30, goods=500_000)], {}, POLICY))
    assert [measures(f) for f in found] == [{"on_step": 8, "undone": 0, "farmed": 72, "orders": 11}]
    assert len(found[0].evidence) == 8, "what is not on a step is no evidence"

    many = [bought(40 + n, goods=150_000) for n in range(16)]
    busy = [*on, bought(30, goods=500_000), *many]
    assert list(entry_farming([*busy, *off[:2]], {}, POLICY)), "8 of 26 are 30 percent"
    assert not list(entry_farming([*busy, *off], {}, POLICY)), "8 of 27 are chance"

    undone = [bought(n, goods=150_000, undone_at=AT) for n in range(4)]
    assert not list(entry_farming(undone, {}, POLICY))
    found = list(entry_farming([*undone, bought(9, goods=150_000, undone_at=AT)], {}, POLICY))
    assert measures(found[0])["undone"] == 5


def test_a_refund_loop_needs_number_and_share():
    back = [bought(n, undone_at=AT) for n in range(5)]
    kept = [bought(10 + n) for n in range(6)]
    assert not list(refund_loop(back + kept, {}, POLICY)), "5 of 11 are 45 percent"
    found = by_subject(refund_loop(back + kept[:5], {}, POLICY))
    assert measures(found["person", 1]) == {"refunds": 5, "percent": 50, "orders": 10}
    assert ("store", 9) not in found, "a store is looked at from twenty on"
    many = [bought(n, person=n, undone_at=AT) for n in range(20)]
    assert set(by_subject(refund_loop(many, {}, POLICY))) == {("store", 9)}


def test_a_household_is_no_ring_of_accounts():
    def shared(people: int, kind: str = "address") -> list[Shared]:
        return [Shared(bought(n, person=n), kind, "abcd") for n in range(people)]

    least = POLICY.suspect_linked_accounts
    assert not list(linked_accounts(shared(least - 1), {}, POLICY))
    found = by_subject(linked_accounts(shared(least), {}, POLICY))
    assert set(found) == {("person", n) for n in range(least)}, "each of them is heard"
    told = found["person", 0]
    assert [e.key for e in told.evidence] == ["store-order:0"], "nobody reads another's orders"
    assert told.evidence[0].what["shared"] == "address"
    assert "abcd" not in str(told.evidence[0].what), "the mark is for officials"


def test_claims_out_of_proportion_and_evidence_used_twice():
    claims = [Asked(n, f"K{n}", 1, 100_000, AT) for n in range(3)]
    assert not list(claim_abuse(claims, {1: 8}, [], {}, POLICY)), "3 of 8 are 37 percent"
    assert not list(claim_abuse(claims[:2], {1: 2}, [], {}, POLICY)), "two are few"
    found = list(claim_abuse(claims, {1: 7}, [], {}, POLICY))
    assert measures(found[0])["percent"] == 42
    assert {e.key for e in found[0].evidence} == {"claim:0", "claim:1", "claim:2"}

    def file(subject: str, about: str, person: int = 1) -> SentFile:
        return SentFile(subject, about, person, "a" * 64, AT)

    same_matter = [file("complaint:C1", "complaint:C1"), file("claim:K1", "complaint:C1")]
    assert not list(claim_abuse([], {}, same_matter, {}, POLICY)), "a claim goes on with its complaint"
    two = [file("complaint:C1", "complaint:C1"), file("complaint:C2", "complaint:C2", person=2)]
    assert {f.subject_id for f in claim_abuse([], {}, two, {}, POLICY)} == {1, 2}


def judged(number: int, person: int, store: int, stars: int = 5, after: timedelta = timedelta()) -> Judged:
    return Judged(number, person, store, stars, AT + after)


def test_a_review_ring_is_the_same_few_within_hours_in_several_stores():
    ring = [
        judged(store * 10 + person, person, store, after=store * DAY + person * HOUR)
        for store in (1, 2)
        for person in (1, 2, 3)
    ]
    found = by_subject(review_ring(ring, {}, POLICY))
    assert set(found) == {("person", 1), ("person", 2), ("person", 3)}
    assert measures(found["person", 1]) == {"accounts": 3, "stores": 2}
    assert {e.key for e in found["person", 1].evidence} == {"review:11", "review:21"}, (
        "one's own reviews alone"
    )
    assert found["person", 1].evidence[0].inside == {"others": [2, 3]}

    assert not list(review_ring([r for r in ring if r.store_id == 1], {}, POLICY)), "one store is chance"
    assert not list(review_ring([r for r in ring if r.person_id != 3], {}, POLICY)), "two are friends"
    assert not list(review_ring([replace(r, stars=4) for r in ring], {}, POLICY)), "no praise, no blame"
    late = [replace(r, written_at=r.written_at + r.person_id * DAY) for r in ring]
    assert not list(review_ring(late, {}, POLICY)), "not within hours"
    mixed = [replace(r, stars=1 if r.person_id == 2 else 5) for r in ring]
    assert not list(review_ring(mixed, {}, POLICY)), "they did not say the same"


def test_a_crowd_is_no_ring():
    crowd = [judged(store * 1000 + n, n, store) for store in (1, 2, 3) for n in range(MOST_IN_CROWD + 1)]
    assert not list(review_ring(crowd, {}, POLICY))


def test_every_state_has_its_steps_and_the_end_has_none():
    assert set(TRANSITIONS) == set(S)
    assert not TRANSITIONS[S.decided]
    assert all(S.decided in steps for state, steps in TRANSITIONS.items() if state is not S.decided)


@pytest.mark.parametrize("verdict", list(V))
def test_nothing_is_taken_before_the_subject_was_heard(verdict: Verdict):
    due = AT + DAY
    early = verdict is V.unfounded
    assert may_decide(verdict, S.found, None, AT) is early
    assert may_decide(verdict, S.hearing, due, AT) is early
    assert may_decide(verdict, S.hearing, due, due) is early, "the last second is the subject's"
    assert may_decide(verdict, S.hearing, due, due + timedelta(seconds=1))
    assert may_decide(verdict, S.heard, due, AT)
    assert not may_decide(verdict, S.decided, due, due + DAY)


def test_an_answer_is_in_time_up_to_the_last_second():
    assert may_answer(S.hearing, AT, AT)
    assert may_answer(S.heard, AT, AT), "more may be said"
    assert not may_answer(S.hearing, AT, AT + timedelta(seconds=1))
    assert not may_answer(S.found, None, AT)
    assert not may_answer(S.decided, AT + DAY, AT)


def test_more_evidence_gives_the_whole_time_again_and_not_for_ever():
    days = timedelta(days=POLICY.suspicion_answer_days)
    assert answer_due(AT, AT, POLICY) == AT + days
    assert answer_due(AT, AT + 3 * DAY, POLICY) == AT + days + 3 * DAY
    assert may_join(S.heard, AT, AT + days, POLICY)
    assert answer_due(AT, AT + days, POLICY) == AT + 2 * days, "whoever is told last has as long"
    assert not may_join(S.heard, AT, AT + days + timedelta(seconds=1), POLICY)
    assert may_join(S.found, None, AT + 100 * DAY, POLICY)
    assert not may_join(S.decided, AT, AT, POLICY)


def test_verdicts_fit_their_subject_and_their_signal():
    for signal in Signal:
        assert V.account_suspended not in verdicts_for(signal, SubjectKind.store)
        assert V.store_suspended not in verdicts_for(signal, SubjectKind.person)
        assert verdicts_for(signal, SubjectKind.store)[:2] == (V.unfounded, V.warning)
    assert V.entries_voided not in verdicts_for(Signal.self_dealing, SubjectKind.store), "the buyers' own"
    assert V.claims_refused in verdicts_for(Signal.claim_abuse, SubjectKind.person)
    assert V.reviews_hidden in verdicts_for(Signal.review_ring, SubjectKind.person)
    assert frozenset({V.unfounded, V.warning, V.reviews_hidden}) == frozenset(V) - NEEDS_TWO
