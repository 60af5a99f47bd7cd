"""Placing an order: one sum over many stores, computed here, once per submission, from what is true now."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.models import Job
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.festival.models import OfferState
from marketplace.festival.policy import entries_for
from marketplace.orders.checkout import lines_signature, place_order
from marketplace.orders.errors import EmptyCart, NoShipping, NotEnoughStock, TotalChanged, UnpayableLines
from marketplace.orders.models import CartLine, HygieneKit, Order, OrderLine, OrderState, StoreOrder
from marketplace.orders.queries import cart_rows
from marketplace.orders.quoting import Destination, quote_cart
from marketplace.orders.stock import hold
from marketplace.payments.models import Payment, PaymentState
from marketplace.policy.policy import Policy
from tests.factories import AT, World, a_policy_row, a_tariff, an_offer, change, fresh, writing
from tests.factories.buying import (
    a_wish,
    broken_invariants,
    buyer_of,
    in_cart,
    order,
    paid,
    parts_of,
    place,
    rows_of,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


def signature(w: World) -> str:
    """The lines as the shopper's page would send them back."""
    db.session.rollback()
    home = w.provinces[1]
    return lines_signature(
        quote_cart(
            cart_rows(w.shopper.id, None), w.shopper.id, Destination(home.id, home.zone, "اصفهان"), {}, AT
        )
    )


def sums(part: StoreOrder) -> tuple[int, int, int, int]:
    return part.goods_toman, part.tariff_toman, part.borne_toman, part.shipping_toman


# --- one order, many stores


def test_three_stores_below_at_and_above_the_threshold(w):
    """Example 1 over three stores: 60,000 pays, exactly 100,000 pays, 250,000 is free; each has its own threshold."""
    placed = place(w.shopper, (w.tea, 1), (w.scarf, 1), (w.bowl, 1))
    made, parts = order(placed.order_id), parts_of(order(placed.order_id))
    tea, scarf, bowl = sorted(parts, key=lambda p: p.goods_toman)
    assert sums(tea) == (60_000, 32_000, 0, 32_000), "within its own province"
    assert sums(scarf) == (100_000, 43_000, 0, 43_000)
    assert sums(bowl) == (250_000, 43_000, 43_000, 0)
    assert (made.goods_toman, made.shipping_toman, made.total_toman) == (410_000, 75_000, 485_000)
    assert [p.entries for p in (tea, scarf, bowl)] == [1, 2, 3]
    assert made.state is OrderState.awaiting_payment
    assert broken_invariants() == {}


def test_one_toman_above_is_free(w):
    placed = place(w.shopper, (w.saffron, 1))
    [part] = parts_of(order(placed.order_id))
    assert sums(part) == (100_001, 32_000, 32_000, 0)


def test_each_store_order_has_its_kit_at_price_0_and_in_no_sum(w):
    """Example 3: three stores, three kits, totals as without them."""
    placed = place(w.shopper, (w.tea, 2), (w.scarf, 1), (w.bowl, 1))
    kits = db.session.scalars(select(HygieneKit)).all()
    assert {kit.store_order_id for kit in kits} == {part.id for part in parts_of(order(placed.order_id))}
    assert [(kit.price_toman, kit.ticked_at) for kit in kits] == [(0, None)] * 3
    lines = db.session.scalars(select(OrderLine)).all()
    assert (
        sum(line.quantity * line.unit_toman for line in lines)
        == order(placed.order_id).goods_toman
        == 470_000
    )


def test_the_stock_is_held_and_the_cart_emptied_of_what_was_bought(w):
    in_cart(w.shopper, (w.soap, 3), (w.tea, 1))
    change(w.tea, state=OfferState.frozen)
    place(w.shopper, wish=a_wish(), seen_lines=signature(w))
    soap = fresh(w.soap)
    assert (soap.held_count, soap.sold_count, soap.left_count) == (3, 0, 7)
    assert [line.offer_id for line in db.session.scalars(select(CartLine))] == [w.tea.id]
    assert fresh(w.tea).held_count == 0


def test_a_dearer_way_is_charged_by_the_difference_above_the_threshold_and_whole_below(w):
    wish = a_wish(methods={"artin": "tipax", "lalejin": "tipax"})
    placed = place(w.shopper, (w.soap, 1), (w.bowl, 1), wish=wish)
    below, above = parts_of(order(placed.order_id))
    assert sums(below) == (60_000, 67_000, 0, 67_000)
    assert sums(above) == (250_000, 67_000, 43_000, 24_000)


def test_a_changed_tariff_and_a_changed_threshold_reach_cart_order_and_book_alike(w, gateway):
    a_tariff("pishtaz", 2, 45_500, 11_000)
    a_policy_row("free_shipping_above_toman", 249_999)
    in_cart(w.shopper, (w.soap, 1), (w.bowl, 1))
    home = w.provinces[1]
    quoted = quote_cart(
        cart_rows(w.shopper.id, None), w.shopper.id, Destination(home.id, home.zone, "x"), {}, AT
    )
    assert [(s.quote.chosen.shipping_toman, s.quote.chosen.borne_toman) for s in quoted] == [
        (45_500, 0),
        (0, 45_500),
    ]
    made = paid(gateway, w.shopper)
    assert [sums(p) for p in parts_of(made)] == [(60_000, 45_500, 0, 45_500), (250_000, 45_500, 45_500, 0)]
    assert made.total_toman == 355_500
    assert broken_invariants() == {}


def test_entries_follow_the_goods_of_each_store(w):
    placed = place(w.shopper, (w.carpet, 2), (w.soap, 2))
    parts = parts_of(order(placed.order_id))
    assert [p.entries for p in parts] == [entries_for(p.goods_toman, Policy()) for p in parts] == [35, 2]


