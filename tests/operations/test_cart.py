"""The cart: what may be put in, what is refused, and what stays in it with its reasons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.secrets import secret_hash
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.festival.models import Application, ApplicationState, OfferState
from marketplace.orders.cart import (
    CartOwner,
    accept_prices,
    adopt_guest_cart,
    count_items,
    empty_cart,
    put_line,
    remove_line,
)
from marketplace.orders.errors import AboveBuyerLimit, NotEnoughStock, NotOnSale, UnknownOffer, UnpayableLines
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import Cart, CartLine
from marketplace.orders.queries import cart_rows
from marketplace.orders.quoting import Destination, quote_cart
from marketplace.policy.models import ShippingMethod
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, World, an_offer, change, writing
from tests.factories.buying import in_cart, later, place, rows_of, run_jobs
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
"""What does not depend on the kind of database runs on one; the tests marked with both run on both."""

GUEST = CartOwner(guest_hash=secret_hash("a browser"))


@pytest.fixture
def w(ctx, at, app) -> World:
    use_gateway(app, MemoryGateway())
    return the_world()


def put(owner: CartOwner, offer_id: int, quantity: int = 1) -> None:
    with unit_of_work():
        put_line(owner, offer_id, quantity, AT)


def mine(w: World) -> CartOwner:
    return CartOwner(person_id=w.shopper.id)


def lines(owner: CartOwner) -> dict[int, int]:
    db.session.rollback()
    return {row.offer_id: row.quantity for row in cart_rows(owner.person_id, owner.guest_hash)}


def reasons(owner: CartOwner) -> dict[int, list[tuple[str, dict]]]:
    """Why each line cannot be paid; empty lists: it can."""
    db.session.rollback()
    quoted = quote_cart(cart_rows(owner.person_id, owner.guest_hash), owner.person_id, None, {}, AT)
    return {
        line.row.offer_id: [(r.code, dict(r.params)) for r in line.reasons]
        for s in quoted
        for line in s.lines
    }


# --- putting in


def test_a_line_is_set_not_added(w):
    put(mine(w), w.soap.id, 2)
    put(mine(w), w.soap.id, 3)
    assert lines(mine(w)) == {w.soap.id: 3}
    assert count_items(mine(w)) == 3


def test_what_nobody_sells_is_unknown(w):
    with nothing_written(), pytest.raises(UnknownOffer):
        put(mine(w), 987_654)


def test_nobody_has_no_cart(w):
    with nothing_written(), pytest.raises(NotFound):
        put(CartOwner(), w.soap.id)
    assert count_items(CartOwner()) == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_what_is_not_on_sale_is_refused_with_all_public_reasons(w):
    seal = db.session.scalars(select(Seal).where(Seal.store_id == w.stores[0].id)).one()
    application = db.session.scalars(select(Application).where(Application.store_id == w.stores[0].id)).one()
    change(seal, state=SealState.suspended)
    change(application, state=ApplicationState.withdrawn)
    change(w.soap, state=OfferState.frozen)
    with nothing_written(), pytest.raises(NotOnSale) as refused:
        put(mine(w), w.soap.id)
    assert [r.code for r in refused.value.reasons] == ["not_in_festival", "seal_suspended", "offer_frozen"]


def test_drafts_ended_and_sold_out_offers_are_refused(w):
    for state in (OfferState.draft, OfferState.checked, OfferState.rejected, OfferState.ended):
        change(w.tea, state=state)
        with nothing_written(), pytest.raises(NotOnSale):
            put(mine(w), w.tea.id)
    gone = an_offer(w.stores[0], w.festival, w.categories[0], stock=2, sold_count=1, held_count=1)
    with nothing_written(), pytest.raises(NotOnSale) as refused:
        put(mine(w), gone.id)
    assert [r.code for r in refused.value.reasons] == ["sold_out"]


def test_before_and_after_the_live_window_nothing_goes_in(w):
    for moment in (w.festival.live_from - timedelta(seconds=1), w.festival.live_until):
        with nothing_written(), pytest.raises(NotOnSale), unit_of_work():
            put_line(mine(w), w.soap.id, 1, moment)
    for moment in (w.festival.live_from, w.festival.live_until - timedelta(seconds=1)):
        with unit_of_work():
            put_line(mine(w), w.soap.id, 1, moment)


def test_more_than_is_left_is_refused_and_says_how_many_are_left(w):
    few = an_offer(w.stores[0], w.festival, w.categories[0], stock=5, sold_count=1, held_count=1, limit=9)
    with nothing_written(), pytest.raises(NotEnoughStock) as refused:
        put(mine(w), few.id, 4)
    assert refused.value.params == {"left": 3}
    put(mine(w), few.id, 3)


# --- the limit per buyer


@pytest.mark.databases("sqlite", "postgresql")
def test_the_limit_counts_all_orders_of_a_person(w):
    """Five a buyer: two were ordered and wait for their money, so three more fit."""
    place(w.shopper, (w.soap, 2))
    with nothing_written(), pytest.raises(AboveBuyerLimit) as refused:
        put(mine(w), w.soap.id, 4)
    assert refused.value.params == {"limit": 5, "bought": 2}
    put(mine(w), w.soap.id, 3)
    put(CartOwner(person_id=w.shopper2.id), w.soap.id, 5)


@pytest.mark.databases("sqlite", "postgresql")
def test_what_ran_out_unpaid_is_not_counted_against_the_buyer(w):
    place(w.shopper, (w.soap, 5))
    with nothing_written(), pytest.raises(AboveBuyerLimit):
        put(mine(w), w.soap.id, 1)
    with later(AT, minutes=31) as moment:
        assert give_back_expired_holds(moment) == 1
        run_jobs(moment)
    put(mine(w), w.soap.id, 5)


def test_a_guest_meets_the_limit_at_the_latest_when_paying(w):
    """A browser has no orders; the person's own are counted once it signs in, and the line says why."""
    place(w.shopper, (w.soap, 4))
    put(GUEST, w.soap.id, 2)
    with unit_of_work():
        adopt_guest_cart(GUEST.guest_hash, w.shopper.id, AT)
    assert reasons(mine(w)) == {w.soap.id: [("buyer_limit", {"limit": 5, "bought": 4})]}
    with nothing_written(), pytest.raises(UnpayableLines):
        place(w.shopper)


