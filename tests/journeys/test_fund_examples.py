"""The worked examples of the fund, with the numbers where people read them: before the form, in the claim, in the
letter, in the recourse of the store, and in the public book."""

from __future__ import annotations

import re
import subprocess

import pytest
from sqlalchemy import update

from marketplace.core.db import db
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.book import write_book
from marketplace.guarantee.month_end import share_waiting
from marketplace.guarantee.months import begins_at
from marketplace.guarantee.paying import pay_reserved
from tests import needs
from tests.factories.buying import broken_invariants, later, run_jobs
from tests.factories.claiming import adjudicators, complete, decided, filed, fill_fund, unanswered_complaint
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.html import text_of
from tests.pages import Client, Page
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def w(ctx, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    adjudicators(4, at)
    made = the_world()
    return made, gateway


def reader(app, person, at) -> Client:
    """Somebody who is signed in at a moment."""
    made = Client(app)
    made.sign_in(person)
    return made


def figures(page: Page) -> list[tuple[str, int]]:
    """Each sum of money of a page with the words before it, as they stand one after another."""
    found = []
    for row in page.all("div"):
        label, told = row.find("dt"), row.find("dd")
        if label is not None and told is not None and (sum_ := toman(text_of(told))) is not None:
            found.append((text_of(label), sum_))
    return found


def toman(words: str) -> int | None:
    """A number as it is printed."""
    printed = re.search(r"[0-9][0-9٬,]*", ascii_digits(words))
    return int(re.sub("[٬,]", "", printed[0])) if printed else None


def sums(page: Page) -> list[int]:
    return [one for _, one in figures(page)]


def is_told(page: Page, *numbers: int) -> bool:
    """Whether these sums stand on a page in this order, others between them or not."""
    told = iter(sums(page))
    return all(number in told for number in numbers)


def priced(offer, toman_: int) -> None:
    with unit_of_work():
        db.session.execute(
            update(Offer)
            .where(Offer.id == offer.id)
            .values(festival_toman=toman_, reference_toman=toman_, regular_toman=toman_)
        )


def read_pdf(body: bytes) -> str:
    """The words of a PDF, if the tool is there."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True)
    return ascii_digits(done.stdout.decode()).replace("٬", ",")


def test_eight_and_six_million_as_they_are_printed(app, w, at):
    world, gateway = w
    priced(world.carpet, 4_000_000)
    priced(world.bowl, 3_000_000)
    fill_fund(50_000_000, at)
    write_book(at)
    public = Client(app).get("/fund")
    assert is_told(
        public,
        *(8_000_000, 5_600_000, 5_000_000, 5_000_000),
        *(6_000_000, 4_200_000, 5_000_000, 5_000_000, 4_200_000),
    )
    cases = (
        (world.carpet, (8_000_000, 8_000_000, 5_600_000, 5_000_000, 10_000_000), 0, 5_000_000),
        (world.bowl, (6_000_000, 6_000_000, 4_200_000, 5_000_000, 10_000_000), 5_000_000, 4_200_000),
    )
    shopper = reader(app, world.shopper, at)
    for offer, steps, used, granted in cases:
        case, now = unanswered_complaint(gateway, world.shopper, (offer, 2), at=at)
        last = (*steps, used, granted) if used else (*steps, granted)
        with later(now):
            assert is_told(shopper.get(f"/complaints/{case}/claim"), *last), (
                "what may be hoped for, before the form"
            )
        name = filed(case, world.shopper, now)
        moment = complete(name, now)
        with later(moment):
            decided(name, moment)
            page = shopper.get(f"/claims/{name}")
            assert is_told(page, *last), "the arithmetic of the decision"
            assert is_told(page, steps[0], granted, granted, 0), "lost, approved, reserved, and not yet paid"
            letter = shopper.get(f"/claims/{name}/letter")
            assert sums(letter)[-len(last) :] == list(last)
            assert "رأی" in letter.h1
            pdf = shopper.get(f"/en/claims/{name}/letter.pdf").body
            assert pdf.startswith(b"%PDF")
            if needs.have("pdftotext"):
                words = read_pdf(pdf)
                assert all(f"{step:,}" in words for step in (*steps, granted)), words
            assert pay_reserved(moment) == 1
            run_jobs(moment)
            assert is_told(shopper.get(f"/claims/{name}"), steps[0], granted, granted, granted)
    store = reader(app, world.owners[2], at)
    with later(moment):
        assert is_told(store.get(f"/panel/claims/{name}"), 4_200_000, 0, 0, 4_200_000), "what the store owes"
        write_book(moment)
        book = Client(app).get("/fund")
        assert "۹٬۲۰۰٬۰۰۰" in book.text, "both together, as the fund paid them"
    assert broken_invariants() == {}


def test_the_pro_rata_month_as_it_is_printed(app, w, at):
    """10,000,000 are free; 5,000,000, 4,200,000 and 3,300,001 are wanted."""
    world, gateway = w
    priced(world.carpet, 4_000_000)
    priced(world.bowl, 3_000_000)
    wanted = (5_000_000, 4_200_000, 3_300_001)
    given, carried = (4_000_000, 3_360_000, 2_640_000), (1_000_000, 840_000, 660_001)
    sold = (
        (world.shopper, world.carpet, 8_000_000),
        (world.shopper, world.bowl, 6_000_000),
        (world.shopper2, world.bowl, 4_714_288),
    )
    names, moment = [], at
    for person, offer, _ in sold:
        case, now = unanswered_complaint(gateway, person, (offer, 2), at=at)
        names.append(filed(case, person, now))
        moment = complete(names[-1], now)
    for name, (_, _, loss) in zip(names, sold, strict=True):
        decided(name, moment, loss=loss)
    fill_fund(10_000_000, moment)
    write_book(moment)
    readers = [reader(app, person, at) for person, _, _ in sold]
    with later(moment):
        for own, name, toman_ in zip(readers, names, wanted, strict=True):
            page = own.get(f"/claims/{name}")
            assert is_told(page, toman_, 0, toman_), "approved, nothing reserved, all of it waits"
            assert "پایان ماه" in page.text
        book = Client(app).get("/fund")
        assert "موجودی صندوق این ماه به همه نمی‌رسد" in book.text
        assert set(zip(wanted, given, carried, strict=True)) <= set(cells(book)), (
            "the example of the page itself"
        )
    month = begins_at("1405-02")
    assert share_waiting(month) == 3
    assert pay_reserved(month) == 3
    run_jobs(month)
    write_book(month)
    with later(month):
        for (person, _, _), name, had, rest in zip(sold, names, given, carried, strict=True):
            page = Client(app)
            page.sign_in(person)
            assert is_told(page.get(f"/claims/{name}"), had + rest, had, rest, had), (
                "approved, reserved, waits, paid"
            )
        book = Client(app).get("/fund")
        assert (3, 12_500_001, 10_000_000, 10_000_000, 2_500_001) in cells(book), (
            "the month in the public book"
        )
    assert broken_invariants() == {}


def cells(page: Page) -> list[tuple[int, ...]]:
    """The numbers of each row of each table, without the words between them."""
    rows = []
    for row in page.all("tr"):
        told = [text_of(cell) for cell in row.findall("td")]
        numbers = [toman(words) for words in told if re.fullmatch(r"[+−-]?[0-9٬,]+", ascii_digits(words))]
        rows.append(tuple(one for one in numbers if one is not None))
    return [row for row in rows if row]
