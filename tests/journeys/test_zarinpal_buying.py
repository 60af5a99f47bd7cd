"""An order paid by ZarinPal, from the checkout's errand to the return of the browser: asked, verified, given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.core.settings import Settings
from marketplace.festival.models import OfferState
from marketplace.orders.models import OrderState
from marketplace.payments.gateway import gateway
from marketplace.payments.models import PaymentState
from marketplace.payments.reconciliation import reconcile_payments
from tests import databases
from tests.factories import AT, World, change
from tests.factories.buying import (
    ask,
    balances,
    broken_invariants,
    later,
    order,
    payment_of,
    placed_open,
    run_jobs,
)
from tests.fakes.zarinpal import MERCHANT, TERMINAL, TOKEN, Zarinpal, running_zarinpal
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture
def fake() -> Iterator[Zarinpal]:
    with running_zarinpal() as made:
        yield made


@pytest.fixture
def settings(database: str, tmp_path: Path, fake: Zarinpal) -> Settings:  # noqa: F811
    return databases.settings_for(
        database,
        tmp_path,
        GATEWAY_KIND="zarinpal",
        ZARINPAL_API_BASE=fake.base,
        ZARINPAL_MERCHANT_ID=MERCHANT,
        ZARINPAL_PANEL_URL=f"{fake.base}/api/v4/graphql/",
        ZARINPAL_ACCESS_TOKEN=TOKEN,
        ZARINPAL_TERMINAL_ID=TERMINAL,
    )


@pytest.fixture
def w(ctx, at) -> World:
    assert gateway().name == "zarinpal"
    return the_world()


def authority_of(made) -> str:
    return (payment_of(made).session_id or "").partition(".")[0]


def test_it_is_verified_when_the_sweep_asks(w, fake):
    made = placed_open(w.shopper, (w.bowl, 1))
    payment = payment_of(made)
    assert payment.url == f"{fake.base}/pg/StartPay/{authority_of(made)}"
    assert fake.pages[authority_of(made)]["amount"] == 2_500_000
    back = fake.pay(authority_of(made))
    assert back.startswith(payment.success_url)
    with later(AT, minutes=1) as moment:
        assert reconcile_payments(moment) == 1
        run_jobs(moment)
    assert order(made.id).state is OrderState.paid
    assert fake.pages[authority_of(made)]["status"] == "VERIFIED"
    assert broken_invariants() == {}


def test_what_may_not_be_sold_any_more_goes_back_by_the_panel(w, fake):
    made = placed_open(w.shopper, (w.bowl, 1), (w.tea, 1))
    change(w.tea, state=OfferState.frozen)
    fake.pay(authority_of(made))
    ask(payment_of(made).id, AT)
    [refund] = fake.pages[authority_of(made)]["refunds"]
    assert refund["amount"] == 92_000 * 10
    assert "shopper_refundable" not in balances()
    assert broken_invariants() == {}


def test_another_amount_is_flagged_and_never_paid(w, fake):
    made = placed_open(w.shopper, (w.bowl, 1))
    fake.pages[authority_of(made)]["amount"] = 10_000
    fake.pay(authority_of(made))
    ask(payment_of(made).id, AT)
    assert payment_of(made).state is PaymentState.flagged
    assert order(made.id).state is OrderState.awaiting_payment


def test_a_declined_page_ends_the_order(w, fake):
    made = placed_open(w.shopper, (w.bowl, 1))
    fake.decline(authority_of(made))
    ask(payment_of(made).id, AT)
    assert order(made.id).state is OrderState.expired
    assert broken_invariants() == {}
