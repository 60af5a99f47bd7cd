"""A complaint from the order page to its end, page by page: both sides, the seal centre, and the store's record."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from time_machine import travel

from marketplace.accounts.models import Role
from tests.factories import AT, World, a_token, an_official
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
TEXT = "کالا نرسیده و پاسخی نگرفته‌ام."


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def picture() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    made.seek(0)
    return made


def browser(app, person) -> Client:
    made = Client(app)
    made.sign_in(person)
    return made


def file_it(client: Client, order, part, prefix: str = "", **values) -> Page:
    """From the order's page by its link and form."""
    page = client.get(f"{prefix}/orders/{order.number}")
    address = f"{prefix}/orders/{order.number}/store-orders/{part.id}/complaint"
    assert address in page.links()
    form = client.get(address).form(address)
    return client.submit(form, **{"category": "not_delivered", "text": TEXT, **values})


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_answered_in_time_taken_and_solved(app, w, gateway, prefix):
    order = paid(gateway, w.shopper, (w.soap, 1), (w.tea, 1))
    part = parts_of(order)[0]
    shopper, store = browser(app, w.shopper), browser(app, w.owners[0])
    page = file_it(shopper, order, part, prefix, files=(picture(), "رسید.png"))
    number = page.path.rpartition("/")[2]
    assert "۱۶۸" in page.text or "168" in page.text
    [file] = [link for link in page.links() if "/files/" in link]
    assert shopper.get(file).headers["Content-Type"] == "image/png"
    assert browser(app, w.owners[0]).get(file).status == 200
    assert browser(app, w.owners[1]).get(file, expect=404)
    # Looking for the form again leads to the open case.
    again = shopper.get(f"{prefix}/orders/{order.number}/store-orders/{part.id}/complaint")
    assert again.path.endswith(number)

    inbox = store.get(f"{prefix}/panel/complaints")
    assert number in inbox.text
    case = store.get(f"{prefix}/panel/complaints/{number}")
    draft = store.submit(case.form(f"{number}/answer"), text="در دست بررسی است.", press="draft")
    assert "در دست بررسی است." in draft.source
    answer = store.submit(
        draft.form(f"{number}/answer"),
        kind="offer",
        remedy="part_refund",
        amount_toman="۲۰٬۰۰۰",
        text="بخشی از پول را برمی‌گردانیم.",
    )
    assert answer.status == 200
    offered = shopper.get(f"{prefix}/complaints/{number}")
    assert "20,000" in offered.text or "۲۰٬۰۰۰" in offered.text
    taken = shopper.submit(offered.form(f"{number}/offer"), press="accept")
    run_jobs(AT)
    judged = shopper.submit(taken.form(f"{number}/evaluation"), evaluation="solved")
    assert not judged.all("form", action=f"{prefix}/complaints/{number}/evaluation")
    assert browser(app, w.shopper2).get(f"{prefix}/complaints/{number}", expect=404)
    assert browser(app, w.owners[1]).get(f"{prefix}/panel/complaints/{number}", expect=404)
    assert broken_invariants() == {}


def test_unanswered_it_goes_to_the_seal_centre(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    part = parts_of(order)[0]
    token = a_token(w.shopper, scopes=["orders:read", "orders:write"])
    client = Client(app)
    filed = client.api(
        "POST", f"/store-orders/{part.id}/complaint", token, {"category": "defective", "text": TEXT}, key="k1"
    )
    assert filed.status == 201 and filed["state"] == "filed"
    number = filed["number"]
    due = AT + timedelta(hours=168)
    run = app.test_cli_runner()
    with travel(due, tick=False):
        assert run.invoke(args=["sweep"]).exit_code == 0
        assert client.api("GET", f"/complaints/{number}", token)["state"] == "filed"
    with travel(due + timedelta(seconds=1), tick=False):
        assert run.invoke(args=["sweep"]).exit_code == 0
        assert client.api("GET", f"/complaints/{number}", token)["state"] == "overdue"
        officer = browser(app, an_official(Role.seal_officer))
        desk = officer.get("/office/complaints")
        assert number in desk.text
        case = officer.get(f"/office/complaints/{number}")
        ruled = officer.submit(
            case.form(f"{number}/ruling"),
            ruling="referred",
            authority="tazirat_124",
            letter="۱۲۳/۴۵",
            text="به تعزیرات فرستاده شد.",
        )
        assert "123/45" in ruled.text or "۱۲۳/۴۵" in ruled.text
        record = client.api("GET", "/stores/artin/record")
        assert record["counted"] == 0
    assert broken_invariants() == {}


def test_bad_words_are_answered_by_field(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    part = parts_of(order)[0]
    shopper = browser(app, w.shopper)
    address = f"/orders/{order.number}/store-orders/{part.id}/complaint"
    form = shopper.get(address).form(address)
    page = shopper.submit(form, category="other", text="<b>", expect=422)
    assert page.all("textarea")[0].text == "<b>"
    filed = shopper.submit(page.form(address), text="<script>alert(1)</script> نام من")
    assert "<script>alert" not in filed.source
    twice = Client(app)
    twice.sign_in(w.shopper)
    assert twice.post(address, {"category": "other", "text": TEXT}, expect=409)
    assert browser(app, w.shopper2).post(address, {"category": "other", "text": TEXT}, expect=404)


def test_a_guest_begins_with_order_number_and_mobile(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    client = Client(app)
    page = client.get("/complaints/new")
    assert client.submit(page.form("/complaints/new"), number="12", expect=422)
    code = client.submit(page.form("/complaints/new"), number=order.number)
    assert code.path.startswith("/sign-in")
    assert order.number in code.source


def test_from_a_seal_about_a_purchase_elsewhere(app, w, gateway):
    shopper = browser(app, w.shopper)
    code = shopper.api("GET", "/stores/artin")["seal"]["code"]
    form = shopper.get(f"/seal/{code}/complaint").form(f"/seal/{code}/complaint")
    refused = shopper.submit(form, category="other", text=TEXT, expect=422)
    assert "مدرک" in refused.text
    filed = shopper.submit(form, category="other", text=TEXT, files=(picture(), "r.png"))
    number = filed.path.rpartition("/")[2]
    officer = browser(app, an_official(Role.seal_officer))
    assert number in officer.get("/office/complaints?tab=outside").text


def test_the_office_holds_the_clocks(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    shopper = browser(app, w.shopper)
    filed = file_it(shopper, order, parts_of(order)[0])
    office = browser(app, w.office)
    page = office.get("/office/pauses")
    bad = office.submit(
        page.form("/office/pauses"),
        starts_at="1405/01/01",
        ends_at="1405/01/02",
        reason_fa="نوروز",
        expect=422,
    )
    held = office.submit(
        bad.form("/office/pauses"), starts_at="1405/01/06", ends_at="1405/01/09", reason_fa="سیل", province=""
    )
    assert "سیل" in held.text
    public = Client(app).get("/about-the-seal")
    assert "سیل" in public.text and "در پیش" in public.text
    moved = shopper.get(filed.path)
    assert "۱۵ فروردین" in moved.text
