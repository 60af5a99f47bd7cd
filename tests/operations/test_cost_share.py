"""The cost of prizes: gifts, what is missing at the deadline, shares that are booked once, netted, and taken over."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application, ApplicationState, Festival
from marketplace.ledger.chart import PRIZE_POOL, store_payable, store_receivable
from marketplace.ledger.errors import AboveLimit
from marketplace.ledger.models import Transfer
from marketplace.ledger.transfers import balance
from marketplace.lottery import errors
from marketplace.lottery.announcing import PrizeWish, add_prize, announce_draw, drop_prize
from marketplace.lottery.cost_models import CostShare, GiftKind
from marketplace.lottery.cost_pages import own_shares, show_costs, simulate
from marketplace.lottery.cost_queries import plan_of
from marketplace.lottery.cost_share import bill_of, book_shares, fix_plans, pay_prizes, release_share
from marketplace.lottery.models import Draw, DrawState
from marketplace.lottery.queries import prizes_of
from marketplace.lottery.sponsors import GiftWish, promise_gift, receive_gift, withdraw_gift
from marketplace.messages.models import Message
from marketplace.orders.statements import write_statements
from tests.factories import AT, world, writing
from tests.factories.buying import broken_invariants, paid
from tests.factories.draws import a_draw
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway

OFFICE = Actor(None, "office", "officer")
DAY = timedelta(days=1)


@pytest.fixture
def fair(ctx, app, at) -> SimpleNamespace:
    """Three stores that sold 60,000, nothing and 250,000; prizes of three million in all (one of one, one of two)."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(AT)
    with writing():
        draw = a_draw(small.festival, at=AT, draw_at=small.festival.draw_at)
    settled(gateway, small.shopper, (small.soap, 1), at=AT)
    settled(gateway, small.shopper2, (small.bowl, 1), at=AT)
    festival = db.session.get_one(Festival, small.festival.id)
    return SimpleNamespace(
        small=small,
        draw=draw,
        gateway=gateway,
        after=festival.live_until + DAY,
        ids=[s.id for s in small.stores],
    )


def do(verb, *args):
    with unit_of_work():
        return verb(*args)


def now(fair) -> Draw:
    db.session.rollback()
    return db.session.get_one(Draw, fair.draw.id, populate_existing=True)


def gift(fair, toman: int, kind: GiftKind = GiftKind.money) -> int:
    wish = GiftWish("چرخ سبز", kind, toman, "۱۴۰۵/۱۲")
    return do(lambda: promise_gift(fair.draw.id, wish, OFFICE, AT).id)


def booked(fair) -> dict[int, int]:
    digest = bill_of(now(fair), fair.after).digest
    do(book_shares, fair.draw.id, digest, OFFICE, fair.after)
    db.session.rollback()
    return {s.store_id: s.amount_toman for s in db.session.scalars(select(CostShare)) if s.round == 0}


class TestGifts:
    def test_money_enters_the_book_once_and_goods_count_without_it(self, fair):
        money, goods = gift(fair, 1_200_000), gift(fair, 800_000, GiftKind.goods)
        assert balance(PRIZE_POOL) == 0
        for number in (money, money, goods):
            do(receive_gift, number, OFFICE, AT)
        assert balance(PRIZE_POOL) == 1_200_000
        assert bill_of(now(fair), fair.after).missing_toman == 1_000_000
        with pytest.raises(errors.GiftOver):
            do(withdraw_gift, money, OFFICE, AT)
        assert not broken_invariants()

    def test_a_withdrawn_gift_does_not_come_back(self, fair):
        number = gift(fair, 1_000_000)
        do(withdraw_gift, number, OFFICE, AT)
        with pytest.raises(errors.GiftOver):
            do(receive_gift, number, OFFICE, AT)
        assert balance(PRIZE_POOL) == 0

    @pytest.mark.parametrize(
        "wrong", [{"amount_toman": "0"}, {"amount_toman": "1.5"}, {"letter": " "}, {"kind": "x"}]
    )
    def test_a_gift_without_its_letter_or_amount_is_refused(self, wrong):
        right = {"sponsor": "چرخ سبز", "kind": "money", "amount_toman": "۱٬۲۰۰٬۰۰۰", "letter": "12"}
        assert GiftWish.parse(right).amount_toman == 1_200_000
        with pytest.raises(Invalid) as refused:
            GiftWish.parse({**right, **wrong})
        assert refused.value.fields.keys() == wrong.keys()


