"""A statement written once gives what the session would give for it, whatever goes in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select

from marketplace.core.db import Moment, db
from marketplace.core.quick_reads import QuickReader
from marketplace.core.ready import Ready
from marketplace.core.remembered import Present, in_present, remembered
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer, OfferState
from marketplace.stores.models import Seal, SealState, Store
from tests.factories import AT, change
from tests.worlds import database, the_world  # noqa: F401

SEALS = (
    select(Seal.id, Seal.state, Seal.valid_until, Store.hidden_at)
    .join(Store, Store.id == Seal.store_id)
    .where(Seal.valid_until <= bindparam("at", type_=Moment()), Seal.state.in_((SealState.active,)))
    .order_by(Seal.id)
)
OFFERS = (
    select(Offer.id, Offer.state, Offer.reduced_at)
    .where(
        Offer.id.in_(bindparam("ids", expanding=True, type_=Offer.id.type)),
        Offer.state == bindparam("state", type_=Offer.state.type),
    )
    .order_by(Offer.id)
)


@pytest.fixture
def w(ctx):
    return the_world()


def both(statement, **values):
    """The rows of the session and of the ready statement, in and outside of a page that may be remembered."""
    ready = Ready(statement)
    wanted = [tuple(row) for row in db.session.execute(statement, values)]
    reader = QuickReader(db.engine)
    with in_present(Present({}, {}, AT, AT + timedelta(days=1), reader)):
        beside = [tuple(row) for row in ready.all(**values)]
    reader.close()
    assert [tuple(row) for row in ready.all(**values)] == wanted == beside
    return wanted


def test_a_moment_is_compared_to_the_microsecond(w):
    change(db.session.scalars(select(Seal).order_by(Seal.id)).first(), valid_until=AT)
    assert len(both(SEALS, at=AT)) == 1
    assert both(SEALS, at=AT - timedelta(microseconds=1)) == []
    assert both(SEALS, at=AT)[0][1] is SealState.active


def test_lists_of_any_length_find_what_is_in_them(w):
    ids = [offer.id for offer in w.offers]
    state = db.session.get_one(Offer, ids[0]).state
    assert isinstance(state, OfferState)
    for n in range(len(ids) + 1):
        assert {row[0] for row in both(OFFERS, ids=ids[:n], state=state)} <= set(ids[:n])
    assert len(both(OFFERS, ids=ids, state=state)) > 2


def test_inside_a_unit_what_it_wrote_is_seen_and_nothing_is_remembered(w):
    """A verb that runs in the middle of a page sees its own rows, not those of before."""
    name = Ready(select(Store.name_en).where(Store.id == bindparam("store")))
    store, reader = w.stores[0].id, QuickReader(db.engine)
    with in_present(Present({}, {}, AT, AT + timedelta(days=1), reader)):
        before = remembered(lambda: name.scalar(store=store), "a name")
        with unit_of_work():
            db.session.get_one(Store, store).name_en = "Other"
            assert name.scalar(store=store) == "Other"
            assert remembered(lambda: name.scalar(store=store), "a name") == "Other"
        assert remembered(lambda: name.scalar(store=store), "a name") == before
    reader.close()
