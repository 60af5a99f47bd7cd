"""The predicate in its two forms: the SQL of lists and the explanation of an offer say the same, always and at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries
from marketplace.festival.admission import (
    ADMITTED_STORES,
    ON_SALE,
    VISIBLE,
    explain_offers,
    explain_store,
    facts_of_store,
)
from marketplace.festival.models import (
    Application,
    ApplicationState,
    Offer,
    OfferState,
    Pledge,
    PledgeAcceptance,
)
from marketplace.festival.rules import Objection, Why
from marketplace.inspections.models import Severity
from marketplace.stores.hosting_models import HostingState
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    LicenceState,
    Seal,
    SealState,
    Store,
    UnionLicence,
)
from marketplace.stores.rules import HOLDING
from tests.factories import AT, a_finding, a_pledge_text, an_offer, change, world, writing
from tests.factories.admission_cases import (
    DAY,
    FINE,
    FINE_STORE,
    MOMENTS,
    OTHER_PLEDGES,
    SECOND,
    SPANS,
    Ground,
    Written,
    a_ground,
    stores,
    write,
)

BATCH, BATCHES = 40, 4


@pytest.fixture
def ground(ctx, at) -> Ground:
    return a_ground()


def found(condition: Any, festivals: list[int], at: datetime, among: set[int]) -> set[int]:
    query = select(Offer.id).where(condition)
    ids = {i for f in festivals for i in db.session.scalars(query, {"festival": f, "at": at})}
    return ids & among


def test_lists_and_explanations_agree_about_every_mixture_of_facts(ground):
    met: Counter[str] = Counter()

    @settings(derandomize=True, database=None, deadline=None, phases=[Phase.generate], max_examples=BATCHES)
    @given(st.lists(stores, min_size=BATCH, max_size=BATCH))
    def agree(batch: list[Written]) -> None:
        made = write(batch, ground)
        ids = set(made)
        for at in MOMENTS:
            told = explain_offers(ids, at)
            assert set(told) == ids
            for reasons in told.values():
                met.update({o.code for o in reasons} or {"on sale"})
            on_sale = {i for i, reasons in told.items() if not reasons}
            shown = {i for i, reasons in told.items() if {o.code for o in reasons} <= {Why.sold_out}}
            assert found(ON_SALE, ground.festivals, at, ids) == on_sale
            assert found(VISIBLE, ground.festivals, at, ids) == shown
        for window, festival in enumerate(ground.festivals):
            admitted = set(db.session.scalars(ADMITTED_STORES, {"festival": festival, "at": AT}))
            own = set([n for n in made if made[n].window == window][:6])
            assert admitted & own == {n for n in own if explain_store(n, festival, AT) == []}

    agree()
    assert len(met) > 20, f"too few reasons were met to prove much: {met}"
    assert met["on sale"] > 20


def test_each_single_fault_takes_a_store_from_every_list(ground):
    """Not left to chance: every value of every fact alone, beside a store in which all is in order."""
    fine = FINE_STORE
    batch = [
        fine,
        replace(fine, offer=OfferState.approved),
        replace(fine, window=3),
        replace(fine, findings=((Severity.critical, True), (Severity.major, False), (Severity.minor, False))),
        replace(fine, pledges=OTHER_PLEDGES[-1]),
        replace(fine, seal=(SealState.active, (AT, AT + SECOND))),
        replace(fine, guest=(HostingState.active, False, False)),
        replace(fine, guest=(HostingState.active, False, None)),
        *(replace(fine, clearance=(s, AT + SECOND)) for s in HOLDING),
    ]
    fallen = [
        *(
            replace(fine, application=s)
            for s in (None, *ApplicationState)
            if s is not ApplicationState.approved
        ),
        *(replace(fine, seal=s and (s, FINE)) for s in (None, *SealState) if s is not SealState.active),
        *(
            replace(fine, licence=s and (s, FINE))
            for s in (None, *LicenceState)
            if s is not LicenceState.active
        ),
        *(replace(fine, clearance=s and (s, AT + DAY)) for s in (None, *ClearanceState) if s not in HOLDING),
        *(replace(fine, seal=(SealState.active, span)) for span in SPANS[2:4]),
        *(replace(fine, licence=(LicenceState.active, span)) for span in SPANS[2:4]),
        *(replace(fine, clearance=(s, until)) for s in ClearanceState for until in (None, AT)),
        *(replace(fine, pledges=pledges) for pledges in OTHER_PLEDGES[:4]),
        *(replace(fine, offer=s) for s in OfferState if s not in (OfferState.approved, OfferState.live)),
        *(replace(fine, stock=stock) for stock in ((0, 0, 0), (5, 5, 0), (5, 0, 5), (5, 2, 3))),
        *(replace(fine, window=w) for w in (1, 2)),
        *(replace(fine, guest=(s, False, False)) for s in HostingState if s is not HostingState.active),
        replace(fine, guest=(HostingState.active, True, False)),
        replace(fine, guest=(HostingState.active, False, True)),
        replace(fine, is_hidden=True),
        replace(fine, is_elsewhere=True),
        replace(fine, pledged_elsewhere=True),
        replace(fine, findings=((Severity.critical, False),)),
    ]
    ids = list(write([*batch, *fallen], ground))
    assert found(ON_SALE, ground.festivals, AT, set(ids)) == set(ids[: len(batch)])
    told = explain_offers(ids, AT)
    assert [bool(told[i]) for i in ids] == [False] * len(batch) + [True] * len(fallen)


def test_a_licence_and_a_wording_count_from_their_very_moment(ground):
    """One store's licence begins now and ends in a second; then the wording begins that the other accepted alone."""
    licensed = replace(FINE_STORE, licence=(LicenceState.active, (AT, AT + SECOND)))
    ahead = replace(FINE_STORE, pledges=OTHER_PLEDGES[3])
    one, other = write([licensed, ahead], ground)
    for at, on_sale in ((AT - SECOND, set()), (AT, {one}), (AT + SECOND, {other})):
        assert found(ON_SALE, ground.festivals, at, {one, other}) == on_sale
        assert {i for i, reasons in explain_offers([one, other], at).items() if not reasons} == on_sale


