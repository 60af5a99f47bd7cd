"""Random events over a few claims: never paid twice, never above a cap or what is there, all of them end.

`SEQUENCES` of `CLAIM_STEPS` steps each, a step being one deed, in shares that several processes can take; with
`EVERY_DATABASE` on PostgreSQL too. After each step the fund has what it promised; after each sequence all invariants of
the house hold; one in fifteen (`END_EVERY`) is played on until every claim has ended. `SHRINK=1` looks for fewer steps.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, note
from hypothesis import settings as rules_of
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests import databases, shape
from tests.faults.claim_machine import SWEEPS, Fund, Played, beginnings
from tests.faults.money_ground import Ground, open_ground

STEPS = int(os.environ.get("CLAIM_STEPS") or 15)
SEQUENCES = int(os.environ.get("SEQUENCES") or 300)
END_EVERY = int(os.environ.get("END_EVERY") or 15)
SHARES, BEGINNINGS = 4, 4
KINDS = [kind for kind in databases.kinds() if kind == shape.USUAL or "EVERY_DATABASE" in os.environ]
DEEDS = (
    *("file", "file", "file_again", "answer", "say", "withdraw", "appeal", "appeal"),
    *("choose", "choose", "choose", "choose", "ask", "inspect", "inspect", "step_aside"),
    *("pay", "pay", "gift", "repay", "charge_back", "settle", "pay_back", "write_off", "find", "give_back"),
    "transfer",
    *("later", "later", "later", "later", "sweeps", "jobs", "go_wrong"),
    *(
        "end_claim_answers",
        "end_claim_answers",
        "end_claim_appeals",
        "pay_claims",
        "pay_claims",
        "chase_recourses",
    ),
    *(name for name in SWEEPS if name not in ("watch_lines",)),
)
REACHED = (
    *({deed} for deed in ("file", "answer", "choose", "appeal", "pay", "pay_back", "settle", "pay_claims")),
    {"repay", "charge_back"},
    {"write_off", "find"},
    {"end_claim_answers", "end_claim_appeals"},
    {"inspect", "report", "ask"},
)
"""Of each of these sets a share lets at least one deed happen, after the beginnings; twenty and more are usual."""
NUMBERS = st.integers(1, 999)


class Claims(RuleBasedStateMachine):
    """The machine's rules are the fund's deeds."""

    ground: Ground
    beginnings: list[Played]
    fund: Fund | None = None

    @initialize(seed=st.integers(0, 2**16))
    def open(self, seed: int) -> None:
        self.fund = Fund(self.ground, self.beginnings[seed % len(self.beginnings)], seed)

    @property
    def f(self) -> Fund:
        assert self.fund is not None
        return self.fund

    @rule(lot=NUMBERS, pick=NUMBERS)
    def something_happens(self, lot: int, pick: int) -> None:
        """The fund's own dice keep the deeds even: what is drawn alone repeats itself within a sequence."""
        deed = DEEDS[(lot + self.f.dice.randrange(len(DEEDS))) % len(DEEDS)]
        note(deed)
        if deed in SWEEPS:
            self.f.sweep(deed)
        else:
            getattr(self.f, deed)(pick)
        self.ensure_kept()

    def ensure_kept(self) -> None:
        broken = self.f.broken()
        assert not broken, broken

    def teardown(self) -> None:
        if self.fund is None:
            return
        try:
            assert self.ground.broken() == {}
            assert self.f.paid_too_much() == []
            if self.f.seed % END_EVERY == 0:
                self.f.come_to_rest()
                self.ensure_kept()
                assert self.ground.broken(fully=True) == {}
                self.ground.done["ended"] += 1
        finally:
            self.fund.end()


@pytest.fixture(scope="module", params=KINDS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Made, with its beginnings, once for all shares that a process takes."""
    with open_ground(request.param) as made:
        Claims.ground, Claims.beginnings = made, beginnings(made, BEGINNINGS)
        gc.collect()
        gc.freeze()
        yield made
        gc.unfreeze()


@pytest.mark.parametrize("share", range(SHARES))
def test_no_sequence_breaks_the_fund(ground: Ground, share: int) -> None:
    """And the sequences reach what they are about: a machine whose every deed is refused would prove nothing."""
    ground.done.clear()
    run_state_machine_as_test(
        Claims,
        settings=rules_of(
            max_examples=max(SEQUENCES // SHARES, 1),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if "SHRINK" in os.environ else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    missing = [deeds for deeds in REACHED if not any(ground.done[deed] for deed in deeds)]
    assert not missing or SEQUENCES < 300, f"never reached: {missing}; reached: {dict(ground.done)}"
