"""Admission as a pure function: each reason alone, all at once, to the second, and what the public reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.festival.models import ApplicationState, OfferState, Pledge
from marketplace.festival.rules import (
    PRIVATE,
    GuestFacts,
    Objection,
    OfferFacts,
    StoreFacts,
    Validity,
    Why,
    public_reasons,
    reasons_against_offer,
    reasons_against_store,
)
from marketplace.stores.hosting_models import HostingState
from marketplace.stores.models import ClearanceState, LicenceState, SealState

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FROM, UNTIL = AT - DAY, AT + DAY
STORE = StoreFacts(
    application=ApplicationState.approved,
    seal=Validity(SealState.active, FROM, UNTIL),
    licence=Validity(LicenceState.active, FROM, UNTIL),
    clearance_state=ClearanceState.clear,
    clearance_until=UNTIL,
    has_open_critical_finding=False,
    missing_pledges=frozenset(),
    is_hidden=False,
)
OFFER = OfferFacts(STORE, OfferState.live, left_count=1, live_from=FROM, live_until=UNTIL)


def seal(state: SealState = SealState.active, valid_from: datetime = FROM, valid_until: datetime = UNTIL):
    return {"seal": Validity(state, valid_from, valid_until)}


def licence(
    state: LicenceState = LicenceState.active, valid_from: datetime = FROM, valid_until: datetime = UNTIL
):
    return {"licence": Validity(state, valid_from, valid_until)}


def clearance(state: ClearanceState | None, until: datetime | None = UNTIL):
    return {"clearance_state": state, "clearance_until": until}


AGAINST_STORE: list[tuple[dict, Why]] = [
    ({"application": None}, Why.not_applied),
    ({"application": ApplicationState.draft}, Why.application_open),
    ({"application": ApplicationState.submitted}, Why.application_open),
    ({"application": ApplicationState.revision}, Why.application_open),
    ({"application": ApplicationState.waitlisted}, Why.application_open),
    ({"application": ApplicationState.rejected}, Why.application_rejected),
    ({"application": ApplicationState.suspended}, Why.application_suspended),
    ({"application": ApplicationState.withdrawn}, Why.application_withdrawn),
    ({"seal": None}, Why.seal_missing),
    (seal(SealState.applied), Why.seal_not_issued),
    (seal(SealState.suspended), Why.seal_suspended),
    (seal(SealState.revoked), Why.seal_revoked),
    (seal(SealState.expired), Why.seal_expired),
    (seal(valid_until=AT), Why.seal_expired),
    (seal(valid_from=AT + SECOND), Why.seal_not_issued),
    ({"licence": None}, Why.licence_missing),
    (licence(LicenceState.suspended), Why.licence_not_active),
    (licence(LicenceState.revoked), Why.licence_not_active),
    (licence(LicenceState.expired), Why.licence_expired),
    (licence(valid_until=AT), Why.licence_expired),
    (licence(valid_from=AT + SECOND), Why.licence_not_active),
    (clearance(None, None), Why.clearance_missing),
    (clearance(ClearanceState.queued, None), Why.clearance_pending),
    (clearance(ClearanceState.asked, None), Why.clearance_pending),
    (clearance(ClearanceState.asked, AT), Why.clearance_pending),
    (clearance(ClearanceState.more_information, None), Why.clearance_pending),
    (clearance(ClearanceState.objected), Why.clearance_pending),
    (clearance(ClearanceState.adverse), Why.clearance_adverse),
    (clearance(ClearanceState.final), Why.clearance_adverse),
    (clearance(ClearanceState.clear, AT), Why.clearance_expired),
    (clearance(ClearanceState.clear, None), Why.clearance_expired),
    ({"has_open_critical_finding": True}, Why.critical_finding),
    *(({"missing_pledges": frozenset({pledge})}, Why.pledge_missing) for pledge in Pledge),
    ({"is_hidden": True}, Why.store_hidden),
]
AGAINST_OFFER: list[tuple[dict, Why]] = [
    ({"live_from": AT + SECOND, "live_until": UNTIL}, Why.festival_not_started),
    ({"live_until": AT}, Why.festival_over),
    ({"state": OfferState.draft}, Why.offer_not_approved),
    ({"state": OfferState.checked}, Why.offer_not_approved),
    ({"state": OfferState.rejected}, Why.offer_not_approved),
    ({"state": OfferState.frozen}, Why.offer_frozen),
    ({"state": OfferState.ended}, Why.offer_ended),
    ({"left_count": 0}, Why.sold_out),
    ({"guest": GuestFacts(HostingState.ended, False, False)}, Why.hosting_over),
    ({"guest": GuestFacts(HostingState.refused, False, False)}, Why.hosting_over),
    ({"guest": GuestFacts(HostingState.proposed, False, False)}, Why.hosting_over),
    ({"guest": GuestFacts(HostingState.active, True, False)}, Why.guest_stopped),
    ({"guest": GuestFacts(HostingState.active, False, True)}, Why.guest_stopped),
]


def test_a_suspended_seal_tells_until_when_while_that_lies_ahead():
    facts = replace(STORE, seal=Validity(SealState.suspended, FROM, UNTIL), seal_suspended_until=AT + SECOND)
    assert reasons_against_store(facts, AT) == [Objection(Why.seal_suspended, AT + SECOND)]
    assert reasons_against_store(facts, AT + SECOND) == [Objection(Why.seal_suspended)]
    assert public_reasons(reasons_against_store(facts, AT)) == [Objection(Why.seal_suspended, AT + SECOND)]
    # A moment left over says nothing of a seal that is active again.
    assert reasons_against_store(replace(STORE, seal_suspended_until=UNTIL), AT) == []


def codes(objections: list[Objection]) -> list[Why]:
    return [objection.code for objection in objections]


def test_with_everything_in_order_nothing_speaks_against_it():
    assert reasons_against_store(STORE, AT) == []
    assert reasons_against_offer(OFFER, AT) == []
    assert reasons_against_offer(replace(OFFER, state=OfferState.approved), AT) == []
    hosted = GuestFacts(HostingState.active, False, False)
    assert reasons_against_offer(replace(OFFER, guest=hosted), AT) == []


@pytest.mark.parametrize("state", ["queued", "asked", "more_information"])
def test_a_clear_answer_holds_while_it_is_asked_for_anew(state: str):
    renewed = replace(STORE, **clearance(ClearanceState(state), AT + SECOND))
    assert reasons_against_store(renewed, AT) == []
    assert codes(reasons_against_store(renewed, AT + SECOND)) == [Why.clearance_pending]


def test_a_licence_that_has_not_begun_says_when_it_does():
    waits = replace(STORE, **licence(valid_from=AT + SECOND))
    assert reasons_against_store(waits, AT) == [Objection(Why.licence_not_active, AT + SECOND)]
    assert reasons_against_store(replace(STORE, **licence(LicenceState.suspended)), AT)[0].until is None


@pytest.mark.parametrize(("change", "why"), AGAINST_STORE, ids=lambda v: str(v) if isinstance(v, Why) else "")
def test_each_fact_about_a_store_is_enough_against_it(change, why):
    fallen = replace(STORE, **change)
    assert codes(reasons_against_store(fallen, AT)) == [why]
    assert codes(reasons_against_offer(replace(OFFER, store=fallen), AT)) == [why]


@pytest.mark.parametrize(("change", "why"), AGAINST_OFFER, ids=lambda v: str(v) if isinstance(v, Why) else "")
def test_each_fact_about_an_offer_is_enough_against_it(change, why):
    assert codes(reasons_against_offer(replace(OFFER, **change), AT)) == [why]


def test_every_state_and_every_reason_is_in_the_tables_above():
    facts = [replace(STORE, **change) for change, _ in AGAINST_STORE]
    assert {f.application for f in facts} == {None, *ApplicationState}
    assert {f.seal and f.seal.state for f in facts} == {None, *SealState}
    assert {f.licence and f.licence.state for f in facts} == {None, *LicenceState}
    assert {f.clearance_state for f in facts} == {None, *ClearanceState}
    offers = {change["state"] for change, _ in AGAINST_OFFER if "state" in change}
    assert offers == set(OfferState) - {OfferState.approved, OfferState.live}
    told = {why for _, why in (*AGAINST_STORE, *AGAINST_OFFER)}
    assert told == set(Why) - {Why.not_in_festival}


def test_all_reasons_are_given_at_once():
    fallen = replace(
        STORE,
        application=ApplicationState.withdrawn,
        **seal(SealState.revoked),
        **licence(valid_until=FROM),
        **clearance(ClearanceState.adverse),
        has_open_critical_finding=True,
        missing_pledges=frozenset(Pledge),
        is_hidden=True,
    )
    offer = replace(OFFER, store=fallen, state=OfferState.frozen, left_count=0, live_until=AT)
    assert codes(reasons_against_offer(offer, AT)) == [
        Why.festival_over,
        Why.application_withdrawn,
        Why.seal_revoked,
        Why.licence_expired,
        Why.clearance_adverse,
        Why.critical_finding,
        Why.pledge_missing,
        Why.store_hidden,
        Why.offer_frozen,
        Why.sold_out,
    ]


# --- to the second


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (FROM - SECOND, [Why.festival_not_started, Why.seal_not_issued, Why.licence_not_active]),
        (FROM, []),
        (UNTIL - SECOND, []),
        (UNTIL, [Why.festival_over, Why.seal_expired, Why.licence_expired, Why.clearance_expired]),
    ],
)
def test_windows_are_half_open_to_the_second(at, expected):
    assert codes(reasons_against_offer(OFFER, at)) == expected


def test_what_lapses_by_itself_says_when():
    waiting = reasons_against_offer(OFFER, FROM - SECOND)
    assert Objection(Why.festival_not_started, FROM) in waiting
    assert Objection(Why.seal_not_issued, FROM) in waiting
    suspended = reasons_against_store(replace(STORE, **seal(SealState.suspended)), AT)
    assert suspended == [Objection(Why.seal_suspended, None)]


# --- for everybody's eyes


def test_the_public_never_reads_about_a_person():
    """Clearances and applications tell of a person: whichever it is, the words are the same."""
    personal = [
        why for _, why in AGAINST_STORE if why.startswith(("clearance", "not_applied", "application_"))
    ]
    assert set(personal) - PRIVATE == {Why.application_suspended}
    for change, why in AGAINST_STORE:
        shown = public_reasons(reasons_against_store(replace(STORE, **change), AT))
        assert shown == [Objection(Why.not_in_festival if why in PRIVATE else why, shown[0].until)]
        assert not {objection.code for objection in shown} & PRIVATE


def test_an_adverse_a_pending_and_a_missing_clearance_cannot_be_told_apart():
    states = [
        clearance(ClearanceState.adverse),
        clearance(ClearanceState.asked, None),
        clearance(None, None),
        clearance(ClearanceState.clear, AT),
        {"application": ApplicationState.rejected},
        {"application": None},
    ]
    shown = {tuple(public_reasons(reasons_against_store(replace(STORE, **state), AT))) for state in states}
    assert shown == {(Objection(Why.not_in_festival),)}


def test_two_private_reasons_are_told_once_and_the_public_ones_stay():
    fallen = replace(
        STORE, application=ApplicationState.rejected, **clearance(ClearanceState.adverse), is_hidden=True
    )
    assert codes(public_reasons(reasons_against_store(fallen, AT))) == [Why.not_in_festival, Why.store_hidden]
