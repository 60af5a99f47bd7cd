"""Claims on the fund, page by page: paid with recourse; rejected, appealed, paid; asked through the interface."""

from __future__ import annotations

from datetime import timedelta

import pytest
from time_machine import travel

from marketplace.complaints.clocks import escalate_overdue
from marketplace.guarantee.claim_clocks import (
    chase_recourses,
    end_claim_answers,
    end_claim_appeals,
    pay_claims,
)
from tests.factories import AT, a_token
from tests.factories.buying import balances, broken_invariants, paid, parts_of, run_jobs
from tests.factories.claiming import THREE_DAYS, WEEK, adjudicators, claim, fill_fund
from tests.factories.complaints import a_complaint
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
WORDS = "کالا هرگز نرسید و فروشگاه پاسخی نداد."
REASONS = "مدرکی از رسیدن کالا در پرونده نیست."


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


def choose(app, people, number, **values):
    """Whoever sits at the claim chooses from the own page; gives how many did."""
    done = 0
    for person in people:
        desk = browser(app, person)
        page = desk.get(f"/office/claims/{number}")
        if any(form.action.endswith("/choice") for form in page.forms):
            desk.submit(page.form(f"{number}/choice"), text=REASONS, **values)
            done += 1
    return done


APPROVE = {"outcome": "approve", "ground": "not_delivered", "summary": "نرسیدن کالا بی هیچ مدرک تحویل"}


def test_from_an_unanswered_complaint_to_money_back_and_recourse_from_the_next_payout(app, w, gateway):
    people = adjudicators(3)
    fill_fund(20_000_000)
    part = parts_of(paid(gateway, w.shopper, (w.bowl, 2)))[0]
    case = a_complaint(part, w.shopper)
    shopper, store = browser(app, w.shopper), browser(app, w.owners[2])
    early = shopper.get(f"/complaints/{case}/claim")
    assert "مهلت پاسخ فروشگاه هنوز می‌گذرد" in early.text
    assert not [f for f in early.forms if f.action.endswith("/claim")]
    shopper.post(f"/complaints/{case}/claim", {"text": WORDS}, expect=409)
    browser(app, w.shopper2).get(f"/complaints/{case}/claim", expect=404)
    with travel(AT + WEEK, tick=False):
        escalate_overdue(AT + WEEK)
        page = shopper.get(f"/complaints/{case}/claim")
        assert "می‌توانید جبران بخواهید" in page.text
        bad = shopper.submit(page.form(f"{case}/claim"), text="کم", sheba="IR00", expect=422)
        page = shopper.submit(bad.form(f"{case}/claim"), text=WORDS, sheba="")
        number = page.path.rpartition("/")[2]
        assert shopper.get(f"/complaints/{case}/claim").path.endswith(number)
        panel = store.get(f"/panel/claims/{number}")
        assert number in store.get("/panel/claims").text
        store.submit(panel.form(f"{number}/answer"), text="بسته در راه بوده و به زودی می‌رسد.")
        browser(app, w.owners[0]).get(f"/panel/claims/{number}", expect=404)
        assert number in shopper.get("/claims").text
        assert choose(app, people, number, **APPROVE) == 1
        assert "350٬000" in shopper.get(f"/en/claims/{number}").text.replace(",", "٬")
        letter = shopper.get(f"/claims/{number}/letter")
        assert REASONS in letter.text
        assert shopper.get(f"/claims/{number}/letter.pdf").body.startswith(b"%PDF")
        store.get(f"/claims/{number}/letter")
        browser(app, w.shopper2).get(f"/claims/{number}/letter", expect=404)
        assert pay_claims(AT + WEEK) == 1
        run_jobs(AT + WEEK)
        assert "رسید" in shopper.get(f"/claims/{number}").text
        assert claim(number).state.value == "recourse_open"
        settled(gateway, w.shopper2, (w.bowl, 1), at=AT + WEEK)
        chase_recourses(AT + WEEK)
        owed = store.get(f"/en/panel/claims/{number}")
        assert "Recourse" in owed.text
        assert balances().get(f"store_payable:{w.stores[2].id}", 0) == 0
        library = Client(app).get("/fund/decisions?q=نرسیدن&category=not_delivered&outcome=granted")
        assert "نرسیدن کالا" in library.text
        assert number not in library.text
        assert w.shopper.surname not in library.text
        Client(app).get("/en/fund/decisions?q=nothing-like-this")
    assert broken_invariants() == {}


def test_rejected_appealed_and_paid(app, w, gateway):
    people = adjudicators(3)
    fill_fund(20_000_000)
    part = parts_of(paid(gateway, w.shopper, (w.bowl, 1)))[0]
    case = a_complaint(part, w.shopper)
    token = a_token(w.shopper, "orders:read", "orders:write")
    api = Client(app)
    later = AT + WEEK
    with travel(later, tick=False):
        escalate_overdue(later)
        asked = api.api("GET", f"/complaints/{case}/claim", token)
        assert asked.json["is_met"] is True
        filed = api.api("POST", f"/complaints/{case}/claim", token, json={"text": WORDS}, expect=201)
        number = filed.json["number"]
        again = api.api("POST", f"/complaints/{case}/claim", token, json={"text": WORDS}, expect=409)
        assert again.json["code"] == "already_claimed"
    moment = later + THREE_DAYS
    with travel(moment, tick=False):
        assert end_claim_answers(moment) == 1
        assert choose(app, people, number, outcome="reject", ground="delivered") == 1
        assert api.api("GET", f"/claims/{number}", token).json["state"] == "rejected"
        shopper = browser(app, w.shopper)
        page = shopper.get(f"/claims/{number}")
        page = shopper.submit(page.form(f"{number}/appeal"), text="رسیدی که فروشگاه داده از آن من نیست.")
        assert "داور دیگری" in page.text
        assert choose(app, people, number, **APPROVE) == 1
        assert pay_claims(moment) == 1
        run_jobs(moment)
        done = api.api("GET", f"/claims/{number}", token).json
        assert done["state"] == "recourse_open"
        assert done["paid_toman"] == done["approved_toman"] > 0
        assert [d["round"] for d in done["decisions"]] == ["first", "appeal"]
        assert end_claim_appeals(moment + timedelta(days=30)) == 0
        auditor_page = shopper.get(f"/claims/{number}")
        assert not [f for f in auditor_page.forms if f.action.endswith("/appeal")]
    assert broken_invariants() == {}
