"""Admission as a pure function: facts in, all reasons out. Also the honesty of a discount.

Source: docs/reference/rules.md, "Admission". The SQL of `admission.py` says the same; a test compares them over
every combination of states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.core.money import percent_off
from marketplace.festival.models import ApplicationState, OfferState, Pledge
from marketplace.stores.hosting_models import HostingState
from marketplace.stores.models import ClearanceState, LicenceState, SealState
from marketplace.stores.rules import HOLDING

ON_SHELF_STATES = (OfferState.approved, OfferState.live)

_A = ApplicationState
APPLICATION_TRANSITIONS: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    _A.draft: frozenset({_A.submitted, _A.withdrawn}),
    _A.submitted: frozenset({_A.revision, _A.approved, _A.rejected, _A.waitlisted, _A.withdrawn}),
    _A.revision: frozenset({_A.submitted, _A.rejected, _A.withdrawn}),
    _A.waitlisted: frozenset({_A.approved, _A.rejected, _A.withdrawn}),
    _A.approved: frozenset({_A.suspended, _A.withdrawn}),
    _A.suspended: frozenset({_A.approved, _A.withdrawn}),
    _A.rejected: frozenset({_A.approved, _A.waitlisted, _A.withdrawn}),
    _A.withdrawn: frozenset(),
}
"""What an application may become. A rejected one leaves by an appeal alone, revision is rejected by silence alone."""
UNDONE_TRANSITIONS: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    **dict.fromkeys(ApplicationState, frozenset()),
    _A.revision: frozenset({_A.submitted}),
    _A.approved: frozenset({_A.submitted, _A.waitlisted}),
    _A.rejected: frozenset({_A.submitted, _A.waitlisted}),
    _A.waitlisted: frozenset({_A.submitted}),
}
"""The ways back before a decision was told to the store."""


def may_become(state: ApplicationState, following: ApplicationState) -> bool:
    """Whether an application in this state may go over to the other."""
    return following in APPLICATION_TRANSITIONS[state]


class Why(StrEnum):
    """Codes of everything that can speak against an offer. The public sees `public` readings alone."""

    festival_not_started = "festival_not_started"
    festival_over = "festival_over"
    not_applied = "not_applied"
    application_open = "application_open"
    application_rejected = "application_rejected"
    application_suspended = "application_suspended"
    application_withdrawn = "application_withdrawn"
    seal_missing = "seal_missing"
    seal_not_issued = "seal_not_issued"
    seal_suspended = "seal_suspended"
    seal_revoked = "seal_revoked"
    seal_expired = "seal_expired"
    licence_missing = "licence_missing"
    licence_not_active = "licence_not_active"
    licence_expired = "licence_expired"
    clearance_missing = "clearance_missing"
    clearance_pending = "clearance_pending"
    clearance_adverse = "clearance_adverse"
    clearance_expired = "clearance_expired"
    critical_finding = "critical_finding"
    pledge_missing = "pledge_missing"
    store_hidden = "store_hidden"
    offer_not_approved = "offer_not_approved"
    offer_frozen = "offer_frozen"
    offer_ended = "offer_ended"
    sold_out = "sold_out"
    hosting_over = "hosting_over"
    guest_stopped = "guest_stopped"
    not_in_festival = "not_in_festival"


PRIVATE = frozenset(
    {
        Why.not_applied,
        Why.application_open,
        Why.application_rejected,
        Why.application_withdrawn,
        Why.clearance_missing,
        Why.clearance_pending,
        Why.clearance_adverse,
        Why.clearance_expired,
    }
)
"""Reasons that would tell of a person: the public reads `not_in_festival` instead."""


@dataclass(frozen=True, slots=True)
class Validity:
    """A document's state and its half-open dates."""

    state: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What admission asks of a store. `None` means: there is none."""

    application: ApplicationState | None
    seal: Validity | None
    licence: Validity | None
    clearance_state: ClearanceState | None
    clearance_until: datetime | None
    has_open_critical_finding: bool
    missing_pledges: frozenset[Pledge]
    is_hidden: bool
    seal_suspended_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """What admission asks of the guest for whom a host sells an offer. The host's admission decides all else."""

    hosting: HostingState
    is_hidden: bool
    has_open_critical_finding: bool


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What admission asks of an offer and its festival. `guest` is None for what a store sells for itself."""

    store: StoreFacts
    state: OfferState
    left_count: int
    live_from: datetime
    live_until: datetime
    guest: GuestFacts | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason, and the moment until which it stands where one is known: it lapses then, or is decided upon."""

    code: Why
    until: datetime | None = None


