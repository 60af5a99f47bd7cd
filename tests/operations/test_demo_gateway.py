"""The sandbox knows what the demo was paid: money can go back, and its lists are ours."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.cli.demonstration import prepare_books
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.gateway_books import hand_over
from marketplace.demo.plan.scale import Scale
from marketplace.payments.models import Payment
from marketplace.payments.reconciliation_models import Finding, FindingState
from marketplace.payments.reconciling import begin_run
from tests.browser.whole_house import AT, demo_house
from tests.fakes.gateway import gateway_of, use_gateway
from tests.fakes.sandbox import running_sandbox

pytestmark = pytest.mark.databases("sqlite")


def test_a_run_over_the_whole_demo_finds_no_difference_and_money_goes_back(tmp_path):
    with demo_house(tmp_path) as house, house.app.app_context():
        settings = house.app.config["SETTINGS"]
        assert db.session.scalar(select(func.count()).where(Payment.captured_toman > 0)) > 100
        prepare_books(Scale.SMALL)
        assert hand_over(settings) == 0, "again, nothing is new"
        with running_sandbox(tmp_path) as sandbox:
            sandbox.set_clock(AT)
            gateway = gateway_of(sandbox, seconds=30)
            use_gateway(house.app, gateway)
            before = set(db.session.scalars(select(Finding.id)))
            with unit_of_work():
                begin_run("stripe", SYSTEM, AT, span=timedelta(days=5000))
            run_due(AT, 50)
            news = db.session.execute(
                select(Finding.kind, Finding.subject, Finding.detail).where(
                    Finding.state == FindingState.open, Finding.id.not_in(before)
                )
            ).all()
            assert Counter(row.kind for row in news) == {}, news
            intent = db.session.scalars(
                select(Payment.intent_id).where(
                    Payment.captured_toman > 0,
                    Payment.refunded_toman == 0,
                    Payment.intent_id.like("pi_demo_%"),
                )
            ).first()
            back = gateway.refund(key="k", intent_id=str(intent), amount_toman=1000, reference="r")
            assert (back.amount_toman, back.intent_id) == (1000, intent)
