"""Our book against the gateway's lists: each planted fault is found and named, and a clean set raises no alarm.

`ROUNDS` makes it ten thousand payments with twenty faults of each kind.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.models import Job
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING
from marketplace.ledger.transfers import balance
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import OrderState, StockState
from marketplace.payments.gateways.port import (
    GatewayCapture,
    GatewayDeposit,
    GatewayRefund,
    GatewayUnavailable,
    RefundStatus,
)
from marketplace.payments.models import Payment, PaymentState, Refund, RefundState
from marketplace.payments.reconciliation_models import (
    DifferenceKind,
    Finding,
    FindingState,
    ReconciliationRun,
    RunState,
)
from marketplace.payments.reconciling import FindingOver, begin_run, close_finding, reconcile_daily
from tests.factories import AT, World, change
from tests.factories.buying import (
    broken_invariants,
    later,
    order,
    paid,
    parts_of,
    payment_of,
    placed_open,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

EACH = 20 if os.environ.get("ROUNDS") else 2
CLEAN = 10_000 if os.environ.get("ROUNDS") else 60
TAKEN = AT - timedelta(hours=2)
APART = {DifferenceKind.deposit_above_clearing, DifferenceKind.dispute_missing_here}
"""They have tests of their own, the latter in `test_disputes.py`; those of transfers are in `test_gateway_payouts.py`
and `test_transfer_differences.py`."""
PLANTED = [k for k in DifferenceKind if k not in APART and not k.startswith("transfer_")]


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def reconcile(at=AT) -> ReconciliationRun:
    with unit_of_work():
        run_id, _ = begin_run("stripe", SYSTEM, at)
    run_jobs(at)
    return db.session.get_one(ReconciliationRun, run_id, populate_existing=True)


def findings() -> list[Finding]:
    db.session.rollback()
    return list(db.session.scalars(select(Finding).order_by(Finding.id)))


class Books:
    """Payments and refunds here and there, many at once; faults are planted by leaving out or changing one side."""

    def __init__(self, gateway: MemoryGateway) -> None:
        self.gateway, self.payments, self.refunds, self.n = gateway, [], [], 0

    def payment(self, *, there: dict[str, Any] | None = None, listed: bool = True, **here: Any) -> int:
        """One that was captured on both sides, but for what is told otherwise; gives its id."""
        self.n += 1
        n, intent = self.n, f"pi_{self.n}"
        row = {
            "id": n,
            "reference": f"order:{900_000 + n}",
            "amount_toman": 50_000 + n,
            "gateway": "stripe",
            "state": PaymentState.captured,
            "session_id": f"cs_{n}",
            "intent_id": intent,
            "description": "x",
            "success_url": "x",
            "cancel_url": "x",
            "language": "fa",
            "mobile": "0912",
            "captured_toman": 50_000 + n,
            "refunded_toman": 0,
            "opened_at": TAKEN,
            "expires_at": TAKEN,
            "captured_at": TAKEN,
            "ended_at": TAKEN,
            **here,
        }
        self.payments.append(row)
        if listed:
            capture = {
                "id": f"ch_{n}",
                "intent_id": intent,
                "amount_toman": row["amount_toman"],
                "currency_ok": True,
                "reference": row["reference"],
                "refunded_toman": 0,
                "captured_at": TAKEN,
                **(there or {}),
            }
            self.gateway.captures.append(GatewayCapture(**capture))
        return n

    def refund(self, *, there: dict[str, Any] | None = None, listed: bool = True, **here: Any) -> None:
        """One that succeeded on both sides, but for what is told otherwise."""
        payment = self.payment()
        n = len(self.refunds) + 1
        self.refunds.append(
            {
                "id": n,
                "payment_id": payment,
                "key": f"k{n}",
                "amount_toman": 1_000,
                "reason": "x",
                "state": RefundState.succeeded,
                "gateway_refund_id": f"re_{n}",
                "asked_at": TAKEN,
                "done_at": TAKEN,
                **here,
            }
        )
        if listed:
            told = {
                "id": f"re_{n}",
                "status": RefundStatus.SUCCEEDED,
                "amount_toman": 1_000,
                "currency_ok": True,
                "intent_id": f"pi_{payment}",
                "reference": f"k{n}",
                **(there or {}),
            }
            self.gateway.refunds[told["id"]] = GatewayRefund(**told)

    def plant(self, kind: DifferenceKind) -> None:
        """One fault of a kind."""
        k, undecided = DifferenceKind, {"captured_toman": 0, "captured_at": None, "ended_at": None}
        n = self.n + 1
        if kind is k.capture_missing_here:
            self.gateway.captures.append(
                GatewayCapture(f"ch_x{n}", f"pi_x{n}", 7_000, True, f"order:77{n}", 0, TAKEN)
            )
            self.n += 1
        elif kind is k.refund_missing_here:
            self.gateway.refunds[f"re_x{n}"] = GatewayRefund(
                f"re_x{n}", RefundStatus.SUCCEEDED, 700, True, f"pi_{n}", None
            )
            self.n += 1
        elif kind is k.double_capture:
            extra = GatewayCapture(f"ch_y{n}", f"pi_{n}", 9_000, True, f"order:{900_000 + n}", 0, TAKEN)
            self.gateway.captures.append(extra)
            self.payment()
        elif kind is k.duplicate_reference:
            first = self.payment()
            self.payment(listed=False, intent_id=f"pi_{first}", session_id=f"cs_again{first}")
        elif kind is k.deposit_missing_here:
            self.gateway.deposits.append(GatewayDeposit(f"po_{n}", 1_000, True, True, TAKEN))
            self.n += 1
        else:
            {
                k.capture_missing_there: lambda: self.payment(listed=False),
                k.amount_differs: lambda: self.payment(there={"amount_toman": 50_000 + n + (-1) ** n}),
                k.currency_differs: lambda: self.payment(there={"currency_ok": False, "amount_toman": None}),
                k.reference_differs: lambda: self.payment(there={"reference": f"order:{1_000_000 + n}"}),
                k.refunded_above_capture: lambda: self.payment(there={"refunded_toman": 60_000 + n}),
                k.late_success: lambda: self.payment(state=PaymentState.failed, **undecided),
                k.page_stuck: lambda: self.payment(
                    listed=False,
                    state=PaymentState.open,
                    intent_id=None,
                    opened_at=AT - timedelta(hours=25),
                    **undecided,
                ),
                k.refund_missing_there: lambda: self.refund(listed=False),
                k.refund_amount_differs: lambda: self.refund(there={"amount_toman": 999}),
                k.refund_state_differs: lambda: self.refund(there={"status": RefundStatus.FAILED}),
                k.refund_stuck: lambda: self.refund(
                    listed=False,
                    state=RefundState.asked,
                    gateway_refund_id=None,
                    asked_at=AT - timedelta(hours=25),
                    done_at=None,
                ),
            }[kind]()

    def write(self) -> None:
        with unit_of_work():
            db.session.execute(insert(Payment), self.payments)
            if self.refunds:
                db.session.execute(insert(Refund), self.refunds)


def test_every_planted_fault_is_found_and_named_and_nothing_else(w, gateway):
    paid(gateway, w.shopper, (w.bowl, 1))
    paid(gateway, w.shopper, (w.carpet, 1))
    books = Books(gateway)
    books.n = 1_000
    for _ in range(CLEAN):
        books.payment()
    for _ in range(CLEAN // 10):
        books.refund()
    for _ in range(EACH):
        for kind in PLANTED:
            books.plant(kind)
    books.write()
    with unit_of_work():
        begin_run("stripe", SYSTEM, AT)
    run_jobs(AT, may_fail=True)
    found = Counter(f.kind for f in findings())
    assert found == Counter(dict.fromkeys(PLANTED, EACH))
    healed = {f.kind for f in findings() if f.state is FindingState.healed}
    k = DifferenceKind
    assert healed == {k.late_success, k.page_stuck, k.refund_stuck, k.deposit_missing_here}


def test_a_clean_set_raises_no_alarm(w, gateway):
    for offer in (w.soap, w.bowl, w.carpet):
        paid(gateway, w.shopper, (offer, 1))
    placed_open(w.shopper2, (w.tea, 1))
    run = reconcile()
    assert (run.state, run.capture_count, run.found_count) == (RunState.done, 3, 0)
    assert findings() == []
    with later(AT, days=2) as moment:
        assert reconcile(moment).found_count == 1, "the open page is undecided for more than a day"


def test_what_happened_just_now_is_no_difference(w, gateway):
    """Paid there this minute and not heard of here: in flight. After five minutes it is late, and asked about."""
    made = placed_open(w.shopper, (w.bowl, 1))
    gateway.pay(payment_of(made).session_id)
    moments = {"captured_at": AT - timedelta(minutes=4)}
    capture = next(iter(gateway.captures_since(AT)))
    gateway.captures_since = lambda since: iter(  # type: ignore[method-assign]
        [GatewayCapture(**{**{f: getattr(capture, f) for f in capture.__slots__}, **moments})]
    )
    assert reconcile().found_count == 0
    moments["captured_at"] = AT - timedelta(minutes=6)
    assert reconcile().healed_count == 1
    assert order(made.id).state is OrderState.paid
    assert broken_invariants() == {}


@pytest.mark.parametrize("stock", ["left", "gone"])
def test_a_late_success_after_the_hold_is_honoured_or_given_back(w, gateway, stock):
    """The gateway's news never came, the hold lapsed: the run finds the money and the house's rule decides."""
    made = placed_open(w.shopper, (w.bowl, 1))
    payment = payment_of(made)
    gateway.pay(payment.session_id)
    with unit_of_work():
        db.session.execute(update(Job).values(state="done"))
    page = gateway.pages[payment.session_id]
    gateway.claim(payment.session_id, paid=False)
    with later(AT, hours=1) as moment:
        give_back_expired_holds(moment)
        with unit_of_work():
            db.session.execute(update(Job).values(state="done"))
        assert order(made.id).state is OrderState.expired
        gateway.pages[payment.session_id] = page
        if stock == "gone":
            change(w.bowl, sold_count=0, stocked_count=0)
        gateway.captures_since = lambda since: iter(  # type: ignore[method-assign]
            [GatewayCapture("ch_1", page.intent_id, page.amount_toman, True, page.reference, 0, AT)]
        )
        run = reconcile(moment)
    assert run.healed_count >= 1
    after, [part] = order(made.id), parts_of(made)
    if stock == "left":
        assert (after.state, part.stock) == (OrderState.paid, StockState.sold)
        assert not gateway.refunds
    else:
        assert after.state is OrderState.cancelled
        assert [r.amount_toman for r in gateway.refunds.values()] == [250_000]
        assert broken_invariants() == {}


def test_a_deposit_is_booked_once(w, gateway):
    paid(gateway, w.shopper, (w.bowl, 1))
    gateway.deposits.append(GatewayDeposit("po_1", 200_000, True, True, AT))
    for _ in range(2):
        reconcile()
    assert (balance(BANK), balance(GATEWAY_CLEARING)) == (200_000, 50_000)
    gateway.deposits.append(GatewayDeposit("po_2", 50_001, True, True, AT))
    gateway.deposits.append(GatewayDeposit("po_3", 1, True, False, AT))
    reconcile()
    assert [(f.kind, f.there_toman) for f in findings() if f.state is FindingState.open] == [
        (DifferenceKind.deposit_above_clearing, 50_001)
    ]
    assert broken_invariants() == {}


def test_a_difference_is_kept_once_and_goes_when_it_is_gone(w, gateway):
    extra = GatewayCapture("ch_x", "pi_x", 7_000, True, "order:77", 0, TAKEN)
    gateway.captures.append(extra)
    first, second = reconcile(), reconcile()
    [finding] = findings()
    assert (finding.run_id, finding.last_run_id, finding.state) == (first.id, second.id, FindingState.open)
    gateway.captures.clear()
    reconcile()
    assert findings()[0].state is FindingState.gone


def test_a_person_closes_a_difference_with_a_note(w, gateway):
    gateway.captures.append(GatewayCapture("ch_x", "pi_x", 7_000, True, "order:77", 0, TAKEN))
    reconcile()
    [finding] = findings()
    with nothing_written(), pytest.raises(Invalid), unit_of_work():
        close_finding(finding.id, "  ", SYSTEM, AT)
    with unit_of_work():
        close_finding(finding.id, "given back by hand", SYSTEM, AT)
    with nothing_written(), pytest.raises(FindingOver), unit_of_work():
        close_finding(finding.id, "again", SYSTEM, AT)


def test_a_gateway_that_is_away_is_asked_again_and_nothing_is_found(w, gateway):
    def away(since):
        raise GatewayUnavailable("away")

    whole = gateway.captures_since
    gateway.captures_since = away  # type: ignore[method-assign]
    assert reconcile().state is RunState.asked
    gateway.captures_since = whole  # type: ignore[method-assign]
    with later(AT, minutes=1) as moment:
        run_jobs(moment)
    assert db.session.scalars(select(ReconciliationRun.state)).all() == [RunState.done]
    assert findings() == []


def test_it_runs_once_a_day_of_tehran(w, gateway):
    assert reconcile_daily(AT) == 1
    assert reconcile_daily(AT + timedelta(hours=10)) == 0
    assert reconcile_daily(AT + timedelta(hours=11)) == 1, "it is past midnight in Tehran"
