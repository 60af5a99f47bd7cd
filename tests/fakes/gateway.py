"""What payment tests share: a client of the sandbox, a page to open, a page that is paid, a gateway in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from marketplace.core import clock
from marketplace.core.http import client
from marketplace.core.unit_of_work import is_open
from marketplace.payments.gateways.port import (
    GatewayCapture,
    GatewayDeposit,
    GatewayDispute,
    GatewayEvent,
    GatewayRefund,
    GatewayRefused,
    GatewaySession,
    GatewayTransfer,
    GatewayUnavailable,
    RefundStatus,
    SessionRequest,
    SessionStatus,
    TransferStatus,
)
from marketplace.payments.gateways.signature import sign
from marketplace.payments.gateways.stripe import StripeGateway
from tests.fakes.sandbox import API_KEY, CURRENCY, SECRET, UNITS_PER_TOMAN, RunningSandbox

SHOP = "http://127.0.0.1:9/orders/1001"
_numbers = count(1)


def gateway_of(sandbox: RunningSandbox, *, retries: int = 0, seconds: float = 8) -> StripeGateway:
    """Our client of the sandbox; without own retries, so that each fault is seen."""
    http = client(retries=retries, read_seconds=seconds)
    return StripeGateway(
        sandbox.base, sandbox.api_key, sandbox.secret, sandbox.currency, sandbox.units_per_toman, http
    )


def page_request(**changes: object) -> SessionRequest:
    """A page for 2,890,000 toman with a key of its own."""
    number = next(_numbers)
    fine = {
        "key": f"open:{number}",
        "reference": f"payment:{number}",
        "amount_toman": 2_890_000,
        "description": "سفارش ۱۰۰۱",
        "success_url": f"{SHOP}?paid={{CHECKOUT_SESSION_ID}}",
        "cancel_url": SHOP,
        "expires_at": datetime.now(UTC) + timedelta(minutes=31),
    }
    return SessionRequest(**(fine | changes))  # type: ignore[arg-type]


def paid_page(
    sandbox: RunningSandbox, gateway: StripeGateway, amount: int = 100_001
) -> tuple[GatewaySession, str]:
    """A paid page and its intent's id."""
    session = gateway.open_session(page_request(amount_toman=amount))
    assert sandbox.pay(session.id).status_code == 303
    session = gateway.fetch_session(session.id)
    assert session.paid and session.intent_id
    return session, session.intent_id


def give_back(gateway: StripeGateway, intent: str, amount: int, key: str) -> GatewayRefund:
    return gateway.refund(key=key, intent_id=intent, amount_toman=amount, reference=f"reference of {key}")


