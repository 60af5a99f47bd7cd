"""The public book as the public reads it: page, files, call, in both languages; what each figure is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from contextvars import Context
from datetime import timedelta

import pytest

from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.guarantee.book import measure_exposure, write_book
from marketplace.ledger.chart import BANK, GUARANTEE_FUND
from marketplace.ledger.transfers import hold_transfer, post_transfer
from tests.factories.buying import broken_invariants, paid
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def book(ctx, app, at):
    """A book of three days: a gift, two settled orders, something reserved; one order is open."""
    w, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    with unit_of_work():
        post_transfer(
            key="gift:1",
            debit=BANK,
            credit=GUARANTEE_FUND,
            amount_toman=20_000_000,
            code="fund_gift",
            subject="gift:1",
            at=at - timedelta(days=2),
        )
        hold_transfer(
            key="claim:1",
            debit=GUARANTEE_FUND,
            credit=BANK,
            amount_toman=5_000_000,
            code="claim",
            subject="claim:K318",
            at=at - timedelta(days=1),
        )
    settled(gateway, w.shopper, (w.bowl, 2), at=at)
    paid(gateway, w.shopper, (w.bowl, 3), at=at)
    write_book(at)
    measure_exposure(at)
    return w


def test_an_empty_book_says_what_comes(ctx, client, at):
    page = client.get("/fund")
    assert "هنوز چیزی در دفتر نیست" in page.text
    assert client.get("/en/fund").h1 == "The guarantee fund's book"


def test_the_page_tells_the_book(book, client, at):
    page = client.get("/fund")
    for words in (
        "۱۵٬۰۰۲٬۵۰۰",
        "توان پرداخت ۸۵۷٫۲ برابر درخواست‌های چشم‌داشتنی",
        "آورده ۱ سفارش تسویه‌شده",
        "۵٬۶۰۰٬۰۰۰",
        "۴٬۲۰۰٬۰۰۰",
        "۳٬۳۶۰٬۰۰۰",
        "۶۶۰٬۰۰۱",
    ):
        assert words in page.text, words
    only = client.get("/fund?kind=reserved")
    assert "نگه‌داشت برای پرونده K318" in only.text
    assert "آورده ۱ سفارش تسویه‌شده" not in only.text
    assert client.get("/fund?kind=none&before=x").status == 200
    assert "Put aside for claim K318" in client.get("/en/fund").text


def test_the_files_prove_the_book(book, client, at):
    """Whoever has the file alone can recompute every seal."""
    rows = list(csv.reader(io.StringIO(client.get("/fund/lines.csv").body.decode("utf-8-sig"))))
    before = "0" * 64
    for row in rows[1:]:
        facts = [before, int(row[0]), row[1], row[2], row[3], *map(int, row[4:9])]
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(text.encode()).hexdigest()
        assert before == row[9]
    assert before[:16] in client.get("/fund").text
    days = list(csv.DictReader(io.StringIO(client.get("/fund/days.csv").body.decode("utf-8-sig"))))
    assert [day["free_toman"] for day in days] == ["20000000", "15000000", "15002500"]
    assert days[-1]["expected_toman"] == "17500"


def test_programs_read_the_same(book, client, at):
    answer = client.api("GET", "/fund")
    fund = answer.json
    assert (fund["free_toman"], fund["reserved_toman"]) == (15_002_500, 5_000_000)
    assert fund["totals"]["contributed_toman"] == 2_500
    assert fund["expected"]["expected_toman"] == 17_500
    assert [day["balance_toman"] for day in fund["days"]][-1] == 20_002_500
    assert len(fund["digest"]) == 64
    assert [name for name in broken_invariants() if name.startswith("fund_")] == []


def test_the_number_of_questions_does_not_grow(book, app, client, at):
    """More lines, days and claims ask the database nothing more."""

    def questions() -> int:
        statements: list[str] = []
        stop = count_queries(statements)
        Context().run(client.get, "/fund")
        stop()
        return len(statements)

    questions()
    before = questions()
    with unit_of_work():
        for n in range(30):
            post_transfer(
                key=f"more:{n}",
                debit=BANK,
                credit=GUARANTEE_FUND,
                amount_toman=1_000,
                code="fund_gift",
                subject=f"gift:{n}",
                at=at + timedelta(days=n),
            )
    write_book(at + timedelta(days=40))
    assert questions() <= before
