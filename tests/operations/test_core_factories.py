"""The factories write what the house itself would accept."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.festival.admission import explain_offers
from marketplace.festival.models import Offer
from marketplace.stores.queries import stores_of_person
from tests.factories import a_person, a_store, change, fresh, world


def test_every_offer_of_the_world_is_on_sale(ctx, at):
    here = world(at)
    reasons = explain_offers([o.id for o in here.offers], at)
    assert reasons == {o.id: [] for o in here.offers}


def test_a_store_of_the_world_belongs_to_its_owner(ctx, at):
    here = world(at)
    assert [stores_of_person(owner.id) for owner in here.owners] == [[s.id] for s in here.stores]


def test_columns_can_be_given_and_changed(ctx):
    person = a_person(surname="رستمی")
    assert person.surname == "رستمی"
    assert change(person, surname="سهرابی").surname == "سهرابی"
    assert fresh(person).surname == "سهرابی"


def test_two_stores_do_not_collide(ctx):
    assert a_store().id != a_store().id
    assert db.session.scalar(select(func.count(Offer.id))) == 0
