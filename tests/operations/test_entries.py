"""Entries of the lottery as they are granted when an order is paid: once, capped, excluded with their reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.entries import grant_entries, weight_of
from marketplace.lottery.models import EntryGrant, GrantState
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import Order
from tests.factories import (
    AT,
    World,
    a_festival,
    a_member,
    a_policy_row,
    a_role,
    change,
)
from tests.factories.buying import broken_invariants, later, paid, parts_of, placed_open
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
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
    made = the_world()
    for offer in made.offers:
        change(offer, stocked_count=100, limit_per_buyer=99)
    return made


def grants(person_id: int | None = None) -> list[tuple[GrantState, int, int, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(EntryGrant).order_by(EntryGrant.id))
    return [(g.state, g.earned, g.weight, g.reason) for g in rows if person_id in (None, g.person_id)]


def news_of(made: Order) -> OrderPaid:
    parts = tuple(PaidPart(p.id, p.store_id, p.goods_toman, p.entries) for p in parts_of(made))
    return OrderPaid(made.id, made.number, made.person_id, made.festival_id, parts, AT)


def test_each_paid_store_order_has_one_grant_of_one_and_one_for_each_full_100_000(w, gateway):
    paid(gateway, w.shopper, (w.soap, 1), (w.saffron, 2), (w.carpet, 1))
    assert grants() == [
        (GrantState.granted, 1, 1, "paid_order"),
        (GrantState.granted, 3, 3, "paid_order"),
        (GrantState.granted, 18, 18, "paid_order"),
    ]
    assert weight_of(w.festival.id, w.shopper.id) == 22
    assert broken_invariants() == {}


def test_an_unpaid_order_earns_nothing(w):
    placed_open(w.shopper, (w.carpet, 1))
    assert grants() == []


def test_a_person_never_holds_more_than_fifty_in_an_edition(w, gateway):
    """Over orders, over stores, and within one order; each grant says what was earned and why less was given."""
    paid(gateway, w.shopper, (w.carpet, 2))
    paid(gateway, w.shopper, (w.carpet, 1), (w.soap, 3))
    paid(gateway, w.shopper, (w.bowl, 1))
    assert grants() == [
        (GrantState.granted, 35, 35, "paid_order"),
        (GrantState.capped, 18, 15, "cap_reached"),
        (GrantState.capped, 2, 0, "cap_reached"),
        (GrantState.capped, 3, 0, "cap_reached"),
    ]
    assert weight_of(w.festival.id, w.shopper.id) == 50
    paid(gateway, w.shopper2, (w.bowl, 1))
    assert weight_of(w.festival.id, w.shopper2.id) == 3
    assert broken_invariants() == {}


def test_fifty_smallest_orders_earn_no_more_than_the_cap(w, gateway):
    """Abuse 24."""
    a_policy_row("entries_cap", 4)
    for _ in range(6):
        paid(gateway, w.shopper, (w.soap, 1))
    assert [g[2] for g in grants()] == [1, 1, 1, 1, 0, 0]


def test_the_cap_of_one_edition_is_not_that_of_another(w, gateway):
    paid(gateway, w.shopper, (w.carpet, 3))
    assert weight_of(w.festival.id, w.shopper.id) == 50
    other = a_festival()
    made = placed_open(w.shopper, (w.soap, 1))
    news = news_of(made)
    with unit_of_work():
        grant_entries(OrderPaid(news.order_id, news.number, news.person_id, other.id, news.parts, AT))
    assert weight_of(other.id, w.shopper.id) == 1


def test_hearing_of_a_paid_order_again_grants_nothing_more(w, gateway):
    """Example 9."""
    made = paid(gateway, w.shopper, (w.bowl, 1), (w.soap, 1))
    with nothing_written(), unit_of_work():
        grant_entries(news_of(made))


def test_officials_earn_nothing_and_are_told_why(w, gateway):
    """Also who holds any role at all; who held one once and does not any more is a shopper like others."""
    a_role(w.shopper2, Role.office, ended_at=AT)
    for person in (w.office, w.shopper2):
        paid(gateway, person, (w.bowl, 1))
    assert grants(w.office.id) == [(GrantState.excluded, 3, 0, "official")]
    assert grants(w.shopper2.id) == [(GrantState.granted, 3, 3, "paid_order")]


def test_ones_own_store_earns_nothing_and_the_others_in_the_same_order_do(w, gateway):
    """Abuse 23: owner or staff; who has left the store is not of it."""
    a_member(w.stores[2], w.shopper, "staff")
    a_member(w.stores[2], w.shopper2, "staff", ended_at=AT)
    for person in (w.owners[2], w.shopper, w.shopper2):
        paid(gateway, person, (w.bowl, 1), (w.soap, 1))
        own = grants(person.id)
        assert (GrantState.granted, 1, 1, "paid_order") in own
        expected = GrantState.granted if person is w.shopper2 else GrantState.excluded
        assert {g[0] for g in own if g[1] == 3} == {expected}
        assert {g[3] for g in own if g[1] == 3} == {"paid_order" if person is w.shopper2 else "own_store"}
    assert broken_invariants() == {}


def test_the_database_refuses_a_weight_beyond_what_was_earned_and_for_who_is_out(w, gateway):
    paid(gateway, w.shopper, (w.bowl, 1))
    grant = db.session.scalars(select(EntryGrant)).one()
    for values in (
        {"weight": 4},
        {"weight": -1},
        {"state": GrantState.excluded},
        {"state": GrantState.voided},
    ):
        with nothing_written(), pytest.raises(Exception, match="(?i)conflict|constraint"):
            change(grant, **values)


def test_orders_of_one_person_paid_at_once_share_one_cap(w, gateway, app):
    """Ten captures in ten threads, each worth eighteen chances: fifty in all, however they meet."""
    made = [placed_open(w.shopper, (w.carpet, 1)) for _ in range(10)]
    news = [news_of(one) for one in made]

    def grant(index: int) -> None:
        with unit_of_work():
            grant_entries(news[index])

    at_once(app, 10, grant)
    assert sum(g[2] for g in grants()) == 50
    assert sorted(g[2] for g in grants()) == [0] * 7 + [14, 18, 18]


def test_one_order_heard_of_by_ten_threads_at_once_is_one_set_of_entries(w, gateway, app):
    news = news_of(placed_open(w.shopper, (w.bowl, 1), (w.soap, 1)))

    def grant(index: int) -> None:
        with unit_of_work():
            grant_entries(news)

    assert at_once(app, 10, grant) == [None] * 10
    assert len(grants()) == 2


@pytest.mark.databases("sqlite")
def test_the_shopper_reads_each_chance_with_its_reason(w, gateway, client: Client):
    a_policy_row("entries_cap", 20)
    first = paid(gateway, w.shopper, (w.carpet, 1))
    second = paid(gateway, w.shopper, (w.carpet, 1), (w.soap, 1))
    client.sign_in(w.shopper)
    for prefix, twenty in (("", "۲۰"), ("/en", "20")):
        page = client.get(f"{prefix}/me/entries")
        assert first.number in page.source
        assert second.number in page.source
        assert twenty in page.text
    client.sign_in(w.shopper2)
    assert first.number not in client.get("/me/entries").source


def test_entries_stay_when_a_later_policy_changes_the_cap(w, gateway):
    """Old orders are judged by the rules of their own day."""
    paid(gateway, w.shopper, (w.carpet, 2))
    a_policy_row("entries_cap", 10, at=AT)
    assert weight_of(w.festival.id, w.shopper.id) == 35
    with later(AT, minutes=1) as moment:
        paid(gateway, w.shopper, (w.bowl, 1), at=moment)
    assert weight_of(w.festival.id, w.shopper.id) == 35
    assert broken_invariants() == {}
