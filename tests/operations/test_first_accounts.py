"""The Sheba of an application becomes the store's first payout account, once its approval stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application, ApplicationState
from marketplace.orders.first_accounts import hand_over_accounts
from marketplace.payments.payout_models import PayoutAccount
from tests.factories import AT, change, world
from tests.factories.applications import SHEBA
from tests.factories.papers import a_holder
from tests.unchanged import nothing_written

MINUTE = timedelta(minutes=1)


@pytest.fixture
def approved(ctx, at) -> Application:
    """One store that gave its account and was approved just now."""
    store = world(at).stores[0]
    a_holder(store, sheba=SHEBA, sheba_owner="مریم رضایی")
    application = db.session.scalars(select(Application).where(Application.store_id == store.id)).one()
    return change(application, decided_at=AT)


def hand_over(at) -> int:
    with unit_of_work():
        return hand_over_accounts(at)


def test_it_is_handed_over_when_the_decision_stands_and_once(approved: Application):
    with nothing_written():
        assert hand_over(AT + 10 * MINUTE - timedelta(seconds=1)) == 0
    at = AT + 10 * MINUTE
    assert hand_over(at) == 1
    account = db.session.scalars(select(PayoutAccount)).one()
    assert (account.store_id, account.sheba, account.owner_name) == (approved.store_id, SHEBA, "مریم رضایی")
    assert account.usable_from == at
    with nothing_written():
        assert hand_over(at + MINUTE) == 0


def test_an_account_that_was_ended_is_not_brought_back(approved: Application):
    hand_over(AT + 10 * MINUTE)
    change(db.session.scalars(select(PayoutAccount)).one(), ended_at=AT + 20 * MINUTE)
    with nothing_written():
        assert hand_over(AT + 30 * MINUTE) == 0


@pytest.mark.parametrize("state", [s for s in ApplicationState if s is not ApplicationState.approved])
def test_only_an_approved_store_gets_one(approved: Application, state: ApplicationState):
    change(approved, state=state)
    with nothing_written():
        assert hand_over(AT + 60 * MINUTE) == 0
