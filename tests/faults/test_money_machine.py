"""Any sequence of buying, paying, shipping, returning, settling, paying out and failing leaves every invariant true.

`SEQUENCES` of `STEPS` steps each, a step being one deed, in shares that several processes can take, the last
of them on PostgreSQL; with `EVERY_DATABASE` each of them on both databases.
A failure is told as the steps that led to it; `SHRINK=1` looks for fewer of them, which takes its time.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as rules_of
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace.orders.deadlines import close_store_orders
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from tests import databases
from tests.faults.money_ground import Ground, open_ground
from tests.faults.money_machine import SWEEPS, Bazaar, Played, beginnings

STEPS = int(os.environ.get("STEPS") or 50)
SEQUENCES = int(os.environ.get("SEQUENCES") or 300)
SHARES, BEGINNINGS = 6, 5
ON_POSTGRESQL = range(SHARES) if "EVERY_DATABASE" in os.environ else (SHARES - 1,)
ON_SQLITE = range(SHARES) if len(ON_POSTGRESQL) == SHARES else range(SHARES - 1)
CASES = [
    pytest.param(kind, share, id=f"{kind}-{share}")
    for kind, shares in (("sqlite", ON_SQLITE), ("postgresql", ON_POSTGRESQL))
    for share in shares
    if kind in databases.kinds()
]
"""An ordinary run plays one of its shares on PostgreSQL, the others on SQLite; a long one plays all on both."""
REACHED = (
    *({deed} for deed in ("buy", "pay", "close_store_orders", "drop_price")),
    {"accept", "pack"},
    {"ship", "receive"},
    {"cancel", "unavailable"},
    {"return", "decide"},
    {"settle_some", "settle_closed_store_orders"},
    {"write_statements"},
    {"propose", "sign", "send", "accepted", "rejected", "returned"},
    {"ask_again", "transfer paid", "transfer failed", "transfer returned"},
    {"retry", "by file", "by hand", "correct"},
)
"""The beginnings together let a deed of each of these sets happen, and so does a share after them, but for `LEFT_OUT`
of the sets at most, which chance may pass over."""
LEFT_OUT = 2
PAYOUT_DEEDS = (*("next",) * 5, "propose", "sign", "send", "answer", "answer", "clear", "drop")
NUMBERS = st.integers(0, 999)
WISHES = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=3)


class Money(RuleBasedStateMachine):
    """The machine's rules are the bazaar's deeds."""

    ground: Ground
    beginnings: list[Played]
    bazaar: Bazaar | None = None

    @initialize(seed=st.integers(0, 2**16))
    def open(self, seed: int) -> None:
        self.bazaar = Bazaar(self.ground, self.beginnings[seed % len(self.beginnings)], seed)

    @property
    def b(self) -> Bazaar:
        assert self.bazaar is not None
        return self.bazaar

    @rule(deed=st.sampled_from(("buy", "pay", "buy and pay", "buy and pay")), wishes=WISHES, pick=NUMBERS)
    def shop(self, deed: str, wishes: list[tuple[int, int]], pick: int) -> None:
        if deed == "pay":
            self.b.pay(pick, is_told=pick % 2 == 0)
        else:
            (self.b.buy if deed == "buy" else self.b.buy_and_pay)(wishes, pick)

    @rule(pick=NUMBERS, steps=st.integers(1, 6))
    def deliver(self, pick: int, steps: int) -> None:
        self.b.deliver(pick, steps)

    @rule(pick=NUMBERS, deed=st.sampled_from(("accept", "pack", "ship", "receive", "hold", "release")))
    def work_on(self, pick: int, deed: str) -> None:
        self.b.work_on(pick, deed)

    @rule(pick=NUMBERS, deed=st.sampled_from(("cancel", "unavailable", "return", "return", "send", "decide")))
    def turn_back(self, pick: int, deed: str) -> None:
        (self.b.give_back if deed in ("send", "decide") else self.b.work_on)(pick, deed)

    @rule(pick=NUMBERS, percent=st.integers(0, 60))
    def change_offer(self, pick: int, percent: int) -> None:
        if percent:
            self.b.drop_price(pick, percent)
        else:
            self.b.restock(pick)

    @rule(
        length=st.sampled_from(
            (timedelta(minutes=3), timedelta(hours=1), timedelta(days=2), timedelta(days=12))
        )
    )
    def wait(self, length: timedelta) -> None:
        self.b.wait(length)

    @rule(which=st.integers(-2, len(SWEEPS) - 1), limit=st.integers(1, 50))
    def work_by_itself(self, which: int, limit: int) -> None:
        if which < 0:
            self.b.jobs(limit)
        else:
            self.b.sweep(which)

    @rule(deed=st.sampled_from(("close", "close", "some", "all", "statements")), limit=st.integers(1, 3))
    def settle(self, deed: str, limit: int) -> None:
        if deed in ("close", "all"):
            self.b.wait(timedelta(days=12))
            self.b.sweep(SWEEPS.index(close_store_orders))
        if deed == "some":
            self.b.settle_some(limit)
        elif deed != "close":
            self.b.sweep(SWEEPS.index(settle_closed_store_orders if deed == "all" else write_statements))

    @rule(decision=st.sampled_from(("begin", "won", "lost", "lost")), pick=NUMBERS)
    def dispute(self, decision: str, pick: int) -> None:
        self.b.dispute(pick, decision)

    @rule(deed=st.sampled_from(PAYOUT_DEEDS), pick=NUMBERS)
    def pay_out(self, deed: str, pick: int) -> None:
        self.b.payout(deed, pick)

    @rule(deed=st.sampled_from(("end", "end", "come back", "ask", "by gateway")), pick=NUMBERS)
    def send_on(self, deed: str, pick: int) -> None:
        if deed == "by gateway":
            self.b.pay_by_gateway(pick % 3 > 0)
        else:
            self.b.transfer(deed, pick)

    @rule(deed=st.sampled_from(("retry", "by file", "by file", "by hand", "correct")), pick=NUMBERS)
    def mend_refund(self, deed: str, pick: int) -> None:
        self.b.work_on_refund(deed, pick)

    @rule(
        deed=st.sampled_from(("events", "crash", "misbehave", "reconcile")),
        count=st.integers(0, 3),
        is_away=st.sampled_from((False, False, False, True)),
        refunds=st.sampled_from(("succeeded", "succeeded", "refused")),
        transfers=st.sampled_from(("paid", "pending", "refused")),
    )
    def go_wrong(self, deed: str, count: int, is_away: bool, refunds: str, transfers: str) -> None:
        if deed == "misbehave":
            self.b.gateway.loses_answers = count
            self.b.gateway.is_away = is_away
            self.b.gateway.refunds_begin, self.b.gateway.transfers_begin = refunds, transfers
        elif deed == "events":
            self.b.events(count + 1)
        elif deed == "crash":
            self.b.crash()
        else:
            self.b.reconcile()

    @precondition(lambda self: self.bazaar is not None)
    @invariant()
    def everything_holds(self) -> None:
        broken = self.b.broken()
        assert not broken, broken

    def teardown(self) -> None:
        if self.bazaar is None:
            return
        try:
            self.b.come_to_rest()
            assert self.b.broken(fully=True) == {}
            assert self.b.differences() == []
        finally:
            self.bazaar.end()


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Made, with its beginnings, once for all shares that a process takes."""
    with open_ground(request.param) as made:
        Money.ground, Money.beginnings = made, beginnings(made, BEGINNINGS)
        assert not never_reached(made), f"the beginnings reach too little: {dict(made.done)}"
        gc.collect()
        gc.freeze()
        yield made
        gc.unfreeze()


def never_reached(ground: Ground) -> list[set[str]]:
    """The sets of deeds of which none was let happen."""
    return [deeds for deeds in REACHED if not any(ground.done[deed] for deed in deeds)]


@pytest.mark.parametrize(("ground", "share"), CASES, indirect=["ground"])
def test_no_sequence_breaks_the_books(ground: Ground, share: int) -> None:
    """And the sequences reach what they are about: a machine whose every deed is refused would prove nothing."""
    ground.done.clear()
    run_state_machine_as_test(
        Money,
        settings=rules_of(
            max_examples=max(SEQUENCES // SHARES, 1),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if "SHRINK" in os.environ else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(ground.done))
    missing = never_reached(ground)
    assert len(missing) <= LEFT_OUT or SEQUENCES < 300, (
        f"never reached: {missing}; reached: {dict(ground.done)}"
    )