# --- once


def test_the_same_submission_twice_is_one_order(w):
    wish = a_wish(key="double-click")
    first = place(w.shopper, (w.soap, 1), wish=wish)
    with nothing_written():
        again = place(w.shopper, wish=wish)
    assert (again.order_id, again.number, again.errand_id) == (first.order_id, first.number, None)
    assert (rows_of(Order), fresh(w.soap).held_count) == (1, 1)


def test_a_submission_key_is_its_persons_own(w):
    place(w.shopper, (w.soap, 1), wish=a_wish(key="the-same-key"))
    place(w.shopper2, (w.soap, 1), wish=a_wish(key="the-same-key"))
    assert rows_of(Order) == 2


def test_ten_clicks_at_once_are_one_order_and_everybody_is_led_to_it(w, app):
    in_cart(w.shopper, (w.soap, 2), (w.tea, 1))
    wish = a_wish(key="ten-clicks")

    def click(index: int) -> int:
        with unit_of_work():
            return place_order(buyer_of(w.shopper), wish, AT).order_id

    assert len(set(at_once(app, 10, click))) == 1
    assert (rows_of(Order), rows_of(Payment), fresh(w.soap).held_count) == (1, 1, 2)
    assert broken_invariants() == {}


# --- what changed meanwhile


def test_a_lower_total_than_the_true_one_is_not_accepted(w):
    """Abuse 12: whoever was shown (or claims to have been shown) less is shown the true sum first."""
    in_cart(w.shopper, (w.soap, 1))
    for seen in ("0", "1", "102999"):
        with nothing_written(), pytest.raises(TotalChanged) as refused:
            place(w.shopper, wish=a_wish(seen_total=seen))
        assert refused.value.params == {"total_toman": 103_000}
    place(w.shopper, wish=a_wish(seen_total="103000"))


def test_a_price_that_fell_meanwhile_is_charged_at_the_lower_price(w):
    in_cart(w.shopper, (w.soap, 1))
    change(w.soap, festival_toman=50_000)
    placed = place(w.shopper, wish=a_wish(seen_total="103000"))
    assert order(placed.order_id).total_toman == 93_000


def test_a_price_that_rose_meanwhile_is_shown_before_it_is_charged(w):
    in_cart(w.shopper, (w.soap, 1))
    change(w.soap, festival_toman=61_000)
    with nothing_written(), pytest.raises(TotalChanged):
        place(w.shopper, wish=a_wish(seen_total="103000"))


def test_stock_that_went_meanwhile_is_no_order(w):
    in_cart(w.shopper, (w.soap, 2), (w.tea, 1))
    change(w.soap, stocked_count=1)
    with nothing_written(), pytest.raises(UnpayableLines) as refused:
        place(w.shopper)
    assert [(r.code, r.params) for r in refused.value.reasons] == [("few_left", {"left": 1})]


def test_holding_more_than_is_left_takes_nothing_of_the_others_either(w):
    with nothing_written(), pytest.raises(NotEnoughStock), unit_of_work():
        hold([(w.soap.id, 10), (w.tea.id, 11)])


def test_a_line_that_fell_since_the_page_was_shown_is_not_dropped_unseen(w):
    in_cart(w.shopper, (w.soap, 1), (w.tea, 1))
    seen = signature(w)
    change(w.tea, state=OfferState.frozen)
    with nothing_written(), pytest.raises(TotalChanged) as refused:
        place(w.shopper, wish=a_wish(), seen_lines=seen)
    assert [r.code for r in refused.value.reasons] == ["lines_changed"]
    with nothing_written(), pytest.raises(TotalChanged):
        place(w.shopper, wish=a_wish(), seen_lines="")


@pytest.mark.databases("sqlite")
def test_an_empty_cart_is_no_order(w):
    with nothing_written(), pytest.raises(EmptyCart):
        place(w.shopper)


def test_a_way_that_does_not_go_there_is_no_order(w):
    in_cart(w.shopper, (w.soap, 1))
    with nothing_written(), pytest.raises(NoShipping) as refused:
        place(w.shopper, wish=a_wish(methods={"artin": "courier"}))
    assert refused.value.fields == {"shipping-artin": "method_not_there"}


# --- statements


def test_placing_an_order_reads_no_more_for_three_lines_a_store_than_for_one(w):
    """What grows is a hold for each further offer and a row for each further line, nothing else."""
    with writing():
        more = [
            [an_offer(store, w.festival, w.categories[0], toman=10_000) for store in w.stores]
            for _ in range(4)
        ]
    wish = [a_wish(), a_wish()]
    told: list[list[str]] = [[], []]
    for rows, wished, heard in zip((more[:1], more[1:]), wish, told, strict=True):
        in_cart(w.shopper, *((offer, 1) for offers in rows for offer in offers))
        stop = count_queries(heard)
        place(w.shopper, wish=wished)
        stop()
    reads = [sum(s.startswith("SELECT") for s in heard) for heard in told]
    writes = [sum(s.startswith(("INSERT", "UPDATE", "DELETE")) for s in heard) for heard in told]
    assert reads[0] == reads[1] <= 13
    assert writes[0] <= 17
    assert writes[1] - writes[0] <= 3 * 2 * 2


def test_the_payment_and_its_errand_are_written_with_the_order(w):
    placed = place(w.shopper, (w.soap, 1))
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.reference, payment.amount_toman, payment.state) == (
        f"order:{placed.order_id}",
        103_000,
        PaymentState.opening,
    )
    assert payment.expires_at == order(placed.order_id).hold_until
    assert [job.id for job in db.session.scalars(select(Job))] == [placed.errand_id]
