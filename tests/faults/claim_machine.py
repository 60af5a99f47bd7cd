"""One fund in one process that a machine plays on: claims from filing to the last toman, sweeps, faults of the gateway.

Each deed may be refused by the house; that is no failure. What must hold is asked after each by the caller.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update
from time_machine import travel

from marketplace.accounts.approvals import approve
from marketplace.complaints.clocks import escalate_overdue
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.jobs import run_due
from marketplace.core.money import percent_of
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Festival, Offer
from marketplace.guarantee.answering import (
    add_words_of_shopper,
    add_words_of_store,
    answer_claim,
    ask_for_inspection,
    ask_for_more,
    report_inspection,
)
from marketplace.guarantee.appealing import appeal_as_shopper, appeal_as_store
from marketplace.guarantee.claim_clocks import SWEEPS as CLOCKS
from marketplace.guarantee.claim_facts import loss_left
from marketplace.guarantee.claim_inputs import AccountWish, Choice, Report, RequestWish
from marketplace.guarantee.claim_models import Claim, ClaimState, InspectionFinding, Party
from marketplace.guarantee.claim_rules import TRANSITIONS
from marketplace.guarantee.clawbacks import book_return, give_up, propose_giving_up
from marketplace.guarantee.deciding import choose, step_aside
from marketplace.guarantee.decision_models import Ground as Why
from marketplace.guarantee.filing import file_claim, name_account, withdraw_claim
from marketplace.guarantee.insurer import InsurerWish, propose_payment
from marketplace.guarantee.insurer import book_payment as book_insurer
from marketplace.guarantee.month_end import share_waiting
from marketplace.guarantee.paying import book_transfer, pay_reservation, propose_transfer
from marketplace.guarantee.recourse import book_payment, propose_write_off, write_off
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back as refund_part
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.disputes import record_dispute
from marketplace.payments.gateways.port import GatewayDispute
from marketplace.payments.models import RefundReason
from marketplace.policy.policy import Policy
from tests.factories import AT, a_policy_row
from tests.factories.buying import paid, parts_of
from tests.factories.claiming import WISH, adjudicators, fill_fund
from tests.factories.complaints import a_complaint
from tests.factories.rows import number
from tests.factories.settling import SHEBAS, closed, two_signers
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.faults.money_ground import Ground

S = ClaimState
POLICY = Policy()
OPENS = AT + timedelta(hours=169)
"""All complaints of the ground are unanswered by then."""
END = AT + timedelta(days=365)
DEAR = 4_000_000
"""A carpet costs so much, so that two must agree and caps are met: 5,600,000 of two, and 5,000,000 are granted."""
SWEEPS: dict[str, Callable[[datetime], int]] = {name: verb for name, (verb, _) in CLOCKS.items()}
SWEEPS["share_waiting"] = share_waiting
ENDED = (S.rejected, S.final, S.recovered, S.written_off, S.withdrawn, S.stopped)
WAITS = (timedelta(hours=5), timedelta(days=3, seconds=1), timedelta(days=8), timedelta(days=31))
REASON = "دلیل رأی در پرونده آمده است."
LIVING = (S.filed, S.answered, S.assessed)
SETTLED = (S.approved, S.reserved, S.waiting, S.paid, S.recourse_open, S.recovered, S.written_off)


class Row(NamedTuple):
    """A claim as the database has it."""

    id: int
    number: str
    person_id: int
    store_id: int
    store_order_id: int
    state: str
    loss_toman: int
    version: int


@dataclass(frozen=True)
class Played:
    """A fund that was played up to a moment and kept. `cases`: unanswered complaints with who complained, nothing asked
    of the fund yet; `sold`: paid orders that a day may close and settle."""

    place: str
    now: datetime
    gateway: MemoryGateway
    signers: tuple[Actor, Actor]
    cases: tuple[tuple[str, int], ...]
    sold: tuple[Sold, ...]
    states: dict[int, ClaimState]


class Sold(NamedTuple):
    """An order by its id, and whose it is."""

    id: int
    person_id: int


def first(ground: Ground) -> Played:
    """Eight complaints about goods of three stores that nobody answered, and four more orders of the same stores."""
    w, gateway = ground.world, MemoryGateway()
    use_gateway(ground.app, gateway)
    with travel(AT, tick=False):
        adjudicators(5)
        signers = two_signers(AT)
        with unit_of_work():
            db.session.execute(update(Offer).values(stocked_count=1000, limit_per_buyer=1000))
            db.session.execute(
                update(Offer)
                .where(Offer.id == w.carpet.id)
                .values(festival_toman=DEAR, reference_toman=DEAR, regular_toman=DEAR)
            )
            db.session.execute(update(Festival).values(live_until=END, draw_at=END + timedelta(days=1)))
        wishes = (
            (w.bowl, 1),
            (w.scarf, 1),
            (w.carpet, 2),
            (w.bowl, 2),
            (w.tea, 2),
            (w.carpet, 1),
            (w.carpet, 2),
        )
        cases = []
        for place, wish in enumerate((*wishes, (w.bowl, 1))):
            person = (w.shopper, w.shopper2, w.shopper2)[place % 3]
            part = parts_of(paid(gateway, person, wish))[0]
            cases.append((a_complaint(part, person, AT), person.id))
        sold = []
        for offer in (w.bowl, w.scarf, w.bowl, w.carpet):
            made = paid(gateway, w.shopper2, (offer, 1))
            sold.append(Sold(made.id, made.person_id))
        escalate_overdue(OPENS)
    return Played(ground.keep("first"), OPENS, gateway, signers, tuple(cases), tuple(sold), {})


def beginnings(ground: Ground, count: int) -> list[Played]:
    """So many beginnings of sequences, each played once; see `Fund.begin`."""
    start, found = first(ground), []
    for seed in range(count):
        fund = Fund(ground, start, seed)
        try:
            fund.begin(seed)
            assert not ground.broken(fully=True)
            found.append(fund.keep(f"beginning{seed}"))
        finally:
            fund.end()
    return found


class Fund:
    """A fund that goes on from where another was kept, with a gateway in memory, a clock and lots of its own.

    A claim's number decides who sits at it, so a sequence is the same again only where the numbers are.
    """

    def __init__(self, ground: Ground, start: Played, seed: int) -> None:
        ground.put(start.place)
        self.ground, self.seed, self.dice = ground, seed, random.Random(seed)
        self.now, self.signers, self.gateway = start.now, start.signers, start.gateway.copy()
        self.cases, self.all_cases = list(start.cases), [*start.cases]
        self.sold, self.states = list(start.sold), dict(start.states)
        use_gateway(ground.app, self.gateway)
        self.clock = travel(self.now, tick=False)
        self.traveller = self.clock.start()
        self.lots, secrets.randbelow = secrets.randbelow, self.dice.randrange

    def keep(self, name: str) -> Played:
        """This fund as it stands, to go on from."""
        place = self.ground.keep(name)
        return Played(
            place,
            self.now,
            self.gateway.copy(),
            self.signers,
            tuple(self.cases),
            tuple(self.sold),
            dict(self.states),
        )

    def end(self) -> None:
        self.clock.stop()
        secrets.randbelow = self.lots

    def begin(self, seed: int) -> None:
        """Claims stand everywhere on the way: asked for, decided, paid and owed, waiting, refused and appealed.

        Each second fund has an insurer that pays what is claimed later. The fund has too little for what is decided
        last, so that something waits.
        """
        fill_fund(300_000 + 60_000 * seed, self.now)
        for _ in range(3):
            self.file(0)
        self.wait(WAITS[1])
        self.sweeps()
        for pick in range(4):
            self.choose(pick, is_for=pick != 1)
        self.sweeps()
        self.appeal(1)
        if seed % 2:
            a_policy_row("fund_payer_is_insurer", 1, at=self.now)
            self.pay_in(300_000)
        self.file(0)
        self.file(1)
        self.answer(0)
        self.choose(4)
        self.jobs()
        self.ground.done.clear()

    # --- what stands

    def claim(self, pick: int, *states: ClaimState) -> Row | None:
        """A claim: mostly one in one of these states, else any."""
        rows = self.ground.read(
            "SELECT id, number, person_id, store_id, store_order_id, state, loss_toman, version FROM claims"
            " ORDER BY id"
        )
        fit = [row for row in rows if row[5] in states] if pick % 7 or not rows else rows
        return Row(*fit[pick % len(fit)]) if fit else None

    def seat(self, of: Row, pick: int) -> Actor:
        """Somebody who sits at a claim and has not chosen; sometimes somebody else."""
        rows = self.ground.read(
            "SELECT adjudicator_id FROM claim_assignments WHERE claim_id = :id AND chosen_at IS NULL"
            " AND released_at IS NULL ORDER BY id",
            id=of.id,
        )
        if not rows or pick % 11 == 0:
            return Actor(self.signers[0].id, "adjudicator", "")
        return Actor(rows[pick % len(rows)][0], "adjudicator", "")

    def _try(self, deed: str, verb: Callable[[], Any]) -> bool:
        """Does one thing, or hears why not; whether it was done."""
        try:
            with unit_of_work():
                verb()
        except MarketplaceError:
            return False
        self.ground.done[deed] += 1
        return True

    # --- both sides

    def file(self, pick: int) -> None:
        if self.cases:
            case, person = self.cases[pick % len(self.cases)]
            if self._try("file", lambda: file_claim(case, person, WISH, self.now)):
                self.cases.remove((case, person))

    def file_again(self, pick: int) -> None:
        """About a complaint that was claimed before: never."""
        claimed = [case for case in self.all_cases if case not in self.cases]
        if claimed:
            case, person = claimed[pick % len(claimed)]
            is_filed = self._try("file_again", lambda: file_claim(case, person, WISH, self.now))
            assert not is_filed, "a second claim about the same complaint"

    def answer(self, pick: int) -> None:
        if of := self.claim(pick, S.filed):
            actor = Actor(None, "store", "")
            self._try(
                "answer", lambda: answer_claim(of.number, of.store_id, "کالا را فرستادیم.", actor, self.now)
            )

    def say(self, pick: int) -> None:
        """More of one side, which ends what it was asked."""
        if of := self.claim(pick, S.answered, S.filed, S.assessed, S.appealed):
            words = "عکس بسته پیوست است."
            if pick % 2:
                me = Actor(of.person_id, "shopper", "")
                self._try("say", lambda: add_words_of_shopper(of.number, of.person_id, words, me, self.now))
            else:
                me = Actor(self.signers[0].id, "store", "")
                self._try("say", lambda: add_words_of_store(of.number, of.store_id, words, me, self.now))

    def withdraw(self, pick: int) -> None:
        if of := self.claim(pick, *LIVING):
            self._try("withdraw", lambda: withdraw_claim(of.number, of.person_id, self.now))

    def appeal(self, pick: int) -> None:
        if of := self.claim(pick, S.rejected, *SETTLED):
            me, words = Actor(of.person_id, "x", ""), "رأی درست نیست."
            if of.state == S.rejected or pick % 2:
                self._try("appeal", lambda: appeal_as_shopper(of.number, of.person_id, words, me, self.now))
            else:
                self._try("appeal", lambda: appeal_as_store(of.number, of.store_id, words, me, self.now))

    # --- adjudicators

    def choose(self, pick: int, *, is_for: bool | None = None) -> None:
        """One who sits chooses: mostly for the shopper, mostly what the other would choose."""
        if of := self.claim(pick, S.assessed, S.appealed):
            wins = self.dice.random() < 0.75 if is_for is None else is_for
            loss, share = of.loss_toman, 100
            if self.dice.random() < 0.3:
                loss, share = self.dice.randint(1, of.loss_toman), self.dice.choice((100, 60))
            ground = Why.not_delivered if wins else Why.delivered
            version = of.version - (pick % 13 == 0)
            wish = Choice(wins, loss if wins else 0, share if wins else 0, ground, REASON, "", version)
            who = self.seat(of, pick)
            self._try("choose", lambda: choose(of.number, wish, who, self.now))

    def ask(self, pick: int) -> None:
        if of := self.claim(pick, S.answered, S.assessed):
            who, wish = self.seat(of, pick), RequestWish(Party.store if pick % 2 else Party.shopper, REASON)
            self._try("ask", lambda: ask_for_more(of.number, wish, of.version, who, self.now))

    def inspect(self, pick: int) -> None:
        """A look at the goods is asked for, or reported where one is open."""
        of = self.claim(pick, *LIVING)
        if of is None:
            return
        who = self.seat(of, pick)
        finding = list(InspectionFinding)[pick % 3]
        report = Report("کارشناس رسمی", finding, self.dice.choice((0, 1, 30_000)), REASON)
        if self.ground.read("SELECT id FROM claim_inspections WHERE claim_id = :id", id=of.id):
            self._try("report", lambda: report_inspection(of.number, report, of.version, who, self.now))
        else:
            side = Party.office if pick % 2 else Party.shopper
            self._try("inspect", lambda: ask_for_inspection(of.number, side, of.version, who, self.now))

    def step_aside(self, pick: int) -> None:
        if of := self.claim(pick, S.assessed, S.appealed):
            who = self.seat(of, pick)
            self._try("step_aside", lambda: step_aside(of.number, who, self.now))

    # --- money

    def gift(self, pick: int) -> None:
        fill_fund((1, 50_000, 400_000, 3_000_000)[pick % 4], self.now)

    def pay_in(self, amount_toman: int) -> None:
        """An insurer's money comes, by two officials."""
        wish = InsurerWish("بیمه‌ی بهار", amount_toman, f"N{number()}")
        proposal: list[int] = []
        if self._try("propose", lambda: proposal.append(propose_payment(wish, self.signers[0], self.now))):
            self._agree("pay_in", proposal[0], book_insurer)

    def _agree(self, deed: str, proposal: int, verb: Callable[[Any, Actor, datetime], Any]) -> None:
        second = self.signers[1]
        self._try(deed, lambda: verb(approve(proposal, second, self.now), second, self.now))

    def pay(self, pick: int) -> None:
        """Any reservation is paid, also one that was paid, freed or is being appealed: two workers are at it."""
        rows = self.ground.read("SELECT id FROM claim_reservations ORDER BY id")
        if rows:
            ready = rows[pick % len(rows)][0]
            self._try("pay", lambda: pay_reservation(ready, self.now))

    def transfer(self, pick: int) -> None:
        """What cannot go back by the way of the purchase goes to the shopper's Sheba: named, proposed, agreed to."""
        rows = self.ground.read(
            "SELECT id FROM claim_payments WHERE way = :way AND state = :state ORDER BY id",
            way="transfer",
            state="asked",
        )
        if not rows:
            if of := self.claim(pick, S.reserved, S.waiting):
                account = AccountWish(SHEBAS[0], "سارا نوری")
                self._try("name_account", lambda: name_account(of.number, of.person_id, account, self.now))
            return
        made, proposal = rows[pick % len(rows)][0], []
        reference, first_ = f"T{number()}", self.signers[0]
        if self._try("propose", lambda: proposal.append(propose_transfer(made, reference, first_, self.now))):
            self._agree("transfer", proposal[0], book_transfer)

    def repay(self, pick: int) -> None:
        """The store gives some of it back."""
        if of := self.claim(pick, *LIVING, *SETTLED):
            amount, subject = self.dice.randint(1, of.loss_toman), f"t:{number()}"

            def give() -> None:
                part = lock_store_order(of.store_order_id)
                refund_part(part, amount, 0, subject=subject, reason=RefundReason.complaint, at=self.now)

            self._try("repay", give)

    def charge_back(self, pick: int) -> None:
        """The payer's bank takes money of the purchase back."""
        if of := self.claim(pick, *LIVING, *SETTLED):
            row = self.ground.read(
                "SELECT p.id, p.intent_id FROM payments p JOIN order_payments o ON o.payment_id = p.id AND o.is_kept"
                " JOIN store_orders s ON s.order_id = o.order_id WHERE s.id = :id",
                id=of.store_order_id,
            )[0]
            amount = self.dice.choice((1_000, 50_000, of.loss_toman // 3 or 1))
            told = GatewayDispute(f"dp_{number()}", "lost", amount, True, row[1], "fraudulent")
            self._try("charge_back", lambda: record_dispute(row[0], told, self.now))

    def settle(self, pick: int) -> None:
        """Another order of a store is closed and settled: what it owes is taken."""
        if self.sold:
            of = self.sold.pop(pick % len(self.sold))
            closed(of, AT)  # type: ignore[arg-type]
            with suppress(MarketplaceError):
                self.ground.done["settle"] += bool(settle_closed_store_orders(self.now))

    def _owed(self, pick: int, open_only: bool = True) -> tuple[int, int, int] | None:
        """A store's debt: its id, what is open, what was given up."""
        rows = self.ground.read(
            "SELECT id, amount_toman - recovered_toman - written_off_toman - clawed_toman, written_off_toman"
            " FROM recourses WHERE (ended_at IS NULL) = :open ORDER BY id",
            open=open_only,
        )
        return rows[pick % len(rows)] if rows else None  # type: ignore[return-value]

    def pay_back(self, pick: int) -> None:
        """A store pays some of a debt, or all of it."""
        if owed := self._owed(pick):
            amount = owed[1] if pick % 2 else self.dice.randint(1, owed[1])
            self._try(
                "pay_back",
                lambda: book_payment(owed[0], amount, f"B{number()}", self.signers[0], self.now),
            )

    def write_off(self, pick: int) -> None:
        if owed := self._owed(pick):
            amount, proposal = self.dice.randint(1, owed[1]), []
            if self._try(
                "propose",
                lambda: proposal.append(
                    propose_write_off(owed[0], amount, "تعطیل شد", self.signers[0], self.now)
                ),
            ):
                self._agree("write_off", proposal[0], write_off)

    def find(self, pick: int) -> None:
        """What was given up comes all the same; sometimes too much."""
        if owed := self._owed(pick, open_only=False):
            amount = self.dice.randint(1, max(owed[2], 1)) + (pick % 5 == 0)
            self._try(
                "find", lambda: book_payment(owed[0], amount, f"B{number()}", self.signers[0], self.now)
            )

    def give_back(self, pick: int) -> None:
        """A shopper returns what they have twice, in parts or whole, or two officials give it up."""
        rows = self.ground.read(
            "SELECT id, amount_toman - returned_toman - written_off_toman FROM claim_clawbacks"
            " WHERE ended_at IS NULL ORDER BY id"
        )
        if not rows:
            return
        key, left = rows[pick % len(rows)]
        amount = left if pick % 2 else self.dice.randint(1, left)
        if pick % 5:
            self._try(
                "give_back", lambda: book_return(key, amount, f"B{number()}", self.signers[0], self.now)
            )
            return
        proposal: list[int] = []
        first, why = self.signers[0], "پاسخی نمی‌دهد"
        if self._try(
            "propose", lambda: proposal.append(propose_giving_up(key, amount, why, first, self.now))
        ):
            self._agree("give_up", proposal[0], give_up)

    # --- time and faults

    def wait(self, length: timedelta) -> None:
        """Time passes, and the house does nothing yet; a gateway that was away comes back."""
        self.now += length
        self.gateway.is_away = False
        self.traveller.move_to(self.now)

    def later(self, pick: int) -> None:
        self.wait(WAITS[pick % len(WAITS)])

    def sweeps(self, pick: int = 0) -> None:
        """The house does all that it does by itself."""
        for name in SWEEPS:
            self.sweep(name)
        self.jobs()

    def sweep(self, name: str) -> None:
        with suppress(MarketplaceError):
            self.ground.done[name] += SWEEPS[name](self.now)
        db.session.rollback()

    def jobs(self, pick: int = 0) -> None:
        with suppress(MarketplaceError):
            self.ground.done["jobs"] += run_due(self.now)
        db.session.rollback()

    def go_wrong(self, pick: int) -> None:
        """The gateway is away, loses answers, or refuses refunds; or all is well again."""
        self.gateway.is_away = pick % 4 == 0
        self.gateway.loses_answers = pick % 4 == 1
        self.gateway.refunds_begin = "refused" if pick % 4 == 2 else "succeeded"

    # --- the end

    def come_to_rest(self) -> None:
        """Everybody does what is left to do; then every claim has ended."""
        self.gateway.loses_answers, self.gateway.refunds_begin = 0, "succeeded"
        self.gateway.is_away = False
        fill_fund(40_000_000, self.now)
        self.pay_in(40_000_000)
        for _ in range(12):
            self.wait(timedelta(days=9))
            self.sweeps()
            for deed, there_is in (
                (self.choose, "claims WHERE state IN ('assessed', 'appealed')"),
                (self.transfer, "claim_payments WHERE way = 'transfer' AND state = 'asked'"),
                (self.transfer, "claims WHERE state IN ('reserved', 'waiting') AND sheba IS NULL"),
                (self.pay_back, "recourses WHERE ended_at IS NULL"),
            ):
                for pick in range(1, 7):
                    if not self.ground.read(f"SELECT id FROM {there_is}"):
                        break
                    deed(pick)
            if not self.unended():
                return
        raise AssertionError(f"these never end: {self.unended()}")

    def unended(self) -> list[tuple[str, str]]:
        """Claims that are under way."""
        rows = self.ground.read("SELECT number, state FROM claims ORDER BY id")
        return [(name, state) for name, state in rows if state not in ENDED]

    # --- what must hold after each step

    def broken(self) -> list[str]:
        """What does not hold, in few questions: nothing is paid twice or above a cap, nothing promised that is not
        there, what is reserved and what is free are the balance, and what was paid is owed, back, or given up."""
        return [*self._broken_accounts(), *self._broken_claims()]

    def paid_too_much(self) -> list[str]:
        """Claims to which more was granted, less what is asked back, than the cover of what is still lost."""
        asked = dict(
            self.ground.read(
                "SELECT claim_id, sum(amount_toman) FROM claim_clawbacks WHERE cause = :repaid GROUP BY claim_id",
                repaid="repaid",
            )
        )
        found = []
        for of in db.session.scalars(select(Claim).where(Claim.approved_toman > 0)):
            most = percent_of(loss_left(of), POLICY.fund_coverage_percent)
            if of.approved_toman - asked.get(of.id, 0) > most:
                found.append(f"claim {of.id}: {of.approved_toman} - {asked.get(of.id, 0)} > {most}")
        db.session.rollback()
        return found

    def _broken_accounts(self) -> list[str]:
        rows = self.ground.read(
            "SELECT a.name, a.credits_toman - a.debits_toman, a.held_debits_toman,"
            " (SELECT coalesce(sum(r.amount_toman), 0) FROM claim_reservations r JOIN claims c ON c.id = r.claim_id"
            "  WHERE r.state = :held AND c.payer = CASE a.name WHEN :fund THEN :fund_pays ELSE :insurer END)"
            " FROM ledger_accounts a WHERE a.name IN (:fund, :insurer)",
            held="held",
            fund="guarantee_fund",
            fund_pays="fund",
            insurer="insurer",
        )
        return [f"account {row}" for row in rows if not row[2] == row[3] <= row[1]]

    def _broken_claims(self) -> list[str]:
        rows = self.ground.read(
            "SELECT c.id, c.state, c.person_id, c.approved_toman, c.reserved_toman, c.paid_toman,"
            " (SELECT coalesce(sum(p.amount_toman), 0) FROM claim_payments p JOIN claim_reservations v"
            "   ON v.id = p.reservation_id WHERE p.claim_id = c.id AND v.state = :paid),"
            " (SELECT count(*) - count(DISTINCT p.reservation_id) FROM claim_payments p WHERE p.claim_id = c.id),"
            " coalesce(r.amount_toman, 0), coalesce(r.recovered_toman, 0), coalesce(r.written_off_toman, 0),"
            " coalesce(r.clawed_toman, 0), r.ended_at IS NULL"
            " FROM claims c LEFT JOIN recourses r ON r.claim_id = c.id ORDER BY c.id",
            paid="paid",
        )
        found, granted = [], dict.fromkeys((row[2] for row in rows), 0)
        for (
            key,
            name,
            person,
            approved,
            reserved,
            paid_,
            sent,
            twice,
            owed,
            back,
            off,
            clawed,
            is_open,
        ) in rows:
            state, before = S(name), self.states.get(key, S.filed)
            self.states[key] = state
            granted[person] += approved
            fine = (
                state is before or state in REACHABLE[before],
                approved <= POLICY.fund_cap_per_order_toman,
                paid_ <= reserved <= approved,
                paid_ == sent == owed and twice == 0,
                owed >= back + off + clawed if is_open else owed == back + off + clawed,
            )
            if not all(fine):
                found.append(f"claim {key}, {before} then {state}: {fine}")
        most = POLICY.fund_cap_per_person_toman
        return found + [f"person {who}: {toman}" for who, toman in granted.items() if toman > most]


def reachable(state: ClaimState) -> set[ClaimState]:
    """States that some lawful steps lead to: one deed may take several."""
    found, new = set(TRANSITIONS[state]), set(TRANSITIONS[state])
    while new:
        new = {following for one in new for following in TRANSITIONS[one]} - found
        found |= new
    return found


REACHABLE = {state: reachable(state) for state in S}
