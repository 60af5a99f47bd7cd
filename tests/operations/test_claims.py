"""Claims on the fund: from an unanswered complaint to money back, and all that stands in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from marketplace.accounts.approvals import approve
from marketplace.accounts.errors import SecondPersonNeeded
from marketplace.accounts.models import Role
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.answering import (
    ask_for_inspection,
    ask_for_more,
    extend_request,
    report_inspection,
)
from marketplace.guarantee.appealing import appeal_as_store
from marketplace.guarantee.claim_clocks import chase_recourses, end_claim_requests, seat_adjudicators
from marketplace.guarantee.claim_inputs import AccountWish, Report, RequestWish
from marketplace.guarantee.claim_models import Claim, ClaimState, InspectionFinding, Party
from marketplace.guarantee.claim_queries import lock_claim, payments_of, recourse_of
from marketplace.guarantee.clawback_models import Clawback
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.errors import (
    AlreadyChose,
    AlreadyClaimed,
    AppealOver,
    HasInterest,
    NotEligible,
    NotYourSeat,
    PaidBefore,
    RecourseOver,
    StaleClaim,
    WrongClaimStep,
)
from marketplace.guarantee.filing import name_account, withdraw_claim
from marketplace.guarantee.paying import book_transfer, pay_reserved, propose_transfer
from marketplace.guarantee.paying_by_file import send_by_file
from marketplace.guarantee.recourse import book_payment, propose_write_off, write_off
from marketplace.guarantee.recourse_models import ClaimPaymentState
from marketplace.guarantee.reserving import reserve_part
from marketplace.messages.models import Message
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.models import Payment, Refund, RefundReason
from marketplace.payments.payouts import clear_payout
from marketplace.stores.models import Seal, SealState, StoreMember
from marketplace.stores.seals import reinstate_seal
from tests.factories import a_role, an_official, put, world, writing
from tests.factories.buying import ADDRESS, balances, broken_invariants, later, paid, run_jobs
from tests.factories.claiming import (
    a_choice,
    actor,
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
from tests.factories.settling import SHEBAS, answer, closed, payouts_in, sent, two_signers
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


def test_an_unanswered_complaint_becomes_money_back_and_a_debt_of_the_store(ctx, gateway, at):
    small = world(at)
    adjudicators(2, at)
    fill_fund(10_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.carpet, 1), at=at)
    assert claim(name).state is ClaimState.reserved
    assert broken_invariants() == {}
    assert pay_reserved(moment) == 1
    assert pay_reserved(moment) == 0
    run_jobs(moment)
    row = claim(name)
    assert row.state is ClaimState.recourse_open
    assert row.paid_toman == row.approved_toman == row.loss_toman * 70 // 100
    assert [p.state.value for p in payments_of(row.id)] == ["paid"]
    assert recourse_of(row.id).amount_toman == row.paid_toman
    assert balances()["guarantee_fund"] == 10_000_000 - row.paid_toman
    assert broken_invariants() == {}


def test_the_worked_examples_of_the_caps(ctx, gateway, at):
    small = world(at)
    adjudicators(4, at)
    fill_fund(50_000_000, at)
    reprice(small.carpet, 4_000_000)
    reprice(small.bowl, 3_000_000)
    first, moment = approved(gateway, small.shopper, (small.carpet, 2), at=at)
    assert claim(first).loss_toman == 8_000_000
    assert claim(first).approved_toman == 5_000_000
    second, moment = approved(gateway, small.shopper, (small.bowl, 2), at=at)
    assert claim(second).loss_toman == 6_000_000
    assert claim(second).approved_toman == 4_200_000
    third, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    assert claim(third).approved_toman == 10_000_000 - 5_000_000 - 4_200_000
    assert pay_reserved(moment) == 3
    run_jobs(moment)
    assert broken_invariants() == {}
    case, later = unanswered_complaint(gateway, small.shopper, (small.bowl, 1), at=at)
    with pytest.raises(NotEligible) as refused:
        filed(case, small.shopper, later)
    assert [r.code for r in refused.value.reasons] == ["below_cap.no"]


def test_two_adjudicators_who_differ_and_the_third_decides(ctx, gateway, at):
    small = world(at)
    adjudicators(3, at)
    fill_fund(50_000_000, at)
    reprice(small.carpet, 4_000_000)
    case, later = unanswered_complaint(gateway, small.shopper, (small.carpet, 1), at=at)
    name = filed(case, small.shopper, later)
    moment = complete(name, later)
    one, two = sitting(name)
    wanted = a_choice(name)
    with unit_of_work():
        assert choose(name, wanted, one, moment) is None
    wanted = a_choice(name)
    for again, error in ((one, AlreadyChose), (Actor(small.office.id, "office", ""), NotYourSeat)):
        with pytest.raises(error), unit_of_work():
            choose(name, wanted, again, moment)
    stale = replace(a_choice(name), version=1)
    with pytest.raises(StaleClaim), unit_of_work():
        choose(name, stale, two, moment)
    wanted = a_choice(name, approve=False)
    with unit_of_work():
        assert choose(name, wanted, two, moment) is None
    [third] = sitting(name)
    assert third.id not in (one.id, two.id)
    wanted = a_choice(name, share=50)
    with unit_of_work():
        made = choose(name, wanted, third, moment)
    assert made.amount_toman == 4_000_000 * 50 // 100 * 70 // 100
    assert claim(name).state is ClaimState.reserved
    assert broken_invariants() == {}


def test_nobody_with_an_interest_is_seated(ctx, gateway, at):
    small = world(at)
    with writing():
        a_role(small.shopper, Role.adjudicator)
        a_role(small.owners[2], Role.adjudicator)
        an_official(
            Role.adjudicator, at=at, mobile=ADDRESS["mobile"]
        )  # receives the parcels of the factory's orders
    case, later = unanswered_complaint(gateway, small.shopper, (small.bowl, 1), at=at)
    name = filed(case, small.shopper, later)
    moment = complete(name, later)
    assert sitting(name) == []
    [free] = adjudicators(1, at)
    assert seat_adjudicators(moment) == 1
    assert [actor.id for actor in sitting(name)] == [free.id]
    with writing():
        put(StoreMember, store_id=small.stores[2].id, person_id=free.id, role="owner", joined_at=at)
    wanted = a_choice(name)
    with pytest.raises(HasInterest), unit_of_work():
        choose(name, wanted, actor(free), moment)


def test_the_fund_short_by_one_toman_waits_and_then_pays(ctx, gateway, at):
    small = world(at)
    adjudicators(1, at)
    fill_fund(250_000 * 70 // 100 - 1, at)
    name, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    assert claim(name).state is ClaimState.waiting
    assert pay_reserved(moment) == 0
    assert broken_invariants() == {}
    fill_fund(1, moment)
    with unit_of_work():
        row = lock_claim(claim_row(name).id)
        reserve_part(row, 100_000, "month:1405-01", moment)
    assert claim(name).state is ClaimState.waiting
    assert pay_reserved(moment) == 1
    with unit_of_work():
        row = lock_claim(claim_row(name).id)
        reserve_part(row, 75_000, "month:1405-02", moment)
        with pytest.raises(PaidBefore):
            reserve_part(row, 1, "month:1405-03", moment)
    assert pay_reserved(moment) == 1
    run_jobs(moment)
    row = claim(name)
    assert (row.paid_toman, row.state) == (175_000, ClaimState.recourse_open)
    assert balances().get("guarantee_fund", 0) == 0
    assert broken_invariants() == {}


def test_recourse_is_chased_suspends_and_is_written_off_by_two(ctx, gateway, at):
    small = world(at)
    adjudicators(1, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    owed = recourse_of(claim(name).id)
    closed(paid(gateway, small.shopper2, (small.bowl, 1), at=at), at)
    settle_closed_store_orders(moment)
    took = recourse_of(claim(name).id).recovered_toman
    assert took == 175_000
    chase_recourses(moment)
    assert claim(name).state is ClaimState.recovered
    other, moment = approved(gateway, small.shopper, (small.scarf, 2), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    owed = recourse_of(claim(other).id)
    due = owed.due_at
    chase_recourses(due)
    assert seal_of(small.stores[0]).state is SealState.active
    late = due + timedelta(seconds=1)
    chase_recourses(late)
    assert seal_of(small.stores[0]).state is SealState.suspended
    with unit_of_work():
        book_payment(owed.id, 40_000, "B-77", Actor(small.office.id, "office", ""), late)
    with pytest.raises(RecourseOver), unit_of_work():
        book_payment(owed.id, 999_999, "B-78", Actor(small.office.id, "office", ""), late)
    assert seal_of(small.stores[0]).state is SealState.suspended
    first, second = two_signers(late)
    with unit_of_work():
        proposal = propose_write_off(owed.id, 100_000, "فروشگاه بسته شد", first, late)
    with pytest.raises(SecondPersonNeeded), unit_of_work():
        approve(proposal, first, late)
    with unit_of_work():
        write_off(approve(proposal, second, late), second, late)
    assert claim(other).state is ClaimState.written_off
    assert seal_of(small.stores[0]).state is SealState.active
    assert broken_invariants() == {}


def test_a_seal_follows_the_debt_however_it_is_paid(ctx, gateway, at):
    small = world(at)
    adjudicators(1, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    sold = paid(gateway, small.shopper2, (small.bowl, 1), at=at)
    late = recourse_of(claim(name).id).due_at + timedelta(seconds=1)
    chase_recourses(late)
    assert seal_of(small.stores[2]).state is SealState.suspended
    with unit_of_work():
        reinstate_seal(small.stores[2].id, "by_hand", SYSTEM, late)
    chase_recourses(late)
    assert seal_of(small.stores[2]).state is SealState.suspended
    closed(sold, at)
    settle_closed_store_orders(late)
    chase_recourses(late)
    assert claim(name).state is ClaimState.recovered
    assert seal_of(small.stores[2]).state is SealState.active
    assert broken_invariants() == {}


def test_what_is_repaid_or_charged_back_lessens_stops_or_is_clawed_back(ctx, gateway, at):
    small = world(at)
    adjudicators(1, at)
    fill_fund(5_000_000, at)
    case, later = unanswered_complaint(gateway, small.shopper, (small.bowl, 1), at=at)
    stopped = filed(case, small.shopper, later)
    repay(stopped, 250_000, later)
    assert claim(stopped).state is ClaimState.stopped
    reserved, moment = approved(gateway, small.shopper, (small.bowl, 2), at=at)
    repay(reserved, 250_000, moment)
    row = claim(reserved)
    assert (row.approved_toman, row.state) == (175_000, ClaimState.reserved)
    pay_reserved(moment)
    run_jobs(moment)
    charged_back(reserved, 50_000, moment)
    charged_back(reserved, 25_000, moment)
    claws = db.session.scalars(select(Clawback.amount_toman).order_by(Clawback.id)).all()
    assert claws == [50_000 * 70 // 100, 25_000 * 70 // 100]
    assert recourse_of(row.id).clawed_toman == 52_500
    case, later = unanswered_complaint(gateway, small.shopper, (small.bowl, 1), at=at)
    before = filed(case, small.shopper, later)
    charged_back(before, 1_000, later)
    assert claim(before).state is ClaimState.stopped
    with pytest.raises(AlreadyClaimed):
        filed(case, small.shopper, later)
    assert broken_invariants() == {}


def repay(number, amount, at):
    """The store gives some of it back."""
    with unit_of_work():
        part = lock_store_order(claim_row(number).store_order_id)
        give_back(part, amount, 0, subject="test:1", reason=RefundReason.complaint, at=at)


def reprice(offer, toman):
    """Another price of an offer."""
    with unit_of_work():
        values = {"festival_toman": toman, "reference_toman": toman, "regular_toman": toman}
        db.session.execute(update(Offer).where(Offer.id == offer.id).values(**values))


def claim_row(number):
    return db.session.scalars(select(Claim).where(Claim.number == number)).one()


def seal_of(store):
    db.session.rollback()
    return db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one()


def test_requests_inspections_and_their_clocks(ctx, gateway, at):
    small = world(at)
    adjudicators(2, at)
    case, later = unanswered_complaint(gateway, small.shopper, (small.bowl, 1), at=at)
    name = filed(case, small.shopper, later)
    moment = complete(name, later)
    [who] = sitting(name)
    stranger = actor(an_official(Role.adjudicator, at=at))
    wish, seen = RequestWish(Party.store, "رسید تحویل را بفرستید."), claim_row(name).version
    found = Report("کارشناس", InspectionFinding.unclear, 0, "چیزی دیده نشد.")
    for verb in (
        lambda: ask_for_more(name, wish, seen, stranger, moment),
        lambda: ask_for_inspection(name, Party.office, seen, stranger, moment),
        lambda: report_inspection(name, found, seen, stranger, moment),
    ):
        with pytest.raises(NotYourSeat), unit_of_work():
            verb()
    with unit_of_work():
        ask_for_more(
            name, RequestWish(Party.shopper, "عکس بسته را بفرستید."), claim_row(name).version, who, moment
        )
    assert claim(name).state is ClaimState.answered
    wanted = a_choice(name)
    with pytest.raises(WrongClaimStep), unit_of_work():
        choose(name, wanted, who, moment)
    with unit_of_work():
        asked = extend_request(claim_row(name), Party.shopper, moment)
        due = asked.due_at
    with pytest.raises(WrongClaimStep), unit_of_work():
        extend_request(claim_row(name), Party.shopper, moment)
    assert due == moment + timedelta(hours=144)
    assert end_claim_requests(due) == 0
    assert end_claim_requests(due + timedelta(seconds=1)) == 1
    assert claim(name).state is ClaimState.assessed
    with unit_of_work():
        ask_for_inspection(name, Party.shopper, claim_row(name).version, who, due)
    assert claim(name).state is ClaimState.answered
    with unit_of_work():
        report = Report("کارشناس رسمی", InspectionFinding.for_shopper, 200_000, "کالا شکسته است.")
        look = report_inspection(name, report, claim_row(name).version, who, due)
        assert look.borne_by is Party.store
    assert claim(name).state is ClaimState.assessed
    with unit_of_work():
        withdraw_claim(name, small.shopper.id, due)
    assert claim(name).state is ClaimState.withdrawn
    assert sitting(name) == []
    assert broken_invariants() == {}


def test_a_store_that_wins_after_the_payment_is_relieved_of_its_debt(ctx, gateway, at):
    small = world(at)
    adjudicators(2, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    owner = Actor(small.owners[2].id, "store", "")
    with pytest.raises(AppealOver), unit_of_work():
        appeal_as_store(name, small.stores[2].id, "کالا رسیده است.", owner, moment + timedelta(days=8))
    with unit_of_work():
        appeal_as_store(name, small.stores[2].id, "کالا رسیده است.", owner, moment)
    decided(name, moment, approve=False)
    row = claim(name)
    assert row.paid_toman == 175_000
    assert row.state is ClaimState.written_off
    assert recourse_of(row.id).written_off_toman == 175_000
    assert broken_invariants() == {}


PLANTED = {"refundable_equals_open_refunds": ["book 0, refunds 250000, transfers 0, sent 0"]}
"""The refund that `closed_way` plants without booking it, and nothing else."""


def closed_way(gateway, at) -> tuple[str, Any]:
    """An approved claim of 175,000 whose purchase's payment has no room left, with a Sheba; gives (number, moment)."""
    small = world(at)
    adjudicators(1, at)
    fill_fund(1_000_000, at)
    name, moment = approved(gateway, small.shopper, (small.bowl, 1), at=at)
    with writing():
        payment = db.session.scalars(select(Payment)).one()
        put(
            Refund,
            payment_id=payment.id,
            key="x",
            amount_toman=payment.captured_toman,
            reason="x",
            asked_at=at,
        )
    assert pay_reserved(moment) == 0
    with unit_of_work():
        name_account(name, small.shopper.id, AccountWish(SHEBAS[0], "سارا نوری"), moment)
    assert pay_reserved(moment) == 1
    return name, moment


