"""What happens to a claim's money while its appeal is heard, and where the gateway will not give it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.accounts.approvals import approve
from marketplace.core.audit import Actor
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.appealing import appeal_as_shopper, appeal_as_store
from marketplace.guarantee.claim_clocks import chase_recourses, pay_claims
from marketplace.guarantee.claim_models import ClaimState, Stop
from marketplace.guarantee.claim_queries import payments_of, recourse_of
from marketplace.guarantee.deciding import choose, hand_over, step_aside
from marketplace.guarantee.errors import AppealOver, BadClaim, NotYourSeat
from marketplace.guarantee.paying import pay_reserved
from marketplace.guarantee.recourse import book_payment, propose_write_off, write_off
from marketplace.guarantee.recourse_models import ClaimPaymentState
from marketplace.orders.queries import lock_store_order
from marketplace.orders.refunding import give_back
from marketplace.payments.models import RefundReason
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refund_cases import TransferWish, book_transfer, propose_transfer
from tests.factories.buying import balances, broken_invariants, run_jobs
from tests.factories.claiming import (
    a_choice,
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
from tests.factories.rows import number
from tests.factories.settling import SHEBAS, two_signers
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

COVER = 250_000 * 70 // 100
WORDS = "رأی درست نیست."


@pytest.fixture
def gateway(app):
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, gateway, at):
    adjudicators(3, at)
    fill_fund(1_000_000, at)
    return the_world()


def appealed_by_store(name, w, moment):
    with unit_of_work():
        appeal_as_store(name, w.stores[2].id, WORDS, Actor(w.owners[2].id, "store", ""), moment)


def repay(name, amount, at):
    """The store gives some of it back."""
    part_id = claim(name).store_order_id
    with unit_of_work():
        give_back(
            lock_store_order(part_id),
            amount,
            0,
            subject=f"t:{number()}",
            reason=RefundReason.complaint,
            at=at,
        )


@pytest.mark.parametrize("way", ["paid", "given up"])
def test_a_debt_that_ends_while_an_appeal_is_heard(w, gateway, at, way):
    """The claim stays with the adjudicator; what the store paid is its own again where it wins."""
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    pay_reserved(moment)
    run_jobs(moment)
    appealed_by_store(name, w, moment)
    first, second = two_signers(moment)
    owed = recourse_of(claim(name).id).id
    with unit_of_work():
        if way == "paid":
            book_payment(owed, COVER, "B-1", first, moment)
        else:
            proposal = propose_write_off(owed, COVER, "تعطیل شد", first, moment)
    if way != "paid":
        with unit_of_work():
            write_off(approve(proposal, second, moment), second, moment)
    assert claim(name).state is ClaimState.appealed
    chase_recourses(moment)
    assert claim(name).state is ClaimState.appealed
    decided(name, moment, approve=False)
    row = claim(name)
    ended = ClaimState.recovered if way == "paid" else ClaimState.written_off
    assert (row.state, row.paid_toman) == (ended, COVER)
    assert balances().get(f"store_payable:{w.stores[2].id}", 0) == (COVER if way == "paid" else 0)
    assert broken_invariants() == {}


def test_what_comes_back_while_an_appeal_is_heard_is_not_granted_again(w, gateway, at):
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    appealed_by_store(name, w, moment)
    charged_back(name, 50_000, moment)
    row = claim(name)
    left = (250_000 - 50_000) * 70 // 100
    assert (row.state, row.approved_toman, row.reserved_toman) == (ClaimState.appealed, left, left)
    [who] = sitting(name)
    wanted = a_choice(name, loss=200_001)
    with nothing_written(), pytest.raises(BadClaim) as refused, unit_of_work():
        choose(name, wanted, who, moment)
    assert refused.value.params == {"most_toman": 200_000}
    decided(name, moment, loss=200_000)
    assert claim(name).approved_toman == left
    assert pay_reserved(moment) == 1
    run_jobs(moment)
    assert claim(name).paid_toman == left
    assert broken_invariants() == {}


def test_an_appeal_about_what_was_made_good_stops(w, gateway, at):
    case, later = unanswered_complaint(gateway, w.shopper, (w.bowl, 1), at=at)
    name = filed(case, w.shopper, later)
    moment = complete(name, later)
    decided(name, moment, approve=False)
    last = claim(name).appeal_until_at
    assert last == moment + timedelta(days=7)
    me = Actor(w.shopper.id, "shopper", "")
    with nothing_written(), pytest.raises(AppealOver), unit_of_work():
        appeal_as_shopper(name, w.shopper.id, WORDS, me, last + timedelta(seconds=1))
    with unit_of_work():
        appeal_as_shopper(name, w.shopper.id, WORDS, me, last)
    repay(name, 200_000, last)
    assert claim(name).state is ClaimState.appealed, "50,000 are left, which may be claimed"
    repay(name, 1, last)
    row = claim(name)
    assert (row.state, row.stop) == (ClaimState.stopped, Stop.repaid)
    assert sitting(name) == []
    assert broken_invariants() == {}


def test_a_refund_that_the_gateway_refuses_arrives_by_transfer_of_two_officials(w, gateway, at):
    name, moment = approved(gateway, w.shopper, (w.bowl, 1), at=at)
    gateway.refunds_begin = "refused"
    assert pay_reserved(moment) == 1
    run_jobs(moment, may_fail=True)
    [made] = payments_of(claim(name).id)
    assert (made.state, made.paid_at) == (ClaimPaymentState.asked, None)
    assert pay_claims(moment) == 0, "it is not paid a second time in another way"
    [refund] = refused_refunds()
    assert refund.id == made.refund_id
    first, second = two_signers(moment)
    wish = TransferWish.parse({"sheba": SHEBAS[0], "holder": "سارا نوری", "bank_reference": "N-7"})
    with unit_of_work():
        proposal = propose_transfer(refund.id, wish, first, moment)
    with unit_of_work():
        book_transfer(approve(proposal, second, moment), second, moment)
    assert pay_claims(moment) == 1
    [made] = payments_of(claim(name).id)
    assert (made.state, made.paid_at) == (ClaimPaymentState.paid, moment)
    assert pay_claims(moment) == 0
    assert balances()["guarantee_fund"] == 1_000_000 - COVER
    assert broken_invariants() == {}


def test_whoever_leaves_a_seat_does_not_come_back_to_the_case(w, gateway, at):
    case, later = unanswered_complaint(gateway, w.shopper, (w.bowl, 1), at=at)
    name = filed(case, w.shopper, later)
    moment = complete(name, later)
    assert claim(name).decide_by_at is not None
    [one] = sitting(name)
    office = Actor(w.office.id, "office", "")
    with unit_of_work():
        step_aside(name, one, moment)
    [two] = sitting(name)
    with nothing_written(), pytest.raises(NotYourSeat), unit_of_work():
        step_aside(name, one, moment)
    with unit_of_work():
        hand_over(name, two.id, office, moment)
    [three] = sitting(name)
    assert len({one.id, two.id, three.id}) == 3
    wanted = a_choice(name)
    for gone in (one, two):
        with nothing_written(), pytest.raises(NotYourSeat), unit_of_work():
            choose(name, wanted, gone, moment)
    with unit_of_work():
        hand_over(name, three.id, office, moment)
    assert sitting(name) == [], "nobody is left; the seat waits for another"
    assert broken_invariants() == {}
