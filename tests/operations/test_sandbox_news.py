"""Signed news from the sandbox, and what our client makes of its misbehaviour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.errors import MarketplaceError
from marketplace.core.http import client
from marketplace.payments.gateways.port import (
    GatewayRefused,
    GatewayUnavailable,
    SessionStatus,
    StaleSignature,
)
from marketplace.payments.gateways.stripe import EVENTS, StripeGateway
from tests.fakes.gateway import gateway_of, give_back, page_request, paid_page
from tests.fakes.sandbox import Receiver, RunningSandbox, running_sandbox, until, webhook_receiver


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


@pytest.fixture
def receiver(sandbox: RunningSandbox) -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        sandbox.control(webhook_url=receiver.url)
        yield receiver
        sandbox.control(webhook_url=None)


# --- webhooks -------------------------------------------------------------------------------------


def read_all(gateway: StripeGateway, receiver: Receiver):
    return [gateway.read_event(body, header, datetime.now(UTC)) for body, header in list(receiver.received)]


def types_of(gateway: StripeGateway, receiver: Receiver) -> list[str]:
    return [event.type for event in read_all(gateway, receiver)]


PAID_TYPES = ["payment_intent.succeeded", "charge.succeeded", "checkout.session.completed"]


def test_signed_news_of_a_payment(
    sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver
) -> None:
    session, intent = paid_page(sandbox, gateway)
    until(lambda: len(receiver.received) == 3, what="three events")
    events = read_all(gateway, receiver)
    assert [event.type for event in events] == PAID_TYPES
    assert {event.intent_id for event in events} == {intent}
    assert events[2].session == gateway.fetch_session(session.id)
    foreign = StripeGateway(sandbox.base, "sk_test_x", "whsec_other", "irr", 10)
    with pytest.raises(MarketplaceError):
        foreign.read_event(*receiver.received[0], datetime.now(UTC))
    until(lambda: not any(d["pending"] for d in sandbox.state()["deliveries"]), what="the receipt")


def test_only_what_is_subscribed_to_is_sent_and_all_of_it_is_kept(
    sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver
) -> None:
    sandbox.control(enabled_events=list(EVENTS))
    _, intent = paid_page(sandbox, gateway)
    until(lambda: len(receiver.received) == 1, what="the page that was paid")
    give_back(gateway, intent, 5, "a part")
    until(lambda: len(receiver.received) == 2, what="the refund")
    until(lambda: not any(d["pending"] for d in sandbox.state()["deliveries"]), what="the receipt")
    assert types_of(gateway, receiver) == ["checkout.session.completed", "refund.updated"]
    kept = [event["type"] for event in sandbox.state()["events"]]
    assert kept[:3] == PAID_TYPES and {"refund.created", "charge.refunded"} <= set(kept)


def test_news_twice(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    sandbox.control(webhook="duplicate")
    paid_page(sandbox, gateway)
    until(lambda: len(receiver.received) == 6, what="six deliveries")
    assert set(Counter(event.id for event in read_all(gateway, receiver)).values()) == {2}


def test_news_before_the_redirect(
    sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver
) -> None:
    sandbox.control(webhook="before_redirect")
    session = gateway.open_session(page_request())
    sandbox.pay(session.id)
    assert "checkout.session.completed" in types_of(gateway, receiver)


def test_news_in_the_wrong_order(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    sandbox.control(webhook="reorder")
    paid_page(sandbox, gateway)
    until(lambda: len(receiver.received) == 3, what="three events")
    assert types_of(gateway, receiver) == PAID_TYPES[::-1]


def test_news_kept_back_and_late(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    sandbox.control(webhook="off")
    _, intent = paid_page(sandbox, gateway)
    assert receiver.received == [] and all(d["pending"] for d in sandbox.state()["deliveries"])
    sandbox.control(webhook="on")
    until(lambda: len(receiver.received) == 3, what="the late events")
    sandbox.control(webhook_delay_ms=3_600_000)
    give_back(gateway, intent, 5, "late")
    sandbox.control(resend=sandbox.state()["events"][0]["id"])
    until(lambda: len(receiver.received) == 4, what="the event sent again")
    assert types_of(gateway, receiver)[3] == PAID_TYPES[0]


def test_news_until_it_is_taken(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    receiver.answer = 500
    paid_page(sandbox, gateway)
    until(lambda: len(receiver.received) >= 3, what="the first attempts")
    receiver.answer = 200
    until(lambda: not any(d["pending"] for d in sandbox.state()["deliveries"]), what="the receipt")
    assert all(d["attempts"] >= 2 and d["outcome"] == "200" for d in sandbox.state()["deliveries"])


def test_news_with_a_wrong_clock(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    sandbox.control(signature_skew_s=-400)
    paid_page(sandbox, gateway)
    until(lambda: receiver.received, what="an event")
    with pytest.raises(StaleSignature):
        read_all(gateway, receiver)


def test_a_dispute(sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver) -> None:
    _, intent = paid_page(sandbox, gateway)
    sandbox.control(dispute=intent)
    news = until(lambda: [e for e in read_all(gateway, receiver) if e.dispute], what="the dispute's event")[0]
    assert news.type == "charge.dispute.created" and news.intent_id == intent
    assert gateway.fetch_dispute(news.dispute.id).amount_toman == 100_001
    sandbox.control(close_dispute={"id": news.dispute.id, "status": "lost"})
    ended = until(
        lambda: [e for e in read_all(gateway, receiver) if e.type == "charge.dispute.closed"], what="its end"
    )[0]
    assert gateway.fetch_dispute(ended.dispute.id).status == "lost"
    listed = list(gateway.disputes_since(datetime.now(UTC) - timedelta(hours=1)))
    assert [d.id for d in listed] == [news.dispute.id]


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 429, 409])
def test_an_undecided_answer_may_be_asked_again(
    sandbox: RunningSandbox, gateway: StripeGateway, status: int
) -> None:
    sandbox.control(fail_next=1, status=status)
    wish = page_request()
    with pytest.raises(GatewayUnavailable) as unavailable:
        gateway.open_session(wish)
    assert str(status) in unavailable.value.detail
    assert gateway.open_session(wish).status is SessionStatus.OPEN


def test_a_lost_answer_is_one_charge_and_one_refund(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    wish = page_request()
    sandbox.control(drop_reply_after_commit=1)
    with pytest.raises(GatewayUnavailable):
        gateway.open_session(wish)
    session = gateway.open_session(wish)
    assert [row["id"] for row in sandbox.state()["sessions"]] == [session.id]
    sandbox.pay(session.id)
    intent = gateway.fetch_session(session.id).intent_id
    assert intent is not None
    sandbox.control(drop_reply_after_commit=1)
    with pytest.raises(GatewayUnavailable):
        give_back(gateway, intent, 7, "r")
    assert give_back(gateway, intent, 7, "r").amount_toman == 7
    assert len(sandbox.state()["refunds"]) == 1


def test_retries_of_our_own_overcome_losses(sandbox: RunningSandbox) -> None:
    sandbox.control(drop_reply_after_commit=1)
    session = gateway_of(sandbox, retries=2).open_session(page_request())
    sandbox.control(fail_next=1, status=503)
    assert gateway_of(sandbox, retries=2).fetch_session(session.id) == session
    assert len(sandbox.state()["sessions"]) == 1 and len(sandbox.state()["calls"]) == 4


def test_patience_ends(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    sandbox.control(hang_ms=60_000)
    wish = page_request()
    with pytest.raises(GatewayUnavailable):
        gateway.with_patience(0.4).open_session(wish)
    sandbox.control(hang_ms=0)
    assert sandbox.state()["sessions"] == [] and gateway.open_session(wish).url


def test_a_refusal_on_demand_is_final(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    sandbox.control(fail_next=1, status=402, only="POST /v1/refunds")
    _, intent = paid_page(sandbox, gateway)
    with pytest.raises(GatewayRefused):
        give_back(gateway, intent, 1, "r")


def test_nobody_there() -> None:
    gateway = StripeGateway("http://127.0.0.1:1", "sk_test_x", "s", "irr", 10, client(retries=0))
    with pytest.raises(GatewayUnavailable):
        gateway.fetch_session("cs_1")


def test_the_sandbox_keeps_the_time_it_is_given(
    at: datetime, sandbox: RunningSandbox, gateway: StripeGateway, receiver: Receiver
) -> None:
    """Our clock stands still in March; the sandbox, told so, opens, expires and signs by it."""
    sandbox.set_clock(at)
    session = gateway.open_session(page_request(expires_at=at + timedelta(minutes=31)))
    sandbox.pay(session.id)
    until(lambda: len(receiver.received) == 3, what="three events")
    assert gateway.read_event(*receiver.received[2], at).type == "checkout.session.completed"
    late = gateway.open_session(page_request(expires_at=at + timedelta(minutes=31)))
    sandbox.set_clock(at + timedelta(minutes=31))
    assert gateway.expire_session(late.id).status is SessionStatus.EXPIRED
