"""A server that does its jobs itself: kill -9 of a job process in the middle of an errand, and an orderly end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.models import Job, JobState
from marketplace.orders.models import OrderState
from tests.faults.books import money_of, state_of
from tests.faults.conftest import Street, open_street
from tests.faults.house import wait_for
from tests.faults.shopping import Purchase

OPENING = "POST /v1/checkout/sessions"
LOOKING = "GET /v1/checkout/sessions"
LEASE = timedelta(seconds=70)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with open_street(tmp_path_factory.mktemp("street"), serves_jobs=True) as street:
        yield street


def test_killed_while_a_payment_is_looked_up_another_takes_its_place(fine: Street) -> None:
    sandbox, before = fine.house.sandbox, _count(fine, LOOKING)
    purchase = _submit(fine)
    sandbox.control(delay_ms=1_500, only=LOOKING)
    fine.shoppers[0].pay(purchase)
    wait_for(lambda: _count(fine, LOOKING) > before, 40, LOOKING)
    fine.house.kill_job_processes()
    sandbox.control(delay_ms=0, only="")
    fine.house.run("sweep", at=datetime.now(UTC) + LEASE)
    _ensure_paid_once(fine, purchase)
    again = _submit(fine)
    fine.shoppers[0].pay(again)
    _ensure_paid_once(fine, again)
    wait_for(lambda: _left() == 0, 60, "the new one to do the jobs of the next purchase")


def test_told_to_end_the_server_finishes_the_job_in_hand(fine: Street) -> None:
    sandbox = fine.house.sandbox
    sandbox.control(fail_next=1, only=OPENING)
    purchase = _submit(fine)
    assert purchase.pay_url is None
    before = _count(fine, OPENING)
    sandbox.control(delay_ms=1_500)
    wait_for(lambda: _count(fine, OPENING) > before, 40, OPENING)
    running = _jobs(JobState.running)
    assert len(running) == 1, "it is in hand"
    assert fine.house.stop_web() == 0
    assert _jobs(JobState.running) == []
    assert set(running) <= set(_jobs(JobState.done)), "and done before the end, not left to its lease"
    sandbox.control(delay_ms=0, only="")
    fine.house.serve()
    fine.shoppers[0].try_again(purchase)
    fine.shoppers[0].pay(purchase)
    _ensure_paid_once(fine, purchase)


def _submit(street: Street) -> Purchase:
    shopper = street.shoppers[0]
    shopper.fill(*street.bazaar.offers[:2])
    return shopper.submit(shopper.open_checkout())


def _count(street: Street, call: str) -> int:
    return sum(each["call"].startswith(call) for each in street.house.sandbox.state()["calls"])


def _jobs(state: JobState) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Job.id).where(Job.state == state)))


def _left() -> int:
    db.session.rollback()
    due = (Job.state != JobState.done, Job.run_at <= datetime.now(UTC))
    return db.session.scalar(select(func.count()).select_from(Job).where(*due)) or 0


def _ensure_paid_once(street: Street, purchase: Purchase) -> None:
    wait_for(lambda: state_of(purchase.number) is OrderState.paid, 30, "the order to be paid")
    money = money_of(street.house.sandbox, purchase.number)
    assert (money.open_pages, money.charges, money.given_back) == (0, 1, 0)
