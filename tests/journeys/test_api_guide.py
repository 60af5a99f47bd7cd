"""The walk-through is run as it is printed, and the Python client walks the same way, both over a real socket."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.tokens import SCOPES
from marketplace.core.db import db
from marketplace.orders.models import Order
from tests.factories import World, a_token, an_official
from tests.factories.buying import broken_invariants
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_client import ROOT, the_client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
GUIDE = ROOT / "docs/guide/api.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def w(ctx, at, app: Flask) -> World:
    use_gateway(app, MemoryGateway())
    return the_world()


@pytest.fixture(scope="module")
def client() -> ModuleType:
    return the_client()


def orders_of(w: World) -> list[Order]:
    db.session.rollback()
    return list(db.session.scalars(select(Order).where(Order.person_id == w.shopper.id)))


@pytest.mark.needs("curl")
def test_the_walk_through_runs_as_printed(w: World, address: str, tmp_path: Path):
    blocks = BLOCKS.findall(GUIDE.read_text("utf-8"))
    assert len(blocks) >= 8
    told = {
        "BAZARGAH": address,
        "TOKEN": a_token(w.shopper, *SCOPES),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    [order] = orders_of(w)
    assert json.loads((tmp_path / "first.json").read_text())["number"] == order.number
    assert done.stdout.endswith("zero_quantity\n")
    assert broken_invariants() == {}


def test_the_client_walks_the_same_way(w: World, address: str, client: ModuleType):
    market = client.Bazargah(address, a_token(w.shopper, *SCOPES), language="en")
    offers = list(market.items("/offers", limit=2))
    assert len(offers) == len({offer["id"] for offer in offers}) > 2
    market.put(f"/cart/lines/{w.soap.id}", {"quantity": 2})
    market.get("/cart")
    with pytest.raises(client.Problem) as refused:
        market.put(f"/cart/lines/{w.soap.id}", {"quantity": 0})
    assert refused.value.status == 400
    seen = market.etag
    market.put(f"/cart/lines/{w.soap.id}", {"quantity": 1}, if_match=seen)
    with pytest.raises(client.Problem) as late:
        market.delete("/cart", if_match=seen)
    assert late.value.code == "changed_meanwhile"
    wish = {
        "address": {
            "receiver": "Sara Nouri",
            "mobile": "09121112233",
            "province": "اصفهان",
            "city": "اصفهان",
            "line": "خیابان چهارباغ، کوچه بهار، پلاک ۷",
            "postal_code": "8134567891",
        }
    }
    order = market.post("/orders", wish, key="client-1")
    assert market.post("/orders", wish, key="client-1") == order
    assert [made.number for made in orders_of(w)] == [order["number"]]
    stranger = client.Bazargah(address)
    with pytest.raises(client.Problem) as nobody:
        stranger.get("/cart")
    assert (nobody.value.status, nobody.value.code) == (401, "token_needed")
    office = client.Bazargah(address, a_token(an_official(Role.seal_officer), "office:read"))
    assert w.stores[0].name_fa in [seal["store"] for seal in office.items("/office/seals", limit=1)]


def test_a_lost_answer_is_asked_for_again_with_the_same_key(client: ModuleType):
    sent, waits = [], []
    answers = [
        OSError("cut"),
        client._Answer(503, {"Retry-After": "7"}, b"{}"),
        client._Answer(409, {}, b'{"code": "idempotency_key_running"}'),
        client._Answer(201, {}, b'{"number": "1"}'),
    ]

    class Lossy(client.Bazargah):
        def _once(self, request):
            sent.append(request.get_header("Idempotency-key"))
            answer = answers[len(sent) - 1]
            if isinstance(answer, OSError):
                raise answer
            return answer

    market = Lossy("http://127.0.0.1:1", wait=waits.append)
    assert market.post("/orders", {}) == {"number": "1"}
    assert len(set(sent)) == 1 and len(sent) == 4
    assert waits == [1.0, 7.0, 4.0]
    answers[:] = [OSError("cut")] * 8
    sent.clear()
    with pytest.raises(client.Unreachable) as lost:
        market.post("/orders", {}, key="mine")
    assert lost.value.key == "mine"
