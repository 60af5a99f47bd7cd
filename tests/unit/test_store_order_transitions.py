"""The lawful way of a store order: every pair of states, allowed or refused."""

from __future__ import annotations

from itertools import product

import pytest

from marketplace.orders.models import StoreOrderState as S
from marketplace.orders.rules import TRANSITIONS, may_become

LAWFUL = {
    (S.placed, S.paid),
    (S.placed, S.cancelled),
    (S.paid, S.accepted),
    (S.paid, S.cancelled),
    (S.paid, S.unavailable_refunded),
    (S.accepted, S.packed),
    (S.accepted, S.cancelled),
    (S.accepted, S.unavailable_refunded),
    (S.packed, S.part_shipped),
    (S.packed, S.shipped),
    (S.packed, S.cancelled),
    (S.packed, S.unavailable_refunded),
    (S.part_shipped, S.shipped),
    (S.shipped, S.delivered),
    (S.delivered, S.closed),
    (S.delivered, S.part_returned),
    (S.delivered, S.returned),
    (S.part_returned, S.returned),
    (S.part_returned, S.closed),
    (S.returned, S.closed),
}
"""Written out a second time on purpose: a step added to the table by mistake is one that is missing here."""


def test_every_state_stands_in_the_table():
    assert set(TRANSITIONS) == set(S)
    assert {following for steps in TRANSITIONS.values() for following in steps} == set(S) - {S.placed}


@pytest.mark.parametrize(("state", "following"), sorted(LAWFUL))
def test_a_lawful_step_is_taken(state, following):
    assert may_become(state, following)


@pytest.mark.parametrize(("state", "following"), sorted(set(product(S, S)) - LAWFUL))
def test_any_other_step_is_refused(state, following):
    assert not may_become(state, following)


def test_what_has_ended_never_moves_again():
    for state in (S.closed, S.cancelled, S.unavailable_refunded):
        assert TRANSITIONS[state] == frozenset()


def test_nothing_comes_back_to_where_it_was():
    """The table has no circle: an order only goes forward."""

    def after(state: S, seen: frozenset[S] = frozenset()) -> set[S]:
        found = set()
        for following in TRANSITIONS[state]:
            found |= {following} | after(following, seen | {state})
        return found

    assert all(state not in after(state) for state in S)


def test_nothing_is_cancelled_once_it_left_the_store():
    gone = {S.part_shipped, S.shipped, S.delivered, S.part_returned, S.returned}
    assert not any(may_become(state, S.cancelled) for state in gone)


def test_nothing_ships_that_was_not_packed():
    assert {state for state in S if may_become(state, S.shipped)} == {S.packed, S.part_shipped}
    assert {state for state in S if may_become(state, S.part_shipped)} == {S.packed}
