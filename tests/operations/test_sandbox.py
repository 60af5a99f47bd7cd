"""Our gateway client against the sandbox: pages, keys, money back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from marketplace.core.http import client
from marketplace.payments.gateways.port import GatewayRefused, GatewayUnavailable, RefundStatus, SessionStatus
from marketplace.payments.gateways.stripe import STRIPE_VERSION, StripeGateway
from tests.fakes.gateway import SHOP, gateway_of, give_back, page_request, paid_page
from tests.fakes.sandbox import RunningSandbox, running_sandbox, until


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: RunningSandbox) -> RunningSandbox:
    """The module's sandbox, emptied and well-behaved."""
    process.reset()
    return process


@pytest.fixture
def gateway(sandbox: RunningSandbox) -> StripeGateway:
    return gateway_of(sandbox)


# --- pages ----------------------------------------------------------------------------------------


def test_a_page_opens_and_is_paid_once(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    wish = page_request()
    session = gateway.open_session(wish)
    assert (session.status, session.paid, session.amount_toman, session.currency_ok) == (
        SessionStatus.OPEN,
        False,
        2_890_000,
        True,
    )
    assert session.reference == wish.reference and session.intent_id is None
    assert session.expires_at == wish.expires_at.replace(microsecond=0)
    assert session.url is not None and gateway.fetch_session(session.id) == session
    for _ in range(2):
        answer = sandbox.pay(session.url)
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"{SHOP}?paid={session.id}"
    done = gateway.fetch_session(session.id)
    assert (done.status, done.paid, done.amount_toman) == (SessionStatus.COMPLETE, True, 2_890_000)
    state = sandbox.state()
    assert len(state["charges"]) == len(state["intents"]) == 1
    assert state["intents"][0]["metadata"] == {"reference": wish.reference}
    assert sandbox.event_types().count("checkout.session.completed") == 1


def test_many_pay_at_once_and_one_charge_comes_of_it(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sandbox.pay(session.id).status_code, range(8)))
    assert answers == [303] * 8 and len(sandbox.state()["charges"]) == 1


