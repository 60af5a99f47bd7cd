"""One step of an offer: the state, its history, the audit log. Every change of an offer's state goes through here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.festival.errors import StaleOffer
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_models import OfferStep
from marketplace.festival.offer_rules import may_become


def take_step(
    offer: Offer,
    following: OfferState,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    reasons: Sequence[str] = (),
    note: str = "",
    **details: Any,
) -> None:
    """Moves an offer and writes it down. Raises StaleOffer for a step that is not lawful."""
    if not may_become(offer.state, following):
        raise StaleOffer(params={"state": offer.state.value})
    old, offer.state = offer.state, following
    _write(offer, old, action, actor, at, reasons, note, details)


def note_change(offer: Offer, action: str, actor: Actor, at: datetime, **details: Any) -> None:
    """Writes down a change that leaves the state as it is."""
    _write(offer, offer.state, action, actor, at, (), "", details)


def begin(offer: Offer, actor: Actor, at: datetime) -> None:
    """The first line of an offer's history."""
    _write(offer, None, "draft_offer", actor, at, (), "", {})


def _write(
    offer: Offer,
    old: OfferState | None,
    action: str,
    actor: Actor,
    at: datetime,
    reasons: Sequence[str],
    note: str,
    details: dict[str, Any],
) -> None:
    offer.version = (offer.version or 0) + (old is not None)
    db.session.add(
        OfferStep(
            offer_id=offer.id,
            at=at,
            action=action,
            old_state=old,
            new_state=offer.state,
            actor_id=actor.id,
            actor_role=actor.role,
            actor_label=actor.label,
            reasons=list(reasons),
            note=note,
            details=details,
        )
    )
    if actor.role != "store":
        words = {"note": note[:200]} if note else {}
        record(actor, action, f"offer:{offer.id}", at, reasons=list(reasons), **words, **details)
    db.session.flush()
