"""Our calls against Stripe's published OpenAPI, as the real stripe-mock checks them.

It answers fixtures: that a call is accepted is all that is learned here, and nothing it says is believed.
"""

from __future__ import annotations

import re
import selectors
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from marketplace.core.http import client
from marketplace.payments.gateways.port import GatewayRefused, GatewayUnavailable, SessionRequest
from marketplace.payments.gateways.stripe import STRIPE_VERSION, StripeGateway
from tests import needs

pytestmark = pytest.mark.needs("stripe-mock")
MOMENT = datetime(2026, 3, 25, 10, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def mock_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a stripe-mock of our own, on a free loopback port."""
    program = needs.have("stripe-mock")
    if program is None:
        pytest.skip("needs stripe-mock")
    command = [str(program), "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"]
    folder: Path = tmp_path_factory.mktemp("stripe-mock")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield f"http://{_address(process)}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


def _address(process: subprocess.Popen[bytes]) -> str:
    """Where it says it listens."""
    assert process.stdout is not None
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(timeout=20):
            part = process.stdout.read1(4096)
            said += part
            found = re.search(rb"HTTP at address: (127\.0\.0\.1:\d+)\n", said)
            if found:
                return found[1].decode()
            if not part:
                break
    raise AssertionError(f"stripe-mock does not listen: {said!r}")


@pytest.fixture
def gateway(mock_base: str) -> StripeGateway:
    return StripeGateway(mock_base, "sk_test_x", "whsec_x", "irr", 10, client(retries=0))


def request(**changes: object) -> SessionRequest:
    fine = {
        "key": "order:1:payment:1",
        "reference": "payment:1",
        "amount_toman": 2_890_000,
        "description": "سفارش ۱۰۰۱ از بازارگاه",
        "success_url": "https://shop.example/orders/1001?paid=1",
        "cancel_url": "https://shop.example/orders/1001",
        "expires_at": MOMENT,
    }
    return SessionRequest(**(fine | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_opening_a_page_is_accepted(gateway: StripeGateway, locale: str) -> None:
    session = gateway.open_session(request(locale=locale, customer_mobile="09123456789"))
    assert session.reference == "payment:1" and session.expires_at == MOMENT
    assert session.currency_ok is False and session.amount_toman is None and session.paid is False


def test_looking_at_and_closing_a_page_is_accepted(gateway: StripeGateway) -> None:
    assert gateway.fetch_session("cs_test_1").id == "cs_test_1"
    assert gateway.expire_session("cs_test_1").paid is False


def test_refunds_and_disputes_are_accepted(gateway: StripeGateway) -> None:
    refund = gateway.refund(key="refund:1", intent_id="pi_1", amount_toman=5, reference="refund:1")
    assert refund.intent_id == "pi_1" and refund.currency_ok is False and refund.amount_toman is None
    assert gateway.fetch_refund("re_1").id == "re_1"
    assert gateway.fetch_dispute("dp_1").id == "dp_1"
    next(gateway.disputes_since(datetime.now(UTC) - timedelta(days=1)), None)


def test_payees_and_transfers_are_accepted(gateway: StripeGateway) -> None:
    payee = gateway.add_payee(key="payee:1", sheba="IR062960000000100324200001", holder="علی محمدی")
    assert payee.startswith("acct_")
    sent = gateway.transfer(key="payout:1", payee=payee, amount_toman=5, reference="14050105-1-7")
    assert sent.id.startswith("tr_") and (sent.amount_toman, sent.currency_ok) == (5, True)
    assert gateway.fetch_transfer("tr_1").id == "tr_1"
    assert len(list(gateway.transfers_since(MOMENT))) == 1


def test_lists_are_accepted(gateway: StripeGateway) -> None:
    assert len(list(gateway.sessions_since(MOMENT))) == 1
    assert len(list(gateway.refunds_since(MOMENT))) == 1
    assert list(gateway.captures_since(MOMENT)) == [], "the fixture of a charge was never captured"
    [deposit] = gateway.deposits_since(MOMENT)
    assert deposit.id.startswith("po_")


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "payment", "expires_in": 5},
        {"mode": "payment", "locale": "fa"},
        {"mode": "payment", "expires_at": "tomorrow"},
        {"mode": "payment", "line_items": [{"quantity": 1, "price_data": {"amount": 5}}]},
        {"mode": "payment", "payment_intent_data": {"capture_method": "later"}},
    ],
)
def test_control_wrong_parameters_are_refused(gateway: StripeGateway, fields: dict[str, object]) -> None:
    with pytest.raises(GatewayRefused) as refused:
        gateway._post("/v1/checkout/sessions", "key", fields)
    assert refused.value.http_status == 400 and refused.value.kind == "invalid_request_error"


def test_control_unknown_places_and_query_are_refused(gateway: StripeGateway) -> None:
    with pytest.raises(GatewayRefused):
        gateway._get("/v1/checkout/sessions?from=1")
    with pytest.raises(GatewayRefused):
        gateway._get("/v1/checkout/pages")


def test_control_a_form_without_content_type_is_refused(mock_base: str) -> None:
    """Why the content type stands on an empty POST as well."""
    headers = {"Authorization": "Bearer sk_test_x", "Stripe-Version": STRIPE_VERSION}
    url = f"{mock_base}/v1/checkout/sessions/cs_1/expire"
    assert requests.post(url, headers=headers, timeout=5).status_code == 400
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert requests.post(url, headers=headers, timeout=5).status_code == 200


def test_a_wrong_key_is_our_trouble_and_decides_nothing(mock_base: str) -> None:
    gateway = StripeGateway(mock_base, "nonsense", "whsec_x", "irr", 10, client(retries=0))
    with pytest.raises(GatewayUnavailable) as unavailable:
        gateway.fetch_session("cs_1")
    assert unavailable.value.code == "gateway_misconfigured"
    assert "nonsense" not in unavailable.value.detail
