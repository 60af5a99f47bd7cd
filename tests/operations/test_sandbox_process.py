"""The sandbox itself: it outlives kill -9, is controlled by this machine alone, and shows a page."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.payments.gateways.port import GatewayUnavailable
from marketplace.payments.gateways.stripe import StripeGateway
from tests.fakes.gateway import gateway_of, page_request, paid_page
from tests.fakes.sandbox import RunningSandbox, running_sandbox, until, webhook_receiver


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


# --- the process ----------------------------------------------------------------------------------


def test_what_was_answered_outlives_kill_9(tmp_path: Path) -> None:
    with webhook_receiver() as receiver, running_sandbox(tmp_path, receiver.url, secret="whsec_k") as sandbox:
        gateway = gateway_of(sandbox)
        sandbox.control(webhook="off")
        wish = page_request()
        session, intent = paid_page(sandbox, gateway)
        opened = gateway.open_session(wish)
        before = sandbox.state()
        assert sandbox.kill() == -9
        sandbox.start()
        after = sandbox.state()
        for kind in ("sessions", "intents", "charges", "events"):
            assert after[kind] == before[kind]
        assert gateway.fetch_session(session.id).intent_id == intent
        assert gateway.open_session(wish) == opened
        until(lambda: len(receiver.received) == 3, what="the events of before")
        assert sandbox.stop() == 0


def test_a_stop_does_not_wait_for_a_hanging_call(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        sandbox.control(hang_ms=60_000)
        gateway = gateway_of(sandbox, seconds=30)

        def hang() -> None:
            with pytest.raises(GatewayUnavailable):
                gateway.fetch_session("cs_1")

        hanging = threading.Thread(target=hang)
        hanging.start()
        until(lambda: sandbox.state()["calls"], what="the call")
        assert sandbox.stop() == 0
        hanging.join(timeout=10)
        assert not hanging.is_alive()


def test_control_is_for_this_machine_and_knows_its_words(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.base}/control"
    post = sandbox.http.post
    assert post(url, json={"fail_next": 1}, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    assert post(url, json={}, headers={"X-Forwarded-For": "1.2.3.4"}, timeout=5).status_code == 403
    assert post(url, data='{"fail_next": 1}', timeout=5).status_code == 400
    for wrong in (
        {"fial_next": 1},
        {"fail_next": "1"},
        {"webhook": "no"},
        {"status": 200},
        {"clock_shift_s": "x"},
    ):
        assert post(url, json=wrong, timeout=5).status_code == 400
    assert post(url, json={"resend": "evt_none"}, timeout=5).status_code == 404
    assert sandbox.state()["faults"]["fail_next"] == 0


# --- the hosted page ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "direction", "amount", "label"),
    [("fa", "rtl", "۲٬۸۹۰٬۰۰۰", "درگاه آزمایشی"), ("en", "ltr", "2,890,000", "Test gateway")],
)
def test_the_page_speaks_the_payers_language(
    sandbox: RunningSandbox, gateway: StripeGateway, locale: str, direction: str, amount: str, label: str
) -> None:
    wish = page_request(locale=locale, description='<b>"سفارش"</b>')
    session = gateway.open_session(wish)
    assert session.url is not None
    page = sandbox.http.get(session.url, timeout=5)
    assert f'<html lang="{locale}" dir="{direction}">' in page.text
    assert amount in page.text and label in page.text and wish.reference in page.text
    assert '<b>"' not in page.text and html.escape(wish.description, quote=False)[:6] in page.text
    assert re.findall(r'name="outcome" value="(\w+)"', page.text) == ["pay", "decline", "cancel"]
    assert page.text.count("<h1") == 1 and " style=" not in page.text and "<style" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text):
        assert sandbox.http.get(sandbox.base + address, timeout=5).status_code == 200


def test_the_page_after_the_end(sandbox: RunningSandbox, gateway: StripeGateway) -> None:
    done, _ = paid_page(sandbox, gateway)
    closed = gateway.expire_session(gateway.open_session(page_request()).id)
    for identifier, status, words in (
        (done.id, 200, "این پرداخت انجام شده است"),
        (closed.id, 410, "زمان پرداخت تمام شد"),
        ("cs_nothing", 404, "چنین برگه پرداختی نیست"),
    ):
        page = sandbox.http.get(f"{sandbox.base}/pay/{identifier}", timeout=5)
        assert page.status_code == status and words in page.text and "<form" not in page.text
    assert sandbox.pay(done.id, "nonsense").status_code == 400


def test_answers_have_stripes_shape(sandbox: RunningSandbox) -> None:
    http, base = sandbox.http, sandbox.base
    assert http.get(f"{base}/v1/refunds/re_1", timeout=5).status_code == 401
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    missing = http.get(f"{base}/v1/refunds/re_1", headers=headers, timeout=5)
    assert missing.status_code == 404 and missing.json()["error"]["code"] == "resource_missing"
    unknown = http.post(f"{base}/v1/refunds", data={"bogus": "1"}, headers=headers, timeout=5)
    assert unknown.status_code == 400 and unknown.json()["error"]["code"] == "parameter_unknown"
    listed = http.get(f"{base}/v1/events?limit=1&type=refund.updated", headers=headers, timeout=5).json()
    assert json.loads(json.dumps(listed)) == {
        "object": "list",
        "url": "/v1/events",
        "has_more": False,
        "data": [],
    }