def test_a_transfer_needs_two_persons_where_the_way_of_the_payment_is_closed(ctx, gateway, at):
    name, moment = closed_way(gateway, at)
    [made] = payments_of(claim(name).id)
    first, second = two_signers(moment)
    with unit_of_work():
        proposal = propose_transfer(made.id, "B-1", first, moment)
    with unit_of_work():
        book_transfer(approve(proposal, second, moment), second, moment)
    with pytest.raises(PaidBefore), unit_of_work():
        propose_transfer(made.id, "B-2", first, moment)
    assert claim(name).paid_toman == 175_000
    assert pay_reserved(moment) == 0
    assert broken_invariants() == PLANTED


def test_a_transfer_goes_with_the_banks_file_and_leaves_the_fund_once(ctx, gateway, at):
    """Signed as a row of the batch beside the stores, ended by the bank's answer, sent again after a refusal."""
    name, moment = closed_way(gateway, at)
    [made] = payments_of(claim(name).id)
    first, _ = two_signers(moment)
    with unit_of_work():
        proposal = propose_transfer(made.id, "B-1", first, moment)
    with unit_of_work():
        send_by_file(made.id, first, moment)
    with pytest.raises(PaidBefore), unit_of_work():
        send_by_file(made.id, first, moment)
    with pytest.raises(PaidBefore), unit_of_work():
        book_transfer(approve(proposal, two_signers(moment)[1], moment), first, moment)
    assert claim(name).paid_toman == 175_000
    assert pay_reserved(moment) == 0
    batch = sent(moment)
    [payout] = [p for p in payouts_in(batch.id) if p.store_id is None]
    assert (payout.amount_toman, payout.sheba, payout.owner_name) == (175_000, SHEBAS[0], "سارا نوری")
    answer(batch.id, (payout.reference, "rejected", "", "closed account"), at=moment)
    [made] = payments_of(claim(name).id)
    assert (made.state, made.problem) == (ClaimPaymentState.sent, "closed account")
    assert told(name) == {"transfer_refused"}
    with unit_of_work():
        clear_payout(payout.id, first, moment)
    batch = sent(moment)
    [payout] = [p for p in payouts_in(batch.id) if p.store_id is None]
    answer(batch.id, (payout.reference, "accepted", "B-9", ""), at=moment)
    [made] = payments_of(claim(name).id)
    assert (made.state, made.bank_reference) == (ClaimPaymentState.paid, "B-9")
    assert told(name) == {"transfer_refused", "transfer_paid"}
    assert claim(name).paid_toman == 175_000
    assert broken_invariants() == PLANTED