def test_an_offer_nobody_knows_has_no_explanation_and_an_unknown_store_is_not_admitted(ground):
    assert explain_offers([987_654], AT) == {}
    assert facts_of_store(987_654, ground.festivals[0], AT) is None
    assert [o.code for o in explain_store(987_654, ground.festivals[0], AT)] == [Why.not_applied]


def test_explaining_a_hundred_offers_takes_as_many_statements_as_one(ground, app):
    ids = list(write([FINE_STORE] * 100, ground))
    db.session.rollback()
    counts = []
    for asked in (ids[:1], ids):
        told: list[str] = []
        stop = count_queries(told)
        explain_offers(asked, AT)
        stop()
        db.session.rollback()
        counts.append(len([s for s in told if s.lstrip().upper().startswith(("SELECT", "WITH"))]))
    assert counts == [3, 3]


# --- at once

DEEDS: dict[str, tuple[type, dict[str, Any], Why]] = {
    "its seal is suspended": (Seal, {"state": SealState.suspended}, Why.seal_suspended),
    "its seal is revoked": (Seal, {"state": SealState.revoked}, Why.seal_revoked),
    "its licence is revoked": (UnionLicence, {"state": LicenceState.revoked}, Why.licence_not_active),
    "its clearance is adverse": (Clearance, {"state": ClearanceState.adverse}, Why.clearance_adverse),
    "its application is suspended": (
        Application,
        {"state": ApplicationState.suspended},
        Why.application_suspended,
    ),
    "it withdraws": (Application, {"state": ApplicationState.withdrawn}, Why.application_withdrawn),
    "the office hides it": (Store, {"hidden_at": AT, "hidden_reason": "x"}, Why.store_hidden),
    "its offer is frozen": (Offer, {"state": OfferState.frozen}, Why.offer_frozen),
}


def test_a_fall_and_a_reinstatement_are_seen_by_the_next_read(ctx, at):
    """In one session that read before: nothing is remembered."""
    w = world()

    def seen() -> tuple[bool, list[Why]]:
        binds = {"festival": w.festival.id, "at": AT}
        is_listed = w.soap.id in set(db.session.scalars(select(Offer.id).where(ON_SALE), binds))
        return is_listed, [o.code for o in explain_offers([w.soap.id], AT)[w.soap.id]]

    assert seen() == (True, [])
    for deed, (model, values, why) in DEEDS.items():
        key = (
            Offer.id == w.soap.id
            if model is Offer
            else (Store.id if model is Store else model.store_id) == w.stores[0].id
        )
        row = db.session.scalars(select(model).where(key)).one()
        before = {name: getattr(row, name) for name in values}
        change(row, **values)
        assert seen() == (False, [why]), deed
        change(row, **before)
        assert seen() == (True, []), f"{deed}, and it was taken back"
    finding = a_finding(w.stores[0])
    assert seen() == (False, [Why.critical_finding])
    change(finding, cleared_at=AT)
    assert seen() == (True, [])


def test_a_new_wording_of_a_pledge_stops_everybody_until_it_is_accepted(ctx, at):
    w = world()
    binds = {"festival": w.festival.id, "at": AT}
    a_pledge_text(Pledge.free_shipping, at=AT, version=2)
    assert list(db.session.scalars(select(Offer.id).where(ON_SALE), {**binds, "at": AT - SECOND})) != []
    assert list(db.session.scalars(select(Offer.id).where(ON_SALE), binds)) == []
    with writing():
        db.session.add(
            PledgeAcceptance(
                festival_id=w.festival.id,
                store_id=w.stores[1].id,
                accepted_at=AT,
                pledge=Pledge.free_shipping,
                version=2,
            )
        )
    assert set(db.session.scalars(select(Offer.id).where(ON_SALE), binds)) == {w.tea.id, w.saffron.id}


def test_sold_out_is_shown_but_not_on_sale(ctx, at):
    w = world()
    gone = an_offer(w.stores[0], w.festival, w.categories[0], stock=2, sold_count=1, held_count=1)
    binds = {"festival": w.festival.id, "at": AT}
    assert gone.id in set(db.session.scalars(select(Offer.id).where(VISIBLE), binds))
    assert gone.id not in set(db.session.scalars(select(Offer.id).where(ON_SALE), binds))


def test_until_when_a_seal_is_suspended_is_told_and_decides_nothing(ground):
    """The moment is for people: no list reads it, so a suspended seal stays so after it, an active one beside it."""
    fine = FINE_STORE
    suspended, again = write([replace(fine, seal=(SealState.suspended, FINE)), fine], ground)
    ids = {suspended, again}
    for until, told in ((AT + SECOND, AT + SECOND), (AT, None), (None, None)):
        for store_id in ids:
            row = db.session.scalars(select(Seal).where(Seal.store_id == store_id)).one()
            change(row, suspended_until=until)
        assert found(ON_SALE, ground.festivals, AT, ids) == {again}
        assert explain_offers(ids, AT) == {suspended: [Objection(Why.seal_suspended, told)], again: []}
