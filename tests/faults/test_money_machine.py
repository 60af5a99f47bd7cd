"""Any sequence of buying, paying, shipping, returning, settling, paying out and failing leaves every invariant true.

`SEQUENCES` of `STEPS` steps each, in shares that several processes can take; with `EVERY_DATABASE` on PostgreSQL too.
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

from tests import databases
from tests.faults.money_ground import Ground, open_ground
from tests.faults.money_machine import SWEEPS, Bazaar, Played, beginnings

STEPS = int(os.environ.get("STEPS") or 50)
SEQUENCES = int(os.environ.get("SEQUENCES") or 30)
SHARES, BEGINNINGS = 6, 5
KINDS = [kind for kind in databases.kinds() if kind == "sqlite" or "EVERY_DATABASE" in os.environ]
AFTER = ("accept", "pack", "ship", "receive", "cancel", "unavailable", "return", "hold", "release")
REACHED = (
    "orders:paid",
    "store_orders:closed",
    "store_orders:cancelled",
    "settlement_lines:written",
    "statements:written",
    "payouts:paid",
    "payouts:failed",
    "refunds:succeeded",
)
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

    @rule(wishes=WISHES, who=NUMBERS)
    def buy_and_pay(self, wishes: list[tuple[int, int]], who: int) -> None:
        self.b.buy_and_pay(wishes, who)

    @rule(wishes=WISHES, who=NUMBERS)
    def change_ones_mind(self, wishes: list[tuple[int, int]], who: int) -> None:
        self.b.buy_and_pay(wishes, who)
        self.b.work_on(-1, "cancel")

    @rule(wishes=WISHES, who=NUMBERS)
    def buy(self, wishes: list[tuple[int, int]], who: int) -> None:
        self.b.buy(wishes, who)

    @rule(pick=NUMBERS)
    def pay(self, pick: int) -> None:
        self.b.pay(pick)

    @rule(pick=NUMBERS, percent=st.integers(1, 60))
    def drop_price(self, pick: int, percent: int) -> None:
        self.b.drop_price(pick, percent)

    @rule(pick=NUMBERS)
    def restock(self, pick: int) -> None:
        self.b.restock(pick)

    @rule(pick=NUMBERS, deeds=st.lists(st.sampled_from(AFTER), min_size=1, max_size=3))
    def work_on(self, pick: int, deeds: list[str]) -> None:
        for deed in deeds:
            self.b.work_on(pick, deed)

    @rule(pick=NUMBERS, steps=st.integers(2, 6))
    def deliver(self, pick: int, steps: int) -> None:
        for deed in ("accept", "pack", "ship", "ship", "ship", "receive")[:steps]:
            self.b.work_on(pick, deed)

    @rule(wishes=WISHES, who=NUMBERS)
    def sell(self, wishes: list[tuple[int, int]], who: int) -> None:
        """The usual way of an order, as far as faults let it."""
        self.buy_and_pay(wishes, who)
        for deed in ("accept", "pack", "ship", "ship", "receive"):
            self.b.work_on(-1, deed)

    @rule(pick=NUMBERS)
    def give_back(self, pick: int) -> None:
        self.b.work_on(pick, "return")
        self.b.give_back(-1, "send")
        self.b.give_back(-1, "decide")

    @rule(pick=NUMBERS, deed=st.sampled_from(("send", "decide")))
    def go_on_returning(self, pick: int, deed: str) -> None:
        self.b.give_back(pick, deed)

    @rule(
        length=st.sampled_from(
            (timedelta(minutes=3), timedelta(hours=1), timedelta(days=2), timedelta(days=12))
        )
    )
    def wait(self, length: timedelta) -> None:
        self.b.wait(length)

    @rule(which=st.integers(0, len(SWEEPS) - 1))
    def sweep(self, which: int) -> None:
        self.b.sweep(which)

    @rule(limit=st.integers(1, 50))
    def jobs(self, limit: int) -> None:
        self.b.jobs(limit)

    @rule(count=st.integers(1, 4))
    def events(self, count: int) -> None:
        self.b.events(count)

    @rule()
    def crash(self) -> None:
        self.b.crash()

    @rule(
        answers=st.integers(0, 3),
        is_away=st.sampled_from((False, False, False, True)),
        refunds=st.sampled_from(("succeeded", "succeeded", "refused")),
    )
    def misbehave(self, answers: int, is_away: bool, refunds: str) -> None:
        self.b.gateway.loses_answers = answers
        self.b.gateway.is_away = is_away
        self.b.gateway.refunds_begin = refunds

    @rule()
    def close_and_settle(self) -> None:
        self.b.wait(timedelta(days=12))
        for which in (3, 4, 6, 7):
            self.b.sweep(which)

    @rule(limit=st.integers(1, 3))
    def settle_some(self, limit: int) -> None:
        self.b.settle_some(limit)

    @rule(
        deed=st.sampled_from(("propose", "sign", "sign", "send", "answer", "answer", "clear", "drop")),
        pick=NUMBERS,
    )
    def payout(self, deed: str, pick: int) -> None:
        self.b.payout(deed, pick)

    @rule(pick=NUMBERS)
    def pay_out(self, pick: int) -> None:
        for deed, who in (("propose", 0), ("sign", 0), ("sign", 1), ("send", 0), ("answer", pick)):
            self.b.payout(deed, who)

    @rule()
    def reconcile(self) -> None:
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
            self.b.count_what_happened(self.ground.done)
        finally:
            self.bazaar.end()


@pytest.fixture(scope="module", params=KINDS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Made, with its beginnings, once for all shares that a process takes."""
    with open_ground(request.param) as made:
        Money.ground, Money.beginnings = made, beginnings(made, BEGINNINGS)
        gc.collect()
        gc.freeze()
        yield made
        gc.unfreeze()


@pytest.mark.parametrize("share", range(SHARES))
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
    missing = [name for name in REACHED if not ground.done[name]]
    assert not missing, f"never reached: {missing}; reached: {dict(ground.done)}"
