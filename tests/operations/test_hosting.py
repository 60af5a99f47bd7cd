"""Hosting: agreed by both, one host a guest, ended by either, and the guest's offers stand and fall with it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import VISIBLE, explain_offers
from marketplace.festival.guest_offers import guest_names, name_guest
from marketplace.festival.models import Offer, OfferState
from marketplace.stores import hosting
from marketplace.stores.hosting_errors import AlreadyHosted, HostingOver, NotForHosting
from marketplace.stores.hosting_models import Hosting, HostingState
from marketplace.stores.hosting_queries import guests_of, is_guest, steps_of
from marketplace.stores.models import SealState
from tests.factories import AT, World, a_bare_store, a_finding, a_seal, an_offer, change
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

ACTOR = Actor(1, "store", "owner")


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


@pytest.fixture
def guest(w):
    return a_bare_store(kind="offline", slug="hojreh", name_fa="حجره‌ی امین", name_en="Amin's Stall")


def proposed(store, other, as_host: bool) -> Hosting:
    with unit_of_work():
        made = hosting.propose_hosting(store.id, other.slug, as_host, ACTOR, AT)
        db.session.flush()
        db.session.expunge(made)
    return made


def agreed(host, guest) -> Hosting:
    made = proposed(guest, host, False)
    with unit_of_work():
        hosting.accept_hosting(made.id, host.id, ACTOR, AT)
    return made


def state(made: Hosting) -> HostingState:
    db.session.rollback()
    return db.session.scalars(select(Hosting.state).where(Hosting.id == made.id)).one()


def is_visible(w: World, offer_id: int) -> bool:
    db.session.rollback()
    return offer_id in set(
        db.session.scalars(select(Offer.id).where(VISIBLE), {"festival": w.festival.id, "at": AT})
    )


@pytest.mark.parametrize("as_host", [True, False])
def test_one_asks_and_the_other_agrees(w, guest, as_host):
    host = w.stores[0]
    first, second = (host, guest) if as_host else (guest, host)
    made = proposed(first, second, as_host)
    assert not is_guest(guest.id)
    with pytest.raises(HostingOver), unit_of_work():
        hosting.accept_hosting(made.id, first.id, ACTOR, AT)
    with unit_of_work():
        hosting.accept_hosting(made.id, second.id, ACTOR, AT)
    db.session.rollback()
    assert is_guest(guest.id)
    assert guests_of(host.id) == [(guest.id, "حجره‌ی امین", "Amin's Stall")]
    assert [s.state for s in steps_of([made.id])] == [HostingState.active, HostingState.proposed]


def test_only_its_two_stores_know_of_it(w, guest):
    made = proposed(guest, w.stores[0], False)
    for verb in (hosting.accept_hosting, hosting.refuse_hosting):
        with nothing_written(), pytest.raises(NotFound), unit_of_work():
            verb(made.id, w.stores[1].id, ACTOR, AT)
    with nothing_written(), pytest.raises(NotFound), unit_of_work():
        hosting.end_hosting(made.id, w.stores[1].id, "because", ACTOR, AT)


def test_a_sealed_online_host_and_an_unsealed_offline_guest(w, guest):
    other = a_bare_store(kind="online")
    sealed = a_bare_store(kind="offline")
    a_seal(sealed)
    for host, visitor, reasons in (
        (other, guest, {"host_not_sealed"}),
        (w.stores[0], other, {"guest_not_unsealed"}),
        (w.stores[0], sealed, {"guest_not_unsealed"}),
        (guest, other, {"host_not_sealed", "guest_not_unsealed"}),
    ):
        with nothing_written(), pytest.raises(NotForHosting) as refused:
            proposed(host, visitor, True)
        assert {r.code for r in refused.value.reasons} == reasons
    for slug in ("nobody", guest.slug):
        with nothing_written(), pytest.raises(Invalid), unit_of_work():
            hosting.propose_hosting(guest.id, slug, False, ACTOR, AT)


def test_a_host_whose_seal_fell_meanwhile_cannot_accept(w, guest):
    made = proposed(guest, w.stores[0], False)
    seal = a_seal(a_bare_store())
    row = db.session.scalars(select(type(seal)).where(type(seal).store_id == w.stores[0].id)).one()
    change(row, state=SealState.suspended)
    with nothing_written(), pytest.raises(NotForHosting), unit_of_work():
        hosting.accept_hosting(made.id, w.stores[0].id, ACTOR, AT)


def test_a_guest_has_one_host(w, guest):
    agreed(w.stores[0], guest)
    with nothing_written(), pytest.raises(AlreadyHosted):
        proposed(w.stores[1], guest, True)


def test_of_two_hosts_at_once_one_gets_the_guest(app, w, guest):
    outcomes = at_once(app, 2, lambda i: proposed(w.stores[i], guest, True))
    assert sorted(o is AlreadyHosted for o in outcomes) == [False, True]


def test_refused_makes_room_for_another(w, guest):
    made = proposed(guest, w.stores[0], False)
    with unit_of_work():
        hosting.refuse_hosting(made.id, w.stores[0].id, ACTOR, AT)
    assert state(made) is HostingState.refused
    proposed(guest, w.stores[1], False)


def test_the_guests_offers_stand_and_fall_with_it(w, guest):
    host = w.stores[0]
    made = agreed(host, guest)
    offer = an_offer(host, w.festival, w.categories[0], state=OfferState.approved)
    with unit_of_work():
        name_guest(offer.id, host.id, guest.id, ACTOR, AT)
    db.session.rollback()
    assert guest_names([offer.id, w.soap.id]) == {offer.id: ("حجره‌ی امین", "Amin's Stall")}
    assert is_visible(w, offer.id) and explain_offers([offer.id], AT) == {offer.id: []}
    finding = a_finding(guest)
    assert not is_visible(w, offer.id)
    assert [o.code for o in explain_offers([offer.id], AT)[offer.id]] == ["guest_stopped"]
    change(finding, cleared_at=AT)
    assert is_visible(w, offer.id)
    with pytest.raises(Invalid), unit_of_work():
        hosting.end_hosting(made.id, guest.id, " ", ACTOR, AT)
    with unit_of_work():
        hosting.end_hosting(made.id, guest.id, "got a seal", ACTOR, AT)
    assert not is_visible(w, offer.id)
    assert [o.code for o in explain_offers([offer.id], AT)[offer.id]] == ["hosting_over"]
    assert is_visible(w, w.soap.id)
    with nothing_written(), pytest.raises(HostingOver), unit_of_work():
        hosting.end_hosting(made.id, host.id, "again", ACTOR, AT)


def test_for_whom_is_said_before_it_is_live_by_its_own_store_for_its_own_guest(w, guest):
    host = w.stores[0]
    draft = an_offer(host, w.festival, w.categories[0], state=OfferState.draft)
    with nothing_written(), pytest.raises(HostingOver), unit_of_work():
        name_guest(draft.id, host.id, guest.id, ACTOR, AT)
    agreed(host, guest)
    with nothing_written(), pytest.raises(Conflict, match="offer_is_live"), unit_of_work():
        name_guest(w.soap.id, host.id, guest.id, ACTOR, AT)
    with nothing_written(), pytest.raises(NotFound), unit_of_work():
        name_guest(draft.id, w.stores[1].id, guest.id, ACTOR, AT)
    with unit_of_work():
        name_guest(draft.id, host.id, guest.id, ACTOR, AT)
        name_guest(draft.id, host.id, None, ACTOR, AT)
    db.session.rollback()
    assert guest_names([draft.id]) == {}
