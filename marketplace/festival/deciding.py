"""An offer is checked by the machine, decided on by the office, and stopped or set free again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.catalog.prices import last_price
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, Reason
from marketplace.festival.errors import LookFirst, OfferNotReady, OwnStore, StaleOffer, WindowOver
from marketplace.festival.honesty import Finding, blocks, findings_about, needs_a_person
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_notices import tell_decision
from marketplace.festival.offer_queries import claims_of, lock_offer, lock_own_offer
from marketplace.festival.offer_rules import FREEZE_CODES, PRICE_OR_KIT, REJECT_CODES, may_become
from marketplace.festival.offer_steps import take_step
from marketplace.festival.offer_windows import go_live, has_begun
from marketplace.policy.policy import policy_at
from marketplace.stores.queries import is_member
from marketplace.stores.record_models import Mark
from marketplace.stores.record_rows import add_mark

LONGEST_NOTE = 500


def findings_of(offers: Sequence[Offer], at: datetime) -> dict[int, list[Finding]]:
    """All findings about offers as things stand now, in few statements."""
    starts = {
        festival_id: db.session.get_one(Festival, festival_id).live_from
        for festival_id in {offer.festival_id for offer in offers}
    }
    begun = (OfferState.live, OfferState.frozen, OfferState.ended)
    reduced = {
        offer.id: offer.reduced_at if offer.state in begun else max(at, starts[offer.festival_id])
        for offer in offers
    }
    policy = policy_at(at)
    return {key: findings_about(claim, policy) for key, claim in claims_of(offers, reduced).items()}


def kept_findings(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Findings as they are kept on the row and shown in lists."""
    return [{"code": f.code, "weight": f.weight.value, **dict(f.figures)} for f in findings]


def submit_offer(offer_id: int, store_id: int, actor: Actor, at: datetime) -> Offer:
    """The store sends a draft to be checked; what the machine finds goes with it to the office.

    Raises NotFound, StaleOffer, WindowOver, OfferNotReady with every finding that blocks.
    """
    offer = lock_own_offer(offer_id, store_id)
    if offer.state is OfferState.checked:
        return offer
    if not may_become(offer.state, OfferState.checked):
        raise StaleOffer(params={"state": offer.state.value})
    _ensure_open(offer, at)
    found = findings_of([offer], at)[offer.id]
    if blocks(found):
        raise OfferNotReady(reasons=reasons_of(blocks(found)))
    send_for_check(offer, found, actor, at)
    return offer


def send_for_check(offer: Offer, found: Sequence[Finding], actor: Actor, at: datetime) -> None:
    """Puts a draft that passed the machine before the office."""
    offer.findings, offer.submitted_at, offer.decided_at = kept_findings(found), at, None
    take_step(offer, OfferState.checked, "submit_offer", actor, at)


def withdraw_offer(offer_id: int, store_id: int, actor: Actor, at: datetime) -> Offer:
    """The store takes an offer back out of the queue, to change it."""
    offer = lock_own_offer(offer_id, store_id)
    if offer.state is OfferState.draft:
        return offer
    take_step(offer, OfferState.draft, "withdraw_offer", actor, at)
    offer.submitted_at = None
    return offer


def approve_offer(
    offer_id: int,
    version: int,
    actor: Actor,
    at: datetime,
    *,
    evidence_toman: int | None = None,
    note: str = "",
    is_one_of_many: bool = False,
) -> Offer:
    """The office lets an offer in; in the live window it is on sale at once.

    The check runs once more on what stands now, `evidence_toman` (the price that the officer read in the invoice or
    on the public page) counting as a price that was asked. Raises StaleOffer, OwnStore, WindowOver, Invalid when
    evidence was not read, OfferNotReady with all that blocks, and LookFirst for one of many that a person must see.
    """
    offer = _for_decision(offer_id, version, actor)
    festival = _ensure_open(offer, at)
    if evidence_toman is not None:
        offer.evidence_toman = evidence_toman
    found = findings_of([offer], at)[offer.id]
    if blocks(found):
        raise OfferNotReady("offer_not_honest", reasons=reasons_of(blocks(found)))
    if is_one_of_many and needs_a_person(found):
        raise LookFirst(params={"title": offer.title_fa})
    if any(finding.code == "evidence_to_be_read" for finding in found):
        raise Invalid("evidence_not_read", fields={"evidence_toman": "required"})
    offer.findings, offer.decided_at = kept_findings(found), at
    read = offer.evidence_toman
    take_step(
        offer, OfferState.approved, "approve_offer", actor, at, note=note[:LONGEST_NOTE], evidence_toman=read
    )
    tell_decision(offer, "offer_approved", at)
    if has_begun(festival, at):
        go_live(offer, at, actor, at)
    return offer


