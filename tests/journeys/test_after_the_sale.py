"""After the payment as shopper and store walk it, page by page, in both languages."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.after_models import Invoice, Return
from marketplace.orders.models import StoreOrder, StoreOrderState
from tests.factories import AT, World
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
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


def now(part: StoreOrder) -> StoreOrder:
    db.session.rollback()
    return db.session.get_one(StoreOrder, part.id, populate_existing=True)


def a_photo() -> tuple[BytesIO, str]:
    made = BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 60)).save(made, "JPEG")
    made.seek(0)
    return made, "عکس.jpg"


def sent_by_store(client: Client, w: World, part: StoreOrder, prefix: str) -> Page:
    """Accepted, packed, shipped in two parcels, by the store's own forms."""
    client.sign_in(w.owners[0])
    board = client.get(f"{prefix}/panel/orders")
    client.submit(board.form(f"{prefix}/panel/orders/{part.id}/acceptance"))
    page = client.get(f"{prefix}/panel/orders/{part.id}")
    page = client.submit(page.form(f"{prefix}/panel/orders/{part.id}/packing"), kit="1")
    form = page.form(f"{prefix}/panel/orders/{part.id}/shipment")
    page = client.submit(
        form, tracking_code="RR100000001", **{f"quantity-{w.soap.id}": "1", f"quantity-{w.scarf.id}": "0"}
    )
    assert now(part).state is S.part_shipped
    client.get(f"{prefix}/panel/orders")
    form = page.form(f"{prefix}/panel/orders/{part.id}/shipment")
    with nothing_written():
        wrong = {f"quantity-{w.soap.id}": "2"}
        client.submit(form, tracking_code="RR100000002", expect=422, **wrong)
        client.submit(form, tracking_code="RR1", expect=422)
    return client.submit(form, tracking_code="RR100000002")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_parcel_in_two_parts_half_of_which_comes_back(w, gateway, client: Client, prefix):
    made = paid(gateway, w.shopper, (w.soap, 2), (w.scarf, 2))
    part = parts_of(made)[0]
    sent_by_store(client, w, part, prefix)
    assert now(part).state is S.shipped
    client.get(f"{prefix}/panel/orders/{part.id}/slip")
    assert client.get(f"{prefix}/panel/orders/{part.id}/slip.pdf").body.startswith(b"%PDF-")

    client.sign_in(w.shopper)
    page = client.get(f"{prefix}/orders/{made.number}")
    assert "RR100000001" in page.source and "RR100000002" in page.source
    page = client.submit(page.form(f"{prefix}/orders/{made.number}/store-orders/{part.id}/receipt"))
    report = f"{prefix}/orders/{made.number}/store-orders/{part.id}/kit-report"
    page = client.submit(page.form(report))
    assert not [form for form in page.forms if form.action == report], "it is told once"
    with nothing_written():
        client.post(report, {})
    invoice = db.session.scalars(select(Invoice)).one()
    paper = f"{prefix}/orders/{made.number}/store-orders/{part.id}/invoices/{invoice.number}"
    assert paper in page.links()
    client.get(paper)
    assert client.get(f"{paper}.pdf").body.startswith(b"%PDF-")

    address = f"{prefix}/orders/{made.number}/store-orders/{part.id}/return"
    form = client.get(address).form(address)
    with nothing_written():
        client.submit(form, expect=422, **{f"quantity-{w.soap.id}": "1"})
    with nothing_written():
        client.submit(form, expect=422, reason="defective")
    page = client.submit(
        form, reason="defective", note="لکه دارد", files=[a_photo()], **{f"quantity-{w.scarf.id}": "2"}
    )
    number = db.session.scalars(select(Return.number)).one()
    photo = next(link for link in page.links() if "/files/" in link)
    page = client.submit(
        page.form(f"{prefix}/returns/{number}/shipment"), carrier="tipax", tracking_code="BACK123456"
    )
    client.get(photo)

    client.sign_in(w.owners[1])
    with nothing_written():
        client.get(f"{prefix}/panel/returns/{number}", expect=404)
        client.get(photo, expect=404)
        client.post(f"{prefix}/panel/returns/{number}/decision", {}, expect=404)
    client.get(f"{prefix}/panel/returns")
    client.sign_in(w.owners[0])
    client.get(photo)
    assert f"{prefix}/panel/returns/{number}" in client.get(f"{prefix}/panel/returns").links()
    form = client.get(f"{prefix}/panel/returns/{number}").form(f"{prefix}/panel/returns/{number}/decision")
    with nothing_written():
        client.submit(form, expect=422, **{f"quantity-{w.scarf.id}": "1"})
    client.submit(form, note="یکی پوشیده شده است", **{f"quantity-{w.scarf.id}": "1"})
    with nothing_written():
        client.submit(form, expect=409, **{f"quantity-{w.scarf.id}": "2"})

    run_jobs(AT)
    client.sign_in(w.shopper)
    page = client.get(f"{prefix}/orders/{made.number}")
    assert f"{prefix}/returns/{number}" in page.links()
    client.get(f"{prefix}/returns/{number}")
    client.get(f"{prefix}/me/notifications")
    client.get(f"{prefix}/orders/{made.number}/store-orders/{part.id}/invoices/2")
    assert sum(refund.amount_toman or 0 for refund in gateway.refunds.values()) == 100_000
    assert broken_invariants() == {}


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_cancelled_by_the_shopper_or_not_supplied_by_the_store(w, gateway, client: Client, prefix):
    made = paid(gateway, w.shopper, (w.soap, 2), (w.tea, 2))
    first, second = parts_of(made)
    client.sign_in(w.shopper)
    page = client.get(f"{prefix}/orders/{made.number}")
    address = f"{prefix}/orders/{made.number}/store-orders/{first.id}/cancellation"
    assert address in page.links()
    form = client.get(address).form(address)
    with nothing_written():
        client.submit(form, expect=422)
    page = client.submit(form, reason="too_slow", note="عجله دارم")
    assert now(first).state is S.cancelled
    client.get(address, expect=409)

    client.sign_in(w.owners[1])
    address = f"{prefix}/panel/orders/{second.id}/unavailability"
    page = client.get(f"{prefix}/panel/orders/{second.id}")
    with nothing_written():
        client.submit(page.form(address), expect=422)
    page = client.submit(page.form(address), **{f"quantity-{w.tea.id}": "1"})
    page = client.submit(page.form(address), **{f"quantity-{w.tea.id}": "1"})
    assert now(second).state is S.unavailable_refunded
    client.sign_in(w.owners[0])
    client.get(f"{prefix}/panel/orders/{first.id}")
    with nothing_written():
        client.post(address, {f"quantity-{w.tea.id}": "1"}, expect=404)
    run_jobs(AT)
    client.sign_in(w.shopper)
    client.get(f"{prefix}/orders/{made.number}")
    assert sum(refund.amount_toman or 0 for refund in gateway.refunds.values()) == made.total_toman
    assert broken_invariants() == {}


def test_nobody_reads_another_persons_return_or_invoice(w, gateway, client: Client):
    made = paid(gateway, w.shopper, (w.soap, 2), (w.scarf, 2))
    part = parts_of(made)[0]
    sent_by_store(client, w, part, "")
    base = f"/orders/{made.number}/store-orders/{part.id}"
    other = paid(gateway, w.shopper2, (w.soap, 1))
    for person in (w.shopper2, w.owners[0]):
        client.sign_in(person)
        with nothing_written():
            for path in ("cancellation", "return", "invoices/1", "invoices/1.pdf"):
                client.get(f"{base}/{path}", expect=404)
            for path in ("cancellation", "return"):
                client.post(f"{base}/{path}", {"reason": "other"}, expect=404)
    client.sign_in(w.shopper2)
    with nothing_written():
        client.get(f"/orders/{other.number}/store-orders/{part.id}/invoices/1", expect=404)
