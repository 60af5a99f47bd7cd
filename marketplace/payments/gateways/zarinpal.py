"""ZarinPal's payment gateway, version 4: request -> StartPay -> callback -> verify.

From its public documentation and software kit. What differs from the port's idea of a gateway is settled here:

- Amounts are rial there; a toman is ten of them, in this file alone.
- A page is named by its authority; verifying needs the amount too, so a session's id here is `authority.rial`.
- A page cannot be closed and takes no idempotency key. Money on a page that nobody verifies goes back to its payer by
  itself, so only the page that is known here can ever bring money: a lost answer leads to a new page, not to two
  payments.
- Asking about a paid page verifies it. 100 (now) and 101 (before) are both success.
- There are no signed events: the shopper's return and the sweep ask.
- Refunds and lists go through the panel's GraphQL with an access token. A refund carries its key in the description and
  is looked for by it before it is made.
- It cannot pay others: its early settlement (`InstantPayoutAdd`) goes to accounts entered in the panel and takes no
  key and no reference, so that after a lost answer nobody knows whether money left. Payouts go by the bank's file.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime

import requests

from marketplace.core.errors import Malformed
from marketplace.core.http import client
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
    SessionRequest,
    SessionStatus,
    ensure_amount,
    ensure_key,
)
from marketplace.payments.gateways.zarinpal_answers import (
    RIAL_PER_TOMAN,
    counts,
    moment_of,
    parts,
    refund_of,
    toman_of,
)
from marketplace.payments.gateways.zarinpal_wire import REFUND_MUTATION, Wire

DONE, DONE_BEFORE = 100, 101
NOT_PAID, OTHER_AMOUNT = -51, -50
MOST_KEPT = 2_000
NO_TRANSFERS = "ZarinPal makes no transfers to others"

STATUSES = {"IN_BANK": SessionStatus.OPEN, "PAID": SessionStatus.COMPLETE, "VERIFIED": SessionStatus.COMPLETE}


class ZarinpalGateway:
    """A `Gateway` (see `port.py` for promises and errors).

    `api_base` has no `/pg`; `panel_url` is the GraphQL address. Safe to share between threads.
    """

    name = "zarinpal"
    can_transfer = False

    def __init__(
        self,
        api_base: str,
        merchant_id: str,
        panel_url: str,
        access_token: str,
        terminal_id: str,
        http: requests.Session | None = None,
    ) -> None:
        if not merchant_id:
            raise ValueError("ZarinPal needs a merchant id")
        self._base = api_base.rstrip("/")
        self._wire = Wire(
            self._base,
            merchant_id,
            panel_url,
            access_token,
            terminal_id,
            http if http is not None else client(retries=0),
        )
        self._patient: dict[float, ZarinpalGateway] = {}
        self._opened: OrderedDict[str, tuple[SessionRequest, GatewaySession]] = OrderedDict()
        self._lock = threading.Lock()

    def with_patience(self, seconds: float) -> ZarinpalGateway:
        """The same gateway, one attempt a call, ended within about `seconds`."""
        seconds = round(max(seconds, 0.2), 1)
        if seconds not in self._patient:
            connect = min(3.05, seconds / 2)
            http = client(connect_seconds=connect, read_seconds=seconds - connect, retries=0)
            wire = self._wire
            made = ZarinpalGateway(wire.base, wire.merchant, wire.panel, wire.token, wire.terminal, http)
            made._opened, made._lock = self._opened, self._lock
            self._patient[seconds] = made
        return self._patient[seconds]

    def open_session(self, request: SessionRequest) -> GatewaySession:
        """See `Gateway`. The same key gives the same page within one process; see above for what else guards it."""
        with self._lock:
            known = self._opened.get(request.key)
        if known is not None:
            if known[0] != request:
                raise GatewayRefused("this key was used for something else", http_status=400)
            return known[1]
        rial = request.amount_toman * RIAL_PER_TOMAN
        metadata = {"order_id": request.reference}
        if request.customer_mobile:
            metadata["mobile"] = request.customer_mobile
        data = self._wire.post(
            "request",
            {
                "amount": rial,
                "currency": "IRR",
                "description": request.description[:500],
                "callback_url": request.success_url,
                "metadata": metadata,
            },
        )
        authority = str(data.get("authority") or "")
        if data.get("code") != DONE or not re.fullmatch(r"[A-Za-z0-9]{10,64}", authority):
            raise GatewayUnavailable(f"no authority: {data.get('code')}")
        session = GatewaySession(
            id=f"{authority}.{rial}",
            url=f"{self._base}/pg/StartPay/{authority}",
            status=SessionStatus.OPEN,
            paid=False,
            amount_toman=request.amount_toman,
            currency_ok=True,
            intent_id=None,
            reference=request.reference,
            expires_at=request.expires_at,
        )
        with self._lock:
            self._opened[request.key] = (request, session)
            while len(self._opened) > MOST_KEPT:
                self._opened.popitem(last=False)
        return session

    def fetch_session(self, session_id: str) -> GatewaySession:
        """See `Gateway`. A paid page is verified by this; one that nobody may verify any more has expired."""
        authority, rial = parts(session_id)
        status = str(self._wire.post("inquiry", {"authority": authority}).get("status") or "")
        if status in ("PAID", "VERIFIED"):
            return self._verified(session_id, authority, rial)
        if status not in ("IN_BANK", "FAILED", "REVERSED"):
            raise GatewayUnavailable(f"a page in an unknown state: {status[:40]}")
        return self._session(session_id, authority, rial, STATUSES.get(status, SessionStatus.EXPIRED))

    def expire_session(self, session_id: str) -> GatewaySession:
        """See `Gateway`. There is no closing: what is not paid now counts as closed, since only we can verify it."""
        session = self.fetch_session(session_id)
        if session.status is not SessionStatus.OPEN:
            return session
        authority, rial = parts(session_id)
        return self._session(session_id, authority, rial, SessionStatus.EXPIRED)

    def refund(self, *, key: str, intent_id: str, amount_toman: int, reference: str) -> GatewayRefund:
        ensure_amount(amount_toman)
        ensure_key(key)
        of = self._wire.panel_session(intent_id)
        mark = f"{key} {reference}"
        for made in of.get("refunds") or ():
            if str(made.get("description") or "").split(" ")[0] == key:
                if made.get("amount") != amount_toman * RIAL_PER_TOMAN or made.get("description") != mark:
                    raise GatewayRefused("this key was used for something else", http_status=400)
                return refund_of(made, intent_id)
        answer = self._wire.ask_panel(
            REFUND_MUTATION,
            {
                "session_id": of["id"],
                "amount": amount_toman * RIAL_PER_TOMAN,
                "description": mark,
                "method": "PAYA",
                "reason": "CUSTOMER_REQUEST",
            },
        )
        made = answer.get("resource")
        if not isinstance(made, dict):
            raise GatewayUnavailable("no refund in the answer")
        return refund_of(made, intent_id)

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        intent_id, _, number = refund_id.partition("/")
        for made in self._wire.panel_session(intent_id).get("refunds") or ():
            if str(made.get("id")) == number:
                return refund_of(made, intent_id)
        raise GatewayRefused("no such refund", http_status=404)

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        raise GatewayRefused("ZarinPal tells of no disputes", http_status=404)

    def add_payee(self, *, key: str, sheba: str, holder: str) -> str:
        raise GatewayRefused(NO_TRANSFERS, kind="unsupported")

    def transfer(self, *, key: str, payee: str, amount_toman: int, reference: str) -> GatewayTransfer:
        raise GatewayRefused(NO_TRANSFERS, kind="unsupported")

    def fetch_transfer(self, transfer_id: str) -> GatewayTransfer:
        raise GatewayRefused(NO_TRANSFERS, http_status=404)

    def transfers_since(self, moment: datetime) -> Iterator[GatewayTransfer]:
        return iter(())

    def sessions_since(self, moment: datetime) -> Iterator[GatewaySession]:
        """Paid pages that nobody verified yet: all that ZarinPal lists of pages."""
        data = self._wire.post("unVerified", {})
        for row in data.get("authorities") or ():
            authority, rial = str(row.get("authority") or ""), row.get("amount")
            if type(rial) is int and (moment_of(row.get("date")) or moment) >= moment:
                yield self._session(f"{authority}.{rial}", authority, rial, SessionStatus.COMPLETE)

    def captures_since(self, moment: datetime) -> Iterator[GatewayCapture]:
        for row in self._wire.panel_rows(moment):
            toman, is_whole = toman_of(row.get("amount"))
            back = sum(int(r.get("amount") or 0) for r in row.get("refunds") or () if counts(r))
            yield GatewayCapture(
                id=str(row.get("id")),
                intent_id=str(row.get("reference_id")),
                amount_toman=toman,
                currency_ok=is_whole,
                reference=None,
                refunded_toman=back // RIAL_PER_TOMAN,
                captured_at=moment_of(row.get("created_at")),
            )

    def refunds_since(self, moment: datetime) -> Iterator[GatewayRefund]:
        for row in self._wire.panel_rows(moment):
            for made in row.get("refunds") or ():
                yield refund_of(made, str(row.get("reference_id")))

    def deposits_since(self, moment: datetime) -> Iterator[GatewayDeposit]:
        """ZarinPal pays out to the terminal's own account; its lists of that are not read."""
        return iter(())

    def disputes_since(self, moment: datetime) -> Iterator[GatewayDispute]:
        """ZarinPal tells of no disputes."""
        return iter(())

    def read_event(self, body: bytes, signature_header: str, at: datetime) -> GatewayEvent:
        raise Malformed("bad_signature")

    # --- wire

    def _verified(self, session_id: str, authority: str, rial: int) -> GatewaySession:
        try:
            data = self._wire.post("verify", {"authority": authority, "amount": rial})
        except GatewayRefused as refusal:
            if refusal.gateway_code == str(OTHER_AMOUNT):
                return self._session(
                    session_id, authority, rial, SessionStatus.COMPLETE, paid=True, amount=None
                )
            if refusal.gateway_code == str(NOT_PAID):
                return self._session(session_id, authority, rial, SessionStatus.OPEN)
            raise
        if data.get("code") not in (DONE, DONE_BEFORE) or not data.get("ref_id"):
            raise GatewayUnavailable(f"verify answers {data.get('code')}")
        intent = str(data["ref_id"])
        return self._session(
            session_id, authority, rial, SessionStatus.COMPLETE, paid=True, intent=intent, amount=rial
        )

    def _session(
        self,
        session_id: str,
        authority: str,
        rial: int,
        status: SessionStatus,
        *,
        paid: bool = False,
        intent: str | None = None,
        amount: int | None = -1,
    ) -> GatewaySession:
        """`amount` None: paid, but another sum; the page's own when it is not given."""
        is_open = status is SessionStatus.OPEN
        return GatewaySession(
            id=session_id,
            url=f"{self._base}/pg/StartPay/{authority}" if is_open else None,
            status=status,
            paid=paid,
            amount_toman=None if amount is None else rial // RIAL_PER_TOMAN,
            currency_ok=True,
            intent_id=intent,
            reference=None,
            expires_at=None,
        )
