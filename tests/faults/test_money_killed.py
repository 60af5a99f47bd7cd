"""kill -9 at random points of giving back, settling, a lost dispute, sending a batch, reading the bank's answer and
paying through the gateway: after a restart and the sweeps nothing is paid twice and nothing is lost.

Each story has six kills, one of each. `FAULT_REPEATS` says how many stories (1 unless told; 17 are 102 kills),
`FAULT_SEED` repeats a run. A point is a chance number of statements and a moment more, so that it lies in the middle
of the work however slow the machine is.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask.ctx import AppContext
from sqlalchemy import event, func, select, update
from time_machine import travel

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING, SHOPPER_REFUNDABLE
from marketplace.ledger.transfers import balance
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.models import OrderPayment, StoreOrder
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.settlement_models import SettlementLine
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.models import Payment, Refund, RefundState
from marketplace.payments.payout_models import BatchState, Payout, PayoutRail, PayoutState
from marketplace.payments.payouts import send_batch, sign_batch
from tests.factories import AT, World, a_policy_row
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.settling import answer, closed, newest_batch, two_signers, with_accounts
from tests.fakes.far_gateway import FarGateway, served
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.processes import in_processes
from tests.worlds import database, the_world  # noqa: F401

STORIES = int(os.environ.get("FAULT_REPEATS") or 1)
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10_000))
LEASE = timedelta(minutes=10)
SOLD, STOCK = 3, 10_000


@dataclass
class Street:
    """Everything that a story needs, and how often a kill hit a process in the middle."""

    settings: Settings
    w: World
    memory: MemoryGateway
    far: FarGateway
    signers: tuple[Actor, Actor]
    dice: random.Random
    now: datetime
    kills: Counter[str]
    given_back: int = 0

    def killed(self, name: str, work: Callable[[datetime], Any], most: int) -> None:
        """Does some work in a process that is killed on its way; the books hold in between."""
        point, pause, at, far = self.dice.randint(1, most), self.dice.uniform(0, 0.004), self.now, self.far
        db.session.remove()
        db.engine.dispose()

        def doomed(index: int) -> str:
            use_gateway(current_app, far)  # type: ignore[arg-type]
            _kill_at(point, pause)
            work(at)
            return "done"

        with travel(at, tick=False):
            [ended] = in_processes(1, self.settings, doomed)
        self.kills[f"{name} {'done first' if ended else 'killed'}"] += 1
        assert broken_invariants() == {}
        self.now += LEASE


def _kill_at(point: int, pause: float) -> None:
    """This process is killed from within, a moment after its so manieth statement."""
    heard = 0

    def count(*rest: Any) -> None:
        nonlocal heard
        heard += 1
        if heard == point:
            threading.Thread(
                target=lambda: (time.sleep(pause), os.kill(os.getpid(), signal.SIGKILL)), daemon=True
            ).start()

    event.listen(db.engine, "before_cursor_execute", count)


def test_kill_9_between_a_refund_and_a_payout(ctx: AppContext, settings: Settings, app, at) -> None:
    print(f"{STORIES} stories, FAULT_SEED={SEED}")
    memory, w = MemoryGateway(), the_world()
    use_gateway(app, memory)
    with_accounts(*w.stores)
    with unit_of_work():
        db.session.execute(update(Offer).values(stocked_count=STOCK, limit_per_buyer=STOCK))
    with served(memory) as far:
        street = Street(settings, w, memory, far, two_signers(), random.Random(SEED), AT, Counter())
        for _ in range(STORIES):
            one_story(street)
    print(dict(street.kills))
    assert any(name.endswith("killed") for name in street.kills)


def one_story(street: Street) -> None:
    with travel(street.now, tick=False):
        street.given_back += cancelled_orders(street)
    street.killed("refund", jobs, 60)
    refunds_are_made_once(street)

    with travel(street.now, tick=False):
        for number in range(SOLD):
            good = (street.w.bowl, street.w.tea, street.w.saffron)[number]
            closed(paid(street.memory, street.w.shopper, (good, 1), at=street.now), street.now)
    before = settled_count()
    street.killed("settle", lambda moment: settle_closed_store_orders(moment, batch=1), 45)
    settle_closed_store_orders(street.now)
    assert settled_count() == before + SOLD

    lost_dispute(street)

    batch_id, total = signed_batch(street)
    bank, signer = balance(BANK), street.signers[1]
    street.killed("send", lambda moment: send(batch_id, signer, moment), 20)
    send(batch_id, signer, street.now)
    rows = answers(batch_id)
    street.killed("answer", lambda moment: read(batch_id, rows, moment), 30)
    read(batch_id, rows, street.now)
    assert newest_batch().state is BatchState.done
    assert balance(BANK) == bank - total
    assert {p.state for p in db.session.scalars(select(Payout))} == {PayoutState.paid}
    assert broken_invariants() == {}
    through_the_gateway(street)


def lost_dispute(street: Street) -> None:
    """A payer's bank takes a settled order's money back; it is booked once."""
    clearing = balance(GATEWAY_CLEARING)
    [payment] = db.session.scalars(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .join(StoreOrder, StoreOrder.order_id == OrderPayment.order_id)
        .join(SettlementLine, SettlementLine.store_order_id == StoreOrder.id)
        .order_by(Payment.id.desc())
        .limit(1)
    )
    amount, of = payment.captured_toman // 3, payment.id
    name = street.memory.dispute(payment.intent_id or "", amount)
    street.memory.close_dispute(name, "lost")
    with unit_of_work():
        hear_of_dispute(of, name, "killed", street.now)
    street.killed("dispute", jobs, 50)
    with travel(street.now, tick=False):
        jobs(street.now)
    assert balance(GATEWAY_CLEARING) == clearing - amount
    assert broken_invariants() == {}


def through_the_gateway(street: Street) -> None:
    """What the next orders bring goes to the stores by transfers of the gateway, each made and booked once."""
    with travel(street.now, tick=False):
        a_policy_row("payouts_by_gateway", 1, at=street.now)
        for good in (street.w.bowl, street.w.saffron):
            closed(paid(street.memory, street.w.shopper2, (good, 1), at=street.now), street.now)
        settle_closed_store_orders(street.now)
    before = len(street.memory.transfers)
    batch_id, total = signed_batch(street)
    send(batch_id, street.signers[1], street.now)
    clearing = balance(GATEWAY_CLEARING)
    street.killed("transfer", jobs, 50)
    with travel(street.now, tick=False):
        jobs(street.now)
        a_policy_row("payouts_by_gateway", 0, at=street.now)
    made = list(street.memory.transfers.values())[before:]
    asked = list(db.session.scalars(select(Payout).where(Payout.batch_id == batch_id)))
    assert {(p.rail, p.state) for p in asked} == {(PayoutRail.gateway, PayoutState.paid)}
    assert sorted(t.reference or "" for t in made) == sorted(p.reference for p in asked)
    assert sum(t.amount_toman or 0 for t in made) == total == clearing - balance(GATEWAY_CLEARING)
    assert newest_batch().state is BatchState.done
    assert broken_invariants() == {}


def jobs(moment: datetime) -> None:
    while run_due(moment):
        pass


def cancelled_orders(street: Street) -> int:
    """Two orders of two stores each, all of which is cancelled; gives what must go back."""
    total = 0
    for person in (street.w.shopper, street.w.shopper2):
        made = paid(street.memory, person, (street.w.soap, 1), (street.w.tea, 1), at=street.now)
        total += made.total_toman
        for part in parts_of(made):
            with unit_of_work():
                me, wish = Actor(person.id, "shopper", "me"), Cancellation("other", "")
                cancel_store_order(part.id, person.id, wish, me, street.now)
    return total


def refunds_are_made_once(street: Street) -> None:
    """The restarted worker does the rest: each refund stands once at the gateway, each toman once in the book."""
    with travel(street.now, tick=False):
        jobs(street.now)
    db.session.rollback()
    rows = list(db.session.scalars(select(Refund)))
    assert {row.state for row in rows} == {RefundState.succeeded}
    assert len(street.memory.refunds) == len(rows)
    there = sum(refund.amount_toman or 0 for refund in street.memory.refunds.values())
    assert there == sum(row.amount_toman for row in rows)
    assert there == street.given_back
    assert balance(SHOPPER_REFUNDABLE) == 0


def signed_batch(street: Street) -> tuple[int, int]:
    assert propose_payouts(street.now)
    batch = newest_batch()
    for signer in street.signers:
        with unit_of_work():
            sign_batch(batch.id, batch.digest, signer, street.now)
    batch = newest_batch()
    return batch.id, batch.total_toman


def send(batch_id: int, signer: Actor, moment: datetime) -> None:
    with unit_of_work():
        send_batch(batch_id, signer, moment)


def answers(batch_id: int) -> list[tuple[str, str, str, str]]:
    references = db.session.scalars(select(Payout.reference).where(Payout.batch_id == batch_id))
    return [(reference, "accepted", f"B{reference}", "") for reference in references]


def read(batch_id: int, rows: list[tuple[str, str, str, str]], moment: datetime) -> None:
    """The bank's answer is read; and the next batch would be proposed, of which there is none."""
    answer(batch_id, *rows, at=moment)
    propose_payouts(moment)


def settled_count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(SettlementLine)) or 0