class TestDeadline:
    def test_what_is_missing_is_written_down_at_the_deadline_and_told_once(self, fair):
        gift(fair, 500_000)
        deadline = AT - 7 * DAY
        assert fix_plans(deadline - timedelta(seconds=1)) == 0
        assert fix_plans(deadline) == 1
        assert fix_plans(deadline + DAY) == 0
        plan = plan_of(fair.draw.id)
        assert (plan.cost_toman, plan.missing_toman, plan.deadline_at) == (3_000_000, 2_500_000, deadline)
        told = select(func.count()).select_from(Message).where(Message.template == "prizes_to_share")
        assert db.session.scalar(told.where(Message.channel == "app")) == 3

    def test_where_sponsors_took_everything_nobody_is_told(self, fair):
        do(receive_gift, gift(fair, 3_000_000), OFFICE, AT)
        fix_plans(AT)
        assert plan_of(fair.draw.id).missing_toman == 0
        assert bill_of(now(fair), fair.after).shares == ()
        with pytest.raises(errors.CostsOpen):
            booked(fair)


class TestShares:
    def test_partial_sponsors_and_a_store_that_sold_nothing(self, fair):
        do(receive_gift, gift(fair, 2_000_000), OFFICE, AT)
        artin, nik, lalejin = fair.ids
        # 300,000 equally; 700,000 by 60,000 and 250,000: 135,483.87 and 564,516.13
        assert booked(fair) == {artin: 235_484, nik: 100_000, lalejin: 664_516}
        assert balance(PRIZE_POOL) == 3_000_000
        assert balance(store_receivable(nik)) == 100_000
        assert not broken_invariants()

    def test_a_store_that_withdrew_shares_nothing(self, fair):
        artin, nik, lalejin = fair.ids
        with unit_of_work():
            db.session.execute(
                update(Application)
                .where(Application.store_id == nik)
                .values(state=ApplicationState.withdrawn)
            )
        # 900,000 equally among two; 2,100,000 by sales
        assert booked(fair) == {artin: 856_452, lalejin: 2_143_548}

    def test_nothing_is_booked_before_every_sale_is_final(self, fair):
        digest = bill_of(now(fair), fair.after).digest
        with pytest.raises(errors.CostsOpen):
            do(book_shares, fair.draw.id, digest, OFFICE, fair.after - 2 * DAY)
        paid(fair.gateway, fair.small.shopper, (fair.small.tea, 1), at=AT)
        with pytest.raises(errors.CostsOpen):
            do(book_shares, fair.draw.id, digest, OFFICE, fair.after)
        assert balance(PRIZE_POOL) == 0
        assert db.session.scalar(select(func.count()).select_from(CostShare)) == 0

    def test_who_agreed_agreed_to_these_shares_and_they_are_booked_once(self, fair):
        digest = bill_of(now(fair), fair.after).digest
        settled(fair.gateway, fair.small.shopper, (fair.small.tea, 2), at=AT)
        with pytest.raises(errors.CostsChanged):
            do(book_shares, fair.draw.id, digest, OFFICE, fair.after)
        booked(fair)
        count = db.session.scalar(select(func.count()).select_from(Transfer))
        with pytest.raises(errors.CostsBooked):
            do(book_shares, fair.draw.id, bill_of(now(fair), fair.after).digest, OFFICE, fair.after)
        with pytest.raises(errors.CostsBooked):
            gift(fair, 1)
        assert db.session.scalar(select(func.count()).select_from(Transfer)) == count

    def test_it_is_taken_from_what_a_store_is_due_as_far_as_that_reaches(self, fair):
        shares = booked(fair)
        lalejin = fair.ids[2]
        due = balance(store_payable(lalejin))
        write_statements(fair.after + 8 * DAY)
        db.session.rollback()
        assert balance(store_payable(lalejin)) == 0
        assert balance(store_receivable(lalejin)) == shares[lalejin] - due
        assert not broken_invariants()

    def test_what_a_store_that_fell_away_still_owed_falls_on_the_others(self, fair):
        shares = booked(fair)
        artin, nik, lalejin = fair.ids
        with pytest.raises(Invalid):
            do(release_share, fair.draw.id, nik, " ", OFFICE, fair.after)
        assert do(release_share, fair.draw.id, nik, "ورشکسته", OFFICE, fair.after) == shares[nik]
        assert balance(store_receivable(nik)) == 0
        assert balance(store_receivable(artin)) + balance(store_receivable(lalejin)) == 3_000_000
        assert balance(PRIZE_POOL) == 3_000_000
        with pytest.raises(errors.CostsBooked):
            do(release_share, fair.draw.id, nik, "باز هم", OFFICE, fair.after)
        with pytest.raises(NotFound):
            do(release_share, fair.draw.id, 10**9, "?", OFFICE, fair.after)
        assert not broken_invariants()
        (own,) = own_shares(nik)
        assert (own.amount_toman, own.taken_over_toman) == (0, -shares[nik])
        page = show_costs(now(fair), fair.after)
        assert sum(row.amount_toman for row in page.rows) == 3_000_000

    def test_prizes_are_paid_from_what_is_there(self, fair):
        booked(fair)
        with pytest.raises(AboveLimit):
            do(pay_prizes, fair.draw.id, 3_000_001, "سکه", 1, OFFICE, fair.after)
        do(pay_prizes, fair.draw.id, 2_500_000, "سکه", 1, OFFICE, fair.after)
        assert balance(PRIZE_POOL) == 500_000


