"""A complaint from the order page to its end, page by page: both sides, the seal centre, and the store's record."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from time_machine import travel

from marketplace.accounts.models import Role
from marketplace.complaints.foresight import show_foresight
from marketplace.complaints.performance import compute_record
from marketplace.core.db import db
from marketplace.payments.models import Refund
from tests.factories import AT, World, a_token, an_official
from tests.factories.buying import broken_invariants, paid, parts_of, run_jobs
from tests.factories.complaints import unanswered
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.html import text_of
from tests.pages import Client, Page
from tests.unchanged import nothing_written
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


def test_goods_that_were_promised_once_more_are_sent_once(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    shopper, store = browser(app, w.shopper), browser(app, w.owners[0])
    number = file_it(shopper, order, parts_of(order)[0]).path.rpartition("/")[2]
    case = store.get(f"/panel/complaints/{number}")
    sent = {"carrier": "tipax", "tracking_code": "TPX123456"}
    address = f"/panel/complaints/{number}/replacement"
    with nothing_written():
        store.post(address, sent, expect=409)
    store.submit(case.form(f"{number}/answer"), kind="offer", remedy="replacement", text="یکی دیگر می‌فرستیم.")
    with nothing_written():
        store.post(address, sent, expect=409)
    shopper.submit(shopper.get(f"/complaints/{number}").form(f"{number}/offer"), press="accept")
    page = store.get(f"/panel/complaints/{number}")
    again = store.submit(page.form(address), carrier="tipax", tracking_code="؟", expect=422)
    done = store.submit(again.form(address), **sent)
    assert not done.all("form", action=address), "nothing is left to be sent"
    assert "TPX123456" in shopper.get(f"/complaints/{number}").text
    stranger = browser(app, w.owners[1])
    with nothing_written():
        store.post(address, sent, expect=409)
        stranger.post(address, sent, expect=404)
    assert broken_invariants() == {}


def test_an_offer_declined_leaves_room_for_another(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    shopper, store = browser(app, w.shopper), browser(app, w.owners[0])
    number = file_it(shopper, order, parts_of(order)[0]).path.rpartition("/")[2]
    few = {"kind": "offer", "remedy": "part_refund", "amount_toman": "10000", "text": "کمی از پول."}
    store.submit(store.get(f"/panel/complaints/{number}").form(f"{number}/answer"), **few)
    shopper.submit(shopper.get(f"/complaints/{number}").form(f"{number}/offer"), press="decline")
    page = store.get(f"/panel/complaints/{number}")
    store.submit(page.form(f"{number}/answer"), kind="offer", remedy="refund", text="همه پول را می‌دهیم.")
    shopper.submit(shopper.get(f"/complaints/{number}").form(f"{number}/offer"), press="accept")
    run_jobs(AT)
    [refund] = db.session.scalars(select(Refund)).all()
    part = parts_of(order)[0]
    assert refund.amount_toman == part.goods_toman + part.shipping_toman
    assert broken_invariants() == {}


def test_a_store_keeps_texts_for_its_answers(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    shopper, store = browser(app, w.shopper), browser(app, w.owners[0])
    number = file_it(shopper, order, parts_of(order)[0]).path.rpartition("/")[2]
    page = store.get("/panel/complaints/templates")
    assert store.submit(page.form("/templates"), title="د", body="", expect=422)
    kept = store.submit(page.form("/templates"), title="دیرکرد پست", body="بسته در راه است؛ پوزش می‌خواهیم.")
    assert "دیرکرد پست" in kept.text
    [removal] = [form for form in kept.forms if form.action.endswith("/removal")]
    chosen = removal.action.split("/")[-2]
    case = store.get(f"/panel/complaints/{number}?template={chosen}")
    assert "بسته در راه است" in case.all("textarea")[0].text
    browser(app, w.owners[1]).post(removal.action, {}, expect=range(200, 405))
    assert "دیرکرد پست" in store.get("/panel/complaints/templates").text, "another store's hands are off"
    assert "دیرکرد پست" not in store.submit(removal).text


def test_a_store_sees_tomorrows_record_and_what_answering_would_do(app, w, gateway):
    shopper, store = browser(app, w.shopper), browser(app, w.owners[0])
    unanswered(w.stores[0], 5)
    order = paid(gateway, w.shopper, (w.soap, 1))
    file_it(shopper, order, parts_of(order)[0])
    with travel(AT + timedelta(hours=150), tick=False):
        page = store.get("/panel/complaints/record")
    rows = [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in page.all("tr")]
    assert ["۵", "۶"] in [row[1:] for row in rows], "today five count, tomorrow six"
    whole = show_foresight(w.stores[0].id, AT + timedelta(hours=150), is_whole=True)
    assert (whole.counted, whole.tomorrow["counted"], whole.lift.counted_ignored) == (5, 6, 6)
    assert (whole.lift.counted_answered, len(whole.lift.complaints)) == (5, 1)
    later = compute_record(w.stores[0].id, AT + timedelta(hours=174))[0]
    assert whole.tomorrow == later, "what is foreseen is what then is"


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
