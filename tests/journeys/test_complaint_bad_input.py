"""What people send that they should not: each is answered clearly, and nothing that was there is lost."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from time_machine import travel

from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.files.evidence import LARGEST_FILE
from marketplace.files.models import EvidenceFile
from tests.factories import AT, World, a_session
from tests.factories.buying import broken_invariants, paid, parts_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
DUE, SECOND = AT + timedelta(hours=168), timedelta(seconds=1)
TEXT = "کالا نرسیده؛ <img src=x onerror=alert(1)> {{ 7*7 }} و پاسخی نگرفته‌ام."
REFUSAL = {"kind": "refusal", "text": "کالا درست تحویل شده است."}


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def gateway(app: Flask, w: World) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def browser(app: Flask, person) -> Client:
    made = Client(app)
    made.sign_in(person)
    return made


def address_of(order, part) -> str:
    return f"/orders/{order.number}/store-orders/{part.id}/complaint"


def filed(client: Client, order, part) -> str:
    form = client.get(address_of(order, part)).form(address_of(order, part))
    return client.submit(form, category="not_delivered", text=TEXT).path.rpartition("/")[2]


def pictures(count: int) -> list[tuple[io.BytesIO, str]]:
    made = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(made, "PNG")
    return [(io.BytesIO(made.getvalue()), f"{n}.png") for n in range(count)]


def test_fifty_files_and_files_without_end(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    address = address_of(order, parts_of(order)[0])
    client = browser(app, w.shopper)
    wish = {"category": "other", "text": TEXT}
    with nothing_written():
        many = client.post(address, {**wish, "files": pictures(50)}, expect=422)
        assert "۱۰" in many.text and TEXT in many.all("textarea")[0].text
        large = client.browser.post(address, **with_file(client, wish, bytes(LARGEST_FILE + 1)))
        assert large.status_code == 422, "a form may be as large as the files that it may carry"
        other = (io.BytesIO(b"MZ" + bytes(200)), "proof.pdf")
        assert client.post(address, {**wish, "files": [other]}, expect=422)
    # Two gigabytes are turned away by what the head of the request says of them; the body is never read.
    plain = app.test_client()
    plain.set_cookie("sid", a_session(w.shopper))
    told = {"CONTENT_LENGTH": str(2 * 1024**3), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = plain.post(address, environ_overrides={**told, "wsgi.input": NeverRead()})
    assert answer.status_code == 413
    db.session.rollback()
    assert db.session.scalars(select(Complaint.id)).all() == []
    assert db.session.scalars(select(EvidenceFile.id)).all() == []
    assert broken_invariants() == {}


def with_file(client: Client, values: dict[str, str], content: bytes) -> dict[str, object]:
    """A form with one file, made by hand: what is this large would lie in a temporary file otherwise."""
    mark = "x-y-z"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**values, "csrf_token": client.csrf_token()}.items()
    ]
    parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n')
    body = "".join(parts).encode() + content + f"\r\n--{mark}--\r\n".encode()
    return {
        "data": body,
        "content_type": f"multipart/form-data; boundary={mark}",
        "base_url": "http://localhost",
    }


class NeverRead(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readinto = readline = read  # type: ignore[assignment]


def test_no_public_place_names_who_complained_or_what_was_said(app, w, gateway):
    order = paid(gateway, w.shopper, (w.soap, 1))
    number = filed(browser(app, w.shopper), order, parts_of(order)[0])
    public = Client(app)
    code = public.api("GET", "/stores/artin")["seal"]["code"]
    secrets = [number, order.number, w.shopper.mobile, w.shopper.mobile[1:], "کالا نرسیده"]
    secrets += [name for name in (w.shopper.surname, w.shopper.email) if name]
    with travel(DUE + SECOND, tick=False):
        assert app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0
        pages = [
            f"{prefix}{path}" for prefix in ("", "/en") for path in ("/stores/artin/record", f"/seal/{code}")
        ]
        for path in (*pages, "/stores/artin/record.csv", "/stores/artin/record.json", "/stores/artin"):
            assert not [secret for secret in secrets if secret in public.get(path).source], path
        record = public.api("GET", "/stores/artin/record")
        assert record["counted"] == 1
        assert not [secret for secret in secrets if secret in str(record.json)]


def test_an_answer_at_the_second_of_the_deadline_and_one_after_it(app, w, gateway):
    shopper, owner = browser(app, w.shopper), browser(app, w.owners[0])
    orders = [paid(gateway, w.shopper, (w.soap, 1)) for _ in range(2)]
    names = [filed(shopper, order, parts_of(order)[0]) for order in orders]
    for name, moment in zip(names, (DUE, DUE + SECOND), strict=True):
        with travel(moment, tick=False):
            case = owner.get(f"/panel/complaints/{name}")
            owner.submit(case.form(f"{name}/answer"), **REFUSAL)
            # A second answer finds the first; the draft of what was typed is not lost on the way.
            page = owner.post(f"/panel/complaints/{name}/answer", REFUSAL, expect=409)
            assert page.h1
    with travel(DUE + SECOND, tick=False):
        year = Client(app).api("GET", "/stores/artin/record")["periods"]["months_12"]
        assert (year["answered_in_time"], year["answered_late"], year["unanswered"]) == (1, 1, 0)


def test_whoever_judges_twice_is_told_and_the_first_word_stands(app, w, gateway):
    shopper, owner = browser(app, w.shopper), browser(app, w.owners[0])
    order = paid(gateway, w.shopper, (w.soap, 1))
    name = filed(shopper, order, parts_of(order)[0])
    case = owner.get(f"/panel/complaints/{name}")
    owner.submit(case.form(f"{name}/answer"), **REFUSAL)
    judged = f"/complaints/{name}/evaluation"
    assert shopper.post(judged, {"evaluation": "perhaps"}, expect=422)
    assert shopper.post(judged, {"evaluation": "solved"}).status == 200
    with nothing_written():
        assert shopper.post(judged, {"evaluation": "solved"}).status == 200
        assert shopper.post(judged, {"evaluation": "not_solved"}, expect=409).h1
    db.session.rollback()
    assert db.session.scalars(select(Complaint.evaluation)).one() == "solved"
