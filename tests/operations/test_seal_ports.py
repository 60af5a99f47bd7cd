"""The seal centre's doors to the outside: registry, inquiry service, domain proof, registry files."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.dns import DnsFailed, txt_records
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.jobs import run_due
from marketplace.core.models import Job
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.stores.case_models import ClearanceCallback, SealHistory, UploadKind
from marketplace.stores.clearances import ask_for_clearance
from marketplace.stores.imports import keep_upload, plan_import, read_upload, write_import
from marketplace.stores.links import links_of
from marketplace.stores.models import ClearanceState, SealState, UnionLicence
from marketplace.stores.paper_queries import clearance_of_store, seal_of_store
from marketplace.stores.registry import LICENCE, ask_registry, ask_registry_again, registry_answer
from marketplace.stores.signed import sign
from tests import databases
from tests.factories import AT, a_bare_store, a_member, a_person, an_official, change, world
from tests.factories.papers import a_holder
from tests.fakes.registry import KEY, Services
from tests.pages import Client
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")
HOUR = timedelta(hours=1)


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as made:
        yield made


@pytest.fixture
def settings(database: str, tmp_path: Path, services: Services) -> Settings:
    return databases.settings_for(
        database,
        tmp_path,
        REGISTRY_URL=services.url,
        REGISTRY_KEY=KEY,
        INQUIRY_URL=services.url,
        INQUIRY_KEY=KEY,
    )


@pytest.fixture
def w(ctx, at):
    return world(at)


def ask(code: str, at=AT):
    with unit_of_work():
        ask_registry(code, at)
    run_due(at)
    db.session.rollback()
    return registry_answer(code)


# --- the registry


def test_the_last_word_of_the_registry_stays_and_grows_old(w, services):
    code = seal_of_store(w.stores[0].id).code
    services.seals[code] = {
        "code": code,
        "state": "active",
        "stars": 4,
        "valid_until": "2027-01-01T00:00:00Z",
    }
    assert ask(code).state == "active"
    for trouble in ("away", "forged", "strange"):
        later = AT + HOUR * (1 + ("away", "forged", "strange").index(trouble))
        services.status = 503 if trouble == "away" else None
        services.signing_key = "another" if trouble == "forged" else KEY
        services.seals[code] = {"code": code, "state": "valid" if trouble == "strange" else "revoked"}
        with time_machine.travel(later, tick=False):
            answer = ask(code, later)
        problem = {"away": "registry_away", "forged": "bad_signature", "strange": "bad_answer"}[trouble]
        assert (answer.state, answer.fetched_at, answer.tried_at, answer.problem) == (
            "active",
            AT,
            later,
            problem,
        )


def test_no_answer_is_never_valid(w, services):
    code = seal_of_store(w.stores[0].id).code
    services.status = 500
    answer = ask(code)
    assert (answer.state, answer.fetched_at, answer.problem) == (None, None, "registry_away")
    services.status = None
    with time_machine.travel(AT + HOUR, tick=False):
        assert ask(code, AT + HOUR).state == "unknown"


def test_an_old_signature_is_not_believed(w, services, monkeypatch):
    code = seal_of_store(w.stores[0].id).code
    services.seals[code] = {"code": code, "state": "active"}
    monkeypatch.setattr(
        "tests.fakes.registry.sign", lambda key, body, at: sign(key, body, at - timedelta(seconds=301))
    )
    assert ask(code).problem == "bad_signature"


def test_the_registry_is_asked_once_a_day(w, services):
    with unit_of_work():
        assert ask_registry_again(AT) == 6  # a seal and a licence each of three stores
    run_due(AT)
    with unit_of_work():
        assert ask_registry_again(AT + HOUR) == 0
        assert ask_registry_again(AT + 24 * HOUR) == 6


def test_a_licence_is_asked_about_in_its_own_book(w, services, app: Flask):
    licence = db.session.scalars(select(UnionLicence).where(UnionLicence.store_id == w.stores[0].id)).one()
    number, licence_id = licence.number, licence.id
    services.licences[number] = {"code": number, "state": "revoked"}
    officer = Client(app)
    officer.sign_in(an_official(Role.seal_officer))
    page = officer.post(f"/office/licences/{licence_id}/question", {})
    assert "لغوشده" in page.text and "با دفتر ما نمی‌خواند" in page.text
    assert registry_answer(number) is None and registry_answer(LICENCE + number).state == "revoked"
    services.status = 503
    with time_machine.travel(AT + 2 * HOUR, tick=False):
        assert ask(LICENCE + number, AT + 2 * HOUR).problem == "registry_away"
        page = officer.get(f"/office/licences/{licence_id}")
    assert "لغوشده" in page.text and "دفتر بیرونی در دسترس نبود" in page.text


# --- the inquiry service


@pytest.fixture
def asked(w, services):
    """A store whose owner's inquiry was sent to the service."""
    store, owner = a_bare_store(province=w.provinces[0]), a_person(given_name="نگار", surname="کاظمی")
    a_member(store, owner)
    a_holder(store, national_id="0084575948")
    with unit_of_work():
        ask_for_clearance(store.id, owner.id, Actor(owner.id, "store", "x"), AT)
    run_due(AT)
    return store


