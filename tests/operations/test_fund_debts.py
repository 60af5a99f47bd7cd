"""What is owed to the fund besides recourse, what a store gets again, an insurer's claims, and full lines of stores."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from marketplace.accounts.approvals import approve
from marketplace.accounts.errors import SecondPersonNeeded
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee import insurer
from marketplace.guarantee.answering import ask_for_inspection, report_inspection
from marketplace.guarantee.appealing import appeal_as_store
from marketplace.guarantee.case_file import case_file
from marketplace.guarantee.claim_clocks import chase_recourses
from marketplace.guarantee.claim_inputs import Report
from marketplace.guarantee.claim_models import ClaimState, InspectionFinding, Party
from marketplace.guarantee.claim_page import show_claim
from marketplace.guarantee.claim_queries import recourse_of
from marketplace.guarantee.clawback_models import Clawback, ClawbackState, StoreLineState
from marketplace.guarantee.clawbacks import book_return, give_up, left_toman, propose_giving_up
from marketplace.guarantee.errors import BadClaim, RecourseOver, ReferenceBooked
from marketplace.guarantee.inspection_costs import book_inspection_costs
from marketplace.guarantee.paying import pay_reserved
from marketplace.guarantee.recourse import book_payment, propose_write_off, write_off
from marketplace.guarantee.store_lines import watch_lines
from marketplace.orders.payout_run import outlook
from marketplace.orders.settlement import settle_closed_store_orders
from tests.factories import a_policy_row
from tests.factories.buying import balances, broken_invariants, paid, run_jobs
from tests.factories.claiming import (
    adjudicators,
    approved,
    charged_back,
    claim,
    complete,
    decided,
    filed,
    fill_fund,
    sitting,
    unanswered_complaint,
)
from tests.factories.rows import AT
from tests.factories.settling import closed, settled, two_signers
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401

COVER = 250_000 * 70 // 100


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, gateway):
    return the_world()


def a_paid_claim(gateway, w, at):
    """A claim about the bowl, paid; gives its number and the moment."""
    adjudicators(2, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    return name, moment


def sold_and_settled(gateway, w, at, moment):
    """An order of the same store, sold at one moment and settled at another."""
    closed(paid(gateway, w.shopper2, (w.bowl, 1), at=at), at)
    settle_closed_store_orders(moment)


def test_what_a_shopper_has_twice_comes_back_and_the_store_gets_its_part_again(w, gateway, at):
    name, moment = a_paid_claim(gateway, w, at)
    first, second = two_signers(moment)
    owed = recourse_of(claim(name).id)
    with unit_of_work():
        book_payment(owed.id, 165_000, "B-1", first, moment)
    charged_back(name, 75_000, moment)
    debt = db.session.scalars(select(Clawback)).one()
    assert (debt.amount_toman, debt.relieved_toman, debt.debtor) == (52_500, 10_000, Party.shopper)
    payable = f"store_payable:{w.stores[2].id}"
    for wrong in (0, 52_501):
        with pytest.raises(RecourseOver), unit_of_work():
            book_return(debt.id, wrong, "B-2", first, moment)
    with unit_of_work():
        book_return(debt.id, 8_000, "B-2", first, moment)
    assert balances().get(payable, 0) == 0, "the fund's own part comes first"
    with pytest.raises(ReferenceBooked), unit_of_work():
        book_return(debt.id, 5_000, "B-2", first, moment)
    with unit_of_work():
        proposal = propose_giving_up(debt.id, 2_500, "پاسخی نمی‌دهد", first, moment)
    with pytest.raises(SecondPersonNeeded), unit_of_work():
        approve(proposal, first, moment)
    with unit_of_work():
        give_up(approve(proposal, second, moment), second, moment)
    with unit_of_work():
        book_return(debt.id, 42_000, "B-3", first, moment)
    assert db.session.get_one(Clawback, debt.id).state is ClawbackState.written_off
    assert balances()[payable] == 40_000
    with unit_of_work():
        book_return(debt.id, 2_500, "B-4", first, moment)
    debt = db.session.get_one(Clawback, debt.id)
    assert (debt.state, left_toman(debt)) == (ClawbackState.returned, 0)
    assert (balances()[payable], balances()["guarantee_fund"]) == (42_500, 1_000_000)
    assert broken_invariants() == {}


def test_a_debt_that_was_given_up_is_found_again(w, gateway, at):
    name, moment = a_paid_claim(gateway, w, at)
    first, second = two_signers(moment)
    owed = recourse_of(claim(name).id).id
    db.session.rollback()
    with unit_of_work():
        proposal = propose_write_off(owed, COVER, "بسته شد", first, moment)
    with unit_of_work():
        write_off(approve(proposal, second, moment), second, moment)
    assert claim(name).state is ClaimState.written_off
    with pytest.raises(RecourseOver), unit_of_work():
        book_payment(owed, COVER + 1, "B-1", first, moment)
    with unit_of_work():
        book_payment(owed, COVER, "B-1", first, moment)
    assert claim(name).state is ClaimState.recovered
    assert balances()["guarantee_fund"] == 1_000_000
    assert broken_invariants() == {}


def test_a_store_that_wins_after_it_had_paid_gets_its_money_again(w, gateway, at):
    name, moment = a_paid_claim(gateway, w, at)
    sold_and_settled(gateway, w, at, moment)
    chase_recourses(moment)
    assert claim(name).state is ClaimState.recovered
    had = balances().get(f"store_payable:{w.stores[2].id}", 0)
    with unit_of_work():
        owner = Actor(w.owners[2].id, "store", "")
        appeal_as_store(name, w.stores[2].id, "کالا رسیده است و رسید آن را داریم.", owner, moment)
    decided(name, moment, approve=False)
    assert balances()[f"store_payable:{w.stores[2].id}"] == had + COVER
    assert recourse_of(claim(name).id).recovered_toman == 0
    assert broken_invariants() == {}


def test_the_cost_of_a_look_is_paid_once_and_owed_by_the_side_it_speaks_against(w, gateway, at):
    adjudicators(1, at)
    case, later = unanswered_complaint(gateway, w.shopper, (w.bowl, 1), at=at)
    name = filed(case, w.shopper, later)
    moment = complete(name, later)
    [who] = sitting(name)
    seen = claim(name).version
    with unit_of_work():
        ask_for_inspection(name, Party.office, seen, who, moment)
    seen = claim(name).version
    dear = Report("کارشناس رسمی", InspectionFinding.for_shopper, 250_001, "کالا شکسته است.")
    with pytest.raises(BadClaim), unit_of_work():
        report_inspection(name, dear, seen, who, moment)
    found = Report("کارشناس رسمی", InspectionFinding.for_shopper, 60_000, "کالا شکسته است.")
    with unit_of_work():
        report_inspection(name, found, seen, who, moment)
    assert book_inspection_costs(moment) == 0, "the fund has nothing yet"
    fill_fund(100_000, moment)
    assert book_inspection_costs(moment) == 1
    assert book_inspection_costs(moment) == 0
    assert balances()["guarantee_fund"] == 40_000
    debt = db.session.scalars(select(Clawback)).one()
    assert (debt.debtor, debt.amount_toman) == (Party.store, 60_000)
    settled(gateway, w.shopper2, (w.bowl, 1), at=at)
    assert db.session.get_one(Clawback, debt.id, populate_existing=True).state is ClawbackState.returned
    assert balances()["guarantee_fund"] == 100_000 + 250_000 * 5 // 1000
    assert broken_invariants() == {}


def test_an_insurer_pays_its_claims_and_nothing_of_the_fund(w, gateway, at):
    a_policy_row("fund_payer_is_insurer", 1, at=at - timedelta(days=1))
    adjudicators(2, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    assert claim(name).state is ClaimState.waiting
    assert insurer.reserve_for_insured(moment) == 0
    first, second = two_signers(moment)
    wish = insurer.InsurerWish.parse(
        {"insurer": "بیمه بهار", "amount_toman": "۲۰۰٬۰۰۰", "bank_reference": "N-1"}
    )
    with unit_of_work():
        proposal = insurer.propose_payment(wish, first, moment)
    with unit_of_work():
        insurer.book_payment(approve(proposal, second, moment), second, moment)
    with pytest.raises(insurer.InsurerPaid), unit_of_work():
        insurer.propose_payment(wish, first, moment)
    assert insurer.reserve_for_insured(moment) == 1
    assert pay_reserved(moment) == 1
    run_jobs(moment)
    assert (balances()["insurer"], balances()["guarantee_fund"]) == (200_000 - COVER, 1_000_000)
    sold_and_settled(gateway, w, at, moment)
    chase_recourses(moment)
    assert claim(name).state is ClaimState.recovered
    assert balances()["insurer"] == 200_000
    shown = show_claim(claim(name), moment, reader=Party.office)
    body = case_file(shown, "fa")
    assert body == case_file(shown, "fa")
    with ZipFile(BytesIO(body)) as archive:
        assert {"case.json", "letter.pdf", "SHA256SUMS"} <= set(archive.namelist())
        told = json.loads(archive.read("case.json"))
    assert (told["number"], told["payer"], told["paid_toman"]) == (name, "insurer", COVER)
    assert broken_invariants() == {}


def test_a_full_line_keeps_back_what_is_above_it_until_it_has_room(w, gateway, at):
    a_policy_row("fund_store_line_least_toman", 200_000, at=at - timedelta(days=1))
    settled(gateway, w.shopper, (w.bowl, 1), at=at)
    settled(gateway, w.shopper2, (w.bowl, 1), at=at)
    store = w.stores[2].id
    free = outlook(store).payable_toman
    assert watch_lines(at) == 1
    row = db.session.scalars(select(StoreLineState)).one()
    assert (row.state, row.exposure_toman, row.line_toman) == ("full", 2 * COVER, 200_000)
    assert row.kept_toman == 250_000 - 250_000 * 5 // 1000, "one settled order reaches what is above the line"
    assert outlook(store).payable_toman == free - row.kept_toman
    assert "cover" in outlook(store).reasons
    assert watch_lines(at) == 0
    over = AT + timedelta(days=31)
    assert watch_lines(over) == 1
    assert outlook(store).payable_toman == free
    assert broken_invariants() == {}


def test_a_line_is_told_once_for_each_change(w, gateway, at):
    paid(gateway, w.shopper, (w.bowl, 1), at=at)
    assert watch_lines(at) == 0
    a_policy_row("fund_store_line_least_toman", 200_000, at=at)
    assert watch_lines(at) == 1
    assert db.session.scalars(select(StoreLineState.state)).one() == "amber"
    assert watch_lines(at) == 0
