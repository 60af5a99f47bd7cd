"""What payment tests share: a client of the sandbox, a page to open, a page that is paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from marketplace.core.http import client
from marketplace.payments.gateways.port import GatewayRefund, GatewaySession, SessionRequest
from marketplace.payments.gateways.stripe import StripeGateway
from tests.fakes.sandbox import RunningSandbox

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
