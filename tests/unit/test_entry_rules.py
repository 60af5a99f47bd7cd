"""What a paid store order earns in the lottery, one decision after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.lottery.models import GrantState
from marketplace.lottery.rules import Decision, decide_grant

CAP = 50
steady = settings(derandomize=True, database=None, deadline=None, max_examples=100)


def decide(
    earned: int, held: int = 0, *, official: bool = False, member: bool = False, cap: int = CAP
) -> Decision:
    return decide_grant(earned, held, cap, is_official=official, is_member=member)


@pytest.mark.parametrize(
    ("earned", "held", "state", "weight", "reason"),
    [
        (1, 0, GrantState.granted, 1, "paid_order"),
        (18, 0, GrantState.granted, 18, "paid_order"),
        (50, 0, GrantState.granted, 50, "paid_order"),
        (51, 0, GrantState.capped, 50, "cap_reached"),
        (1, 49, GrantState.granted, 1, "paid_order"),
        (2, 49, GrantState.capped, 1, "cap_reached"),
        (1, 50, GrantState.capped, 0, "cap_reached"),
        (18, 45, GrantState.capped, 5, "cap_reached"),
        (1, 60, GrantState.capped, 0, "cap_reached"),
    ],
)
def test_a_person_holds_at_most_the_cap(earned, held, state, weight, reason):
    assert decide(earned, held) == Decision(state, weight, reason)


@pytest.mark.parametrize("held", [0, 49, 50])
def test_an_official_earns_nothing(held):
    assert decide(5, held, official=True) == Decision(GrantState.excluded, 0, "official")


@pytest.mark.parametrize("held", [0, 49, 50])
def test_somebody_of_the_store_earns_nothing_there(held):
    assert decide(5, held, member=True) == Decision(GrantState.excluded, 0, "own_store")


def test_of_both_reasons_the_office_comes_first():
    assert decide(5, official=True, member=True).reason == "official"


purchases = st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.booleans()), max_size=40)


@steady
@given(purchases, st.integers(0, 80))
def test_however_the_purchases_are_cut_the_sum_never_passes_the_cap(orders, cap):
    """Fifty smallest orders, one large one, or both: what is held is min(cap, what was earned outside one's own)."""
    held = fair = 0
    for earned, official, member in orders:
        decision = decide(earned, held, official=official, member=member, cap=cap)
        assert 0 <= decision.weight <= earned
        assert (decision.state is GrantState.excluded) == (official or member)
        assert (decision.state is GrantState.granted) <= (decision.weight == earned)
        held += decision.weight
        fair += 0 if official or member else earned
        assert held == min(cap, fair)