def reject_offer(
    offer_id: int, version: int, codes: Sequence[str], actor: Actor, at: datetime, *, note: str = ""
) -> Offer:
    """The office turns an offer down with reasons; the store may mend it and send it again."""
    reasons = _known_codes(codes, REJECT_CODES, note)
    offer = _for_decision(offer_id, version, actor)
    offer.decided_at = at
    take_step(
        offer, OfferState.rejected, "reject_offer", actor, at, reasons=reasons, note=note[:LONGEST_NOTE]
    )
    tell_decision(offer, "offer_rejected", at)
    return offer


def freeze_offer(
    offer_id: int, version: int | None, codes: Sequence[str], actor: Actor, at: datetime, *, note: str = ""
) -> Offer:
    """Stops a running offer at once; open payment pages are closed by the sweep that watches fallen offers.

    For its price or its kit it is a mark in the store's record.
    """
    reasons = _known_codes(codes, FREEZE_CODES, note)
    offer = lock_offer(offer_id)
    if offer.state is OfferState.frozen:
        return offer
    _ensure_version(offer, version)
    take_step(
        offer, OfferState.frozen, "freeze_offer", actor, at,
        reasons=reasons, note=note[:LONGEST_NOTE], was=offer.state.value,
    )  # fmt: skip
    if PRICE_OR_KIT & set(codes):
        add_mark(offer.store_id, Mark.price_freeze, f"freeze:{offer.id}:{offer.version}", at)
    tell_decision(offer, "offer_frozen", at)
    return offer


def unfreeze_offer(offer_id: int, version: int | None, note: str, actor: Actor, at: datetime) -> Offer:
    """Sets a stopped offer free, with the reason in words: on sale again in the window, else approved as before."""
    if not note.strip():
        raise Invalid("reason_needed", fields={"note": "required"})
    offer = lock_offer(offer_id)
    _ensure_version(offer, version)
    if offer.state is not OfferState.frozen:
        raise StaleOffer(params={"state": offer.state.value})
    if actor.id is not None and is_member(actor.id, offer.store_id):
        raise OwnStore()
    festival = _ensure_open(offer, at)
    had_begun = last_price(offer.variant_id) == offer.festival_toman
    following = OfferState.live if had_begun else OfferState.approved
    take_step(offer, following, "unfreeze_offer", actor, at, note=note.strip()[:LONGEST_NOTE])
    tell_decision(offer, "offer_unfrozen", at)
    if following is OfferState.approved and has_begun(festival, at):
        go_live(offer, at, actor, at)
    return offer


def reasons_of(findings: Sequence[Finding]) -> list[Reason]:
    """Findings as the reasons of a refusal."""
    return [Reason(finding.code, dict(finding.figures)) for finding in findings]


def _for_decision(offer_id: int, version: int, actor: Actor) -> Offer:
    offer = lock_offer(offer_id)
    _ensure_version(offer, version)
    if offer.state is not OfferState.checked:
        raise StaleOffer(params={"state": offer.state.value})
    if actor.id is not None and is_member(actor.id, offer.store_id):
        raise OwnStore()
    return offer


def _ensure_version(offer: Offer, version: int | None) -> None:
    if version is not None and offer.version != version:
        raise StaleOffer(params={"state": offer.state.value})


def _ensure_open(offer: Offer, at: datetime) -> Festival:
    festival = db.session.get_one(Festival, offer.festival_id)
    if at >= festival.live_until:
        raise WindowOver()
    return festival


def _known_codes(codes: Sequence[str], known: Sequence[str], note: str) -> list[str]:
    chosen = [code for code in known if code in set(codes)]
    if not chosen:
        raise Invalid("reason_needed", fields={"reasons": "choose_one"})
    if "other" in chosen and not note.strip():
        raise Invalid("reason_needed", fields={"note": "required"})
    return chosen
