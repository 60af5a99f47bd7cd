"""A festival's end: a hundred thousand closed store orders of three hundred stores, settled by `bazargah settle`.

    python -m benchmarks.settlement [--orders 100000] [--kind sqlite|postgresql]

The run is killed with SIGKILL in its middle and started again. Printed: how long, how much memory at each tenth, what
the invariants and the payouts say afterwards.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from benchmarks.machine import cpu_seconds, describe, memory_mib
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.demo.closed_orders import Sale, closed_order
from marketplace.festival.models import Offer
from marketplace.ledger.invariants import CHART_CHECKS
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.ledger.models import LedgerAccount
from marketplace.ledger.transfers import Posting, post_transfers
from marketplace.orders.invariants import CHECKS as ORDER_CHECKS
from marketplace.orders.models import HygieneKit, Order, OrderLine, OrderPayment, StoreOrder
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement_invariants import CHECKS as SETTLEMENT_CHECKS
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.payments.invariants import CHECKS as PAYMENT_CHECKS
from marketplace.payments.models import Payment
from marketplace.payments.payout_models import Payout
from tests import databases
from tests.factories import AT, a_category, a_festival, a_person, a_store, an_offer
from tests.factories.places import provinces, rules
from tests.factories.settling import with_accounts

STORES = 300
ROWS = 2_000
MOMENT = AT + timedelta(days=30)
SHARES = 10
CHECKS = {**LEDGER_CHECKS, **CHART_CHECKS, **ORDER_CHECKS, **SETTLEMENT_CHECKS, **PAYMENT_CHECKS}
"""Those of money; the orders built here earn no entries."""


def main() -> None:
    """Builds, settles with a kill in the middle, tells."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--kind", choices=databases.KINDS, default="sqlite")
    asked = parser.parse_args()
    print(describe())
    databases.open_run()
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            databases.fresh_database(asked.kind, Path(folder)) as url,
        ):
            measure(url, Path(folder), asked.orders)
    finally:
        databases.close_run()


def measure(url: str, folder: Path, orders: int) -> None:
    """One database, from nothing to paid out."""
    app = create_app(databases.settings_for(url, folder))
    with app.app_context():
        began = time.perf_counter()
        build(orders)
        print(
            f"{orders:,} closed store orders of {STORES} stores built in {time.perf_counter() - began:.0f} s"
        )
        print("first run, killed in its middle:")
        _settle(url, folder, orders // 2, orders)
        half = _settled()
        print(f"  {half:,} settled when it was killed")
        print("second run:")
        _settle(url, folder, orders, orders)
        _tell(orders)
        db.session.remove()
        db.engine.dispose()


def build(orders: int) -> None:
    """Stores with offers and accounts; orders of one store each whose money is held, in bulk."""
    rules()
    provinces()
    festival, category, shopper = a_festival(at=AT), a_category(), a_person(at=AT)
    stores = [a_store(at=AT, festival=festival) for _ in range(STORES)]
    offers = [an_offer(s, festival, category, at=AT, toman=40_000 + 1_111 * n) for n, s in enumerate(stores)]
    with_accounts(*stores)
    bulk = Bulk(Order, StoreOrder, OrderLine, HygieneKit, Payment, OrderPayment)
    postings: list[Posting] = []
    sold = [0] * STORES
    for n in range(orders):
        place, quantity = n % STORES, 1 + n % 3
        sold[place] += quantity
        postings += closed_order(
            bulk, Sale(stores[place], offers[place], quantity, shopper.id, festival.id, AT, n)
        )
        waiting = bulk._rows["orders"][-1]
        waiting["number"], waiting["submission_key"] = f"{n:09d}", f"bench-{n}"
        if n % ROWS == ROWS - 1 or n == orders - 1:
            bulk.write()
            with unit_of_work():
                post_transfers(postings, AT)
            db.session.expunge_all()
            postings = []
    bulk.finish()
    with unit_of_work():
        for offer, count in zip(offers, sold, strict=True):
            db.session.execute(
                update(Offer).where(Offer.id == offer.id).values(sold_count=count, stocked_count=count)
            )
    db.session.remove()
    db.engine.dispose()


def _settle(url: str, folder: Path, until: int, orders: int) -> None:
    """Runs the command; kills it once so many are settled, if that is not all of them."""
    settings = databases.settings_for(url, folder)
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from marketplace.app import main; main()",
            "settle",
            "--at",
            MOMENT.isoformat(),
        ],
        env={
            **os.environ,
            "BAZARGAH_MODE": "test",
            "DATABASE_URL": url,
            "INSTANCE_PATH": str(folder),
            "SECRET_KEY": settings.secret_key,
            "STRIPE_WEBHOOK_SECRET": "whsec_test",
            "BASE_URL": "http://localhost",
            "LOG_LEVEL": "ERROR",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    began, shown, memory, seconds = time.perf_counter(), _settled() * SHARES // orders, 0.0, 0.0
    while child.poll() is None:
        done = _settled()
        seconds, memory = cpu_seconds(child.pid) or seconds, memory_mib(child.pid) or memory
        if done * SHARES // orders > shown:
            shown = done * SHARES // orders
            print(f"  {done:>9,}  {time.perf_counter() - began:6.1f} s  {memory:6.1f} MiB", flush=True)
        if until < orders and done >= until:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            break
        time.sleep(0.25)
    told = child.stdout.read().strip().splitlines() if child.stdout else []
    wall = time.perf_counter() - began
    print(f"  ended with {child.returncode} after {wall:.1f} s, {seconds:.1f} s of processor; {told[-1:]}")


def _settled() -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(SettlementLine)) or 0
    db.session.rollback()
    return found


def _tell(orders: int) -> None:
    """What is in the books, and that it is whole."""
    lines = select(func.count(), func.sum(SettlementLine.net_toman), func.sum(SettlementLine.fund_toman))
    count, net, fund = db.session.execute(lines).one()
    payable = db.session.scalar(
        select(func.sum(LedgerAccount.credits_toman - LedgerAccount.debits_toman)).where(
            LedgerAccount.name.like("store_payable:%")
        )
    )
    statements = db.session.scalar(select(func.count()).select_from(Statement))
    print(f"settled {count:,}, net {net:,}, fund {fund:,}, payable {payable:,}, statements {statements:,}")
    assert (count, net) == (orders, payable), "each once"
    db.session.rollback()
    began = time.perf_counter()
    proposed = propose_payouts(MOMENT)
    total = db.session.scalar(select(func.sum(Payout.amount_toman)))
    print(f"payouts {proposed} of {total:,} proposed in {time.perf_counter() - began:.1f} s")
    assert total == payable, "what is due is paid, once"
    db.session.rollback()
    began = time.perf_counter()
    broken = {name: rows for name, check in CHECKS.items() if (rows := list(check())[:3])}
    print(f"invariants in {time.perf_counter() - began:.1f} s: {broken or 'all hold'}")
    assert not broken


if __name__ == "__main__":
    main()