def clearance(store):
    db.session.rollback()
    return clearance_of_store(store.id)


def call(app: Flask, body: dict, *, key: str = KEY, at=AT, expect: int = 200) -> None:
    content = orjson.dumps(body)
    client = Client(app)
    response = client.browser.post(
        "/webhooks/clearance", data=content, headers={"Inquiry-Signature": sign(key, content, at)}
    )
    assert response.status_code == expect, response.data
    db.session.rollback()


def test_the_service_is_told_the_least_and_calls_back(app, w, services, asked):
    assert [set(i) for i in services.inquiries] == [
        {"reference", "name", "national_id", "mobile", "callback"}
    ]
    told = services.inquiries[0]
    assert (told["name"], told["national_id"]) == ("نگار کاظمی", "0084575948")
    assert clearance(asked).state is ClearanceState.asked
    body = {"id": "e-1", "reference": told["reference"], "outcome": "clear"}
    for _ in range(3):
        call(app, body)
    run_due(AT)
    assert clearance(asked).state is ClearanceState.clear and clearance(asked).officer_id is None
    assert db.session.scalar(select(func.count()).select_from(ClearanceCallback)) == 1


def test_what_is_not_signed_changes_nothing(app, w, services, asked):
    body = {"id": "e-1", "reference": services.inquiries[0]["reference"], "outcome": "clear"}
    with nothing_written():
        call(app, body, key="another", expect=400)
        call(app, body, at=AT - timedelta(seconds=301), expect=400)
        call(app, {**body, "outcome": "approved"}, expect=400)


def test_an_answer_that_fits_nothing_is_reported(app, w, services, asked):
    reference = services.inquiries[0]["reference"]
    call(app, {"id": "e-1", "reference": "Q-unknown", "outcome": "clear"})
    call(app, {"id": "e-2", "reference": reference, "outcome": "adverse", "category": "record"})
    call(app, {"id": "e-3", "reference": reference, "outcome": "clear"})
    for _ in range(3):
        run_due(AT)
    assert clearance(asked).state is ClearanceState.adverse, "a second answer does not undo the first"
    rows = db.session.execute(
        select(ClearanceCallback.event_id, ClearanceCallback.state, ClearanceCallback.problem)
    )
    assert sorted(tuple(row) for row in rows) == [
        ("e-1", "reported", "unknown_reference"),
        ("e-2", "applied", None),
        ("e-3", "reported", "not_waiting"),
    ]


def test_a_service_that_is_away_is_asked_again(w, services):
    services.status = 503
    store, owner = a_bare_store(province=w.provinces[0]), a_person()
    with unit_of_work():
        ask_for_clearance(store.id, owner.id, Actor(owner.id, "store", "x"), AT)
    run_due(AT)
    assert clearance(store).state is ClearanceState.queued
    services.status = None
    with time_machine.travel(AT + HOUR, tick=False):
        run_due(AT + HOUR)
    assert clearance(store).state is ClearanceState.asked
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "send-inquiry")) == 1


# --- TXT records


class Resolver:
    """Answers one question after the other over UDP with what `answers` makes of it."""

    def __init__(self, answer) -> None:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._line.getsockname()[1]}"
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            asked, who = self._line.recvfrom(512)
            if asked == b"end":
                return
            self._line.sendto(self._answer(asked), who)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(b"end", self._line.getsockname())
        self._thread.join(5)
        self._line.close()


def records(*texts: list[bytes], code: int = 0, number: int = 0):
    """A resolver's answer with TXT records, each of several strings."""

    def answer(asked: bytes) -> bytes:
        told = (struct.unpack(">H", asked[:2])[0] + number) % 65536
        said = struct.pack(">HHHHHH", told, 0x8180 | code, 1, len(texts), 0, 0) + asked[12:]
        for strings in texts:
            data = b"".join(bytes((len(part),)) + part for part in strings)
            said += b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data
        return said

    return answer


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (records([b"bazargah-seal=", b"abc"], [b"v=spf1 -all"]), ["bazargah-seal=abc", "v=spf1 -all"]),
        (records(), []),
        (records(code=3), []),
    ],
    ids=["two", "none", "no name"],
)
def test_txt_records_are_read(ctx, answer, found):
    resolver = Resolver(answer)
    assert txt_records("_bazargah.shop.example", resolver.address) == found
    resolver.close()


@pytest.mark.parametrize(
    "answer",
    [
        records([b"x"], number=1),
        records(code=2),
        lambda asked: b"",
        lambda asked: asked[:20],
        lambda asked: b"\xff" * 60,
    ],
    ids=["another question", "failed", "empty", "cut", "noise"],
)
def test_a_strange_answer_is_no_record(ctx, answer):
    resolver = Resolver(answer)
    with pytest.raises(DnsFailed):
        txt_records("_bazargah.shop.example", resolver.address)
    resolver.close()


