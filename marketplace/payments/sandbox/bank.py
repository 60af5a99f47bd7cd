"""What can happen to money here: pages open, are paid, declined, expire; payments are given back.

Each verb is one turn of the state: all of it or nothing, the event about it included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from marketplace.payments.sandbox import objects
from marketplace.payments.sandbox.clock import Clock
from marketplace.payments.sandbox.errors import ApiError, missing, wrong
from marketplace.payments.sandbox.faults import Faults
from marketplace.payments.sandbox.state import State

Row = dict[str, Any]
LONGEST_SESSION_SECONDS = 24 * 3600
EVERY_EVENT = ("*",)
REFUND_ENDS = ("succeeded", "failed", "canceled")


class Bank:
    """`on_event` is called after each verb that made news."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        faults: Faults,
        currency: str,
        enabled_events: tuple[str, ...] = EVERY_EVENT,
    ) -> None:
        self.state = state
        self.enabled_events = enabled_events
        self.clock = clock
        self.faults = faults
        self.currency = currency.lower()
        self.on_event: Callable[[], None] = lambda: None

    # --- pages ------------------------------------------------------------------------------------

    def open_session(self, fields: Row, expires_at: int | None, base: str) -> Row:
        """A new open page. `fields` as checked by the API; `expires_at` None is 24 hours from now."""
        now = self.clock.now()
        expires_at = now + LONGEST_SESSION_SECONDS if expires_at is None else expires_at
        shortest = self.faults.now.min_session_s
        if expires_at <= now or not shortest <= expires_at - now <= LONGEST_SESSION_SECONDS:
            raise wrong(
                "expires_at",
                "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout"
                " Session creation.",
            )
        session = objects.session(fields, base=base, created=now, expires_at=expires_at)
        with self.state.turn():
            self._keep_session(session)
        return session

    def session(self, identifier: str) -> Row:
        """The page as it is now: one whose time is over has expired. Raises 404."""
        with self.state.turn():
            session = self.state.get("session", identifier)
            if session is None:
                raise missing("checkout.session", identifier)
            if session["status"] == "open" and session["expires_at"] <= self.clock.now():
                self._expire(session)
        return session

    def expire_session(self, identifier: str) -> Row:
        """Closes an open page; refuses any other, as Stripe does."""
        with self.state.turn():
            session = self.session(identifier)
            if session["status"] != "open":
                raise ApiError(
                    'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
                    f" has a status of `{session['status']}`."
                )
            self._expire(session)
        return session

    def pay(self, identifier: str, card: str = "") -> Row:
        """Takes the whole amount, once: a page that is not open stays as it is. Without a number: a card of its own."""
        with self.state.turn():
            session = self.session(identifier)
            if session["status"] != "open":
                return session
            intent = self._intent_of(session)
            charge = objects.charge(intent, self.clock.now(), card or intent["id"])
            intent |= {
                "status": "succeeded",
                "amount_received": intent["amount"],
                "latest_charge": charge["id"],
                "last_payment_error": None,
            }
            session |= {"status": "complete", "payment_status": "paid"}
            self.state.put("charge", charge)
            self.state.put("intent", intent)
            self._keep_session(session)
            self.tell("payment_intent.succeeded", intent)
            self.tell("charge.succeeded", charge)
            self.tell("checkout.session.completed", session)
        self.on_event()
        return session

    def decline(self, identifier: str) -> Row:
        """The card is refused; the page stays open and may be tried again."""
        with self.state.turn():
            session = self.session(identifier)
            if session["status"] != "open":
                return session
            intent = self._intent_of(session)
            intent["last_payment_error"] = {
                "code": "card_declined",
                "message": "Your card was declined.",
                "type": "card_error",
            }
            self.state.put("intent", intent)
            self._keep_session(session)
            self.tell("payment_intent.payment_failed", intent)
        self.on_event()
        return session

    def was_declined(self, session: Row) -> bool:
        with self.state.turn():
            intent = self.state.get("intent", session["payment_intent"] or "")
        return bool(intent and intent["last_payment_error"])

    def sweep(self) -> int:
        """Expires the pages whose time is over; how many."""
        with self.state.turn():
            over = self.state.due("session", self.clock.now())
            for session in over:
                self._expire(session)
        return len(over)

    # --- money back -------------------------------------------------------------------------------

    def refund(self, identifier: str, amount: int | None, *, reason: str | None, metadata: Row) -> Row:
        """Gives back `amount` (None: all that is left). Refused beyond what was captured and is left."""
        with self.state.turn():
            charge, left = self._refundable(identifier)
            amount = left if amount is None else amount
            if amount > left:
                raise ApiError(
                    f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                    param="amount",
                )
            if self.faults.now.refuse_refunds:
                raise ApiError("Refunds are refused for this charge.", code="charge_not_refundable")
            status = {"succeed": "succeeded", "pending": "pending", "fail": "failed"}[self.faults.now.refunds]
            now = self.clock.now()
            refund = objects.refund(
                charge, amount, status=status, reason=reason, metadata=metadata, created=now
            )
            self.tell("refund.created", refund)
            self._settle(refund, charge)
        self.on_event()
        return refund

    def settle_refund(self, identifier: str, status: str) -> Row:
        """A pending refund ends: `succeeded`, `failed` or `canceled`."""
        with self.state.turn():
            refund = self.state.get("refund", identifier)
            if refund is None:
                raise missing("refund", identifier)
            charge = self.state.get("charge", refund["charge"])
            if status not in REFUND_ENDS or refund["status"] != "pending" or charge is None:
                raise ApiError("only a pending refund ends, and as succeeded, failed or canceled")
            refund["status"] = status
            self._settle(refund, charge)
        self.on_event()
        return refund

    def pay_out(self, amount: int) -> Row:
        """Pays an amount of what was taken to the merchant's bank account."""
        with self.state.turn():
            payout = objects.payout(amount, self.currency, self.clock.now())
            self.state.put("payout", payout, label="paid")
            self.tell("payout.paid", payout)
        self.on_event()
        return payout

    def dispute(self, identifier: str) -> Row:
        """The payer's bank disputes a captured payment."""
        with self.state.turn():
            intent = self.state.get("intent", identifier)
            charge = self.state.get("charge", (intent or {}).get("latest_charge") or "")
            if charge is None:
                raise missing("payment_intent", identifier)
            dispute = objects.dispute(charge, self.clock.now())
            charge["disputed"] = True
            self.state.put("charge", charge)
            self.state.put("dispute", dispute)
            self.tell("charge.dispute.created", dispute)
        self.on_event()
        return dispute

    def close_dispute(self, identifier: str, status: str) -> Row:
        """The payer's bank decides a dispute: `won`, the money stays, or `lost`."""
        with self.state.turn():
            dispute = self.state.get("dispute", identifier)
            if dispute is None:
                raise missing("dispute", identifier)
            if dispute["status"] in ("won", "lost") or status not in ("won", "lost"):
                raise ApiError("only an open dispute ends, and as won or lost")
            dispute["status"] = status
            self.state.put("dispute", dispute)
            self.tell("charge.dispute.closed", dispute)
        self.on_event()
        return dispute

    def resend(self, identifier: str) -> None:
        """Sends an event again."""
        with self.state.turn():
            if self.state.get("event", identifier) is None:
                raise missing("event", identifier)
            self.state.queue(identifier, time.time(), time.time())
        self.on_event()

    # --- inside a turn ----------------------------------------------------------------------------

    def _refundable(self, identifier: str) -> tuple[Row, int]:
        """The charge of a paid intent and how much of it is left to give back, at least 1."""
        intent = self.state.get("intent", identifier)
        if intent is None:
            raise missing("payment_intent", identifier)
        charge = self.state.get("charge", intent["latest_charge"] or "")
        if charge is None:
            raise ApiError(f"This PaymentIntent ({identifier}) has no successful charge to refund.")
        left: int = charge["amount"] - self._given_back(identifier)
        if left == 0:
            raise ApiError(
                f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
            )
        return charge, left

    def _settle(self, refund: Row, charge: Row) -> None:
        if refund["status"] == "failed":
            refund["failure_reason"] = "expired_or_canceled_card"
        self.state.put("refund", refund)
        charge["amount_refunded"] = self._given_back(charge["payment_intent"])
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.state.put("charge", charge)
        if refund["status"] in ("succeeded", "pending"):
            self.tell("charge.refunded", charge)
        if refund["status"] == "failed":
            self.tell("refund.failed", refund)
        self.tell("refund.updated", refund)

    def _given_back(self, intent: str) -> int:
        refunds = self.state.all("refund", intent=intent)
        return sum(refund["amount"] for refund in refunds if refund["status"] in ("succeeded", "pending"))

    def _intent_of(self, session: Row) -> Row:
        intent = self.state.get("intent", session["payment_intent"] or "")
        if intent is None:
            intent = objects.intent(session, self.clock.now())
            session["payment_intent"] = intent["id"]
        return intent

    def _expire(self, session: Row) -> None:
        session["status"] = "expired"
        self._keep_session(session)
        self.tell("checkout.session.expired", session)
        self.on_event()

    def _keep_session(self, session: Row) -> None:
        is_open = session["status"] == "open"
        self.state.put(
            "session", session, label=session["status"], due=session["expires_at"] if is_open else None
        )

    def tell(self, kind: str, thing: Row) -> None:
        """Writes an event about a thing, to be delivered where it is subscribed to; inside a turn."""
        event = objects.event(kind, thing, created=self.clock.now())
        self.state.put("event", event, label=kind)
        if self.enabled_events != EVERY_EVENT and kind not in self.enabled_events:
            return
        now = time.time()
        self.state.queue(event["id"], now, now + self.faults.now.webhook_delay_ms / 1000)
