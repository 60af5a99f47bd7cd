"""The adapter for Stripe's API and for whatever speaks it (the sandbox, stripe-mock).

Plain HTTP with our own session: nested form encoding, a pinned `Stripe-Version`, an `Idempotency-Key`
where something is made. One line item carries the whole amount; the card never comes near us.
"""

from __future__ import annotations

import json
import re
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
    GatewayUnavailable,
    SessionRequest,
    SessionStatus,
    ensure_amount,
    ensure_key,
)
from marketplace.payments.gateways.signature import ensure_signed
from marketplace.payments.gateways.stripe_objects import Reader

Row = TypeVar("Row")
STRIPE_VERSION = "2025-03-31.basil"
PAGE_LENGTH = 100
# Not a word about this request: a wrong or rotated key, a lock, a limit, a dependency of theirs.
UNDECIDED_STATUSES = frozenset({401, 403, 408, 409, 424, 425, 429})


class StripeGateway:
    """A `Gateway` (see `port.py` for promises and errors).

    `api_base` has no `/v1`; `currency` is Stripe's three letters, `units_per_toman` how many of its
    smallest units one toman is (IRR: 10). Safe to share between threads.
    """

    name = "stripe"

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
        return self._read.session(self._get(f"/v1/checkout/sessions/{_segment(session_id)}"))

    def expire_session(self, session_id: str) -> GatewaySession:
        """See `Gateway`. Stripe refuses to expire what is no longer open: then its state is fetched."""
        try:
            return self._read.session(self._post(f"/v1/checkout/sessions/{_segment(session_id)}/expire"))
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
        return self._read.refund(self._get(f"/v1/refunds/{_segment(refund_id)}"))

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        return self._read.dispute(self._get(f"/v1/disputes/{_segment(dispute_id)}"))

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
        return _judge(answer, f"{method} {path}", self._api_key)


def _judge(answer: requests.Response, call: str, secret: str) -> Mapping[str, Any]:
    """The answer's object, or the error that it is, without the key that some repeat in it."""
    status = answer.status_code
    try:
        content = answer.json()
    except ValueError:
        content = None
    if status == 200 and isinstance(content, dict):
        return content
    error = content.get("error") if isinstance(content, dict) else None
    error = error if isinstance(error, dict) else {}
    message, kind, code = (
        str(error.get(name) or "").replace(secret, "***")[:300] for name in ("message", "type", "code")
    )
    if 400 <= status < 500 and status not in UNDECIDED_STATUSES and error:
        raise GatewayRefused(message, http_status=status, kind=kind, gateway_code=code)
    raise GatewayUnavailable(
        f"{call}: {status} {kind} {code} {message}".strip(),
        retry_after=_retry_after(answer),
        code="gateway_misconfigured" if status in (401, 403) else None,
    )


def _retry_after(answer: requests.Response) -> int | None:
    text = answer.headers.get("Retry-After", "")
    return min(int(text), 3600) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _segment(identifier: str) -> str:
    """An id as a part of a path; anything that is no id never leaves the house."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,255}", identifier):
        raise GatewayRefused("no id of this gateway", kind="malformed_id")
    return identifier


def form_pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Stripe's form encoding: `a[b]=`, `a[0][b]=`, booleans as words, None left out; order is kept."""
    pairs: list[tuple[str, str]] = []

    def put(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for inner, item in value.items():
                put(f"{name}[{inner}]" if name else str(inner), item)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                put(f"{name}[{index}]", item)
        elif isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif value is not None:
            pairs.append((name, str(value)))

    put("", fields)
    return pairs
