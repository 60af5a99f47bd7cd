"""Random events over a few claims: never paid twice, never above what was granted or what is there, all of them end.

`ROUNDS` says how many sequences are tried (3 unless told; 300 in `.ci/run`, 2,000 before a release).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from marketplace.accounts.approvals import approve
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.answering import answer_claim
from marketplace.guarantee.appealing import appeal_as_shopper, appeal_as_store
from marketplace.guarantee.claim_clocks import SWEEPS
from marketplace.guarantee.claim_inputs import Choice
from marketplace.guarantee.claim_invariants import CHECKS
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.claim_rules import TRANSITIONS
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import Ground
from marketplace.guarantee.filing import withdraw_claim
from marketplace.guarantee.making_good import hear_chargeback
from marketplace.guarantee.recourse import book_payment, open_toman, propose_write_off, write_off
from marketplace.guarantee.recourse_models import Recourse
from marketplace.guarantee.reserving import reserve_part
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.ledger.transfers import free_balance
from marketplace.orders.models import StoreOrder
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back
from marketplace.orders.settlement import settle_closed_store_orders
from tests.factories import world
from tests.factories.buying import paid, run_jobs
from tests.factories.claiming import adjudicators, filed, fill_fund, sitting, unanswered_complaint
from tests.factories.rows import AT, number
from tests.factories.settling import closed, two_signers
from tests.fakes.gateway import MemoryGateway, use_gateway

EXAMPLES = int(os.environ.get("ROUNDS") or "3")
STEPS = 25
S = ClaimState
ENDED = (S.rejected, S.final, S.recovered, S.written_off, S.withdrawn, S.stopped)
EVENTS = (
    *("file",) * 4,
    *("answer", "choose", "choose", "choose"),
    *("appeal", "withdraw", "repay", "charge_back", "settle", "pay_back", "write_off", "gift", "month"),
    *("wait", "wait", "wait"),
)


class Fund:
    """A world with claims that go on at random moments."""

    def __init__(self, gateway: MemoryGateway, small, signers) -> None:
        self.gateway, self.small, self.signers = gateway, small, signers
        self.at = AT + timedelta(hours=169)
        self.states: dict[int, ClaimState] = {}

    def act(self, event: str, rng: Random) -> None:
        with suppress(MarketplaceError):
            getattr(self, event)(rng)
        db.session.rollback()

    def some(self, rng: Random, *states: ClaimState) -> Claim | None:
        rows = db.session.scalars(select(Claim).order_by(Claim.id)).all()
        fit = [row for row in rows if not states or row.state in states]
        found = rng.choice(fit) if fit else None
        db.session.rollback()
        return found

    def file(self, rng: Random) -> None:
        shopper = rng.choice((self.small.shopper, self.small.shopper2))
        offer = rng.choice((self.small.bowl, self.small.scarf, self.small.carpet))
        case, _ = unanswered_complaint(self.gateway, shopper, (offer, 1), at=AT)
        filed(case, shopper, self.at)

    def answer(self, rng: Random) -> None:
        if of := self.some(rng, S.filed):
            with unit_of_work():
                answer_claim(of.number, of.store_id, "کالا فرستاده شده است.", SYSTEM, self.at)

    def choose(self, rng: Random) -> None:
        if of := self.some(rng, S.assessed, S.appealed):
            is_for = rng.random() < 0.7
            who = rng.choice(sitting(of.number))
            loss = rng.randint(1, of.loss_toman) if is_for else 0
            ground = Ground.not_delivered if is_for else Ground.delivered
            version = self.some_version(of.id)
            wish = Choice(
                is_for, loss, rng.choice((100, 60)) if is_for else 0, ground, "دلیل رأی", "", version
            )
            with unit_of_work():
                choose(of.number, wish, who, self.at)

    def some_version(self, claim_id: int) -> int:
        return db.session.scalars(select(Claim.version).where(Claim.id == claim_id)).one()

    def appeal(self, rng: Random) -> None:
        if of := self.some(rng):
            with unit_of_work():
                if rng.random() < 0.5:
                    actor = Actor(of.person_id, "shopper", "")
                    appeal_as_shopper(of.number, of.person_id, "رأی درست نیست.", actor, self.at)
                else:
                    actor = Actor(of.person_id, "store", "")
                    appeal_as_store(of.number, of.store_id, "رأی درست نیست.", actor, self.at)

    def withdraw(self, rng: Random) -> None:
        if (of := self.some(rng)) and rng.random() < 0.3:
            with unit_of_work():
                withdraw_claim(of.number, of.person_id, self.at)

    def repay(self, rng: Random) -> None:
        if of := self.some(rng):
            with unit_of_work():
                part = lock_store_order(of.store_order_id)
                amount = rng.randint(1, part.goods_toman)
                give_back(part, amount, 0, subject=f"t:{number()}", reason="complaint", at=self.at)

    def charge_back(self, rng: Random) -> None:
        if (of := self.some(rng)) and rng.random() < 0.3:
            with unit_of_work():
                order = db.session.get_one(StoreOrder, of.store_order_id).order_id
                hear_chargeback(order, 1_000, SYSTEM, self.at)

    def settle(self, rng: Random) -> None:
        offer = rng.choice((self.small.soap, self.small.bowl, self.small.carpet))
        closed(paid(self.gateway, self.small.shopper2, (offer, 1), at=AT), AT)
        settle_closed_store_orders(self.at)

    def owed(self, rng: Random) -> Recourse | None:
        rows = db.session.scalars(select(Recourse).where(Recourse.ended_at.is_(None))).all()
        return rng.choice(rows) if rows else None

    def pay_back(self, rng: Random) -> None:
        if owed := self.owed(rng):
            amount, key = rng.randint(1, open_toman(owed)), owed.id
            db.session.rollback()
            with unit_of_work():
                book_payment(key, amount, f"B{number()}", self.signers[0], self.at)

    def write_off(self, rng: Random) -> None:
        if owed := self.owed(rng):
            amount, key = rng.randint(1, open_toman(owed)), owed.id
            db.session.rollback()
            with unit_of_work():
                proposal = propose_write_off(key, amount, "تعطیل شد", self.signers[0], self.at)
            with unit_of_work():
                write_off(approve(proposal, self.signers[1], self.at), self.signers[1], self.at)

    def gift(self, rng: Random) -> None:
        fill_fund(rng.choice((1, 50_000, 400_000)), self.at)

    def month(self, rng: Random) -> None:
        """What is free goes to a claim that waits, whole or in part."""
        if of := self.some(rng, S.waiting):
            with unit_of_work():
                row = lock_claim(of.id)
                most = min(row.approved_toman - row.reserved_toman, free_balance(GUARANTEE_FUND))
                if row.state is S.waiting and most > 0:
                    reserve_part(row, rng.randint(1, most), f"month:{number()}", self.at)

    def wait(self, rng: Random) -> None:
        self.at += rng.choice((timedelta(hours=5), timedelta(days=3, seconds=1), timedelta(days=8)))
        self.sweep()

    def sweep(self) -> None:
        for verb, _ in SWEEPS.values():
            verb(self.at)
        run_jobs(self.at)

    def end(self) -> None:
        """Everybody does what is left to do; then every claim has ended."""
        rng = Random(1)
        for _ in range(40):
            self.at += timedelta(days=9)
            self.sweep()
            fill_fund(3_000_000, self.at)
            for event in ("choose", "choose", "month", "month", "pay_back", "pay_back"):
                self.act(event, rng)
            if not self.unended():
                return
        raise AssertionError(f"these never end: {self.unended()}")

    def unended(self) -> list[tuple[str, str]]:
        rows = db.session.scalars(select(Claim).where(Claim.state.not_in(ENDED))).all()
        found = [(row.number, row.state.value) for row in rows]
        db.session.rollback()
        return found


def ensure_lawful(fund: Fund) -> None:
    """States go on lawfully, the books hold, and the fund has what it promised."""
    for name, check in {**CHECKS, **LEDGER_CHECKS}.items():
        assert list(check()) == [], name
    assert free_balance(GUARANTEE_FUND) >= 0
    for row in db.session.scalars(select(Claim)):
        before = fund.states.get(row.id, S.filed)
        assert row.state is before or row.state in reachable(before), (before, row.state)
        fund.states[row.id] = row.state
    db.session.rollback()


def reachable(state: ClaimState) -> set[ClaimState]:
    """States that some lawful steps lead to: one event may take several."""
    found, new = set(TRANSITIONS[state]), set(TRANSITIONS[state])
    while new:
        new = {following for one in new for following in TRANSITIONS[one]} - found
        found |= new
    return found


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def test_random_days_of_the_fund(ctx, gateway, at):
    small = world(at)
    adjudicators(5, at)
    signers = two_signers(at)
    funds: list[Fund] = []

    class Days(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.fund = Fund(gateway, small, signers)
            funds.append(self.fund)

        @rule(event=st.sampled_from(EVENTS), rng=st.randoms(use_true_random=False))
        def something_happens(self, event: str, rng: Random) -> None:
            self.fund.act(event, rng)

        @invariant()
        def all_is_lawful(self) -> None:
            ensure_lawful(self.fund)

    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="ROUNDS" not in os.environ,
        ),
    )
    reached = {state for fund in funds for state in fund.states.values()}
    assert {S.recourse_open, S.rejected} & reached
    last = max(funds, key=lambda fund: fund.at)
    last.end()
    ensure_lawful(last)
