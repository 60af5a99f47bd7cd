"""The desk of a claim: two who choose without seeing each other, what both sides bring, who may read the letter."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.guarantee.claim_models import ClaimState
from tests.factories import an_official
from tests.factories.buying import broken_invariants, later
from tests.factories.claiming import (
    adjudicators,
    approved,
    claim,
    complete,
    filed,
    fill_fund,
    sitting,
    unanswered_complaint,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
STALE = "پرونده از زمان باز شدن صفحه تغییر کرد"
REASONS = "مدرکی از رسیدن کالا در پرونده نیست."
APPROVE = {"outcome": "approve", "ground": "not_delivered", "text": REASONS}
REJECT = {"outcome": "reject", "ground": "delivered", "text": "رسید امضاشده در پرونده است."}


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway):
    return the_world()


def browser(app, person) -> Client:
    made = Client(app)
    made.sign_in(person)
    return made


def desk_of(app, who) -> Client:
    """The desk of one who sits at a claim."""
    person = db.session.get_one(Person, who.id)
    db.session.rollback()
    return browser(app, person)


def picture() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(made, "PNG")
    made.seek(0)
    return made


def words_of(page: Page, part: str) -> str:
    """What one card of a page says."""
    return " ".join("".join(page.one("section", aria_labelledby=part).itertext()).split())


def test_the_second_does_not_see_what_the_first_chose_and_the_third_sees_both(app, w, gateway, at):
    adjudicators(4, at)
    fill_fund(50_000_000, at)
    approved(gateway, w.shopper2, (w.bowl, 1), at=at)
    case, now = unanswered_complaint(gateway, w.shopper, (w.carpet, 2), at=at)
    name = filed(case, w.shopper, now)
    moment = complete(name, now)
    here = f"/office/claims/{name}"
    chosen = ("پذیرفتن", "رد کردن")
    with later(moment):
        one, two = (desk_of(app, who) for who in sitting(name))
        page = one.get(here)
        assert "۱۷۵٬۰۰۰" in words_of(page, "similar"), (
            "an earlier decision of this kind stands beside the case"
        )
        page = one.submit(page.form(f"{name}/choice"), **REJECT)
        assert chosen[1] in words_of(page, "seats"), "one sees the own choice"
        office, auditor = browser(app, w.office), browser(app, an_official(Role.auditor))
        for reader in (two, office, auditor):
            seen = reader.get(here)
            assert not any(word in words_of(seen, "seats") for word in chosen)
            assert REJECT["text"] not in seen.text
        two.submit(two.get(here).form(f"{name}/choice"), loss_toman="3000000", **APPROVE)
        [third] = sitting(name)
        for reader in (desk_of(app, third), auditor):
            assert all(word in words_of(reader.get(here), "seats") for word in chosen)
        assert "۳٬۰۰۰٬۰۰۰" in words_of(desk_of(app, third).get(here), "seats")
        judge = desk_of(app, third)
        stale = judge.get(here).form(f"{name}/choice")
        with nothing_written():
            assert STALE in judge.submit(stale, expect=409, **{**APPROVE, "version": "1"}).text
        judge.submit(judge.get(here).form(f"{name}/choice"), loss_toman="3000000", **APPROVE)
        assert claim(name).approved_toman == 2_100_000
        auditor.post(f"{here}/choice", {**APPROVE, "version": "1"}, expect=403)
    assert broken_invariants() == {}


def test_the_letter_is_for_both_sides_and_for_who_decides_or_watches(app, w, gateway, at):
    [judge] = adjudicators(1, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    may = (w.shopper, w.owners[2], w.office, judge, an_official(Role.auditor))
    may_not = (
        w.shopper2,
        w.owners[0],
        an_official(Role.seal_officer),
        an_official(Role.clearance_officer),
        an_official(Role.health_inspector),
    )
    with later(moment):
        for paper in ("letter", "letter.pdf"):
            for person in may:
                assert browser(app, person).get(f"/claims/{name}/{paper}").status == 200
            for person in may_not:
                browser(app, person).get(f"/claims/{name}/{paper}", expect=404)
            assert Client(app).get(f"/claims/{name}/{paper}").path.startswith("/sign-in")


def test_both_sides_bring_files_that_nobody_else_can_open(app, w, gateway, at):
    [judge] = adjudicators(1, at)
    case, now = unanswered_complaint(gateway, w.shopper, (w.bowl, 1), at=at)
    name = filed(case, w.shopper, now)
    shopper, store = browser(app, w.shopper), browser(app, w.owners[2])
    with later(now):
        form = shopper.get(f"/claims/{name}").form(f"{name}/messages")
        for content, called in ((b"MZ" + bytes(200), "proof.png"), (b"<svg onload='x()'/>", "a.svg")):
            with nothing_written():
                shopper.submit(form, text="عکس بسته", files=(io.BytesIO(content), called), expect=422)
        page = shopper.submit(form, text="عکس بسته", files=(picture(), "shopper.png"))
        assert "shopper.png" in page.text
        form = store.get(f"/panel/claims/{name}").form(f"{name}/answer")
        page = store.submit(form, text="رسید پست پیوست است.", files=(picture(), "store.png"))
        files = sorted({link for link in page.links() if "/files/" in link})
        assert len(files) == 2
        with nothing_written():
            store.post(f"/panel/claims/{name}/answer", {"text": "رسید پست پیوست است."}, expect=409)
        for address in files:
            for reader in (w.shopper, w.owners[2], judge):
                assert browser(app, reader).get(address).status == 200
            for reader in (w.shopper2, w.owners[0], an_official(Role.seal_officer)):
                browser(app, reader).get(address, expect=404)
    assert claim(name).state is ClaimState.assessed
    assert broken_invariants() == {}
