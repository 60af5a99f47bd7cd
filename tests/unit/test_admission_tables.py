"""The tables of admission: the way of an application, the ways back, the words of the reasons, the least discount."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from marketplace.festival.models import ApplicationState as S
from marketplace.festival.models import OfferState
from marketplace.festival.policy import coverage_for, entries_for, ships_free, to_free_shipping
from marketplace.festival.rules import (
    ON_SHELF_STATES,
    PRIVATE,
    UNDONE_TRANSITIONS,
    Objection,
    StoreFacts,
    Validity,
    Why,
    may_become,
    public_reasons,
    reasons_against_discount,
    reasons_against_store,
)
from marketplace.policy.policy import Policy
from marketplace.stores.models import ClearanceState, LicenceState, SealState

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = Policy()
STORE = StoreFacts(
    application=S.approved,
    seal=Validity(SealState.active, AT - DAY, AT + DAY),
    licence=Validity(LicenceState.active, AT - DAY, AT + DAY),
    clearance_state=ClearanceState.clear,
    clearance_until=AT + DAY,
    has_open_critical_finding=False,
    missing_pledges=frozenset(),
    is_hidden=False,
)
LAWFUL = {
    S.draft: {S.submitted, S.withdrawn},
    S.submitted: {S.revision, S.approved, S.rejected, S.waitlisted, S.withdrawn},
    S.revision: {S.submitted, S.rejected, S.withdrawn},
    S.waitlisted: {S.approved, S.rejected, S.withdrawn},
    S.approved: {S.suspended, S.withdrawn},
    S.suspended: {S.approved, S.withdrawn},
    S.rejected: {S.approved, S.waitlisted, S.withdrawn},
    S.withdrawn: set(),
}
"""Written out a second time on purpose: a step added to the table by mistake is one that is missing here."""
BACK = {
    S.revision: {S.submitted},
    S.approved: {S.submitted, S.waitlisted},
    S.rejected: {S.submitted, S.waitlisted},
    S.waitlisted: {S.submitted},
}


@pytest.mark.parametrize(("state", "following"), list(product(S, S)), ids=str)
def test_an_application_goes_its_lawful_way_and_no_other(state, following):
    assert may_become(state, following) is (following in LAWFUL[state])


def test_a_decision_is_undone_to_where_it_came_from_alone():
    assert {state: set(ways) for state, ways in UNDONE_TRANSITIONS.items()} == {
        state: BACK.get(state, set()) for state in S
    }


def test_a_reason_is_called_as_it_is_kept_and_published():
    """Catalogues, the API and links of complaints know reasons by these words."""
    assert {why.name: why.value for why in Why} == {name: name for name in Why.__members__}


def test_which_reasons_tell_of_a_person():
    assert set(PRIVATE) == {
        Why.not_applied,
        Why.application_open,
        Why.application_rejected,
        Why.application_withdrawn,
        Why.clearance_missing,
        Why.clearance_pending,
        Why.clearance_adverse,
        Why.clearance_expired,
    }


def test_what_stands_on_the_shelf():
    assert (OfferState.approved, OfferState.live) == ON_SHELF_STATES


def test_a_seal_that_is_suspended_until_now_tells_no_moment():
    suspended = replace(
        STORE, seal=Validity(SealState.suspended, AT - DAY, AT + DAY), seal_suspended_until=AT
    )
    assert reasons_against_store(suspended, AT) == [Objection(Why.seal_suspended, None)]


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (
            {"seal": Validity(SealState.active, AT + DAY, AT + 2 * DAY)},
            Objection(Why.seal_not_issued, AT + DAY),
        ),
        ({"seal": Validity(SealState.applied, AT + DAY, AT + 2 * DAY)}, Objection(Why.seal_not_issued)),
        ({"seal": Validity(SealState.applied, AT - DAY, AT - DAY)}, Objection(Why.seal_not_issued)),
        ({"seal": Validity(SealState.expired, AT - DAY, AT + DAY)}, Objection(Why.seal_expired)),
        (
            {"licence": Validity(LicenceState.active, AT + DAY, AT + 2 * DAY)},
            Objection(Why.licence_not_active, AT + DAY),
        ),
        (
            {"licence": Validity(LicenceState.suspended, AT - DAY, AT - DAY)},
            Objection(Why.licence_not_active),
        ),
        (
            {"licence": Validity(LicenceState.suspended, AT + DAY, AT + DAY)},
            Objection(Why.licence_not_active),
        ),
        ({"licence": Validity(LicenceState.expired, AT - DAY, AT + DAY)}, Objection(Why.licence_expired)),
    ],
)
def test_a_paper_tells_when_it_begins_and_only_then(change, objection):
    assert reasons_against_store(replace(STORE, **change), AT) == [objection]


def test_a_private_reason_hides_its_moment_too_and_public_ones_keep_theirs():
    told = [
        Objection(Why.clearance_pending, AT),
        Objection(Why.seal_suspended, AT),
        Objection(Why.not_applied),
        Objection(Why.store_hidden),
    ]
    assert public_reasons(told) == [
        Objection(Why.not_in_festival),
        Objection(Why.seal_suspended, AT),
        Objection(Why.store_hidden),
    ]


@pytest.mark.parametrize(
    ("regular", "reference", "price", "reasons"),
    [
        (200, 200, 170, []),
        (200, 200, 171, ["discount_below_regular", "discount_below_reference"]),
        (200, 150, 150, ["discount_below_reference"]),
        (150, 200, 150, ["discount_below_regular"]),
    ],
)
def test_a_discount_reaches_the_least_percent_of_both_prices(regular, reference, price, reasons):
    assert reasons_against_discount(regular, reference, price, 15) == reasons


def test_what_a_store_order_earns_and_lacks_to_the_toman():
    assert [ships_free(toman, FIRST) for toman in (99_999, 100_000, 100_001)] == [False, False, True]
    assert [to_free_shipping(toman, FIRST) for toman in (0, 82_000, 100_000, 100_001, 200_000)] == [
        100_001,
        18_001,
        1,
        0,
        0,
    ]
    assert [entries_for(toman, FIRST) for toman in (1, 99_999, 100_000, 250_000)] == [1, 1, 2, 3]


def test_what_the_fund_would_pay_for_goods():
    assert [coverage_for(toman, FIRST) for toman in (49_999, 50_000, 50_001, 7_142_858, 9_000_000)] == [
        0,
        35_000,
        35_000,
        5_000_000,
        5_000_000,
    ]
