"""Payouts: proposed for what is due, signed by two, sent once, and ended by the bank's answer, each step once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.errors import SecondPersonNeeded
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, PAYOUTS_IN_FLIGHT, store_payable
from marketplace.ledger.transfers import balance, free_balance
from marketplace.messages.models import Message
from marketplace.orders.models import HoldReason
from marketplace.orders.payout_holds import hold_payout, release_payout
from marketplace.orders.payout_run import outlook, propose_payouts, weekly_payouts
from marketplace.payments.payout_accounts import AccountWish, enter_payout_account
from marketplace.payments.payout_errors import BadAnswerFile, BatchChanged, BatchOver, PayoutNotFailed
from marketplace.payments.payout_models import BatchState, Payout, PayoutAccount, PayoutRail, PayoutState
from marketplace.payments.payouts import clear_payout, drop_batch, send_batch, sign_batch, unsign_batch
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, World, a_policy_row, change, put
from tests.factories.buying import balances, broken_invariants, parts_of, rows_of
from tests.factories.settling import (
    OWNER,
    SHEBAS,
    answer,
    newest_batch,
    payouts_in,
    proposed,
    sent,
    settled,
    two_signers,
    with_accounts,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

HOUR = timedelta(hours=1)


@pytest.fixture
def w(ctx, at, app) -> World:
    use_gateway(app, MemoryGateway())
    return the_world()


@pytest.fixture
def due(w, app) -> World:
    """Two stores are due 497,500 and some tea money; both can be paid."""
    gateway = app.extensions["bazargah_gateway"]
    settled(gateway, w.shopper, (w.tea, 1), (w.bowl, 2))
    with_accounts(w.stores[1], w.stores[2])
    return w


def sign(batch, actor) -> BatchState:
    with unit_of_work():
        return sign_batch(batch.id, batch.digest, actor, AT)


# --- proposing


def test_everything_due_is_proposed_and_held(due):
    batch = proposed()
    [tea, bowl] = payouts_in(batch.id)
    assert (bowl.amount_toman, bowl.sheba, bowl.rail, bowl.state) == (
        497_500,
        SHEBAS[1],
        PayoutRail.paya,
        PayoutState.proposed,
    )
    assert (batch.payout_count, batch.total_toman) == (2, tea.amount_toman + 497_500)
    account = store_payable(due.stores[2].id)
    assert (balance(account), free_balance(account)) == (497_500, 0)
    assert broken_invariants() == {}


def test_while_a_batch_waits_there_is_no_other(due):
    proposed()
    with nothing_written():
        assert propose_payouts(AT) == 0


def test_many_at_once_propose_one_batch(due, app):
    outcomes = at_once(app, 6, lambda index: propose_payouts(AT))
    assert [o for o in outcomes if isinstance(o, int) and o] == [2], (
        "the others found a batch, or were refused by it"
    )
    assert rows_of(Payout) == 2


@pytest.mark.parametrize(("least", "count"), [(497_500, 1), (497_501, 0)])
def test_less_than_the_least_is_carried(due, least, count):
    a_policy_row("payout_least_toman", least, at=AT)
    assert propose_payouts(AT) == count


def test_above_the_limit_of_paya_it_goes_by_satna(due):
    a_policy_row("paya_most_toman", 497_499, at=AT)
    rails = {p.amount_toman: p.rail for p in payouts_in(proposed().id)}
    assert rails[497_500] is PayoutRail.satna
    assert {rail for toman, rail in rails.items() if toman != 497_500} == {PayoutRail.paya}


def test_a_store_without_an_account_is_not_paid(w, app):
    settled(app.extensions["bazargah_gateway"], w.shopper, (w.bowl, 1))
    assert propose_payouts(AT) == 0


def test_a_store_with_a_suspended_seal_is_not_paid(due):
    store = due.stores[2]
    seal = db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one()
    change(seal, state=SealState.suspended)
    assert [p.store_id for p in payouts_in(proposed().id)] == [due.stores[1].id]
    assert outlook(store.id).is_suspended


def test_the_money_of_a_store_order_with_a_hold_is_kept_back(w, app):
    gateway = app.extensions["bazargah_gateway"]
    [part] = parts_of(settled(gateway, w.shopper, (w.bowl, 1)))
    settled(gateway, w.shopper2, (w.bowl, 2))
    with_accounts(w.stores[2])
    with unit_of_work():
        hold_payout(part.id, HoldReason.complaint, "complaint:1", AT)
        hold_payout(part.id, HoldReason.claim, "claim:1", AT)
    now = outlook(part.store_id)
    assert (now.held_toman, now.payable_toman, now.reasons) == (
        248_750,
        497_500,
        (HoldReason.claim, HoldReason.complaint),
    )
    assert [p.amount_toman for p in payouts_in(proposed().id)] == [497_500]
    with unit_of_work():
        release_payout(part.id, "complaint:1", AT)
        release_payout(part.id, "claim:1", AT)
    assert outlook(part.store_id).payable_toman == 248_750


def test_the_week_proposes_by_itself_once(due):
    assert weekly_payouts(AT) == 2
    batch = newest_batch()
    with unit_of_work():
        drop_batch(batch.id, "test", OWNER, AT)
    assert weekly_payouts(AT) == 0, "once a week"
    assert weekly_payouts(AT + timedelta(days=7)) == 2


# --- signing and sending


def test_two_persons_sign_and_it_is_sent(due):
    batch = proposed()
    first, second = two_signers()
    assert sign(batch, first) is BatchState.signed
    assert sign(batch, second) is BatchState.approved
    with unit_of_work():
        send_batch(batch.id, second, AT)
    assert {p.state for p in payouts_in(batch.id)} == {PayoutState.sent}
    assert balances()["payouts_in_flight"] == batch.total_toman
    with nothing_written(), unit_of_work():
        send_batch(batch.id, first, AT)
    assert broken_invariants() == {}


def test_nobody_signs_twice(due):
    batch = proposed()
    first, _ = two_signers()
    sign(batch, first)
    with nothing_written(), pytest.raises(SecondPersonNeeded):
        sign(batch, first)


def test_the_machine_signs_nothing(due):
    batch = proposed()
    with nothing_written(), pytest.raises(Forbidden):
        sign(batch, SYSTEM)


def test_nothing_is_sent_with_one_signature(due):
    batch = proposed()
    first, second = two_signers()
    for _ in range(2):
        with nothing_written(), pytest.raises(BatchOver), unit_of_work():
            send_batch(batch.id, second, AT)
        if newest_batch().state is BatchState.proposed:
            sign(batch, first)


@pytest.mark.parametrize("what", ["sheba", "amount_toman", "owner_name"])
def test_a_signature_stands_under_what_was_seen(due, what):
    batch = proposed()
    first, _ = two_signers()
    payout = payouts_in(batch.id)[0]
    change(payout, **{what: SHEBAS[2] if what == "sheba" else 1 if what == "amount_toman" else "other"})
    with nothing_written(), pytest.raises(BatchChanged):
        sign(batch, first)


def test_a_signature_that_nobody_joined_can_be_taken_off(due):
    batch = proposed()
    first, second = two_signers()
    sign(batch, first)
    with unit_of_work():
        unsign_batch(batch.id, second, AT)
    assert newest_batch().state is BatchState.proposed


def test_a_dropped_batch_frees_its_money(due):
    batch = proposed()
    for _ in range(2):
        with unit_of_work():
            drop_batch(batch.id, "wrong", OWNER, AT)
    assert free_balance(store_payable(due.stores[2].id)) == 497_500
    assert propose_payouts(AT) == 2
    assert broken_invariants() == {}


def test_what_was_sent_is_not_dropped(due):
    batch = sent()
    with nothing_written(), pytest.raises(BatchOver), unit_of_work():
        drop_batch(batch.id, "late", OWNER, AT)


# --- the bank's answer


def rows_for(batch, *statuses: str) -> list[tuple[str, str, str, str]]:
    return [
        (p.reference, status, f"B{p.id}" if status == "accepted" else "", "closed account")
        for p, status in zip(payouts_in(batch.id), statuses, strict=True)
    ]


def test_accepted_rows_are_paid_and_rejected_ones_are_due_again(due):
    batch = sent()
    read = answer(batch.id, *rows_for(batch, "accepted", "rejected"))
    assert (read.paid, read.failed, read.known) == (1, 1, 0)
    tea, bowl = payouts_in(batch.id)
    assert (tea.state, bowl.state, bowl.problem) == (PayoutState.paid, PayoutState.failed, "closed account")
    assert newest_batch().state is BatchState.done
    assert balance(store_payable(bowl.store_id)) == 497_500
    assert (balance(BANK), balance(PAYOUTS_IN_FLIGHT)) == (-tea.amount_toman, 0)
    told = set(db.session.scalars(select(Message.template)))
    assert {"payout_paid", "payout_failed"} <= told
    assert broken_invariants() == {}


def test_the_same_file_and_the_same_rows_again_change_nothing(due):
    batch = sent()
    rows = rows_for(batch, "accepted", "rejected")
    answer(batch.id, *rows)
    with nothing_written():
        assert answer(batch.id, *rows).known == 2
    before = balances()
    assert answer(batch.id, *reversed(rows)).known == 2, "another file with the same rows"
    assert balances() == before


def test_an_answer_may_come_in_parts(due):
    batch = sent()
    one, other = rows_for(batch, "accepted", "accepted")
    answer(batch.id, one)
    assert newest_batch().state is BatchState.sent
    answer(batch.id, one, other)
    assert newest_batch().state is BatchState.done
    assert broken_invariants() == {}


def test_a_paid_payout_that_comes_back_is_due_again(due):
    batch = sent()
    [one, other] = rows_for(batch, "accepted", "accepted")
    answer(batch.id, one, other)
    answer(batch.id, (one[0], "returned", "", "account frozen"))
    assert payouts_in(batch.id)[0].state is PayoutState.failed
    assert answer(batch.id, (one[0], "returned", "again", "account frozen")).known == 1
    assert broken_invariants() == {}


def test_a_payout_that_comes_back_beside_the_stores_next_one_is_due_again(due, app):
    """The bank may take days to send it back: the next batch is under way by then, and the file must be readable."""
    first = sent()
    answer(first.id, *rows_for(first, "accepted", "accepted"))
    settled(app.extensions["bazargah_gateway"], due.shopper, (due.bowl, 1))
    second = sent()
    [late] = [p for p in payouts_in(first.id) if p.store_id == due.stores[2].id]
    answer(first.id, (late.reference, "returned", "", "account frozen"))
    [next_one] = payouts_in(second.id)
    assert (next_one.store_id, next_one.state) == (late.store_id, PayoutState.sent)
    assert balance(store_payable(late.store_id)) == late.amount_toman
    answer(second.id, (next_one.reference, "accepted", "B2", ""))
    assert propose_payouts(AT) == 0, "first a person looks at what came back"
    with unit_of_work():
        clear_payout(late.id, OWNER, AT)
    third = sent()
    assert [p.amount_toman for p in payouts_in(third.id)] == [late.amount_toman]
    assert broken_invariants() == {}


@pytest.mark.parametrize(
    ("first", "then"),
    [("accepted", "rejected"), ("rejected", "accepted"), (None, "returned")],
)
def test_the_bank_does_not_contradict_itself(due, first, then):
    batch = sent()
    reference = payouts_in(batch.id)[0].reference
    if first:
        answer(batch.id, (reference, first, "B1", "x"))
    with nothing_written(), pytest.raises(BadAnswerFile) as refused:
        answer(batch.id, (reference, then, "B1", "y"))
    assert refused.value.code == "answer_contradicts"


def test_rows_of_others_spoil_the_whole_file(due):
    batch = sent()
    rows = rows_for(batch, "accepted", "accepted")
    with nothing_written(), pytest.raises(BadAnswerFile) as refused:
        answer(batch.id, rows[0], ("14050105-9-1", "accepted", "B", ""))
    assert (refused.value.code, refused.value.params) == ("answer_of_others", {"lines": "3"})


def test_no_answer_before_it_was_sent(due):
    batch = proposed()
    with nothing_written(), pytest.raises(BatchOver):
        answer(batch.id, *rows_for(batch, "accepted", "accepted"))


def test_answers_read_by_many_at_once_pay_once(due, app):
    batch = sent()
    rows = rows_for(batch, "accepted", "accepted")
    batch_id, total = batch.id, batch.total_toman
    at_once(app, 8, lambda index: answer(batch_id, *(rows if index % 2 else rows[::-1])))
    assert balance(BANK) == -total
    assert broken_invariants() == {}


# --- trying again


def test_a_refused_payout_waits_for_a_person(due):
    batch = sent()
    answer(batch.id, *rows_for(batch, "accepted", "rejected"))
    assert propose_payouts(AT) == 0, "nobody looked at it yet"
    failed = payouts_in(batch.id)[1]
    with unit_of_work():
        clear_payout(failed.id, OWNER, AT)
    with nothing_written(), pytest.raises(PayoutNotFailed), unit_of_work():
        clear_payout(failed.id, OWNER, AT)
    assert [p.amount_toman for p in payouts_in(proposed().id)] == [497_500]
    assert broken_invariants() == {}


def test_another_sheba_clears_a_refused_payout_and_rests_first(due):
    batch = sent()
    answer(batch.id, *rows_for(batch, "rejected", "rejected"))
    store = due.stores[2]
    with unit_of_work():
        enter_payout_account(store.id, AccountWish(SHEBAS[2], "زهرا کریمی"), OWNER, AT)
    assert propose_payouts(AT + 47 * HOUR) == 0, "a changed account rests for 48 hours"
    assert propose_payouts(AT + 48 * HOUR) == 1
    [payout] = payouts_in(newest_batch().id)
    assert (payout.store_id, payout.sheba) == (store.id, SHEBAS[2])


def test_entering_the_same_account_again_changes_nothing(due):
    wish = AccountWish(SHEBAS[1], "علی محمدی")
    with nothing_written(), unit_of_work():
        enter_payout_account(due.stores[2].id, wish, OWNER, AT + HOUR)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"sheba": SHEBAS[0], "owner_name": "a"}, {"owner_name": "bad_owner_name"}),
        ({"sheba": SHEBAS[0][:-1] + "9", "owner_name": "علی"}, {"sheba": "bad_sheba"}),
        ({}, {"sheba": "bad_sheba", "owner_name": "bad_owner_name"}),
        (
            {"sheba": "IR" + "1" * 24, "owner_name": "علی\u202e"},
            {"sheba": "bad_sheba", "owner_name": "bad_owner_name"},
        ),
    ],
)
def test_a_wrong_account_is_refused_field_by_field(values, fields):
    with pytest.raises(Invalid) as refused:
        AccountWish.parse(values)
    assert refused.value.fields == fields


def test_the_database_refuses_a_second_open_payout_of_a_store(due):
    batch = proposed()
    payout = payouts_in(batch.id)[0]
    columns = {c.name: getattr(payout, c.name) for c in Payout.__table__.columns if c.name != "id"}
    with pytest.raises(Exception, match=r"(?i)unique|duplicate|conflict"):
        put(Payout, **{**columns, "reference": "other", "hold_id": payout.hold_id})
    assert rows_of(PayoutAccount) == 2
