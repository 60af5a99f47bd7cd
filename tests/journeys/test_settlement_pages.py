"""Money pages as people use them: the owner's account and statements, the office's signatures and the bank's file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from marketplace.accounts.models import Role
from marketplace.orders.statements import write_statements
from marketplace.payments.gateways.port import GatewayCapture
from marketplace.stores.models import MemberRole
from tests.factories import AT, World, a_member, a_person, a_token, an_official
from tests.factories.buying import broken_invariants
from tests.factories.settling import SHEBAS, newest_batch, payouts_in, proposed, settled, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

PAGE = "/panel/settlement"
DESK = "/office/payouts"


@pytest.fixture
def w(ctx, at, app) -> World:
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    made = the_world()
    settled(gateway, made.shopper, (made.tea, 1), (made.bowl, 2))
    return made


@pytest.fixture
def owner(w, client: Client) -> Client:
    client.sign_in(w.owners[2])
    return client


def rows_of(page: Page) -> str:
    return " ".join(page.text.split())


def test_an_owner_reads_the_account_and_enters_a_sheba(w, owner):
    page = owner.get(PAGE)
    assert "۴۹۷٬۵۰۰" in page.text
    refused = owner.submit(page.form("/account"), sheba="IR12", owner_name="", expect=422)
    assert len(refused.all(class_="field__error")) == 2
    done = owner.submit(refused.form("/account"), sheba=SHEBAS[1], owner_name="علی محمدی")
    assert f"{SHEBAS[1][:4]} •••• {SHEBAS[1][-4:]}" in done.text
    assert SHEBAS[1] not in done.source, "the number is shown to nobody whole"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_statement_is_a_page_and_three_files_that_agree(w, owner, prefix):
    write_statements(AT)
    page = owner.get(f"{prefix}{PAGE}/1")
    net = "497,500" if prefix else "۴۹۷٬۵۰۰"
    assert net in page.text
    body = owner.get(f"{prefix}{PAGE}/1.csv").body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[1][4] == "500000"
    assert rows[1][-1] == rows[-1][-1] == "497500"
    assert owner.get(f"{prefix}{PAGE}/1.xlsx").body[:2] == b"PK"
    assert owner.get(f"{prefix}{PAGE}/1.pdf").body.startswith(b"%PDF")
    owner.get(f"{prefix}{PAGE}/2", expect=404)


def test_others_see_nothing_of_it(w, app, at):
    write_statements(AT)
    staff = a_person()
    a_member(w.stores[2], staff, role=MemberRole.staff)
    clerk = Client(app)
    clerk.sign_in(staff)
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/1.csv", f"{PAGE}/1.xlsx", f"{PAGE}/1.pdf"):
        clerk.get(path, expect=403)
    other = Client(app)
    other.sign_in(w.owners[0])
    other.get(f"{PAGE}/1", expect=404)
    shopper = Client(app)
    shopper.sign_in(w.shopper)
    shopper.get(PAGE, expect=404)


def test_two_officials_pay_out_and_read_the_banks_answer(w, app, at):
    with_accounts(w.stores[1], w.stores[2])
    one, two = Client(app), Client(app)
    one.sign_in(w.office)
    two.sign_in(an_official(Role.office))
    desk = one.submit(one.get(DESK).form(DESK))
    batch = newest_batch()
    here = f"{DESK}/{batch.id}"
    assert here in desk.links()
    signed = one.submit(one.get(here).form("/signature"))
    assert not [f for f in signed.forms if f.action.endswith("/signature")], "nobody signs twice"
    one.post(f"{here}/signature", {"digest": batch.digest}, expect=409)
    one.get(f"{here}/file.csv", expect=404)
    two.submit(two.get(here).form("/signature"))
    two.submit(two.get(here).form("/sending"))
    rows = list(csv.DictReader(io.StringIO(two.get(f"{here}/file.csv").body.decode())))
    assert {row["amount_rial"] for row in rows} >= {"4975000"}
    assert b"pain.001" in two.get(f"{here}/file.xml").body
    wrong = _upload(two, here, b"a,b\r\n1,2\r\n", expect=422)
    assert wrong.all(class_="field__error")
    tea, bowl = payouts_in(batch.id)
    answer = (
        "reference,status,bank_reference,reason\r\n"
        f"{tea.reference},accepted,B1,\r\n{bowl.reference},rejected,,حساب بسته است\r\n"
    )
    done = _upload(two, here, answer.encode())
    assert "حساب بسته است" in done.text
    desk = two.get(DESK)
    two.submit(desk.form("/clearing"))
    owner = Client(app)
    owner.sign_in(w.owners[2])
    assert "حساب بسته است" in owner.get(PAGE).text
    assert broken_invariants() == {}


def test_a_batch_can_be_given_up(w, app, at):
    with_accounts(w.stores[2])
    batch = proposed()
    clerk = Client(app)
    clerk.sign_in(w.office)
    page = clerk.submit(clerk.get(f"{DESK}/{batch.id}").form("/drop"), reason="مبلغ نادرست")
    assert not page.all(tag="form", action=f"{DESK}/{batch.id}/sending")
    clerk.get(f"{DESK}/999", expect=404)
    assert broken_invariants() == {}


def test_the_auditor_looks_and_does_nothing(w, app, at):
    with_accounts(w.stores[2])
    batch = proposed()
    auditor = Client(app)
    auditor.sign_in(an_official(Role.auditor))
    page = auditor.get(f"{DESK}/{batch.id}")
    auditor.post(f"{DESK}/{batch.id}/signature", {"digest": batch.digest}, expect=403)
    auditor.post(DESK, expect=403)
    assert page.status == 200


def _upload(client: Client, here: str, body: bytes, expect: int | None = None) -> Page:
    form = client.get(here).form("/answers")
    return client.submit(form, answers=(io.BytesIO(body), "answer.csv"), expect=expect)


def test_the_reconciliation_desk_compares_and_closes(w, app, at):
    gateway = app.extensions["bazargah_gateway"]
    gateway.captures.append(
        GatewayCapture("ch_x", "pi_x", 7_000, True, "order:77", 0, AT - timedelta(hours=1))
    )
    clerk = Client(app)
    clerk.sign_in(w.office)
    desk = "/office/reconciliation"
    page = clerk.submit(clerk.get(desk).form(desk))
    assert "pi_x" in page.text
    form = page.form("/closing")
    refused = clerk.submit(form, note=" ", expect=422)
    assert refused.all(class_="field__error")
    done = clerk.submit(refused.form("/closing"), note="از درگاه بازگردانده شد")
    assert "از درگاه بازگردانده شد" in done.text
    clerk.get(f"/en{desk}")


def test_a_program_of_the_owner_reads_the_same_figures(w, app, at):
    write_statements(AT)
    client = Client(app)
    told = client.api("GET", "/store/settlement", a_token(w.owners[2], "store:settlement"))
    assert (told.status, told["due_toman"], told["payable_toman"]) == (200, 497_500, 497_500)
    [statement] = told["items"]
    assert (statement["fund_toman"], statement["closing_toman"], statement["net_toman"]) == (
        2_500,
        497_500,
        497_500,
    )
    staff = a_person()
    a_member(w.stores[2], staff, role=MemberRole.staff)
    client.api("GET", "/store/settlement", a_token(staff, "store:settlement"), expect=403)
    client.api("GET", "/store/settlement", a_token(w.shopper, "store:settlement"), expect=404)
