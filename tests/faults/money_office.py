"""What the office does with money on the machine's bazaar: payouts by file and through the gateway, refunds that the
gateway refused, what banks and gateway answer.

Each deed may be refused by the house; that is no failure.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.approvals import approve
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_batch
from marketplace.payments.gateways.port import TransferStatus
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payouts import ask_gateway_again, clear_payout, drop_batch, send_batch, sign_batch
from marketplace.payments.reconciling import SPAN, begin_run
from marketplace.payments.refund_cases import (
    TransferWish,
    book_transfer,
    propose_transfer,
    retry_refund,
    send_by_file,
)
from marketplace.payments.shopper_transfers import correct_transfer
from tests.factories import a_policy_row
from tests.factories.settling import SHEBAS, answer
from tests.fakes.gateway import MemoryGateway
from tests.faults.money_ground import Ground

NEXT = {"proposed": "sign", "signed": "sign", "approved": "send", "sent": "answer"}
HOLDER = "سارا نوری"


class Office:
    """See above."""

    ground: Ground
    dice: random.Random
    now: datetime
    gateway: MemoryGateway
    signers: tuple[Actor, Actor]
    traveller: Any

    def did(self, deed: str, times: int = 1) -> None:
        """Counts what the house let happen, so that a machine whose every deed is refused is noticed."""
        if times:
            self.ground.done[deed] += times

    def attempt(self, deed: str, verb: Callable[[], Any]) -> bool:
        """Does one thing, or hears why not; whether it was done."""
        try:
            with unit_of_work():
                verb()
        except MarketplaceError:
            return False
        self.did(deed)
        return True

    @staticmethod
    def pick(things: list[Any], number: int) -> Any:
        """One of them, or None."""
        return things[number % len(things)] if things else None

    def wait(self, length: timedelta) -> None:
        """Time passes; a gateway that was away comes back in less than an hour, and forgets keys in a day."""
        self.now += length
        if length >= timedelta(hours=1):
            self.gateway.is_away = False
        if length > timedelta(days=1):
            self.gateway.forget_keys()
        self.traveller.move_to(self.now)

    # --- stores' money

    def settle_some(self, limit: int) -> None:
        """A run that was stopped after its first batch."""
        with suppress(MarketplaceError), unit_of_work():
            self.did("settle_some", settle_batch(0, limit, self.now)[0])

    def payout(self, deed: str, pick: int) -> None:
        """One step of the newest batch; `next` is what it waits for."""
        rows = self.ground.read(
            "SELECT id, digest, state FROM payout_batches ORDER BY id DESC LIMIT :one", one=1
        )
        batch_id, digest, state = rows[0] if rows else (0, "", "")
        if deed == "next":
            deed = NEXT.get(state, "propose")
        if deed == "propose":
            with suppress(MarketplaceError):
                self.did("propose", propose_payouts(self.now))
        elif deed == "answer":
            self.answer_payout(pick, self.dice.choice(["accepted", "accepted", "rejected", "returned"]))
        elif deed == "clear":
            failed = self.ground.read(
                "SELECT id FROM payouts WHERE state = :failed ORDER BY id", failed="failed"
            )
            if failed:
                chosen = self.pick(failed, pick)[0]
                self.attempt("clear", lambda: clear_payout(chosen, self.signers[pick % 2], self.now))
        elif batch_id:
            signer = self.signers[pick % 2]
            self.attempt(
                deed,
                {
                    "sign": lambda: sign_batch(batch_id, digest, signer, self.now),
                    "send": lambda: send_batch(batch_id, signer, self.now),
                    "drop": lambda: drop_batch(batch_id, "x", signer, self.now),
                }[deed],
            )

    def answer_payout(self, pick: int, status: str) -> None:
        """The bank says something of one payout of the newest batch, if that was sent."""
        rows = self.ground.read(
            "SELECT p.id, p.reference, p.batch_id, p.state FROM payouts p JOIN payout_batches b ON b.id = p.batch_id"
            " WHERE b.id = (SELECT max(id) FROM payout_batches) AND b.state IN (:sent, :done) ORDER BY p.id",
            sent="sent",
            done="done",
        )
        fitting = [row for row in rows if row[3] == ("paid" if status == "returned" else "sent")]
        found = self.pick(fitting if pick % 5 and fitting else rows, pick)
        if found:
            row = (found[1], status, f"B{found[0]}", "closed")
            with suppress(MarketplaceError):
                read = answer(found[2], row, at=self.now)
                self.did(status, read.paid + read.failed)

    def reconcile(self, span: timedelta = SPAN) -> None:
        with suppress(MarketplaceError), unit_of_work():
            begin_run("stripe", SYSTEM, self.now, span=span)

    # --- payouts through the gateway

    def pay_by_gateway(self, yes: bool) -> None:
        """From now on payouts go through it where it holds enough, or none does."""
        self.wait(timedelta(minutes=1))
        a_policy_row("payouts_by_gateway", int(yes), at=self.now)
        self.did(f"by gateway: {yes}")

    def transfer(self, deed: str, pick: int) -> None:
        """A transfer ends at the gateway, or comes back from the bank; or an official has it asked again."""
        if deed == "ask":
            sent = self.ground.read(
                "SELECT id FROM payouts WHERE rail = :rail AND state IN (:sent, :paid) ORDER BY id",
                rail="gateway",
                sent="sent",
                paid="paid",
            )
            found = self.pick(sent, pick)
            if found:
                self.attempt("ask_again", lambda: ask_gateway_again(found[0], f"t{self.now}", self.now))
            return
        status = {"end": TransferStatus.PENDING, "come back": TransferStatus.PAID}[deed]
        waiting = [each.id for each in self.gateway.transfers.values() if each.status is status]
        if waiting:
            ways = (
                (TransferStatus.PAID, TransferStatus.PAID, TransferStatus.FAILED)
                if deed == "end"
                else (TransferStatus.RETURNED,)
            )
            end = self.pick(list(ways), pick)
            self.gateway.end_transfer(self.pick(waiting, pick), end, "closed")
            self.did(f"transfer {end.value}")

    # --- refunds that the gateway refused

    def work_on_refund(self, deed: str, pick: int) -> None:
        """One step with one that waits for a person: asked again, put into the bank's file, paid by two, or its
        account corrected."""
        me, other = self.signers[pick % 2], self.signers[(pick + 1) % 2]
        to = AccountWish(SHEBAS[pick % len(SHEBAS)], HOLDER)
        if deed == "correct":
            refused = self.ground.read(
                "SELECT id FROM shopper_transfers WHERE state = :refused ORDER BY id", refused="refused"
            )
            found = self.pick(refused, pick)
            if found:
                self.attempt("correct", lambda: correct_transfer(found[0], to, me, self.now))
            return
        cases = self.ground.read(
            "SELECT id FROM refunds WHERE state = :refused ORDER BY id", refused="refused"
        )
        case = self.pick(cases, pick)
        if case is None or deed == "leave":
            return
        if deed == "by hand":
            wish = TransferWish(to.sheba, HOLDER, f"H{case[0]}")
            with suppress(MarketplaceError):
                with unit_of_work():
                    proposal = propose_transfer(case[0], wish, me, self.now)
                with unit_of_work():
                    book_transfer(approve(proposal, other, self.now), other, self.now)
                self.did(deed)
        elif deed == "retry":
            self.attempt(deed, lambda: retry_refund(case[0], me, self.now))
        else:
            self.attempt("by file", lambda: send_by_file(case[0], to, me, self.now))

    # --- the end

    def rest_transfers(self) -> None:
        """What is on its way arrives, and what was never answered is asked about, as the office would. What came back
        is for the gateway's list to tell."""
        for each in self.gateway.transfers.values():
            if each.status is TransferStatus.PENDING:
                self.gateway.end_transfer(each.id, TransferStatus.PAID)
        for (payout_id,) in self.ground.read(
            "SELECT id FROM payouts WHERE rail = :rail AND state = :sent", rail="gateway", sent="sent"
        ):
            with unit_of_work():
                ask_gateway_again(payout_id, "rest", self.now)

    def unequal_transfers(self) -> list[str]:
        """Where a payout through the gateway and what the gateway did with it are not the same."""
        arrived: dict[str, list[int]] = {}
        for each in self.gateway.transfers.values():
            if each.status is TransferStatus.PAID:
                arrived.setdefault(each.reference or "", []).append(each.amount_toman or 0)
        ours = {
            reference: [amount] if state == "paid" else []
            for reference, state, amount in self.ground.read(
                "SELECT reference, state, amount_toman FROM payouts WHERE rail = :rail", rail="gateway"
            )
        }
        return [
            f"{key}: {ours.get(key, [])} here, {arrived.get(key, [])} there"
            for key in ours.keys() | arrived.keys()
            if ours.get(key, []) != arrived.get(key, [])
        ]