# --- registry files


@pytest.fixture
def officer(w) -> Actor:
    return Actor(an_official(Role.seal_officer).id, "seal_officer", "x")


def a_file(*rows: str, head: str = "store,code,domain,stars,state,valid_from,valid_until") -> bytes:
    return "\n".join((head, *rows)).encode()


def upload(content: bytes, officer: Actor, kind=UploadKind.seal) -> int:
    rows = read_upload(kind, content, "registry.csv")
    with unit_of_work():
        return keep_upload(kind, content, "registry.csv", rows, officer, AT).id


def write(upload_id: int, officer: Actor, **options):
    with unit_of_work():
        return write_import(upload_id, UploadKind.seal, officer, AT, **options).counts


def test_a_file_is_written_once_and_again_changes_nothing(w, officer):
    bare = a_bare_store(province=w.provinces[0], slug="negar")
    artin = seal_of_store(w.stores[0].id)
    content = a_file(
        "negar,87654321,negar.example,۳,فعال,1405/01/01,1407/01/01",
        f"artin,{artin.code},artin.example,4,suspended,1404/01/01,1406/01/01",
    )
    first = upload(content, officer)
    assert upload(content, officer) == first, "the same file that waits is the same upload"
    assert write(first, officer) == {"new": 1, "change": 1, "same": 0, "error": 0}
    db.session.rollback()
    assert (seal_of_store(bare.id).state, seal_of_store(bare.id).stars) == ("active", 3)
    assert seal_of_store(w.stores[0].id).state is SealState.suspended
    with nothing_written(), pytest.raises(Conflict):
        write(first, officer)
    lines = db.session.scalar(select(func.count()).select_from(SealHistory))
    again = upload(content, officer)
    assert again != first
    assert write(again, officer) == {"new": 0, "change": 0, "same": 2, "error": 0}
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SealHistory)) == lines


def test_wrong_rows_stop_the_whole_unless_left_out(w, officer):
    a_bare_store(province=w.provinces[0], slug="negar")
    content = a_file(
        "negar,87654321,negar.example,3,active,1405/01/01,1407/01/01",
        "nobody,11112222,nobody.example,3,active,1405/01/01,1407/01/01",
        "nik,=1+1,nik.example,9,revoked,soon,1407/01/01",
    )
    number = upload(content, officer)
    with nothing_written(), pytest.raises(Invalid):
        write(number, officer)
    assert write(number, officer, is_partial=True) == {"new": 1, "change": 0, "same": 0, "error": 2}


def test_a_file_cannot_take_an_unlawful_step(w, officer):
    code = seal_of_store(w.stores[0].id).code
    content = a_file(f"artin,{code},artin.example,4,revoked,1404/01/01,1406/01/01")
    with unit_of_work():
        rows = read_upload(UploadKind.seal, content, "x.csv")
        kept = keep_upload(UploadKind.seal, content, "x.csv", rows, officer, AT)
        assert plan_import(kept, officer.id).rows[0].errors == {"state": "unlawful_step"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", a_file(), a_file("x", head="store,code"), b"%PDF-1.4", a_file(*["a,b"] * 5001)],
    ids=["empty", "binary", "no rows", "no columns", "a document", "too many"],
)
def test_bad_files_are_refused_before_anything_is_kept(w, content):
    with nothing_written(), pytest.raises((Invalid, Exception)) as told:
        read_upload(UploadKind.seal, content, "x.csv")
    assert 400 <= told.value.status < 500


# --- stores that belong together


def test_linked_stores_are_found_in_two_statements(w):
    first = w.stores[0]
    same = [
        a_bare_store(province=w.provinces[0], phone="+98 " + first.phone[1:], address="کوچه سرو پلاک ۳۳"),
        a_bare_store(province=w.provinces[0], city_fa=first.city_fa, address="خيابان ولي‌عصر - پلاك ١٢"),
        a_bare_store(province=w.provinces[1], city_fa="ری", address="کوچه نارون پلاک ۹"),
        a_bare_store(province=w.provinces[1], city_fa="قم", address="کوچه انار پلاک ۸۱"),
    ]
    for store, address in zip(
        w.stores, ("خیابان ولی‌عصر، پلاک ۱۲", "بازار وکیل حجره ۷", "میدان نقش جهان ۱۱"), strict=True
    ):
        change(store, address=address)
    a_holder(first, national_id="0084575948", sheba="IR1")
    a_holder(same[2], national_id="0084575948", sheba="IR1")
    counter: list[str] = []
    db.session.rollback()
    stop = count_queries(counter)
    found = links_of([first.id, same[3].id])
    stop()
    assert {link.store_id: link.shared for link in found[first.id]} == {
        same[2].id: ("national_id", "sheba"),
        same[0].id: ("phone",),
        same[1].id: ("address",),
    }
    assert found[first.id][0].store_id == same[2].id, "the most shared first"
    assert same[3].id not in found
    assert len([s for s in counter if s.lstrip().upper().startswith("SELECT")]) == 2
