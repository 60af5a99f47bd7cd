"""The objects in Stripe's shape, as dictionaries. Amounts are the currency's smallest units."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

API_VERSION = "2025-03-31.basil"
Row = dict[str, Any]


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(14)}"


def session(fields: Row, *, base: str, created: int, expires_at: int) -> Row:
    """An open Checkout Session from checked fields; its payment intent comes with the first attempt."""
    identifier = new_id("cs_test")
    return {
        "id": identifier,
        "object": "checkout.session",
        "amount_subtotal": fields["amount"],
        "amount_total": fields["amount"],
        "cancel_url": fields["cancel_url"],
        "client_reference_id": fields["reference"],
        "created": created,
        "currency": fields["currency"],
        "expires_at": expires_at,
        "livemode": False,
        "locale": fields["locale"],
        "metadata": fields["metadata"],
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "status": "open",
        "success_url": fields["success_url"].replace("{CHECKOUT_SESSION_ID}", identifier),
        "url": f"{base}/pay/{identifier}",
        # Not Stripe's: what the hosted page and the intent need later.
        "sandbox": {"description": fields["description"], "intent_metadata": fields["intent_metadata"]},
    }


def intent(of: Row, created: int) -> Row:
    """A payment intent for a session's amount, not yet paid."""
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_received": 0,
        "canceled_at": None,
        "created": created,
        "currency": of["currency"],
        "description": of["sandbox"]["description"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": of["sandbox"]["intent_metadata"],
        "status": "requires_payment_method",
    }


def charge(of: Row, created: int, card: str) -> Row:
    """The charge of a payment intent that has just succeeded, by a card of this number."""
    seal = hashlib.sha256(f"card:{card}".encode()).hexdigest()[:16]
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": of["amount"],
        "amount_captured": of["amount"],
        "amount_refunded": 0,
        "captured": True,
        "created": created,
        "currency": of["currency"],
        "disputed": False,
        "livemode": False,
        "metadata": of["metadata"],
        "paid": True,
        "payment_intent": of["id"],
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "fingerprint": seal, "last4": card[-4:]},
        },
        "refunded": False,
        "status": "succeeded",
    }


def refund(of: Row, amount: int, *, status: str, reason: str | None, metadata: Row, created: int) -> Row:
    """A refund of part or all of a charge."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "failure_reason": None,
        "metadata": metadata,
        "payment_intent": of["payment_intent"],
        "reason": reason,
        "status": status,
    }


def payout(amount: int, currency: str, created: int) -> Row:
    """Money on its way from the gateway to the merchant's bank account; it arrives at once."""
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "arrival_date": created,
        "automatic": True,
        "created": created,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "status": "paid",
        "type": "bank_account",
    }


def dispute(of: Row, created: int) -> Row:
    """The payer's bank takes a whole charge back."""
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": of["amount"],
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def token(sheba: str, holder: str, created: int) -> Row:
    """A bank account under a name that may be passed on."""
    return {
        "id": new_id("btok"),
        "object": "token",
        "bank_account": {"object": "bank_account", "account_holder_name": holder, "last4": sheba[-4:]},
        "created": created,
        "livemode": False,
        "type": "bank_account",
    }


def account(bank_account: Row, created: int) -> Row:
    """A payee: a connected account that may receive transfers, with its bank account."""
    return {
        "id": new_id("acct"),
        "object": "account",
        "capabilities": {"transfers": "active"},
        "created": created,
        "external_accounts": {"object": "list", "data": [bank_account]},
        "metadata": {},
        "payouts_enabled": True,
        "type": "custom",
    }


def transfer(amount: int, currency: str, payee: str, metadata: Row, created: int) -> Row:
    """Money sent on to a payee."""
    return {
        "id": new_id("tr"),
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "created": created,
        "currency": currency,
        "destination": payee,
        "livemode": False,
        "metadata": metadata,
        "reversed": False,
    }


def event(kind: str, thing: Row, *, created: int) -> Row:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": public(thing)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def public(thing: Row) -> Row:
    """The object as the API shows it. As at Stripe, a page that takes no money has no address."""
    shown = {name: value for name, value in thing.items() if name != "sandbox"}
    if thing["object"] == "checkout.session" and thing["status"] != "open":
        shown["url"] = None
    return shown
