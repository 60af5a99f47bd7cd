"""THE predicate: may shoppers see and buy this? SQL conditions for lists (parameters `at`, `festival`) and an
explanation with all reasons, kept equal by a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from marketplace.core.db import AnySelect
from marketplace.core.ready import Ready
from marketplace.core.remembered import remembered
from marketplace.festival.guest_models import GuestOffer
from marketplace.festival.models import (
    Application,
    ApplicationState,
    Festival,
    Offer,
    Pledge,
    PledgeAcceptance,
    PledgeText,
)
from marketplace.festival.rules import (
    GuestFacts,
    Objection,
    OfferFacts,
    StoreFacts,
    Validity,
    Why,
    reasons_against_offer,
    reasons_against_store,
)
from marketplace.inspections.models import Finding, Severity
from marketplace.stores.hosting_models import Hosting, HostingState
from marketplace.stores.models import (
    Clearance,
    LicenceState,
    Seal,
    SealState,
    Store,
    UnionLicence,
)
from marketplace.stores.rules import HOLDING

AT: ColumnElement[datetime] = bindparam("at", type_=Seal.valid_from.type)
FESTIVAL = bindparam("festival", type_=Festival.id.type)

_newer = aliased(PledgeText)
_pledges_missing = (
    exists()
    .where(
        PledgeText.effective_from <= AT,
        ~exists()
        .where(
            _newer.pledge == PledgeText.pledge,
            _newer.version > PledgeText.version,
            _newer.effective_from <= AT,
        )
        .correlate(PledgeText),
        ~exists()
        .where(
            PledgeAcceptance.store_id == Application.store_id,
            PledgeAcceptance.festival_id == FESTIVAL,
            PledgeAcceptance.pledge == PledgeText.pledge,
            PledgeAcceptance.version == PledgeText.version,
        )
        .correlate(PledgeText, Application),
    )
    .correlate(Application)
)

ADMITTED_STORES: Select[int] = (
    select(Application.store_id)
    .join(Store, Store.id == Application.store_id)
    .join(Seal, Seal.store_id == Application.store_id)
    .join(UnionLicence, UnionLicence.store_id == Application.store_id)
    .join(Clearance, Clearance.store_id == Application.store_id)
    .where(
        Application.festival_id == FESTIVAL,
        Application.state == ApplicationState.approved,
        Store.hidden_at.is_(None),
        Seal.state == SealState.active,
        Seal.valid_from <= AT,
        Seal.valid_until > AT,
        UnionLicence.state == LicenceState.active,
        UnionLicence.valid_from <= AT,
        UnionLicence.valid_until > AT,
        Clearance.state.in_(HOLDING),
        Clearance.valid_until > AT,
        ~exists()
        .where(
            Finding.store_id == Application.store_id,
            Finding.severity == Severity.critical,
            Finding.cleared_at.is_(None),
        )
        .correlate(Application),
        ~_pledges_missing,
    )
)
"""Ids of the admitted stores of a festival at a moment."""


def is_admitted(store_id: Any) -> ColumnElement[bool]:
    """Whether the store of a row is admitted; for queries that read few rows."""
    return (
        ADMITTED_STORES.where(Application.store_id == store_id)
        .correlate_except(Application, Store, Seal, UnionLicence, Clearance)
        .exists()
    )


SHELF_STATE: ColumnElement[Any] = literal_column("offers.state IN ('approved', 'live')")
"""Word for word as in the partial indexes of the table, so that they are used."""

_guest = aliased(Store)
_GUEST_FALLEN = (
    exists()
    .where(
        GuestOffer.offer_id == Offer.id,
        Hosting.id == GuestOffer.hosting_id,
        _guest.id == Hosting.guest_id,
        or_(
            Hosting.state != HostingState.active,
            _guest.hidden_at.is_not(None),
            exists()
            .where(
                Finding.store_id == _guest.id,
                Finding.severity == Severity.critical,
                Finding.cleared_at.is_(None),
            )
            .correlate(_guest),
        ),
    )
    .correlate(Offer)
)
"""Sold for a guest that is hosted no longer, is hidden, or has an open critical finding."""

EDITION: ColumnElement[int] = literal_column("+offers.festival_id", type_=Offer.festival_id.type)
"""The column as a term, so that lists walk the index of their order and not that of an edition's states."""

ON_SHELF: ColumnElement[bool] = and_(
    EDITION == FESTIVAL,
    SHELF_STATE,
    exists().where(Festival.id == FESTIVAL, Festival.live_from <= AT, Festival.live_until > AT),
    ~_GUEST_FALLEN,
)
"""An offer's own part without its stock: approved, not frozen, the festival live, its guest (if any) hosted."""

VISIBLE = and_(ON_SHELF, is_admitted(Offer.store_id))
"""Shown to shoppers, perhaps sold out."""

HAS_STOCK: ColumnElement[bool] = Offer.stocked_count - Offer.sold_count - Offer.held_count > 0
ON_SALE = and_(VISIBLE, HAS_STOCK)
"""Can be bought."""

_STORE_COLUMNS = (
    Store.id.label("store_id"),
    Store.hidden_at,
    Application.state.label("application"),
    Seal.state.label("seal_state"),
    Seal.valid_from.label("seal_from"),
    Seal.valid_until.label("seal_until"),
    Seal.suspended_until.label("seal_suspended_until"),
    UnionLicence.state.label("licence_state"),
    UnionLicence.valid_from.label("licence_from"),
    UnionLicence.valid_until.label("licence_until"),
    Clearance.state.label("clearance_state"),
    Clearance.valid_until.label("clearance_until"),
    exists()
    .where(Finding.store_id == Store.id, Finding.severity == Severity.critical, Finding.cleared_at.is_(None))
    .correlate(Store)
    .label("critical"),
)


