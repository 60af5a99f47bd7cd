"""The gateway in memory keeps the promises that the sandbox keeps, or tests over it would prove nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from marketplace.payments.gateways.port import Gateway, GatewayRefused
from tests.fakes.gateway import MemoryGateway, gateway_of, page_request
from tests.fakes.sandbox import running_sandbox


def _story(gateway: Gateway, pay: Any) -> list[Any]:
    """What a gateway answers to one of everything, its ids left out."""
    told: list[Any] = []

    def ask(what: Any) -> Any:
        try:
            answer = what()
        except GatewayRefused as refusal:
            told.append(("refused", refusal.http_status))
            return None
        ids = [name for name in ("id", "url", "intent_id", "expires_at") if getattr(answer, name, None)]
        told.append(replace(answer, **dict.fromkeys(ids, "there")))
        return answer

    wish = page_request(amount_toman=100_001, key="k:1", reference="order:1")
    page = ask(lambda: gateway.open_session(wish))
    again = ask(lambda: gateway.open_session(wish))
    told.append(("same page", page.id == again.id))
    ask(lambda: gateway.open_session(replace(wish, amount_toman=5)))
    ask(lambda: gateway.open_session(page_request(expires_at=wish.expires_at - timedelta(minutes=10))))
    pay(page.id)
    paid = ask(lambda: gateway.fetch_session(page.id))
    told.append(("url", paid.url))
    pay(page.id)
    ask(lambda: gateway.expire_session(page.id))
    other = ask(lambda: gateway.open_session(page_request(reference="order:2")))
    ask(lambda: gateway.expire_session(other.id))
    pay(other.id)
    ask(lambda: gateway.fetch_session(other.id))
    ask(lambda: gateway.fetch_session("cs_unknown"))
    refund = {"intent_id": paid.intent_id, "reference": "r"}
    first = ask(lambda: gateway.refund(key="r:1", amount_toman=100_000, **refund))
    second = ask(lambda: gateway.refund(key="r:1", amount_toman=100_000, **refund))
    told.append(("same refund", first.id == second.id))
    ask(lambda: gateway.refund(key="r:1", amount_toman=99_999, **refund))
    ask(lambda: gateway.refund(key="r:2", amount_toman=2, **refund))
    ask(lambda: gateway.refund(key="r:3", amount_toman=1, **refund))
    ask(lambda: gateway.fetch_refund(first.id))
    return told


def test_the_gateway_in_memory_answers_as_the_sandbox_does(tmp_path: Path):
    memory = MemoryGateway()
    with running_sandbox(tmp_path) as sandbox:
        assert _story(memory, memory.pay) == _story(gateway_of(sandbox), sandbox.pay)
