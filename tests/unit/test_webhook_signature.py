"""The signature of gateway events: which are believed, and what an unbelieved one is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Malformed
from marketplace.payments.gateways.port import BadSignature, RefundStatus, SessionStatus, StaleSignature
from marketplace.payments.gateways.signature import ensure_signed, sign
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.sandbox.delivery import signature_header

SECRET = "whsec_right"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOW = int(AT.timestamp())
GATEWAY = StripeGateway("http://127.0.0.1:1", "sk_test_x", SECRET, "irr", 10)


def event(**changes: object) -> bytes:
    session = {
        "object": "checkout.session",
        "id": "cs_1",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1000010,
        "currency": "irr",
        "payment_intent": "pi_1",
        "client_reference_id": "payment:7",
        "expires_at": NOW,
    }
    body = {
        "object": "event",
        "id": "evt_1",
        "type": "checkout.session.completed",
        "created": NOW,
        "data": {"object": session},
    }
    return json.dumps(body | changes).encode()


def header(body: bytes, at: int = NOW, secret: str = SECRET) -> str:
    return f"t={at},v1={sign(body, secret, at)}"


def test_known_vector() -> None:
    """As computed by `printf '1492774577.{}' | openssl dgst -sha256 -hmac whsec_test_secret`."""
    expected = "53140ab8fa70c511cc40d5c9198af7dde7bbaee877038c056d8250c3bd3b2e11"
    assert sign(b"{}", "whsec_test_secret", 1492774577) == expected


def test_sandbox_signs_as_we_check() -> None:
    assert signature_header(event(), SECRET, NOW) == header(event())


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_accepts_up_to_300_seconds_either_way(seconds: int) -> None:
    body = event()
    assert GATEWAY.read_event(body, header(body, NOW + seconds), AT).id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_refuses_stale_and_future(seconds: int) -> None:
    body = event()
    with pytest.raises(StaleSignature):
        GATEWAY.read_event(body, header(body, NOW + seconds), AT)


def test_a_fraction_over_300_seconds_is_over() -> None:
    body = event()
    with pytest.raises(StaleSignature):
        GATEWAY.read_event(body, header(body, NOW - 300), AT + timedelta(microseconds=1))


RIGHT = sign(event(), SECRET, NOW)
WRONG = sign(event(), "whsec_other", NOW)


@pytest.mark.parametrize(
    "text",
    [
        f"t={NOW},v1={WRONG},v1={RIGHT}",
        f"t={NOW},v1={RIGHT},v1={WRONG}",
        f"t={NOW},v0={WRONG},v1={RIGHT}",
        f"v1={RIGHT}, t={NOW}",
    ],
)
def test_one_right_v1_among_others_is_enough(text: str) -> None:
    assert GATEWAY.read_event(event(), text, AT).id == "evt_1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        f"v1={RIGHT}",
        f"t={NOW}",
        f"t={NOW},v0={RIGHT}",
        f"t={NOW},v1={WRONG}",
        f"t={NOW},v1={RIGHT[:-1]}",
        f"t={NOW},v1={RIGHT.upper()}",
        f"t={NOW},v1=",
        f"t={NOW + 1},v1={RIGHT}",
        f"t={NOW},t={NOW},v1={RIGHT}",
        f"t=+{NOW},v1={RIGHT}",
        f"t=-{NOW},v1={RIGHT}",
        f"t=۱۲۳,v1={RIGHT}",
        f"t=,v1={RIGHT}",
        f"t={'9' * 400},v1={RIGHT}",
        f"t={NOW},v1=é{RIGHT}",
        f"t={NOW}," + f"v1={WRONG}," * 100 + f"v1={RIGHT}",
    ],
)
def test_refuses_other_headers(text: str) -> None:
    with pytest.raises(BadSignature):
        GATEWAY.read_event(event(), text, AT)


@pytest.mark.parametrize(
    "change", [lambda b: b + b" ", lambda b: b[:-1], lambda b: b.replace(b"1000010", b"1000020")]
)
def test_refuses_a_changed_body(change: object) -> None:
    with pytest.raises(BadSignature):
        GATEWAY.read_event(change(event()), header(event()), AT)  # type: ignore[operator]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{}",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        event(object="charge"),
        event(created="now"),
        event(created=10**30),
        event(type=7),
        event(id=""),
        event(data=None),
        event(data={"object": None}),
        event(data={"object": {"object": "checkout.session", "id": "cs_1", "status": "strange"}}),
        event(data={"object": {"object": "refund", "status": "failed"}}),
    ],
)
def test_signed_nonsense_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        GATEWAY.read_event(body, header(body), AT)
    assert caught.value.status == 400 and caught.value.code == "malformed_event"


@given(st.binary(max_size=60), st.text(max_size=60))
def test_only_refusals_come_of_noise(body: bytes, text: str) -> None:
    with pytest.raises(Malformed):
        GATEWAY.read_event(body, text, AT)


def test_reads_a_session() -> None:
    read = GATEWAY.read_event(event(), header(event()), AT)
    assert read.type == "checkout.session.completed" and read.created_at == AT
    assert read.intent_id == "pi_1" and read.refund is None and read.raw["id"] == "evt_1"
    session = read.session
    assert session is not None
    assert (session.id, session.status, session.paid) == ("cs_1", SessionStatus.COMPLETE, True)
    assert (session.amount_toman, session.currency_ok, session.reference) == (100001, True, "payment:7")
    assert session.expires_at == AT


def thing_read(**thing: object):
    body = event(data={"object": thing})
    return GATEWAY.read_event(body, header(body), AT)


def test_reads_refunds_disputes_and_payments() -> None:
    refund = thing_read(
        object="refund",
        id="re_1",
        status="failed",
        amount=50,
        currency="IRR",
        payment_intent={"id": "pi_9"},
        failure_reason="lost",
        metadata={"reference": "r:1"},
    )
    assert refund.refund is not None and refund.session is None and refund.intent_id == "pi_9"
    assert (refund.refund.status, refund.refund.amount_toman) == (RefundStatus.FAILED, 5)
    assert (refund.refund.reference, refund.refund.failure) == ("r:1", "lost")
    dispute = thing_read(
        object="dispute",
        id="dp_1",
        status="needs_response",
        amount=50,
        currency="irr",
        payment_intent="pi_9",
        reason="fraudulent",
    ).dispute
    assert dispute is not None and (dispute.id, dispute.intent_id, dispute.amount_toman) == (
        "dp_1",
        "pi_9",
        5,
    )
    assert thing_read(object="payment_intent", id="pi_3").intent_id == "pi_3"
    assert thing_read(object="charge", id="ch_3", payment_intent="pi_4").intent_id == "pi_4"
    unknown = thing_read(object="balance")
    assert (unknown.session, unknown.refund, unknown.intent_id) == (None, None, None)


@pytest.mark.parametrize(
    ("units", "currency", "toman", "is_ours"),
    [
        (10, "irr", 1, True),
        (10, "IRR", 1, True),
        (0, "irr", 0, True),
        (11, "irr", None, True),
        (9, "irr", None, True),
        (-10, "irr", None, True),
        (10.0, "irr", None, True),
        ("10", "irr", None, True),
        (True, "irr", None, True),
        (None, "irr", None, True),
        (10, "usd", None, False),
        (10, None, None, False),
        (10, ["irr"], None, False),
    ],
)
def test_money_comes_back_exact_or_not_at_all(
    units: object, currency: object, toman: int | None, is_ours: bool
) -> None:
    session = thing_read(
        object="checkout.session", id="cs_1", status="open", amount_total=units, currency=currency
    ).session
    assert session is not None and (session.amount_toman, session.currency_ok) == (toman, is_ours)


@pytest.mark.parametrize(
    ("status", "payment_status", "is_paid"),
    [
        ("complete", "paid", True),
        ("complete", "unpaid", False),
        ("complete", "no_payment_required", False),
        ("open", "paid", False),
        ("expired", "unpaid", False),
        ("complete", None, False),
    ],
)
def test_paid_is_complete_and_paid(status: str, payment_status: str | None, is_paid: bool) -> None:
    session = thing_read(
        object="checkout.session", id="cs_1", status=status, payment_status=payment_status
    ).session
    assert session is not None and session.paid is is_paid


def test_secrets_are_not_shown() -> None:
    assert SECRET not in repr(GATEWAY) and "sk_test" not in repr(GATEWAY)


def test_moment_of_signature() -> None:
    assert ensure_signed(b"x", header(b"x", NOW - 5), SECRET, AT) == AT - timedelta(seconds=5)
