"""Writers wait for each other: a call takes one turn to write, and none for what it could find out before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from marketplace.accounts.models import ApiToken
from marketplace.accounts.tokens import LAST_USE, SCOPES
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import OfferState
from marketplace.orders.cart import CartOwner, check_line, write_line
from marketplace.orders.errors import NotEnoughStock, NotOnSale
from marketplace.orders.models import Cart, CartLine
from tests.factories import AT, a_token, an_offer, change, fresh
from tests.factories.buying import in_cart, rows_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import Program
from tests.pages import Client
from tests.turns_to_write import just_before_its_turn, turns_taken
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

SOLD_OUT = "UPDATE offers SET held_count = stocked_count - sold_count WHERE id = :offer"
FROZEN = "UPDATE offers SET state = 'frozen' WHERE id = :offer"


@pytest.fixture
def w(ctx, at, app):
    use_gateway(app, MemoryGateway())
    return the_world()


@pytest.fixture
def noted(app, w) -> Program:
    """Its token was used a moment ago: there is nothing to note."""
    return Program(app, a_token(w.shopper, *SCOPES, last_used_at=AT))


@pytest.fixture
def unnoted(app, w) -> Program:
    return Program(app, a_token(w.shopper, *SCOPES))


def last_used():
    db.session.rollback()
    return db.session.scalars(select(ApiToken.last_used_at).order_by(ApiToken.id)).all()


def line(offer) -> str:
    return f"/cart/lines/{offer.id}"


# --- the note of a token's last use ------------------------------------------------------------------------------


def test_a_call_that_writes_notes_the_use_in_its_own_turn(w, unnoted):
    with turns_taken() as turns:
        unnoted.put(line(w.soap), {"quantity": 1})
    assert (len(turns), last_used()) == (1, [AT])


def test_a_call_with_a_key_notes_the_use_in_its_own_turn(w, unnoted):
    with turns_taken() as turns:
        unnoted.put(line(w.soap), {"quantity": 1}, key="a-key")
    assert (len(turns), last_used()) == (1, [AT])


def test_an_order_takes_as_many_turns_with_the_note_as_without(app, w, noted):
    in_cart(w.shopper, (w.soap, 1))
    with turns_taken() as without:
        noted.order()
    in_cart(w.shopper, (w.tea, 1))
    beside = Program(app, a_token(w.shopper, *SCOPES))
    with turns_taken() as turns:
        beside.order()
    assert len(turns) == len(without)
    assert last_used() == [AT, AT]


def test_a_call_that_only_reads_takes_a_turn_for_the_note_once_in_ten_minutes(w, unnoted):
    with turns_taken() as turns:
        unnoted.get("/cart")
        assert len(turns) == 1
        unnoted.get("/cart")
        assert len(turns) == 1
        for late, expected in ((LAST_USE - timedelta(seconds=1), 1), (LAST_USE, 2)):
            with time_machine.travel(AT + late, tick=False):
                unnoted.get("/cart")
            assert len(turns) == expected
    assert last_used() == [AT + LAST_USE]


def test_what_is_refused_has_noted_the_use_all_the_same(w, unnoted):
    with nothing_written(), turns_taken() as turns:
        unnoted.put(line(w.soap), {"quantity": 998}, expect=409)
    assert (len(turns), last_used()) == (1, [AT])


def test_what_is_refused_inside_its_turn_has_noted_the_use_all_the_same(w, unnoted):
    """The note is undone with what the call wrote, and made after its answer."""
    with just_before_its_turn(FROZEN, offer=w.soap.id), turns_taken() as turns:
        unnoted.put(line(w.soap), {"quantity": 1}, expect=409)
    assert (rows_of(CartLine), last_used()) == (0, [AT])
    assert len(turns) == 2, "the refused one's and the note's"


# --- a line is looked at before its turn -------------------------------------------------------------------------


def test_a_refused_line_takes_no_turn(w, noted):
    with turns_taken() as turns, nothing_written():
        assert noted.put(line(w.soap), {"quantity": 998}, expect=409)["code"] == "not_enough_stock"
        noted.put("/cart/lines/987654", {"quantity": 1}, key="a-key", expect=404)
    assert turns == []
    with turns_taken() as turns:
        noted.put(line(w.soap), {"quantity": 1})
    assert len(turns) == 1


def test_a_line_refused_in_the_form_takes_no_turn(app, w):
    client = Client(app, is_checking=False)
    client.post(line(w.soap), {"quantity": "1"}, follow=False, expect=303)
    with turns_taken() as turns, nothing_written():
        client.post(line(w.soap), {"quantity": "998"}, expect=409)
    assert turns == []
    with turns_taken() as turns:
        client.post(line(w.soap), {"quantity": "2"}, follow=False, expect=303)
    assert len(turns) == 1


def test_an_answer_given_again_looks_at_nothing_and_takes_no_turn(w, noted):
    first = noted.put(line(w.soap), {"quantity": 1}, key="a-key")
    change(w.soap, state=OfferState.frozen)
    with turns_taken() as turns, nothing_written():
        assert noted.put(line(w.soap), {"quantity": 1}, key="a-key") == first
    assert turns == []


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        ({"held_count": 4}, NotEnoughStock),
        ({"sold_count": 5}, NotOnSale),
        ({"state": OfferState.frozen}, NotOnSale),
        ({"state": OfferState.ended}, NotOnSale),
    ],
)
def test_what_changed_since_it_was_looked_at_is_refused_in_the_unit(w, columns, error):
    owner = CartOwner(person_id=w.shopper.id)
    offer = an_offer(w.stores[0], w.festival, w.categories[0], stock=5)
    in_cart(w.shopper, (offer, 1))
    looked = check_line(owner, offer.id, 3, AT)
    db.session.rollback()
    change(offer, **columns)
    with nothing_written(), pytest.raises(error), unit_of_work():
        write_line(owner, looked, AT)
    assert db.session.scalars(select(CartLine.quantity)).all() == [1]


@pytest.mark.parametrize("quicker", [SOLD_OUT, FROZEN], ids=["sold out", "frozen"])
def test_who_was_a_moment_too_late_is_told_so_and_the_key_is_free(w, noted, quicker):
    with just_before_its_turn(quicker, offer=w.soap.id):
        assert noted.put(line(w.soap), {"quantity": 2}, key="a-key", expect=409)["code"] == "not_on_sale"
    assert (rows_of(Cart), rows_of(CartLine)) == (0, 0)
    change(w.soap, state=OfferState.live, held_count=0)
    assert noted.put(line(w.soap), {"quantity": 2}, key="a-key")["stores"][0]["lines"][0]["quantity"] == 2


def test_who_was_a_moment_too_late_in_the_form_is_told_so(app, w):
    client = Client(app, is_checking=False)
    with just_before_its_turn(SOLD_OUT, offer=w.soap.id):
        client.post(line(w.soap), {"quantity": "1"}, expect=409)
    assert (rows_of(Cart), rows_of(CartLine)) == (0, 0)
    assert fresh(w.soap).sold_count == 0


def test_a_price_that_fell_since_it_was_looked_at_is_told(w, noted):
    """The price looked at is the one kept, so that the cart tells of the change."""
    with just_before_its_turn("UPDATE offers SET festival_toman = 55000 WHERE id = :offer", offer=w.soap.id):
        noted.put(line(w.soap), {"quantity": 1})
    db.session.rollback()
    assert db.session.scalars(select(CartLine.seen_toman)).all() == [60_000]
