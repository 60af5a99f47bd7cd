"""Which store a complaint is about, and a registry file that was read and waits."""

from __future__ import annotations

from io import BytesIO

from marketplace.accounts.models import Role
from tests.factories import AT, an_official, world, writing
from tests.factories.buying import paid
from tests.fakes.gateway import MemoryGateway, use_gateway


def test_an_order_of_two_stores_asks_which_one(ctx, app, at, client):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(AT)
    order = paid(gateway, small.shopper, (small.soap, 1), (small.tea, 1), at=AT)
    client.sign_in(small.shopper)
    page = client.get(f"/orders/{order.number}/complaint")
    assert "چرم آرتین" in page.text
    assert "عطاری نیک" in page.text


def test_a_file_is_read_and_waits_for_a_decision(ctx, app, at, client):
    world(AT)
    with writing():
        officer = an_official(Role.seal_officer, at=AT)
    client.sign_in(officer)
    head = client.get("/office/seals/imports/template.csv", expect=200).source
    page = client.post(
        "/office/seals/imports",
        {"file": (BytesIO(head.encode() + b"x,y\r\n"), "seals.csv")},
        expect=200,
        content_type="multipart/form-data",
    )
    assert page.path.startswith("/office/seals/imports/")