@dataclass
class MemoryGateway:
    """A gateway in this process that keeps the port's promises as the sandbox does; a test compares the two.

    `is_away`: calls have no effect and no answer. `loses_answers`: that many next calls have their effect and no
    answer (all of them, or those named `loses_answers_to`). `refunds_begin`: how a refund begins (`succeeded`,
    `pending`, or `refused`); `transfers_begin` (`paid`, `pending`, or `refused`) how a transfer does. `cards` names
    the card of a page.
    `told` are its events, oldest first, as bodies for `header_of`. Its time is ours, so that a test that moves the
    clock moves both.
    """

    name: str = "stripe"
    is_away: bool = False
    loses_answers: int = 0
    loses_answers_to: str = ""
    refunds_begin: str = "succeeded"
    pages: dict[str, GatewaySession] = field(default_factory=dict)
    refunds: dict[str, GatewayRefund] = field(default_factory=dict)
    captures: list[GatewayCapture] = field(default_factory=list)
    cards: dict[str, str | None] = field(default_factory=dict)
    deposits: list[GatewayDeposit] = field(default_factory=list)
    disputes: dict[str, GatewayDispute] = field(default_factory=dict)
    payees: dict[str, tuple[str, str]] = field(default_factory=dict)
    transfers: dict[str, GatewayTransfer] = field(default_factory=dict)
    transfers_begin: str = "paid"
    can_transfer: bool = True
    told: list[bytes] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _replies: dict[str, tuple[Any, str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _lock: Any = field(default_factory=threading.RLock)

    # --- the port

    def with_patience(self, seconds: float) -> MemoryGateway:
        return self

    def copy(self) -> MemoryGateway:
        """Another one that stands where this one stands; what happens to one is not seen by the other."""
        number = next(self._numbers)
        self._numbers = count(number)
        return replace(
            self,
            pages=dict(self.pages),
            refunds=dict(self.refunds),
            captures=list(self.captures),
            deposits=list(self.deposits),
            disputes=dict(self.disputes),
            payees=dict(self.payees),
            transfers=dict(self.transfers),
            told=list(self.told),
            calls=list(self.calls),
            _replies=dict(self._replies),
            _numbers=count(number),
            _lock=threading.RLock(),
        )

    def open_session(self, request: SessionRequest) -> GatewaySession:
        def make() -> str:
            if not timedelta(minutes=29) <= request.expires_at - clock.now() <= timedelta(hours=24):
                raise GatewayRefused("a page lives 30 minutes to 24 hours", http_status=400)
            page = f"cs_{next(self._numbers)}"
            self.pages[page] = GatewaySession(
                page,
                f"http://127.0.0.1:9/pay/{page}",
                SessionStatus.OPEN,
                False,
                request.amount_toman,
                True,
                None,
                request.reference,
                request.expires_at,
            )
            return page

        with self._call("open_session"):
            return self._page(self._once(request.key, request, make))

    def fetch_session(self, session_id: str) -> GatewaySession:
        with self._call("fetch_session"):
            return self._page(session_id)

    def expire_session(self, session_id: str) -> GatewaySession:
        with self._call("expire_session"):
            if self._page(session_id).status is SessionStatus.OPEN:
                self._close(session_id)
            return self._page(session_id)

    def refund(self, *, key: str, intent_id: str, amount_toman: int, reference: str) -> GatewayRefund:
        def make() -> str:
            paid = sum(
                p.amount_toman or 0 for p in self.pages.values() if p.intent_id == intent_id and p.paid
            )
            back = sum(
                r.amount_toman or 0
                for r in self.refunds.values()
                if r.intent_id == intent_id and r.status is not RefundStatus.FAILED
            )
            if self.refunds_begin == "refused" or back + amount_toman > paid:
                raise GatewayRefused("not that much", http_status=400)
            made = f"re_{next(self._numbers)}"
            self.refunds[made] = GatewayRefund(
                made, RefundStatus(self.refunds_begin), amount_toman, True, intent_id, reference
            )
            return made

        with self._call("refund"):
            return self.refunds[self._once(key, (intent_id, amount_toman, reference), make)]

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        with self._call("fetch_refund"):
            if refund_id not in self.refunds:
                raise GatewayRefused("no such refund", http_status=404)
            return self.refunds[refund_id]

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        with self._call("fetch_dispute"):
            if dispute_id not in self.disputes:
                raise GatewayRefused("no such dispute", http_status=404)
            return self.disputes[dispute_id]

    def disputes_since(self, moment: datetime) -> Iterator[GatewayDispute]:
        yield from reversed(list(self.disputes.values()))

    def sessions_since(self, moment: datetime) -> Iterator[GatewaySession]:
        yield from reversed(list(self.pages.values()))

    def refunds_since(self, moment: datetime) -> Iterator[GatewayRefund]:
        yield from reversed(list(self.refunds.values()))

    def captures_since(self, moment: datetime) -> Iterator[GatewayCapture]:
        """One for each paid page, and those that a test put among `captures`."""
        for page in reversed(list(self.pages.values())):
            if page.paid:
                back = sum(
                    r.amount_toman or 0
                    for r in self.refunds.values()
                    if r.intent_id == page.intent_id and r.status is not RefundStatus.FAILED
                )
                yield GatewayCapture(
                    f"ch_{page.id}",
                    page.intent_id,
                    page.amount_toman,
                    page.currency_ok,
                    page.reference,
                    back,
                    clock.now(),
                    self.cards.get(page.id),
                )
        yield from self.captures

    def deposits_since(self, moment: datetime) -> Iterator[GatewayDeposit]:
        yield from reversed(self.deposits)

    def add_payee(self, *, key: str, sheba: str, holder: str) -> str:
        def make() -> str:
            payee = f"acct_{next(self._numbers)}"
            self.payees[payee] = (sheba, holder)
            return payee

        with self._call("add_payee"):
            if len(sheba) != 26:
                raise GatewayRefused("no account number", http_status=400)
            return self._once(key, (sheba, holder), make)

    def transfer(self, *, key: str, payee: str, amount_toman: int, reference: str) -> GatewayTransfer:
        def make() -> str:
            if self.transfers_begin == "refused" or payee not in self.payees:
                raise GatewayRefused("this account cannot receive transfers", http_status=400)
            if amount_toman > self.balance_toman():
                raise GatewayRefused("insufficient funds", http_status=400)
            made = f"tr_{next(self._numbers)}"
            status, now = TransferStatus(self.transfers_begin), clock.now()
            self.transfers[made] = GatewayTransfer(made, status, amount_toman, True, payee, reference, now)
            return made

        with self._call("transfer"):
            return self.transfers[self._once(key, (payee, amount_toman, reference), make)]

    def fetch_transfer(self, transfer_id: str) -> GatewayTransfer:
        with self._call("fetch_transfer"):
            if transfer_id not in self.transfers:
                raise GatewayRefused("no such transfer", http_status=404)
            return self.transfers[transfer_id]

    def transfers_since(self, moment: datetime) -> Iterator[GatewayTransfer]:
        for made in reversed(list(self.transfers.values())):
            if made.made_at is None or made.made_at >= moment:
                yield made

    def balance_toman(self) -> int:
        """What lies here: taken, less what was given back, paid to our bank, and sent on."""
        taken = sum(p.amount_toman or 0 for p in self.pages.values() if p.paid)
        back = sum(r.amount_toman or 0 for r in self.refunds.values() if r.status is not RefundStatus.FAILED)
        gone = (TransferStatus.FAILED, TransferStatus.RETURNED)
        sent = sum(t.amount_toman or 0 for t in self.transfers.values() if t.status not in gone)
        return taken - back - sent - sum(d.amount_toman or 0 for d in self.deposits)

    def read_event(self, body: bytes, signature_header: str, at: datetime) -> GatewayEvent:
        reader = StripeGateway("http://127.0.0.1:9", API_KEY, SECRET, CURRENCY, UNITS_PER_TOMAN)
        return reader.read_event(body, signature_header, at)

    # --- what its payer and its bank do

    def pay(self, page: str | None) -> str:
        """The payer pays the whole amount, once; a page that is not open stays as it is. Gives the intent's id."""
        with self._lock:
            found = self._page(page or "")
            if found.status is SessionStatus.OPEN:
                found = replace(
                    found, status=SessionStatus.COMPLETE, paid=True, intent_id=f"pi_{found.id}", url=None
                )
                self.pages[found.id] = found
                self._tell("payment_intent.succeeded", {"object": "payment_intent", "id": found.intent_id})
                self._tell(
                    "charge.succeeded",
                    {"object": "charge", "id": f"ch_{found.id}", "payment_intent": found.intent_id},
                )
                self._tell("checkout.session.completed", page_body(found))
            return found.intent_id or ""

    def claim(self, page: str | None, **columns: Any) -> None:
        """Makes the gateway say something else of a page: another amount, another currency."""
        self.pages[page or ""] = replace(self.pages[page or ""], **columns)

    def settle(self, refund_id: str, status: RefundStatus) -> None:
        """A refund that was pending ends."""
        self.refunds[refund_id] = replace(self.refunds[refund_id], status=status)

    def end_transfer(self, transfer_id: str, status: TransferStatus, failure: str | None = None) -> None:
        """A transfer arrived, failed, or came back."""
        self.transfers[transfer_id] = replace(self.transfers[transfer_id], status=status, failure=failure)

    def dispute(self, intent_id: str, amount_toman: int) -> str:
        """The payer's bank asks for an amount of a paid page back; gives the dispute's id."""
        with self._lock:
            made = f"dp_{next(self._numbers)}"
            self.disputes[made] = GatewayDispute(
                made, "needs_response", amount_toman, True, intent_id, "fraudulent"
            )
            self._tell("charge.dispute.created", dispute_body(self.disputes[made]))
            return made

    def close_dispute(self, dispute_id: str, status: str) -> None:
        """The payer's bank decided: `won` (the money stays) or `lost`."""
        with self._lock:
            self.disputes[dispute_id] = replace(self.disputes[dispute_id], status=status)
            self._tell("charge.dispute.closed", dispute_body(self.disputes[dispute_id]))

    # --- inside

    def _page(self, page: str) -> GatewaySession:
        found = self.pages.get(page)
        if found is None:
            raise GatewayRefused("no such page", http_status=404)
        if found.status is SessionStatus.OPEN and found.expires_at and found.expires_at <= clock.now():
            self._close(page)
        return self.pages[page]

    def _close(self, page: str) -> None:
        self.pages[page] = replace(self.pages[page], status=SessionStatus.EXPIRED, url=None)
        self._tell("checkout.session.expired", page_body(self.pages[page]))

    def _tell(self, kind: str, thing: dict[str, Any]) -> None:
        self.told.append(event_body(kind, thing, f"evt_{next(self._numbers)}"))

    def forget_keys(self) -> None:
        """A day or more has passed since the last ask: the same key makes something new."""
        self._replies.clear()

    def _once(self, key: str, request: Any, make: Any) -> str:
        """The same key and request give the same thing; the same key with another request is refused."""
        known = self._replies.get(key)
        if known is None:
            known = self._replies[key] = (request, make())
        if known[0] != request:
            raise GatewayRefused("this key was used for something else", http_status=400)
        return known[1]

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        if is_open():
            raise AssertionError(f"{name} was called inside a unit of work")
        with self._lock:
            self.calls.append(name)
            if self.is_away:
                raise GatewayUnavailable("nobody there")
            yield
            if self.loses_answers and self.loses_answers_to in ("", name):
                self.loses_answers -= 1
                raise GatewayUnavailable("the answer was lost")


def page_body(page: GatewaySession, **changes: Any) -> dict[str, Any]:
    """A page in Stripe's shape."""
    return {
        "object": "checkout.session",
        "id": page.id,
        "status": page.status.value,
        "url": page.url,
        "payment_status": "paid" if page.paid else "unpaid",
        "currency": CURRENCY,
        "amount_total": (page.amount_toman or 0) * UNITS_PER_TOMAN,
        "payment_intent": page.intent_id,
        "client_reference_id": page.reference,
        "expires_at": int(page.expires_at.timestamp()) if page.expires_at else None,
        **changes,
    }


def dispute_body(dispute: GatewayDispute) -> dict[str, Any]:
    """A dispute in Stripe's shape."""
    return {
        "object": "dispute",
        "id": dispute.id,
        "status": dispute.status,
        "currency": CURRENCY,
        "amount": (dispute.amount_toman or 0) * UNITS_PER_TOMAN,
        "payment_intent": dispute.intent_id,
        "reason": dispute.reason,
    }


def event_body(kind: str, thing: dict[str, Any], identifier: str) -> bytes:
    """An event in Stripe's shape, as its bytes are sent."""
    return json.dumps(
        {
            "object": "event",
            "id": identifier,
            "type": kind,
            "created": int(clock.now().timestamp()),
            "data": {"object": thing},
        }
    ).encode()


def header_of(body: bytes, *, at: datetime | None = None, secret: str = SECRET, seconds: int = 0) -> str:
    """The signature header of a body sent at a moment, `seconds` off."""
    moment = int((at or clock.now()).timestamp()) + seconds
    return f"t={moment},v1={sign(body, secret, moment)}"


def deliver(client: Any, body: bytes, header: str | None = None) -> int:
    """Posts an event to our webhook as the gateway would, rightly signed unless told otherwise; gives the status."""
    answer = client._open(
        "/webhooks/stripe",
        method="POST",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": header_of(body) if header is None else header},
    )
    return int(answer.status_code)


def use_gateway(app: Any, gateway: MemoryGateway | StripeGateway) -> None:
    """Makes an app ask this gateway."""
    app.extensions["bazargah_gateway"] = gateway