def reasons_against_store(facts: StoreFacts, at: datetime) -> list[Objection]:
    """Every reason for which a store is not admitted at a moment; empty when it is."""
    return [
        *_application(facts.application),
        *_seal(facts.seal, facts.seal_suspended_until, at),
        *_licence(facts.licence, at),
        *_clearance(facts, at),
        *([Objection(Why.critical_finding)] if facts.has_open_critical_finding else []),
        *([Objection(Why.pledge_missing)] if facts.missing_pledges else []),
        *([Objection(Why.store_hidden)] if facts.is_hidden else []),
    ]


def reasons_against_offer(facts: OfferFacts, at: datetime) -> list[Objection]:
    """Every reason for which an offer cannot be bought at a moment; empty when it is on sale."""
    return [
        *_window(facts, at),
        *reasons_against_store(facts.store, at),
        *_guest(facts.guest),
        *_offer_state(facts.state),
        *([Objection(Why.sold_out)] if facts.left_count <= 0 else []),
    ]


def public_reasons(objections: list[Objection]) -> list[Objection]:
    """The same for everybody's eyes: what would tell of a person reads `not_in_festival`, once."""
    shown: list[Objection] = []
    for objection in objections:
        reading = Objection(Why.not_in_festival) if objection.code in PRIVATE else objection
        if reading not in shown:
            shown.append(reading)
    return shown


def _window(facts: OfferFacts, at: datetime) -> Iterator[Objection]:
    if at < facts.live_from:
        yield Objection(Why.festival_not_started, facts.live_from)
    elif at >= facts.live_until:
        yield Objection(Why.festival_over)


def _application(state: ApplicationState | None) -> Iterator[Objection]:
    if state is None:
        yield Objection(Why.not_applied)
    elif state is ApplicationState.rejected:
        yield Objection(Why.application_rejected)
    elif state is ApplicationState.suspended:
        yield Objection(Why.application_suspended)
    elif state is ApplicationState.withdrawn:
        yield Objection(Why.application_withdrawn)
    elif state is not ApplicationState.approved:
        yield Objection(Why.application_open)


def _seal(seal: Validity | None, suspended_until: datetime | None, at: datetime) -> Iterator[Objection]:
    if seal is None:
        yield Objection(Why.seal_missing)
    elif seal.state == SealState.suspended:
        is_ahead = suspended_until is not None and at < suspended_until
        yield Objection(Why.seal_suspended, suspended_until if is_ahead else None)
    elif seal.state == SealState.revoked:
        yield Objection(Why.seal_revoked)
    elif seal.state == SealState.expired or (seal.state == SealState.active and at >= seal.valid_until):
        yield Objection(Why.seal_expired)
    elif seal.state != SealState.active or at < seal.valid_from:
        yield Objection(Why.seal_not_issued, seal.valid_from if seal.state == SealState.active else None)


def _licence(licence: Validity | None, at: datetime) -> Iterator[Objection]:
    if licence is None:
        yield Objection(Why.licence_missing)
    elif licence.state == LicenceState.expired or (
        licence.state == LicenceState.active and at >= licence.valid_until
    ):
        yield Objection(Why.licence_expired)
    elif licence.state != LicenceState.active or at < licence.valid_from:
        begins = licence.state == LicenceState.active
        yield Objection(Why.licence_not_active, licence.valid_from if begins else None)


def _clearance(facts: StoreFacts, at: datetime) -> Iterator[Objection]:
    state = facts.clearance_state
    until = facts.clearance_until
    if state is None:
        yield Objection(Why.clearance_missing)
    elif state in (ClearanceState.adverse, ClearanceState.final):
        yield Objection(Why.clearance_adverse)
    elif state in HOLDING and until is not None and at < until:
        return
    elif state is ClearanceState.clear:
        yield Objection(Why.clearance_expired)
    else:
        yield Objection(Why.clearance_pending)


def _guest(guest: GuestFacts | None) -> Iterator[Objection]:
    if guest is None:
        return
    if guest.hosting is not HostingState.active:
        yield Objection(Why.hosting_over)
    if guest.is_hidden or guest.has_open_critical_finding:
        yield Objection(Why.guest_stopped)


def _offer_state(state: OfferState) -> Iterator[Objection]:
    if state is OfferState.frozen:
        yield Objection(Why.offer_frozen)
    elif state is OfferState.ended:
        yield Objection(Why.offer_ended)
    elif state not in ON_SHELF_STATES:
        yield Objection(Why.offer_not_approved)


def reasons_against_discount(regular: int, reference: int, price: int, least_percent: int) -> list[str]:
    """Why a reduction is not honest: it must reach the least percent of the regular price and of the reference.

    Regular 200, price 150 twenty days ago, festival 150: 0 % against the reference, refused.
    """
    reasons = []
    if percent_off(price, regular) < least_percent:
        reasons.append("discount_below_regular")
    if percent_off(price, reference) < least_percent:
        reasons.append("discount_below_reference")
    return reasons