def told(name: str) -> set[str]:
    """What the shopper of a claim reads of transfers."""
    query = select(Message.template).where(
        Message.subject == f"claim:{name}",
        Message.person_id == claim(name).person_id,
        Message.template.startswith("transfer_"),
    )
    return set(db.session.scalars(query))


@pytest.mark.databases("sqlite")
def test_the_office_puts_a_claims_transfer_into_the_banks_file(ctx, gateway, at, client):
    name, moment = closed_way(gateway, at)
    [made] = payments_of(claim(name).id)
    office, stranger = an_official(Role.office, at=at), an_official(Role.auditor, at=at)
    address = f"/office/claim-payments/{made.id}/file"
    with later(moment):
        client.sign_in(stranger)
        with nothing_written():
            client.post(address, {}, expect=403)
        client.sign_in(office)
        with nothing_written():
            client.post("/office/claim-payments/999/file", {}, expect=404)
        client.submit(client.get("/office/claim-payments").form(address))
        assert claim(name).paid_toman == 175_000
        with nothing_written():
            client.post(address, {}, expect=409)
        for prefix in ("", "/en"):
            assert SHEBAS[0] not in client.get(f"{prefix}/office/claim-payments").text
            assert "سارا نوری" in client.get(f"{prefix}/office/payouts").text
