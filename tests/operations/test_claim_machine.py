"""Random events over a few claims: never paid twice, never above what was granted or what is there, all of them end.

`ROUNDS` says how many sequences are tried (20 unless told, 2,000 before a release).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import func, select

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
from marketplace.guarantee.clawback_models import Clawback
from marketplace.guarantee.clawbacks import book_return, left_toman
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import Ground as Why
from marketplace.guarantee.filing import file_claim, withdraw_claim
from marketplace.guarantee.recourse import (
    book_payment,
    given_up_toman,
    open_toman,
    propose_write_off,
    write_off,
)
from marketplace.guarantee.recourse_models import (
    ClaimPayment,
    ClaimPaymentState,
    ClaimReservation,
    Recourse,
    ReservationState,
)
from marketplace.guarantee.reserving import reserve_part
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.ledger.models import LedgerAccount
from marketplace.ledger.transfers import free_balance
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back as refund_part
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.policy.policy import Policy
from tests.factories.buying import run_jobs
from tests.factories.claiming import WISH, charged_back, fill_fund, sitting
from tests.factories.rows import AT, number
from tests.factories.settling import closed
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.operations.claim_ground import OPENS, Ground, forget, prepare
from tests.worlds import database, the_world  # noqa: F401

EXAMPLES = int(os.environ.get("ROUNDS") or "20")
STEPS = 15
END_EVERY = int(os.environ.get("END_EVERY") or "10")
POLICY = Policy()
S = ClaimState
ENDED = (S.rejected, S.final, S.recovered, S.written_off, S.withdrawn, S.stopped)
EVENTS = (
    *("file",) * 4,
    *("file_again", "find", "give_back"),
    *("answer", "choose", "choose", "choose"),
    *("appeal", "withdraw", "repay", "charge_back", "settle", "pay_back", "write_off", "gift", "month"),
    *("wait", "wait", "wait"),
)


class Fund:
    """A world with claims that go on at random moments."""

    def __init__(self, ground: Ground) -> None:
        ground.restore()
        self.ground, self.signers = ground, ground.signers
        self.cases, self.sold = list(ground.cases), list(ground.sold)
        self.at = OPENS
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
        if not self.cases:
            return
        case, person_id = rng.choice(self.cases)
        self.cases.remove((case, person_id))
        with unit_of_work():
            file_claim(case, person_id, WISH, self.at)

    def file_again(self, rng: Random) -> None:
        case, person_id = rng.choice(self.ground.cases)
        if (case, person_id) not in self.cases:
            with unit_of_work():
                file_claim(case, person_id, WISH, self.at)
            raise AssertionError("a second claim about the same complaint")

    def answer(self, rng: Random) -> None:
        if of := self.some(rng, S.filed):
            with unit_of_work():
                answer_claim(of.number, of.store_id, "کالا فرستاده شده است.", SYSTEM, self.at)

    def choose(self, rng: Random) -> None:
        if of := self.some(rng, S.assessed, S.appealed):
            is_for = rng.random() < 0.7
            who = rng.choice(sitting(of.number))
            loss = rng.randint(1, of.loss_toman) if is_for else 0
            ground = Why.not_delivered if is_for else Why.delivered
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
                refund_part(part, amount, 0, subject=f"t:{number()}", reason="complaint", at=self.at)

    def charge_back(self, rng: Random) -> None:
        if (of := self.some(rng)) and rng.random() < 0.3:
            charged_back(of.number, rng.choice((1_000, 50_000, 75_000)), self.at)

    def settle(self, rng: Random) -> None:
        if self.sold:
            closed(self.sold.pop(), AT)
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

    def find(self, rng: Random) -> None:
        """What was given up comes all the same."""
        rows = db.session.scalars(select(Recourse).where(Recourse.written_off_toman > 0)).all()
        if rows:
            owed = rng.choice(rows)
            most, key = given_up_toman(owed) if open_toman(owed) == 0 else open_toman(owed), owed.id
            db.session.rollback()
            with unit_of_work():
                book_payment(key, rng.randint(1, max(most, 1)), f"B{number()}", self.signers[0], self.at)

    def give_back(self, rng: Random) -> None:
        """A shopper returns what they have twice, in parts or whole."""
        rows = db.session.scalars(select(Clawback).where(Clawback.ended_at.is_(None))).all()
        if rows:
            owed = rng.choice(rows)
            amount, key = rng.choice((left_toman(owed), rng.randint(1, left_toman(owed)))), owed.id
            db.session.rollback()
            with unit_of_work():
                book_return(key, amount, f"B{number()}", self.signers[0], self.at)

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
        fill_fund(20_000_000, self.at)
        for _ in range(12):
            self.at += timedelta(days=9)
            self.sweep()
            for event, count in (("choose", 8), ("month", 8), ("pay_back", 8)):
                for _ in range(count):
                    self.act(event, rng)
            if not self.unended():
                return
        raise AssertionError(f"these never end: {self.unended()}")

    def unended(self) -> list[tuple[str, str]]:
        rows = db.session.scalars(select(Claim).where(Claim.state.not_in(ENDED))).all()
        found = [(row.number, row.state.value) for row in rows]
        db.session.rollback()
        return found


def ensure_kept(fund: Fund) -> None:
    """After each step, in few questions: nothing paid twice or above a cap, nothing that is not there, what is reserved
    and what is free are the balance, and what was paid is owed, back, or given up."""
    row = db.session.execute(
        select(
            LedgerAccount.credits_toman - LedgerAccount.debits_toman,
            LedgerAccount.held_debits_toman,
            select(func.coalesce(func.sum(ClaimReservation.amount_toman), 0))
            .where(ClaimReservation.state == ReservationState.held)
            .scalar_subquery(),
        ).where(LedgerAccount.name == GUARANTEE_FUND.name)
    ).first()
    balance, held, reserved = row or (0, 0, 0)
    assert held == reserved <= balance, (balance, held, reserved)
    claims = db.session.scalars(select(Claim).execution_options(populate_existing=True)).all()
    sent = dict(
        db.session.execute(
            select(ClaimPayment.claim_id, func.sum(ClaimPayment.amount_toman))
            .where(ClaimPayment.state != ClaimPaymentState.failed)
            .group_by(ClaimPayment.claim_id)
        ).all()
    )
    debts = {one.claim_id: one for one in db.session.scalars(select(Recourse))}
    granted: dict[int, int] = {}
    for one in claims:
        before = fund.states.get(one.id, S.filed)
        assert one.state is before or one.state in REACHABLE[before], (before, one.state)
        fund.states[one.id] = one.state
        granted[one.person_id] = granted.get(one.person_id, 0) + one.approved_toman
        assert one.approved_toman <= POLICY.fund_cap_per_order_toman
        assert one.paid_toman == sent.get(one.id, 0)
        if owed := debts.get(one.id):
            gone = owed.recovered_toman + owed.written_off_toman + owed.clawed_toman
            assert one.paid_toman == owed.amount_toman == gone + open_toman(owed)
        else:
            assert one.paid_toman == 0
    assert all(toman <= POLICY.fund_cap_per_person_toman for toman in granted.values())
    db.session.rollback()


def ensure_sound() -> None:
    """Every invariant of claims and of the ledger."""
    for name, check in {**CHECKS, **LEDGER_CHECKS}.items():
        assert list(check()) == [], name
    db.session.rollback()


def reachable(state: ClaimState) -> set[ClaimState]:
    """States that some lawful steps lead to: one event may take several."""
    found, new = set(TRANSITIONS[state]), set(TRANSITIONS[state])
    while new:
        new = {following for one in new for following in TRANSITIONS[one]} - found
        found |= new
    return found


REACHABLE = {state: reachable(state) for state in S}


def test_random_days_of_the_fund(app, ctx, at, database, tmp_path):  # noqa: F811
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    ground = prepare(gateway, the_world(), database, tmp_path)
    reached: set[ClaimState] = set()
    tried = iter(range(10**9))

    class Days(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.fund = Fund(ground)

        @rule(event=st.sampled_from(EVENTS), seed=st.integers(0, 2**32))
        def something_happens(self, event: str, seed: int) -> None:
            self.fund.act(event, Random(seed))
            ensure_kept(self.fund)

        def teardown(self) -> None:
            ensure_sound()
            reached.update(self.fund.states.values())
            if next(tried) % END_EVERY == 0:
                self.fund.end()
                ensure_kept(self.fund)
                ensure_sound()
                reached.update(self.fund.states.values())

    try:
        run_state_machine_as_test(
            Days,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink) if "SHRINK" in os.environ else (Phase.generate,),
                derandomize="ROUNDS" not in os.environ,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        forget(database)
    assert {S.recourse_open, S.rejected} & reached