def _with_documents(query: AnySelect, festival: Any) -> AnySelect:
    return (
        query.outerjoin(
            Application, and_(Application.store_id == Store.id, Application.festival_id == festival)
        )
        .outerjoin(Seal, Seal.store_id == Store.id)
        .outerjoin(UnionLicence, UnionLicence.store_id == Store.id)
        .outerjoin(Clearance, Clearance.store_id == Store.id)
    )


_OFFER_FACTS = _with_documents(
    select(
        Offer.id,
        Offer.state,
        (Offer.stocked_count - Offer.sold_count - Offer.held_count).label("left"),
        Offer.festival_id,
        Festival.live_from,
        Festival.live_until,
        Hosting.state.label("hosting"),
        _guest.hidden_at.label("guest_hidden_at"),
        exists()
        .where(
            Finding.store_id == _guest.id, Finding.severity == Severity.critical, Finding.cleared_at.is_(None)
        )
        .correlate(_guest)
        .label("guest_critical"),
        *_STORE_COLUMNS,
    )
    .join(Festival, Festival.id == Offer.festival_id)
    .join(Store, Store.id == Offer.store_id)
    .outerjoin(GuestOffer, GuestOffer.offer_id == Offer.id)
    .outerjoin(Hosting, Hosting.id == GuestOffer.hosting_id)
    .outerjoin(_guest, _guest.id == Hosting.guest_id),
    Offer.festival_id,
).where(Offer.id.in_(bindparam("ids", expanding=True, type_=Offer.id.type)))

_FACTS_OF_STORES = _with_documents(select(*_STORE_COLUMNS), FESTIVAL).where(
    Store.id.in_(bindparam("stores", expanding=True, type_=Store.id.type))
)
_PLEDGES_IN_FORCE = (
    select(PledgeText.pledge, func.max(PledgeText.version))
    .where(PledgeText.effective_from <= AT)
    .group_by(PledgeText.pledge)
)
_ACCEPTED = select(
    PledgeAcceptance.store_id, PledgeAcceptance.festival_id, PledgeAcceptance.pledge, PledgeAcceptance.version
).where(PledgeAcceptance.store_id.in_(bindparam("stores", expanding=True, type_=Store.id.type)))
_OFFERS, _STORES = Ready(_OFFER_FACTS), Ready(_FACTS_OF_STORES)
_PLEDGES, _ACCEPTANCES = Ready(_PLEDGES_IN_FORCE), Ready(_ACCEPTED)


def facts_of_offers(offer_ids: Iterable[int], at: datetime) -> Mapping[int, OfferFacts]:
    """The facts about offers, in three statements whatever their number. Unknown ids are left out."""
    rows = _OFFERS.all(ids=list(offer_ids))
    missing = _missing_pledges({(r.store_id, r.festival_id) for r in rows}, at)
    return {
        r.id: OfferFacts(
            _store_facts(r, missing[r.store_id, r.festival_id]),
            r.state,
            r.left,
            r.live_from,
            r.live_until,
            GuestFacts(r.hosting, r.guest_hidden_at is not None, bool(r.guest_critical))
            if r.hosting
            else None,
        )
        for r in rows
    }


def facts_of_store(store_id: int, festival_id: int, at: datetime) -> StoreFacts | None:
    """The facts about one store in one festival; None for an unknown store."""
    return facts_of_stores([store_id], festival_id, at).get(store_id)


def facts_of_stores(store_ids: Iterable[int], festival_id: int, at: datetime) -> dict[int, StoreFacts]:
    """The facts about stores in one festival, in three statements whatever their number."""
    rows = _STORES.all(stores=list(store_ids), festival=festival_id)
    missing = _missing_pledges({(r.store_id, festival_id) for r in rows}, at)
    return {r.store_id: _store_facts(r, missing[r.store_id, festival_id]) for r in rows}


def explain_offers(offer_ids: Iterable[int], at: datetime) -> dict[int, list[Objection]]:
    """All reasons against each offer; an empty list means: on sale."""
    return {key: reasons_against_offer(facts, at) for key, facts in facts_of_offers(offer_ids, at).items()}


def explain_store(store_id: int, festival_id: int, at: datetime) -> list[Objection]:
    """All reasons against a store; an empty list means: admitted. An unknown store has not applied."""
    facts = facts_of_store(store_id, festival_id, at)
    return reasons_against_store(facts, at) if facts else [Objection(Why.not_applied)]


def _missing_pledges(pairs: set[tuple[int, int]], at: datetime) -> dict[tuple[int, int], frozenset[Pledge]]:
    if not pairs:
        return {}
    current = remembered(lambda: {row[0]: row[1] for row in _PLEDGES.all(at=at)}, "pledges in force")
    accepted = {
        (r.store_id, r.festival_id, r.pledge, r.version)
        for r in _ACCEPTANCES.all(stores=list({p[0] for p in pairs}))
    }
    return {
        pair: frozenset(
            pledge for pledge, version in current.items() if (*pair, pledge, version) not in accepted
        )
        for pair in pairs
    }


def _store_facts(r: Any, missing: frozenset[Pledge]) -> StoreFacts:
    return StoreFacts(
        application=r.application,
        seal=Validity(r.seal_state, r.seal_from, r.seal_until) if r.seal_state else None,
        licence=Validity(r.licence_state, r.licence_from, r.licence_until) if r.licence_state else None,
        clearance_state=r.clearance_state,
        clearance_until=r.clearance_until,
        has_open_critical_finding=bool(r.critical),
        missing_pledges=missing,
        is_hidden=r.hidden_at is not None,
        seal_suspended_until=r.seal_suspended_until,
    )