# --- signing in


@pytest.mark.databases("sqlite", "postgresql")
def test_a_guests_lines_become_the_persons_and_the_larger_quantity_stands(w):
    put(GUEST, w.soap.id, 1)
    put(GUEST, w.tea.id, 4)
    put(GUEST, w.bowl.id, 2)
    put(mine(w), w.soap.id, 3)
    put(mine(w), w.tea.id, 1)
    with unit_of_work():
        adopt_guest_cart(GUEST.guest_hash, w.shopper.id, AT)
    assert lines(mine(w)) == {w.soap.id: 3, w.tea.id: 4, w.bowl.id: 2}
    assert lines(GUEST) == {}
    assert rows_of(Cart) == 1
    with nothing_written(), unit_of_work():
        adopt_guest_cart(GUEST.guest_hash, w.shopper.id, AT)
        adopt_guest_cart(None, w.shopper.id, AT)


def test_one_cart_is_never_anothers(w):
    put(mine(w), w.soap.id, 1)
    put(GUEST, w.tea.id, 1)
    other = CartOwner(person_id=w.shopper2.id)
    assert lines(other) == {}
    with nothing_written(), unit_of_work():
        remove_line(other, w.soap.id)
        empty_cart(CartOwner(guest_hash=secret_hash("another browser")))
    assert (lines(mine(w)), lines(GUEST)) == ({w.soap.id: 1}, {w.tea.id: 1})


# --- what happens meanwhile


