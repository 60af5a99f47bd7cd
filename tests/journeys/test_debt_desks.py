"""The office's desks of debts and of the insurer, page by page; the auditor reads them and the case's file."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.guarantee.claim_clocks import pay_claims
from marketplace.guarantee.clawback_models import Clawback
from marketplace.guarantee.insurer import reserve_for_insured
from tests.factories import AT, a_policy_row, an_official
from tests.factories.buying import balances, broken_invariants, run_jobs
from tests.factories.claiming import adjudicators, approved, charged_back
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


def browser(app, person) -> Client:
    made = Client(app)
    made.sign_in(person)
    return made


def test_from_the_insurers_money_to_a_debt_that_is_given_up_and_found(app, ctx, at):
    w, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    a_policy_row("fund_payer_is_insurer", 1, at=AT - timedelta(days=1))
    office, second = (browser(app, an_official(Role.office)) for _ in range(2))
    auditor = browser(app, an_official(Role.auditor))
    adjudicators(1)
    assert "بدهی‌ای باز نیست" in office.get("/office/clawbacks").text
    name, moment = approved(gateway, w.shopper, (w.bowl, 1))
    page = office.get("/office/insurer")
    assert "175٬000" in page.text.replace(",", "٬") or "۱۷۵٬۰۰۰" in page.text
    form = page.form("/insurer/payments")
    with nothing_written():
        wrong = {"insurer": "", "amount_toman": "۱۰۰ ریال", "bank_reference": ""}
        office.submit(form, **wrong, expect=422)
    office.submit(form, insurer="بیمه بهار", amount_toman="۱۷۵٬۰۰۰", bank_reference="N-1")
    second.submit(second.get("/office/approvals").form("/agreement"))
    office.submit(form, insurer="بیمه بهار", amount_toman="1", bank_reference="N-1", expect=409)
    assert reserve_for_insured(moment) == 1
    assert pay_claims(moment) == 1
    run_jobs(moment)
    body = auditor.get(f"/office/claims/{name}/file.zip").body
    with ZipFile(BytesIO(body)) as archive:
        assert "case.json" in archive.namelist()
    charged_back(name, 75_000, moment)
    debt = db.session.scalars(select(Clawback.id)).one()
    db.session.rollback()
    page = office.get("/office/clawbacks")
    book, drop = page.form(f"/clawbacks/{debt}/payments"), page.form(f"/clawbacks/{debt}/write-off")
    with nothing_written():
        office.submit(book, amount_toman="۱۰۰ ریال", bank_reference="", expect=422)
        office.submit(book, amount_toman="52501", bank_reference="B-1", expect=409)
        office.submit(drop, amount_toman="22500", reason="", expect=422)
    office.submit(book, amount_toman="۳۰٬۰۰۰", bank_reference="B-1")
    office.submit(book, amount_toman="1", bank_reference="B-1", expect=409)
    office.submit(drop, amount_toman="22500", reason="پاسخی نمی‌دهد")
    second.submit(second.get("/office/approvals").form("/agreement"))
    page = office.get("/en/office/clawbacks")
    assert "Given up" in page.text
    office.submit(page.form(f"/clawbacks/{debt}/payments"), amount_toman="22500", bank_reference="B-2")
    assert "بدهی‌ای باز نیست" in office.get("/office/clawbacks").text
    for path in ("/office/clawbacks", "/office/insurer", "/office/recourse"):
        shown = auditor.get(path)
        assert not [one for one in shown.forms if one.action.startswith("/office")], path
    auditor.post("/office/insurer/payments", {"insurer": "x"}, expect=403)
    assert balances()["insurer"] == 52_500
    assert broken_invariants() == {}
