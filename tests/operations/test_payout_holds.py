"""Holds on the money of a store order: one per subject, released one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import HoldReason, PayoutHold, StoreOrder
from marketplace.orders.payout_holds import hold_payout, payout_is_held, release_payout, standing_holds
from tests.factories import AT, World, put, writing
from tests.factories.buying import order, parts_of, place
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

LATER = AT + timedelta(days=1)


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def parts(w) -> list[int]:
    return [part.id for part in parts_of(order(place(w.shopper, (w.soap, 1), (w.tea, 1)).order_id))]


def held() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(StoreOrder.id).where(payout_is_held()).order_by(StoreOrder.id)))


def test_a_hold_stands_until_its_own_subject_releases_it(parts):
    first, second = parts
    with unit_of_work():
        one = hold_payout(first, HoldReason.complaint, "complaint:1", AT)
        assert hold_payout(first, HoldReason.complaint, "complaint:1", LATER) == one
        hold_payout(first, HoldReason.claim, "claim:1", AT)
        hold_payout(second, HoldReason.office, "letter:7", AT)
    assert held() == [first, second]
    with unit_of_work():
        assert release_payout(first, "complaint:1", LATER)
        assert not release_payout(first, "complaint:1", LATER), "only once"
    assert held() == [first, second]
    assert {i: [h.subject for h in rows] for i, rows in standing_holds(parts).items()} == {
        first: ["claim:1"],
        second: ["letter:7"],
    }
    with unit_of_work():
        release_payout(first, "claim:1", LATER)
    assert held() == [second]


def test_a_subject_that_is_opened_again_holds_anew(parts):
    with unit_of_work():
        one = hold_payout(parts[0], HoldReason.complaint, "complaint:1", AT)
        release_payout(parts[0], "complaint:1", AT)
        assert hold_payout(parts[0], HoldReason.complaint, "complaint:1", LATER) != one
    assert held() == parts[:1]


def test_the_database_lets_one_hold_of_a_subject_stand(parts):
    row = {"store_order_id": parts[0], "reason": HoldReason.office, "subject": "letter:7", "held_from": AT}
    with writing():
        put(PayoutHold, **row)
    with nothing_written(), pytest.raises(Conflict), unit_of_work():
        put(PayoutHold, **row)
    with nothing_written(), pytest.raises(Conflict), unit_of_work():
        put(PayoutHold, **{**row, "subject": "letter:8", "held_from": LATER, "held_until": AT})
