"""One bazaar in one process that a machine plays on: buying, after the sale, settlement, payouts, faults.

Each deed may be refused by the house; that is no failure. What must hold is asked after each by the caller.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from time_machine import travel

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.jobs import claim, due_jobs, run_due
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Festival, Offer
from marketplace.festival.selling import LOWEST_TOMAN, change_stock, lower_price
from marketplace.orders.after_inputs import Cancellation, ReturnDecision, ReturnWish, Shipment
from marketplace.orders.after_models import ReturnReason
from marketplace.orders.cancellation import cancel_store_order, report_unavailable
from marketplace.orders.deadlines import close_store_orders, deliver_by_time, end_due_returns
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.holds import close_pages_of_fallen_offers, give_back_expired_holds
from marketplace.orders.models import CartLine, HoldReason
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return, send_return
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from marketplace.payments.disputes import ask_open_disputes
from marketplace.payments.gateways.port import SessionStatus
from marketplace.payments.reconciliation import reconcile_payments
from marketplace.payments.webhooks import store_event
from marketplace.stores.models import Clearance, Seal, UnionLicence
from marketplace.wiring.tables import WIRING
from tests.factories import AT
from tests.factories.buying import place
from tests.factories.settling import two_signers, with_accounts
from tests.fakes.gateway import MemoryGateway, header_of, use_gateway
from tests.faults.money_ground import Ground
from tests.faults.money_office import Office
from tests.faults.promises import READS, Promises

END = AT + timedelta(days=3650)
"""So long can be bought: a festival of days would be over after the first return."""
STOCK = 100_000
SWEEPS: tuple[Callable[[datetime], int], ...] = (
    give_back_expired_holds,
    close_pages_of_fallen_offers,
    reconcile_payments,
    deliver_by_time,
    close_store_orders,
    end_due_returns,
    settle_closed_store_orders,
    write_statements,
    ask_open_disputes,
)
FITS = {
    "accept": ("paid",),
    "pack": ("accepted",),
    "ship": ("packed", "part_shipped"),
    "receive": ("shipped",),
    "cancel": ("paid", "accepted", "packed"),
    "unavailable": ("paid", "accepted", "packed", "part_shipped"),
    "return": ("delivered", "part_returned"),
    "hold": ("delivered", "closed"),
    "release": ("delivered", "closed"),
}
"""Where a store order mostly stands when a deed is tried."""
USUAL = {"paid": "accept", "accepted": "pack", "packed": "ship", "part_shipped": "ship", "shipped": "receive"}
Part = tuple[int, int, int]
"""A store order, its store and its buyer."""


@dataclass(frozen=True)
class Played:
    """A bazaar that was played up to a moment and kept, so that many sequences can go on from there."""

    place: str
    now: datetime
    gateway: MemoryGateway
    signers: tuple[Actor, Actor]
    prices: Mapping[int, int]
    promises: Promises
    codes: int


def first(ground: Ground) -> Played:
    """The small festival with much to sell for a long time, stores that can be paid and two who sign."""
    signers = two_signers()
    with_accounts(*ground.world.stores)
    with unit_of_work():
        db.session.execute(update(Offer).values(stocked_count=STOCK, limit_per_buyer=STOCK))
        db.session.execute(update(Festival).values(live_until=END, draw_at=END + timedelta(days=1)))
        for paper in (Seal, UnionLicence, Clearance):
            db.session.execute(update(paper).values(valid_until=END))
    prices = {offer.id: offer.festival_toman for offer in ground.world.offers}
    return Played(ground.keep("first"), AT, MemoryGateway(), signers, prices, Promises(), 0)


def beginnings(ground: Ground, count: int) -> list[Played]:
    """So many beginnings of sequences, each played once; see `Bazaar.begin`."""
    start, found = first(ground), []
    for seed in range(count):
        bazaar = Bazaar(ground, start, seed)
        try:
            bazaar.begin()
            assert not ground.broken(fully=True)
            found.append(bazaar.keep(f"beginning{seed}"))
        finally:
            bazaar.end()
    return found


class Bazaar(Office):
    """A festival that goes on from where another was kept, with a gateway in memory and a clock of its own."""

    def __init__(self, ground: Ground, start: Played, seed: int) -> None:
        ground.put(start.place)
        self.ground, self.w, self.dice = ground, ground.world, random.Random(seed)
        self.now, self.codes, self.signers = start.now, start.codes, start.signers
        self.gateway, self.promises = start.gateway.copy(), start.promises.copy()
        self.prices = dict(start.prices)
        use_gateway(ground.app, self.gateway)
        self.clock = travel(self.now, tick=False)
        self.traveller = self.clock.start()
        self.store = Actor(self.w.owners[0].id, "store", "clerk")
        self._broken_promises: list[str] = []

    def keep(self, name: str) -> Played:
        """This bazaar as it stands, to go on from."""
        place = self.ground.keep(name)
        return Played(
            place, self.now, self.gateway.copy(), self.signers, self.prices, self.promises.copy(), self.codes
        )

    def begin(self) -> None:
        """Two stores were paid once, one of them at the second try and through the gateway; one order was cancelled,
        a few are on their way, one has arrived, one comes back and one waits for its store: every deed finds
        something to do.

        What the sequences must reach is reached here already, whatever chance does with the steps that follow.
        """
        self.buy_and_pay([(5, 1), (1, 2)], 0)
        for part in (-2, -1):
            for deed in ("accept", "pack", "ship", "ship", "ship", "receive"):
                self.work_on(part, deed)
        self._close_and_pay_out()
        for which, status in enumerate(("accepted", "rejected")):
            self.answer_payout(which, status)
        self._pay_out_by_gateway()
        for _ in range(self.dice.randint(2, 4)):
            wishes = [
                (self.dice.randrange(6), self.dice.randint(1, 3)) for _ in range(self.dice.randint(1, 3))
            ]
            self.buy_and_pay(wishes, self.dice.randrange(2))
            for part in range(-3, 0):
                for deed in ("accept", "pack", "ship", "ship", "receive")[: self.dice.randint(0, 9)]:
                    self.work_on(part, deed)
        self.buy_and_pay([(self.dice.randrange(6), 1)], self.dice.randrange(2))
        self.gateway.refunds_begin = self.dice.choice(("succeeded", "refused"))
        self.work_on(-1, "cancel")
        self.jobs()
        self.gateway.refunds_begin = "succeeded"
        self.work_on_refund(self.dice.choice(("retry", "by file", "by hand", "leave")), 0)
        self.drop_price(0, 1)
        if self.dice.random() < 0.7:
            self._close_and_pay_out(self.dice.randint(0, 4))
        for comes_back in (True, False):
            self.buy_and_pay([(self.dice.randrange(6), 2)], self.dice.randrange(2))
            self.deliver(-1, len(USUAL))
            if comes_back and any(self.work_on(-1, "return") for _ in range(9)):
                self.give_back(-1, "send")
        self.buy_and_pay([(self.dice.randrange(6), 1)], self.dice.randrange(2))

    def _close_and_pay_out(self, steps: int = 4) -> None:
        self.wait(timedelta(days=12))
        for sweep in (close_store_orders, settle_closed_store_orders, write_statements):
            self.sweep(SWEEPS.index(sweep))
        for deed, who in (("propose", 0), ("sign", 0), ("sign", 1), ("send", 0))[:steps]:
            self.payout(deed, who)

    def _pay_out_by_gateway(self) -> None:
        """What the bank refused goes through the gateway, which has it arrive at once or keeps it on its way."""
        self.pay_by_gateway(True)
        self.gateway.transfers_begin = self.dice.choice(("paid", "pending"))
        for deed, who in (("clear", 0), ("propose", 0), ("sign", 0), ("sign", 1), ("send", 0)):
            self.payout(deed, who)
        self.jobs()
        if self.dice.random() < 0.4:
            self.transfer("ask", 0)
        self.gateway.transfers_begin = "paid"
        if self.dice.random() < 0.4:
            self.pay_by_gateway(False)

    def buy_and_pay(self, wishes: list[tuple[int, int]], who: int) -> None:
        """An order that is paid and heard of, as far as faults let it."""
        self.buy(wishes, who)
        self.pay(-1, is_told=True)
        self.wait(timedelta(minutes=1))
        self.sweep(SWEEPS.index(reconcile_payments))
        self.jobs()

    def end(self) -> None:
        self.clock.stop()

    def broken(self, *, fully: bool = False) -> dict[str, list[Any]]:
        """What breaks an invariant of the house, or a promise that was made to a buyer."""
        db.session.rollback()
        is_touched = fully or not READS.isdisjoint(self.ground.written)
        found = self.ground.broken(fully=fully)
        if is_touched:
            self._broken_promises = list(self.promises.broken(self.ground))
        return found | ({"promises": self._broken_promises} if self._broken_promises else {})

    # --- jobs

    def jobs(self, limit: int = 50) -> None:
        with suppress(MarketplaceError):
            self.did("jobs", run_due(self.now, limit))

    def sweep(self, which: int) -> None:
        verb = SWEEPS[which % len(SWEEPS)]
        with suppress(MarketplaceError):
            self.did(verb.__name__, verb(self.now))

    def crash(self) -> None:
        """A worker takes a job, calls the gateway, and is killed before it writes what it heard."""
        due = due_jobs(self.now, 1)
        db.session.rollback()
        job = claim(due[0], self.now) if due else None
        if job is None:
            return
        kind = WIRING.job_kinds[job.kind]
        request = kind.prepare(job.payload) if kind.prepare else None
        db.session.rollback()
        if kind.call is not None and request is not None:
            self.did("crash")
            with suppress(Exception):
                kind.call(request, 5)

    def events(self, count: int) -> None:
        """The gateway's events come in any order, any number of times."""
        for _ in range(count):
            if self.gateway.told:
                self._hear(self.dice.choice(self.gateway.told))

    def _hear(self, body: bytes) -> None:
        event = self.gateway.read_event(body, header_of(body, at=self.now), self.now)
        with unit_of_work():
            store_event("stripe", event, body.decode(), self.now)

    # --- buying

    def buy(self, wishes: list[tuple[int, int]], who: int) -> None:
        """A cart of one or several stores becomes an order; what was promised is noted beside the house."""
        person = (self.w.shopper, self.w.shopper2)[who % 2]
        wanted = {self.w.offers[o % 6].id: (self.w.offers[o % 6], q) for o, q in wishes}
        with unit_of_work():
            db.session.execute(delete(CartLine))
        with suppress(MarketplaceError):
            made = place(person, *wanted.values(), at=self.now)
            cart = [(o.store_id, o.id, q, self.prices[o.id]) for o, q in wanted.values()]
            self.promises.note(self.ground, made.order_id, cart)
            self.did("buy")
            self.jobs(3)

    def pay(self, pick: int, *, is_told: bool = False) -> None:
        """A payer pays, mostly on a page that still waits; the gateway may tell us at once, or later, or never."""
        open_pages = [p.id for p in self.gateway.pages.values() if p.status is SessionStatus.OPEN]
        page = self.pick(open_pages if pick % 5 and open_pages else list(self.gateway.pages), pick)
        if page:
            self.did("pay", page in open_pages)
            self.gateway.pay(page)
            if is_told and self.gateway.told:
                self._hear(self.gateway.told[-1])
                self.jobs(3)

    def dispute(self, pick: int, decision: str) -> None:
        """A payer's bank asks for money of an order back, or decides; the event comes at once, or never."""
        paid = [page for page in self.gateway.pages.values() if page.paid]
        waiting = [d.id for d in self.gateway.disputes.values() if d.status == "needs_response"]
        if decision == "begin":
            page = self.pick(paid, pick)
            if page is None or page.intent_id in {d.intent_id for d in self.gateway.disputes.values()}:
                return
            given = sum(
                r.amount_toman or 0 for r in self.gateway.refunds.values() if r.intent_id == page.intent_id
            )
            left = page.amount_toman - given
            if left <= 0:
                return
            self.gateway.dispute(page.intent_id, left if pick % 2 else max(left * (pick % 100) // 100, 1))
        elif waiting:
            self.gateway.close_dispute(self.pick(waiting, pick), decision)
        else:
            return
        self.did(f"dispute {decision}")
        if pick % 3:
            self._hear(self.gateway.told[-1])
            self.jobs(3)

    def drop_price(self, pick: int, percent: int) -> None:
        """What was bought keeps its price, its shipping and its kit."""
        offer = self.w.offers[pick % 6]
        toman = max(self.prices[offer.id] * (100 - percent) // 100, LOWEST_TOMAN)
        if self.attempt(
            "drop_price", lambda: lower_price(offer.id, offer.store_id, toman, self.store, self.now)
        ):
            self.prices[offer.id] = toman

    def restock(self, pick: int) -> None:
        """What a store could not supply is there again."""
        offer = self.w.offers[pick % 6]
        self.attempt("restock", lambda: change_stock(offer.id, offer.store_id, STOCK, self.store, self.now))

    # --- after the sale

    def _part(self, pick: int, states: tuple[str, ...]) -> Part | None:
        """A store order, its store and its buyer: mostly one that stands where the deed fits, else any."""
        rows = self.ground.read(
            "SELECT p.id, p.store_id, o.person_id, p.state FROM store_orders p JOIN orders o ON o.id = p.order_id"
            " WHERE p.paid_at IS NOT NULL OR :any ORDER BY p.id",
            any=pick % 10 == 0,
        )
        fitting = [row for row in rows if row[3] in states] if pick % 5 else []
        found = self.pick(fitting or rows, pick)
        return (found[0], found[1], found[2]) if found else None

    def _lines(self, part: int) -> dict[int, int]:
        lines = self.ground.read(
            "SELECT offer_id, quantity FROM order_lines WHERE store_order_id = :part ORDER BY id", part=part
        )
        return {
            offer: self.dice.randint(1, quantity) for offer, quantity in lines if self.dice.random() < 0.7
        }

    def work_on(self, pick: int | Part, deed: str) -> bool:
        """One step of one store order; whether it was done."""
        part = pick if isinstance(pick, tuple) else self._part(pick, FITS[deed])
        if part is None:
            return False
        ids, person, lines = part[:2], part[2], self._lines(part[0])
        me, now = Actor(person, "shopper", "me"), self.now
        self.codes += 1
        shipment = Shipment("pishtaz", f"RR{self.codes:09d}IR", lines if self.dice.random() < 0.4 else None)
        deeds: dict[str, Callable[[], Any]] = {
            "accept": lambda: accept_store_order(*ids, self.store, now),
            "pack": lambda: pack_store_order(*ids, True, self.store, now),
            "ship": lambda: ship_store_order(*ids, shipment, self.store, now),
            "receive": lambda: confirm_receipt(ids[0], person, now),
            "cancel": lambda: cancel_store_order(ids[0], person, Cancellation("changed_mind", ""), me, now),
            "unavailable": lambda: report_unavailable(
                *ids, lines if self.dice.random() < 0.5 else None, "", self.store, now
            ),
            "return": lambda: ask_return(
                ids[0], person, ReturnWish(lines, ReturnReason.changed_mind, ""), (), me, now
            ),
            "hold": lambda: hold_payout(ids[0], HoldReason.complaint, "complaint:1", now),
            "release": lambda: release_payout(ids[0], "complaint:1", now),
        }
        return self.attempt(deed, deeds[deed])

    def deliver(self, pick: int, steps: int) -> None:
        """One store order goes some steps of its usual way."""
        part = self._part(pick, tuple(USUAL))
        for _ in range(steps):
            if part is None:
                break
            state = self.ground.read("SELECT state FROM store_orders WHERE id = :id", id=part[0])[0][0]
            deed = USUAL.get(state)
            if deed is None or not self.work_on(part, deed):
                break

    def give_back(self, pick: int, deed: str) -> None:
        """A return goes on: sent by the shopper, looked at by the store."""
        rows = self.ground.read(
            "SELECT r.number, o.person_id, p.store_id, p.id, r.state FROM returns r"
            " JOIN store_orders p ON p.id = r.store_order_id JOIN orders o ON o.id = p.order_id ORDER BY r.id"
        )
        fitting = [row for row in rows if row[4] == ("asked" if deed == "send" else "sent")]
        found = self.pick(fitting if pick % 5 and fitting else rows, pick)
        if found is None:
            return
        number, person, store, part, _ = found
        self.codes += 1
        if deed == "send":
            shipment, me = Shipment("pishtaz", f"RT{self.codes:09d}IR"), Actor(person, "shopper", "me")
            self.attempt("send_back", lambda: send_return(number, person, shipment, me, self.now))
        else:
            decision = ReturnDecision(self._lines(part), "seen")
            self.attempt("decide", lambda: decide_return(number, store, decision, self.store, self.now))

    # --- the end

    def come_to_rest(self) -> None:
        """Everything ends: faults are over, leases run out, holds lapse, until nothing happens any more. The gateway's
        lists are looked at once as a whole: what would have been a run each day."""
        self.gateway.is_away, self.gateway.loses_answers = False, 0
        self.rest_transfers()
        self.wait(timedelta(hours=2))
        self.reconcile(span=timedelta(days=3650))
        for _ in range(8):
            self.wait(timedelta(hours=2))
            done = sum(sweep(self.now) for sweep in SWEEPS)
            for _ in range(30):
                jobs = run_due(self.now)
                done += jobs
                if not jobs:
                    break
            if not done:
                break

    def differences(self) -> list[str]:
        """Where the gateway's money and ours are not the same, payment by payment."""
        given: Counter[str] = Counter()
        for refund in self.gateway.refunds.values():
            given[refund.intent_id or ""] += refund.amount_toman or 0
        there = {
            page.intent_id: (page.amount_toman, given[page.intent_id or ""])
            for page in self.gateway.pages.values()
            if page.paid
        }
        here = {
            intent: (captured, refunded)
            for intent, captured, refunded in self.ground.read(
                "SELECT intent_id, captured_toman, refunded_toman FROM payments WHERE captured_toman > :zero",
                zero=0,
            )
        }
        return [
            f"{key}: {here.get(key)} here, {there.get(key)} there"
            for key in here.keys() | there.keys()
            if here.get(key) != there.get(key)
        ] + self.unequal_transfers()
