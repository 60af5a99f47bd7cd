"""The adapter for Stripe's API and for whatever speaks it (the sandbox, stripe-mock).

Plain HTTP with our own session: nested form encoding, a pinned `Stripe-Version`, an `Idempotency-Key`
where something is made. One line item carries the whole amount; the card never comes near us.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

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
from marketplace.payments.gateways.signature import ensure_signed
from marketplace.payments.gateways.stripe_objects import Reader, id_of
from marketplace.payments.gateways.stripe_wire import form_pairs, judge, segment

Row = TypeVar("Row")
STRIPE_VERSION = "2025-03-31.basil"
PAGE_LENGTH = 100
EVENTS = (
    "checkout.session.completed", "checkout.session.expired",
    "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
    "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
)  # fmt: skip
"""What an endpoint of this house is subscribed to. Any other is taken as well, and only costs: each event of a payment
has the gateway asked the same question."""


class StripeGateway:
    """A `Gateway` (see `port.py` for promises and errors).

    `api_base` has no `/v1`; `currency` is Stripe's three letters, `units_per_toman` how many of its
    smallest units one toman is (IRR: 10). Safe to share between threads.
    """

    name = "stripe"
    can_transfer = True

    def __init__(
        self,
        api_base: str,
        api_key: str,
        webhook_secret: str,
        currency: str,
        units_per_toman: int,
        http: requests.Session | None = None,
    ) -> None:
        if units_per_toman < 1 or not webhook_secret or not api_key:
            raise ValueError("a gateway needs a key, a webhook secret and at least one unit per toman")
        self._base = api_base.rstrip("/")
        self._api_key = api_key
        self._webhook_secret = webhook_secret
        self._read = Reader(currency.lower(), units_per_toman)
        self._http = http if http is not None else client()
        self._patient: dict[float, StripeGateway] = {}

    def with_patience(self, seconds: float) -> StripeGateway:
        """The same gateway, one attempt a call, ended within about `seconds`."""
        seconds = round(max(seconds, 0.2), 1)
        if seconds not in self._patient:
            connect = min(3.05, seconds / 2)
            http = client(connect_seconds=connect, read_seconds=seconds - connect, retries=0)
            read = self._read
            self._patient[seconds] = StripeGateway(
                self._base, self._api_key, self._webhook_secret, read.currency, read.units_per_toman, http
            )
        return self._patient[seconds]

    def open_session(self, request: SessionRequest) -> GatewaySession:
        """See `Gateway`. Stripe refuses pages that live less than 30 minutes or more than 24 hours.

        Persian is none of Stripe's languages: it then chooses by the browser; the wish stays in the
        metadata, where the sandbox finds it. The mobile number is not sent: Stripe has no use for it.
        """
        amount = request.amount_toman * self._read.units_per_toman
        price = {
            "currency": self._read.currency,
            "unit_amount": amount,
            "product_data": {"name": request.description[:250]},
        }
        answer = self._post(
            "/v1/checkout/sessions",
            request.key,
            {
                "mode": "payment",
                "line_items": [{"quantity": 1, "price_data": price}],
                "client_reference_id": request.reference,
                "metadata": {"reference": request.reference, "locale": request.locale},
                "payment_intent_data": {"metadata": {"reference": request.reference}},
                "success_url": request.success_url,
                "cancel_url": request.cancel_url,
                "expires_at": int(request.expires_at.timestamp()),
                "locale": "en" if request.locale == "en" else "auto",
            },
        )
        return self._read.session(answer)

    def fetch_session(self, session_id: str) -> GatewaySession:
        return self._read.session(self._get(f"/v1/checkout/sessions/{segment(session_id)}"))

    def expire_session(self, session_id: str) -> GatewaySession:
        """See `Gateway`. Stripe refuses to expire what is no longer open: then its state is fetched."""
        try:
            return self._read.session(self._post(f"/v1/checkout/sessions/{segment(session_id)}/expire"))
        except GatewayRefused:
            session = self.fetch_session(session_id)
            if session.status is SessionStatus.OPEN:
                raise
            return session

    def refund(self, *, key: str, intent_id: str, amount_toman: int, reference: str) -> GatewayRefund:
        ensure_amount(amount_toman)
        answer = self._post(
            "/v1/refunds",
            key,
            {
                "payment_intent": intent_id,
                "amount": amount_toman * self._read.units_per_toman,
                "reason": "requested_by_customer",
                "metadata": {"reference": reference},
            },
        )
        return self._read.refund(answer)

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        return self._read.refund(self._get(f"/v1/refunds/{segment(refund_id)}"))

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        return self._read.dispute(self._get(f"/v1/disputes/{segment(dispute_id)}"))

    def add_payee(self, *, key: str, sheba: str, holder: str) -> str:
        """See `Gateway`. A payee is a connected account that may receive transfers, made with a token of its Sheba."""
        account = {
            "country": sheba[:2],
            "currency": self._read.currency,
            "account_number": sheba,
            "account_holder_name": holder[:80],
        }
        token = id_of(self._post("/v1/tokens", f"{key}:token", {"bank_account": account}))
        wish = {
            "type": "custom",
            "capabilities": {"transfers": {"requested": True}},
            "external_account": token,
        }
        return id_of(self._post("/v1/accounts", key, wish))

    def transfer(self, *, key: str, payee: str, amount_toman: int, reference: str) -> GatewayTransfer:
        ensure_amount(amount_toman)
        answer = self._post(
            "/v1/transfers",
            key,
            {
                "amount": amount_toman * self._read.units_per_toman,
                "currency": self._read.currency,
                "destination": payee,
                "metadata": {"reference": reference},
            },
        )
        return self._read.transfer(answer)

    def fetch_transfer(self, transfer_id: str) -> GatewayTransfer:
        return self._read.transfer(self._get(f"/v1/transfers/{segment(transfer_id)}"))

    def transfers_since(self, moment: datetime) -> Iterator[GatewayTransfer]:
        return self._listing("/v1/transfers", moment, self._read.transfer)

    def sessions_since(self, moment: datetime) -> Iterator[GatewaySession]:
        return self._listing("/v1/checkout/sessions", moment, self._read.session)

    def refunds_since(self, moment: datetime) -> Iterator[GatewayRefund]:
        return self._listing("/v1/refunds", moment, self._read.refund)

    def captures_since(self, moment: datetime) -> Iterator[GatewayCapture]:
        return (
            capture
            for capture in self._listing("/v1/charges", moment, self._read.capture)
            if capture is not None
        )

    def deposits_since(self, moment: datetime) -> Iterator[GatewayDeposit]:
        return self._listing("/v1/payouts", moment, self._read.deposit)

    def disputes_since(self, moment: datetime) -> Iterator[GatewayDispute]:
        return self._listing("/v1/disputes", moment, self._read.dispute)

    def read_event(self, body: bytes, signature_header: str, at: datetime) -> GatewayEvent:
        """See `Gateway`. The caller bounds the body's length before it comes here."""
        ensure_signed(body, signature_header, self._webhook_secret, at)
        try:
            event = json.loads(body.decode("utf-8"))
            return self._read.event(event)
        except (ValueError, RecursionError, GatewayUnavailable) as error:
            raise Malformed("malformed_event") from error

    # --- wire -------------------------------------------------------------------------------------

    def _listing(
        self, path: str, moment: datetime, read: Callable[[Mapping[str, Any]], Row]
    ) -> Iterator[Row]:
        query: dict[str, Any] = {"limit": PAGE_LENGTH, "created": {"gte": int(moment.timestamp())}}
        while True:
            page = self._get(f"{path}?{urlencode(form_pairs(query))}")
            rows = page.get("data")
            if not isinstance(rows, list):
                raise GatewayUnavailable(f"no list from {path}")
            for row in rows:
                yield read(row)
            if not page.get("has_more") or not rows:
                return
            query["starting_after"] = rows[-1]["id"]

    def _get(self, path: str) -> Mapping[str, Any]:
        return self._call("GET", path, {}, None)

    def _post(
        self, path: str, key: str | None = None, fields: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if key is not None:
            ensure_key(key)
            headers["Idempotency-Key"] = key
        return self._call("POST", path, headers, urlencode(form_pairs(fields or {})))

    def _call(self, method: str, path: str, headers: dict[str, str], data: str | None) -> Mapping[str, Any]:
        headers = headers | {
            "Authorization": f"Bearer {self._api_key}",
            "Stripe-Version": STRIPE_VERSION,
            "Accept": "application/json",
        }
        try:
            answer = self._http.request(
                method, self._base + path, data=data, headers=headers, allow_redirects=False
            )
        except requests.RequestException as error:
            raise GatewayUnavailable(f"{method} {path}: {type(error).__name__}") from error
        return judge(answer, f"{method} {path}", self._api_key)
