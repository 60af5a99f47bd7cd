"""The promises of the port, kept by each gateway: Stripe (over the sandbox), ZarinPal, and the one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketplace.core.http import client
from marketplace.payments.gateways.port import (
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    RefundStatus,
    SessionStatus,
    TransferStatus,
)
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.gateways.zarinpal import ZarinpalGateway
from tests.fakes.gateway import MemoryGateway, gateway_of, page_request
from tests.fakes.sandbox import running_sandbox
from tests.fakes.zarinpal import MERCHANT, TERMINAL, TOKEN, Zarinpal, running_zarinpal

SHEBA = "IR062960000000100324200001"
LONG_AGO = datetime.now(UTC) - timedelta(days=1)


@dataclass(frozen=True)
class Side:
    """A gateway as we call it, and how its payer pays and its refunds are refused."""

    gateway: Gateway
    pay: Callable[[str], object]
    unknown: str


def zarinpal_of(fake: Zarinpal, **options: str) -> ZarinpalGateway:
    fine = {"merchant_id": MERCHANT, "access_token": TOKEN, "terminal_id": TERMINAL, **options}
    return ZarinpalGateway(
        fake.base, panel_url=f"{fake.base}/api/v4/graphql/", http=client(retries=0), **fine
    )


@pytest.fixture(params=["stripe", "zarinpal", "memory"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    if request.param == "memory":
        memory = MemoryGateway()
        yield Side(memory, memory.pay, "cs_unknown")
    elif request.param == "stripe":
        with running_sandbox(tmp_path) as sandbox:
            yield Side(gateway_of(sandbox), sandbox.pay, "cs_unknown")
    else:
        with running_zarinpal() as fake:
            pay = lambda page: fake.pay(page.partition(".")[0])  # noqa: E731
            yield Side(zarinpal_of(fake), pay, "A000000000unknown.1000")


def test_a_page_is_opened_once_per_key(side: Side):
    wish = page_request(amount_toman=100_001)
    page, again = side.gateway.open_session(wish), side.gateway.open_session(wish)
    assert (page.id, page.url) == (again.id, again.url)
    assert page.url and page.url.startswith("http://127.0.0.1")
    assert (page.status, page.paid, page.amount_toman, page.currency_ok) == (
        SessionStatus.OPEN,
        False,
        100_001,
        True,
    )
    with pytest.raises(GatewayRefused):
        side.gateway.open_session(replace(wish, amount_toman=100_002))


def test_a_page_that_nobody_paid_is_open(side: Side):
    page = side.gateway.open_session(page_request())
    seen = side.gateway.fetch_session(page.id)
    assert (seen.status, seen.paid, seen.intent_id) == (SessionStatus.OPEN, False, None)


def test_a_paid_page_is_paid_however_often_one_asks(side: Side):
    page = side.gateway.open_session(page_request(amount_toman=250_000))
    side.pay(page.id)
    first, second = side.gateway.fetch_session(page.id), side.gateway.fetch_session(page.id)
    assert (first.status, first.paid, first.amount_toman) == (SessionStatus.COMPLETE, True, 250_000)
    assert first.intent_id
    assert first == second


def test_a_page_is_closed_and_one_that_was_paid_stays_paid(side: Side):
    page = side.gateway.open_session(page_request())
    closed = side.gateway.expire_session(page.id)
    assert (closed.status, closed.paid) == (SessionStatus.EXPIRED, False)
    other = side.gateway.open_session(page_request())
    side.pay(other.id)
    assert side.gateway.expire_session(other.id).paid


def test_an_unknown_page_is_refused(side: Side):
    with pytest.raises(GatewayRefused):
        side.gateway.fetch_session(side.unknown)


def test_money_goes_back_once_per_key_and_never_more_than_came(side: Side):
    page = side.gateway.open_session(page_request(amount_toman=100_000))
    side.pay(page.id)
    intent = side.gateway.fetch_session(page.id).intent_id or ""

    def give(toman: int, key: str):
        return side.gateway.refund(key=key, intent_id=intent, amount_toman=toman, reference=f"r {key}")

    first, again = give(60_000, "k1"), give(60_000, "k1")
    assert first == again
    assert (first.status, first.amount_toman, first.intent_id) == (RefundStatus.SUCCEEDED, 60_000, intent)
    assert side.gateway.fetch_refund(first.id).amount_toman == 60_000
    for toman, key in ((40_001, "k2"), (60_001, "k1")):
        with pytest.raises(GatewayRefused):
            give(toman, key)
    give(40_000, "k3")
    assert {r.amount_toman for r in side.gateway.refunds_since(LONG_AGO)} == {60_000, 40_000}
    [capture] = side.gateway.captures_since(LONG_AGO)
    assert (capture.intent_id, capture.amount_toman, capture.refunded_toman) == (intent, 100_000, 100_000)
    assert capture.currency_ok
    assert len(capture.card or "") == (16 if isinstance(side.gateway, StripeGateway) else 0)


def test_lists_are_read_page_by_page(side: Side):
    for _ in range(3):
        page = side.gateway.open_session(page_request(amount_toman=50_000))
        side.pay(page.id)
        side.gateway.fetch_session(page.id)
    assert len(list(side.gateway.captures_since(LONG_AGO))) == 3
    assert list(side.gateway.deposits_since(LONG_AGO)) == []


def test_money_is_sent_on_once_per_key_and_never_more_than_lies_there(side: Side):
    gateway = side.gateway
    if not gateway.can_transfer:
        for call in (
            lambda: gateway.add_payee(key="p", sheba=SHEBA, holder="علی محمدی"),
            lambda: gateway.transfer(key="t", payee="1", amount_toman=1_000, reference="r"),
            lambda: gateway.fetch_transfer("1"),
        ):
            with pytest.raises(GatewayRefused):
                call()
        assert list(gateway.transfers_since(LONG_AGO)) == []
        return
    page = gateway.open_session(page_request(amount_toman=100_000))
    side.pay(page.id)
    payee = gateway.add_payee(key="p1", sheba=SHEBA, holder="علی محمدی")
    assert gateway.add_payee(key="p1", sheba=SHEBA, holder="علی محمدی") == payee
    with pytest.raises(GatewayRefused):
        gateway.add_payee(key="p2", sheba="IR1", holder="علی محمدی")

    def send(toman: int, key: str):
        return gateway.transfer(key=key, payee=payee, amount_toman=toman, reference=f"ref {key}")

    first, again = send(60_000, "k1"), send(60_000, "k1")
    assert first == again == gateway.fetch_transfer(first.id)
    assert (first.status, first.amount_toman, first.currency_ok) == (TransferStatus.PAID, 60_000, True)
    assert (first.payee, first.reference) == (payee, "ref k1")
    for toman, key in ((40_001, "k2"), (60_001, "k1")):
        with pytest.raises(GatewayRefused):
            send(toman, key)
    with pytest.raises(GatewayRefused):
        gateway.transfer(key="k4", payee="acct_unknown", amount_toman=5, reference="r")
    with pytest.raises(GatewayRefused):
        gateway.fetch_transfer("tr_unknown")
    last = send(40_000, "k3")
    assert [t.id for t in gateway.transfers_since(LONG_AGO)] == [last.id, first.id]


def test_a_transfer_that_came_back_says_so_and_a_part_of_it_is_another_amount(tmp_path: Path):
    with running_sandbox(tmp_path) as sandbox:
        gateway = gateway_of(sandbox)
        sandbox.pay(gateway.open_session(page_request(amount_toman=100_000)).id)
        payee = gateway.add_payee(key="p", sheba=SHEBA, holder="علی محمدی")
        made = gateway.transfer(key="k", payee=payee, amount_toman=50_000, reference="r")
        sandbox.control(reverse_transfer={"id": made.id, "amount": 200_000})
        part = gateway.fetch_transfer(made.id)
        assert (part.status, part.amount_toman) == (TransferStatus.PAID, 30_000)
        sandbox.control(reverse_transfer={"id": made.id})
        whole = gateway.fetch_transfer(made.id)
        assert (whole.status, whole.amount_toman) == (TransferStatus.RETURNED, 50_000)
        sandbox.control(refuse_transfers=True)
        with pytest.raises(GatewayRefused) as refused:
            gateway.transfer(key="k2", payee=payee, amount_toman=1_000, reference="r")
        assert refused.value.gateway_code == "transfers_not_allowed"


# --- what is ZarinPal's own


@pytest.fixture
def fake() -> Iterator[Zarinpal]:
    with running_zarinpal() as made:
        yield made


def test_rial_is_counted_in_the_adapter_alone(fake):
    page = zarinpal_of(fake).open_session(page_request(amount_toman=123_456))
    assert fake.pages[page.id.partition(".")[0]]["amount"] == 1_234_560
    assert page.url == f"{fake.base}/pg/StartPay/{page.id.partition('.')[0]}"


@pytest.mark.parametrize("code", [-10, -11, -15, -12, -52])
def test_trouble_of_the_terminal_or_theirs_decides_nothing(fake, code):
    fake.fail_with = code
    with pytest.raises(GatewayUnavailable) as trouble:
        zarinpal_of(fake).open_session(page_request())
    assert (trouble.value.code == "gateway_misconfigured") == (code in (-10, -11, -15))


@pytest.mark.parametrize("code", [-9, -53, -54])
def test_a_definite_no_is_a_refusal_with_its_code(fake, code):
    fake.fail_with = code
    with pytest.raises(GatewayRefused) as refused:
        zarinpal_of(fake).open_session(page_request())
    assert refused.value.gateway_code == str(code)


def test_another_amount_than_ours_is_paid_but_never_ours(fake):
    gateway = zarinpal_of(fake)
    page = gateway.open_session(page_request(amount_toman=50_000))
    authority = page.id.partition(".")[0]
    fake.pages[authority]["amount"] = 499_990
    fake.pay(authority)
    seen = gateway.fetch_session(page.id)
    assert (seen.paid, seen.amount_toman) == (True, None)


def test_a_declined_page_has_ended(fake):
    gateway = zarinpal_of(fake)
    page = gateway.open_session(page_request())
    assert fake.decline(page.id.partition(".")[0]).endswith("Status=NOK")
    assert gateway.fetch_session(page.id).status is SessionStatus.EXPIRED


@pytest.mark.parametrize("body", ['{"data": {"code": 10', "[" * 100_000])
def test_half_a_body_and_a_lost_answer_decide_nothing(fake, body):
    gateway = zarinpal_of(fake)
    fake.said_instead = body
    with pytest.raises(GatewayUnavailable):
        gateway.open_session(page_request())
    fake.said_instead = None
    page = gateway.open_session(page_request(amount_toman=90_000))
    fake.pay(page.id.partition(".")[0])
    fake.loses = 1
    with pytest.raises(GatewayUnavailable):
        gateway.fetch_session(page.id)
    assert gateway.fetch_session(page.id).paid
    intent = gateway.fetch_session(page.id).intent_id or ""
    fake.loses = 0
    gateway.refund(key="k", intent_id=intent, amount_toman=90_000, reference="r")
    assert (
        gateway.refund(key="k", intent_id=intent, amount_toman=90_000, reference="r").amount_toman == 90_000
    )
    assert len(fake.pages[page.id.partition(".")[0]]["refunds"]) == 1


def test_paid_pages_that_nobody_verified_are_listed(fake):
    gateway = zarinpal_of(fake)
    page = gateway.open_session(page_request(amount_toman=70_000))
    fake.pay(page.id.partition(".")[0])
    assert [(s.id, s.amount_toman) for s in gateway.sessions_since(LONG_AGO)] == [(page.id, 70_000)]
    gateway.fetch_session(page.id)
    assert list(gateway.sessions_since(LONG_AGO)) == []


def test_without_an_access_token_nothing_goes_back(fake):
    gateway = zarinpal_of(fake, access_token="")
    with pytest.raises(GatewayUnavailable):
        gateway.refund(key="k", intent_id="200001", amount_toman=5, reference="r")
