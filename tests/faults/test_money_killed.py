"""kill -9 in the middle of settling, sending and reading the bank's answer: nothing is done twice, nothing is lost.

`FAULT_ROUNDS` says how often (4 unless told).
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time

from flask.ctx import AppContext
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.ledger.chart import BANK
from marketplace.ledger.transfers import balance
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.settlement_models import SettlementLine
from marketplace.payments.payout_models import BatchState, Payout, PayoutBatch, PayoutState
from tests.factories import AT
from tests.factories.buying import broken_invariants, paid
from tests.factories.settling import answer, closed, newest_batch, sent, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.processes import in_processes
from tests.worlds import database, the_world  # noqa: F401

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))
ORDERS = 12


def killed_after(seconds: float) -> None:
    """This process is killed from within, wherever it is then."""
    threading.Thread(
        target=lambda: (time.sleep(seconds), os.kill(os.getpid(), signal.SIGKILL)), daemon=True
    ).start()


def test_kill_9_between_closed_and_paid_out(ctx: AppContext, settings: Settings, app, at) -> None:
    gateway, w = MemoryGateway(), the_world()
    use_gateway(app, gateway)
    for number in range(ORDERS):
        closed(paid(gateway, (w.shopper, w.shopper2)[number % 2], (w.bowl if number % 3 else w.tea, 1)))
    with_accounts(*w.stores)
    dice = random.Random(os.environ.get("FAULT_SEED", "7"))
    db.session.remove()
    db.engine.dispose()
    for _ in range(ROUNDS):
        pause = dice.uniform(0, 0.25)

        def settle(index: int, pause: float = pause) -> int:
            killed_after(pause)
            return settle_closed_store_orders(AT, batch=1)

        in_processes(1, settings, settle)
        assert broken_invariants() == {}
        db.session.remove()
        db.engine.dispose()
    settle_closed_store_orders(AT)
    assert db.session.scalar(select(func.count()).select_from(SettlementLine)) == ORDERS
    batch = sent()
    batch_id, total = batch.id, batch.total_toman
    rows = [
        (reference, "accepted", f"B{reference}", "")
        for reference in db.session.scalars(select(Payout.reference).where(Payout.batch_id == batch_id))
    ]
    db.session.remove()
    db.engine.dispose()
    for _ in range(ROUNDS):
        pause = dice.uniform(0, 0.15)

        def read(index: int, pause: float = pause) -> None:
            killed_after(pause)
            answer(batch_id, *rows)
            propose_payouts(AT)

        in_processes(1, settings, read)
        assert broken_invariants() == {}
        db.session.remove()
        db.engine.dispose()
    answer(batch_id, *rows)
    assert balance(BANK) == -total
    assert {p.state for p in db.session.scalars(select(Payout))} == {PayoutState.paid}
    assert newest_batch().state is BatchState.done
    assert db.session.scalar(select(func.count()).select_from(PayoutBatch)) == 1
    assert broken_invariants() == {}