def test_a_declined_card_may_be_tried_again(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    answer = sandbox.pay(session.id, "decline")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pay/{session.id}")
    page = sandbox.http.get(f"{sandbox.base}/pay/{session.id}", timeout=5)
    assert page.status_code == 200 and "کارت پذیرفته نشد" in page.text
    looked = gateway.fetch_session(session.id)
    assert looked.status is SessionStatus.OPEN and not looked.paid
    assert sandbox.event_types() == ["payment_intent.payment_failed"]
    assert sandbox.pay(session.id).status_code == 303 and gateway.fetch_session(session.id).paid


def test_cancelling_leads_to_the_shop_and_leaves_the_page_open(
    sandbox: RunningSandbox, gateway: StripeGateway
) -> None:
    session = gateway.open_session(page_request())
    answer = sandbox.pay(session.id, "cancel")
    assert (answer.status_code, answer.headers["Location"]) == (303, SHOP)
    assert gateway.fetch_session(session.id).status is SessionStatus.OPEN


def test_a_closed_page_takes_nothing(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    assert gateway.expire_session(session.id).status is SessionStatus.EXPIRED
    assert gateway.expire_session(session.id).status is SessionStatus.EXPIRED
    for outcome in ("pay", "decline"):
        assert sandbox.pay(session.id, outcome).status_code == 410
    assert sandbox.pay(session.id, "cancel").headers["Location"] == SHOP
    state = sandbox.state()
    assert state["charges"] == [] and sandbox.event_types() == ["checkout.session.expired"]


def test_closing_a_paid_page_tells_that_it_is_paid(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session, intent = paid_page(sandbox, gateway)
    closed = gateway.expire_session(session.id)
    assert (closed.status, closed.paid, closed.intent_id) == (SessionStatus.COMPLETE, True, intent)


def test_time_closes_a_page(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    sandbox.set_clock(datetime.now(UTC) + timedelta(minutes=32))
    until(lambda: "checkout.session.expired" in sandbox.event_types(), what="the expiry")
    assert gateway.fetch_session(session.id).status is SessionStatus.EXPIRED
    assert sandbox.pay(session.id).status_code == 410


@pytest.mark.parametrize("minutes", [-5, 0, 20, 24 * 60 + 1])
def test_a_life_that_stripe_refuses_is_refused(gateway: StripeGateway, minutes: int) -> None:
    with pytest.raises(GatewayRefused):
        gateway.open_session(page_request(expires_at=datetime.now(UTC) + timedelta(minutes=minutes)))


def test_what_is_not_there(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    for call in (gateway.fetch_session, gateway.expire_session, gateway.fetch_refund, gateway.fetch_dispute):
        with pytest.raises(GatewayRefused) as refused:
            call("cs_nothing")
        assert refused.value.http_status == 404
    for identifier in ("../refunds", "", "a/b", "cs?x", "cs\n"):
        with pytest.raises(GatewayRefused) as refused:
            gateway.fetch_session(identifier)
        assert refused.value.kind == "malformed_id"
    assert sandbox.pay("cs_nothing").status_code == 404


def test_a_wrong_key_is_nobodys_refusal(sandbox: RunningSandbox) -> None:
    gateway = StripeGateway(sandbox.base, "sk_live_x", "s", "irr", 10, client(retries=0))
    with pytest.raises(GatewayUnavailable) as unavailable:
        gateway.open_session(page_request())
    assert unavailable.value.code == "gateway_misconfigured"


def test_another_currency_is_seen(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    other = StripeGateway(sandbox.base, sandbox.api_key, "s", "usd", 100, client(retries=0))
    looked = other.fetch_session(session.id)
    assert looked.currency_ok is False and looked.amount_toman is None
    with pytest.raises(GatewayRefused):
        other.open_session(page_request())


def test_all_pages_since_a_moment(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: gateway.open_session(page_request()).id, range(103)))
    listed = [session.id for session in gateway.sessions_since(datetime.now(UTC) - timedelta(hours=1))]
    assert len(listed) == 103 and set(listed) == made
    assert list(gateway.sessions_since(datetime.now(UTC) + timedelta(hours=1))) == []


# --- idempotency ----------------------------------------------------------------------------------


def raw_refund(sandbox: RunningSandbox, intent: str, amount: int, key: str) -> requests.Response:
    return sandbox.http.post(
        f"{sandbox.base}/v1/refunds",
        data={"payment_intent": intent, "amount": amount},
        headers={
            "Authorization": f"Bearer {sandbox.api_key}",
            "Stripe-Version": STRIPE_VERSION,
            "Idempotency-Key": key,
        },
        timeout=10,
    )


def test_one_key_is_one_page(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    wish = page_request()
    first = gateway.open_session(wish)
    sandbox.pay(first.id)
    assert gateway.open_session(wish) == first  # the answer of then, not the state of now
    assert len(sandbox.state()["sessions"]) == 1


def test_one_key_with_another_body_is_refused(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    wish = page_request()
    gateway.open_session(wish)
    with pytest.raises(GatewayRefused) as refused:
        gateway.open_session(page_request(key=wish.key, amount_toman=5))
    assert (refused.value.http_status, refused.value.kind) == (400, "idempotency_error")
    assert len(sandbox.state()["sessions"]) == 1


def test_a_replay_says_so_and_is_the_same_to_the_byte(
    sandbox: RunningSandbox, gateway: StripeGateway
) -> None:
    _, intent = paid_page(sandbox, gateway)
    first, second = (raw_refund(sandbox, intent, 100, "refund:1") for _ in range(2))
    assert "Idempotent-Replayed" not in first.headers and second.headers["Idempotent-Replayed"] == "true"
    assert first.content == second.content and first.status_code == second.status_code == 200
    refused, again = (raw_refund(sandbox, intent, 10**9, "refund:2") for _ in range(2))
    assert refused.status_code == again.status_code == 400 and refused.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_what_was_malformed_is_not_remembered(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    wish = page_request(expires_at=datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(GatewayRefused):
        gateway.open_session(wish)
    sandbox.control(min_session_s=0)
    assert gateway.open_session(wish).status is SessionStatus.OPEN


def test_a_key_that_is_being_worked_on_is_answered_409(
    sandbox: RunningSandbox, gateway: StripeGateway
) -> None:
    wish = page_request()
    sandbox.control(delay_ms=600, only="POST")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(gateway.open_session, wish)
        until(lambda: sandbox.state()["calls"], what="the first call")
        with pytest.raises(GatewayUnavailable) as unavailable:
            gateway.open_session(wish)
        assert "409" in unavailable.value.detail and "idempotency_key_in_use" in unavailable.value.detail
        first = slow.result()
    assert gateway.open_session(wish) == first and len(sandbox.state()["sessions"]) == 1


def test_twenty_refunds_eight_times_each_at_once(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    _, intent = paid_page(sandbox, gateway)
    calls = [f"refund:{number}" for number in range(20)] * 8

    def once(key: str) -> str | None:
        try:
            return give_back(gateway, intent, 100, key).id
        except GatewayUnavailable:
            return None

    with ThreadPoolExecutor(16) as pool:
        seen = {made for made in pool.map(once, calls) if made}
    made = sandbox.state()["refunds"]
    assert len(made) == 20 and seen == {row["id"] for row in made}
    assert sandbox.state()["charges"][0]["amount_refunded"] == 20 * 100 * 10


# --- money back -----------------------------------------------------------------------------------


def test_part_and_rest_are_given_back_and_no_more(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    _, intent = paid_page(sandbox, gateway, 100_001)
    first = give_back(gateway, intent, 40_000, "r1")
    assert (first.status, first.amount_toman, first.currency_ok) == (RefundStatus.SUCCEEDED, 40_000, True)
    assert (first.intent_id, first.reference) == (intent, "reference of r1")
    with pytest.raises(GatewayRefused):
        give_back(gateway, intent, 60_002, "r2")
    rest = give_back(gateway, intent, 60_001, "r3")
    with pytest.raises(GatewayRefused) as refused:
        give_back(gateway, intent, 1, "r4")
    assert refused.value.gateway_code == "charge_already_refunded"
    assert gateway.fetch_refund(rest.id) == rest
    assert [r.id for r in gateway.refunds_since(datetime.now(UTC) - timedelta(hours=1))] == [
        rest.id,
        first.id,
    ]
    types = Counter(sandbox.event_types())
    assert types["charge.refunded"] == types["refund.updated"] == types["refund.created"] == 2


def test_what_was_not_paid_is_not_given_back(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    session = gateway.open_session(page_request())
    sandbox.pay(session.id, "decline")
    intent = gateway.fetch_session(session.id).intent_id
    assert intent is not None
    for unpaid in (intent, "pi_nothing"):
        with pytest.raises(GatewayRefused):
            give_back(gateway, unpaid, 1, f"r:{unpaid}")
    with pytest.raises(ValueError):
        give_back(gateway, intent, 0, "r:zero")
    assert sandbox.state()["refunds"] == []


def test_refunds_refused_pending_and_failed(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    _, intent = paid_page(sandbox, gateway)
    sandbox.control(refuse_refunds=True)
    with pytest.raises(GatewayRefused):
        give_back(gateway, intent, 100_001, "r1")
    sandbox.control(refuse_refunds=False, refunds="pending")
    waiting = give_back(gateway, intent, 100_001, "r2")
    assert waiting.status is RefundStatus.PENDING
    sandbox.control(settle_refund={"id": waiting.id, "status": "failed"})
    failed = gateway.fetch_refund(waiting.id)
    assert failed.status is RefundStatus.FAILED and failed.failure
    sandbox.control(refunds="succeed")
    assert give_back(gateway, intent, 100_001, "r3").status is RefundStatus.SUCCEEDED