def test_a_price_that_fell_or_rose_is_told_until_it_was_accepted(w):
    put(mine(w), w.soap.id, 1)
    put(mine(w), w.tea.id, 1)
    change(w.soap, festival_toman=55_000)
    change(w.tea, festival_toman=65_000)
    rows = {row.offer_id: (row.seen_toman, row.festival_toman) for row in cart_rows(w.shopper.id, None)}
    assert rows == {w.soap.id: (60_000, 55_000), w.tea.id: (60_000, 65_000)}
    with unit_of_work():
        accept_prices(mine(w))
    rows = {row.offer_id: (row.seen_toman, row.festival_toman) for row in cart_rows(w.shopper.id, None)}
    assert rows == {w.soap.id: (55_000, 55_000), w.tea.id: (65_000, 65_000)}


def test_the_line_of_a_fallen_offer_stays_with_its_reasons_and_is_in_no_sum(w):
    put(mine(w), w.soap.id, 1)
    put(mine(w), w.scarf.id, 1)
    change(w.scarf, state=OfferState.frozen)
    assert reasons(mine(w)) == {w.soap.id: [], w.scarf.id: [("offer_frozen", {})]}
    quoted = quote_cart(cart_rows(w.shopper.id, None), w.shopper.id, None, {}, AT)[0]
    assert quoted.quote is not None
    assert quoted.quote.goods_toman == 60_000
    with nothing_written(), pytest.raises(UnpayableLines) as refused:
        place(w.shopper)
    assert [r.code for r in refused.value.reasons] == ["offer_frozen"]


def test_a_line_of_which_too_little_is_left_says_how_many(w):
    put(mine(w), w.soap.id, 3)
    change(w.soap, stocked_count=2)
    assert reasons(mine(w)) == {w.soap.id: [("few_left", {"left": 2})]}


# --- shipping as the cart shows it


def test_a_way_that_does_not_go_there_is_said_and_the_cheapest_one_priced_instead(w):
    """The courier was chosen for one city, then the parcel is to go to another: the store does not vanish."""
    put(mine(w), w.soap.id, 1)
    isfahan = w.provinces[1]
    far = Destination(isfahan.id, isfahan.zone, "اصفهان")
    [store] = quote_cart(
        cart_rows(w.shopper.id, None), w.shopper.id, far, {"artin": ShippingMethod.courier}, AT
    )
    assert store.quote is not None
    assert (store.quote.chosen.method, store.goes_as_wanted) == (ShippingMethod.pishtaz, False)
    [store] = quote_cart(
        cart_rows(w.shopper.id, None), w.shopper.id, far, {"artin": ShippingMethod.tipax}, AT
    )
    assert store.quote is not None
    assert (store.quote.chosen.method, store.goes_as_wanted) == (ShippingMethod.tipax, True)


def test_the_courier_knows_a_city_however_it_is_typed(w):
    put(mine(w), w.soap.id, 1)
    change(w.stores[0], city_fa="کرج", city_en="Karaj")
    tehran = w.provinces[0]

    def ways(city: str) -> set[ShippingMethod]:
        to = Destination(tehran.id, tehran.zone, city)
        [store] = quote_cart(cart_rows(w.shopper.id, None), w.shopper.id, to, {}, AT)
        assert store.quote is not None
        return {q.method for q in store.quote.quotes}

    for typed in ("کرج", "كرج", "Karaj", "karaj", " کرج ", "کـرج"):
        assert ShippingMethod.courier in ways(typed), typed
    for typed in ("تهران", "", "کر"):
        assert ShippingMethod.courier not in ways(typed), typed


@pytest.mark.databases("sqlite", "postgresql")
def test_quoting_thirty_lines_of_three_stores_takes_as_many_statements_as_one(w):
    with writing():
        more = [
            an_offer(store, w.festival, w.categories[0], toman=10_000)
            for store in w.stores
            for _ in range(10)
        ]
    counts = []
    for offers in (more[:1], more):
        in_cart(w.shopper, *((offer, 1) for offer in offers))
        db.session.rollback()
        told: list[str] = []
        stop = count_queries(told)
        quoted = quote_cart(cart_rows(w.shopper.id, None), w.shopper.id, None, {}, AT)
        stop()
        counts.append(len([s for s in told if s.lstrip().upper().startswith(("SELECT", "WITH"))]))
        assert sum(len(store.lines) for store in quoted) == len(offers)
    assert counts[0] == counts[1] <= 7
    assert rows_of(CartLine) == 30