def test_the_simulator_says_what_the_rule_says(fair):
    guess = simulate(
        {"own_toman": "۲۵۰٬۰۰۰", "total_toman": "310000", "store_count": "3", "cost_toman": "1000000"}, AT
    )
    # the two others sell 30,000 each: 100,000 equally and 700,000 * 250/310
    assert (guess.equal_toman, guess.by_sales_toman, guess.amount_toman) == (100_000, 564_516, 664_516)
    assert simulate({}, AT).cost_toman == 3_000_000
    assert simulate({"own_toman": "garbage", "store_count": "0"}, AT).store_count == 3


class TestAnnouncing:
    def test_an_edition_has_one_draw_with_prizes_in_their_order(self, fair):
        with pytest.raises(errors.DrawKnown):
            do(announce_draw, fair.small.festival.id, "ق/۱", OFFICE, AT)
        with unit_of_work():
            db.session.execute(update(Draw).values(state=DrawState.announced, opens_at=AT + DAY))
        wish = PrizeWish.parse(
            {"title_fa": "سکه", "title_en": "Coin", "unit_count": "۲", "value_toman": "5000", "sponsor": ""}
        )
        do(add_prize, fair.draw.id, wish, OFFICE, AT)
        do(drop_prize, fair.draw.id, 1, OFFICE, AT)
        db.session.rollback()
        assert [(p.rank, p.title_en) for p in prizes_of(fair.draw.id)] == [(1, "Prize 2"), (2, "Coin")]
        with pytest.raises(errors.DrawNotOpen):
            do(drop_prize, fair.draw.id, 1, OFFICE, AT + DAY)
        with pytest.raises(Invalid):
            PrizeWish.parse({"title_fa": "سکه", "title_en": "", "unit_count": "0", "value_toman": "x"})
