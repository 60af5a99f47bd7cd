"""`bazargah settle` and `bazargah delivered`: what a person at the machine can do, stopped and begun again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.fulfilment import accept_store_order, pack_store_order
from marketplace.orders.models import DeliveredBy, StoreOrder, StoreOrderState
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.settlement import settle_batch
from marketplace.orders.settlement_models import SettlementLine, Statement
from tests.factories import AT, World
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.factories.settling import closed
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
S = StoreOrderState


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def bazargah(app, *arguments: str):
    done = app.test_cli_runner().invoke(args=list(arguments))
    db.session.rollback()
    return done


def shipped(w: World, gateway: MemoryGateway, *codes: str) -> StoreOrder:
    """A store order of as many soaps as there are codes, each in a parcel of its own."""
    part = parts_of(paid(gateway, w.shopper, (w.soap, len(codes))))[0]
    ids, actor = (part.id, part.store_id), Actor(w.owners[0].id, "store", "clerk")
    with unit_of_work():
        accept_store_order(*ids, actor, AT)
        pack_store_order(*ids, True, actor, AT)
        for code in codes:
            ship_store_order(*ids, Shipment("pishtaz", code, {w.soap.id: 1}), actor, AT)
    return part


def state(part: StoreOrder) -> StoreOrderState:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True).state


def test_a_settlement_that_was_stopped_is_ended_by_the_next_and_settles_once(app, w, gateway):
    for _ in range(3):
        closed(paid(gateway, w.shopper, (w.bowl, 1)))
    with unit_of_work():
        settle_batch(0, 1, AT)
    moment = (AT + timedelta(days=8)).isoformat()
    done = bazargah(app, "settle", "--at", moment, "--batch", "1")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "closed 0, settled 2, statements 1"
    assert db.session.scalar(select(func.count()).select_from(SettlementLine)) == 3
    assert db.session.scalar(select(func.count()).select_from(Statement)) == 1
    db.session.rollback()
    with nothing_written():
        assert bazargah(app, "settle", "--at", moment).exit_code == 0
    assert broken_invariants() == {}


def test_delivered_orders_are_closed_before_they_are_settled(app, w, gateway, tmp_path: Path):
    part = shipped(w, gateway, "RR00000001")
    file = tmp_path / "list.csv"
    file.write_text("carrier,tracking_code\npishtaz,RR00000001\n")
    assert bazargah(app, "delivered", str(file)).exit_code == 0
    later = (AT + timedelta(days=20)).isoformat()
    assert "closed 1, settled 1" in bazargah(app, "settle", "--at", later).output
    assert state(part) is S.closed


def test_the_carriers_list_delivers_with_the_last_parcel(app, w, gateway, tmp_path: Path):
    part, other = shipped(w, gateway, "RR00000001", "RR00000002"), shipped(w, gateway, "RR00000003")
    file = tmp_path / "list.csv"
    file.write_text("Tracking_Code;Carrier\nrr00000001;pishtaz\n")
    assert bazargah(app, "delivered", str(file)).exit_code == 0
    assert state(part) is S.shipped
    file.write_text(
        "carrier,tracking_code\npishtaz,RR00000002\npishtaz,RR99999999\nmoon,RR00000003\ntipax,RR00000003\n"
    )
    done = bazargah(app, "delivered", str(file))
    assert done.exit_code == 1
    for row in ("row 3: unknown_parcel", "row 4: unknown carrier", "row 5: unknown_parcel"):
        assert row in done.output
    assert "1 parcels handed over, 3 rows refused" in done.output
    assert state(part) is S.delivered
    assert db.session.get_one(StoreOrder, part.id).delivered_by is DeliveredBy.carrier
    assert state(other) is S.shipped
    with nothing_written():
        bazargah(app, "delivered", str(file))


@pytest.mark.parametrize(
    "content", [b"", b"code\nRR1\n", b"\x89PNG....", b"carrier,tracking_code\n\xff\xfe\x00"]
)
def test_what_is_no_list_is_refused(app, w, tmp_path: Path, content: bytes):
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with nothing_written():
        assert bazargah(app, "delivered", str(file)).exit_code != 0
