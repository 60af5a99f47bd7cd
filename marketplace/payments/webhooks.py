"""What the gateway tells by itself: stored first, answered fast, and only a reason to ask the gateway.

An event is stored once per its id; its order, its repetition and its absence change nothing in the end, since every
event leads to the same question, and the sweep of `reconciliation.py` asks without any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.ready import Ready
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.gateways.port import GatewayEvent as Told
from marketplace.payments.models import EventState, GatewayEvent
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import Named, named_by_intent, named_by_reference, named_by_session

LOOK_AT = "look-at-event"
REPORTED_TYPES = ("checkout.session.", "charge.dispute.")
"""About a payment that we do not know, these are no accident: a person looks."""
USED_TYPES = ("checkout.session.", "payment_intent.", "charge.", "refund.")

_TABLE = cast(Table, GatewayEvent.__table__)
_NEW = {
    name: bindparam(f"new_{name}", type_=_TABLE.c[name].type)
    for name in (
        *("gateway", "event_id", "type", "session_id", "amount_toman", "body"),
        *("state", "problem", "received_at", "looked_at"),
    )
}
_ADD = {
    is_first: Ready(
        insert(_TABLE)
        .values(**_NEW)
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
        .returning(_TABLE.c.id)
    )
    for is_first, insert in ((True, insert_sqlite), (False, insert_postgresql))
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What our own database says to an event, and the payment to ask about, if any."""

    state: EventState
    problem: str | None = None
    payment: int | None = None


def store_event(gateway: str, event: Told, body: str, at: datetime) -> bool:
    """Stores a signed event and what follows from it, asking nobody outside; False when it was stored before.

    What cannot be looked at makes the whole fail: `put_event_by` then stores it all the same.
    """
    verdict = _verdict(gateway, event.type, _payload(event), *_page(event))
    new = _add(gateway, event, body, at, verdict)
    if new is None:
        return False
    _follow(verdict, new, event.dispute.id if event.dispute else None, at)
    return True


def put_event_by(gateway: str, event: Told, body: str, at: datetime) -> bool:
    """Stores a signed event to be looked at later; False when it was stored before."""
    new = _add(gateway, event, body, at, Verdict(EventState.stored))
    if new is not None:
        enqueue(LOOK_AT, {"event": new, **_payload(event)}, key=f"{LOOK_AT}:{new}", at=at)
    return new is not None


def look_at_event(payload: dict[str, Any], answer: Any, at: datetime) -> None:
    """Finds the payment of a stored event and has the gateway asked; what does not fit is reported, never paid."""
    event = db.session.get_one(GatewayEvent, payload["event"])
    if event.state is not EventState.stored:
        return
    verdict = _verdict(event.gateway, event.type, payload, event.session_id, event.amount_toman)
    event.looked_at = at
    event.state, event.problem = verdict.state, verdict.problem
    _follow(verdict, event.id, payload.get("dispute"), at)


def _payload(event: Told) -> dict[str, Any]:
    """What of an event is not kept in its row and needed to look at it."""
    return {
        "intent": event.intent_id,
        "reference": event.session.reference if event.session else None,
        "dispute": event.dispute.id if event.dispute else None,
    }


def _page(event: Told) -> tuple[str | None, int | None]:
    return (event.session.id, event.session.amount_toman) if event.session else (None, None)


def _add(gateway: str, event: Told, body: str, at: datetime, verdict: Verdict) -> int | None:
    """Writes the row of an event once; None when it stands."""
    session_id, amount_toman = _page(event)
    new = _ADD[is_sqlite()].scalar(
        new_gateway=gateway,
        new_event_id=event.id,
        new_type=event.type,
        new_session_id=session_id,
        new_amount_toman=amount_toman,
        new_body=body,
        new_state=verdict.state,
        new_problem=verdict.problem,
        new_received_at=at,
        new_looked_at=None if verdict.state is EventState.stored else at,
    )
    return None if new is None else int(new)


def _verdict(
    gateway: str, kind: str, payload: dict[str, Any], session_id: str | None, amount_toman: int | None
) -> Verdict:
    if not kind.startswith(USED_TYPES):
        return Verdict(EventState.ignored)
    payment = _payment_of(gateway, payload, session_id)
    if payment is None:
        is_odd = kind.startswith(REPORTED_TYPES)
        return Verdict(EventState.reported if is_odd else EventState.ignored, "unknown_session")
    if amount_toman is not None and amount_toman != payment.amount_toman:
        return Verdict(EventState.reported, "amount_differs")
    return Verdict(EventState.applied, None, payment.id)


def _payment_of(gateway: str, payload: dict[str, Any], session_id: str | None) -> Named | None:
    """By the page's id, the intent's id, or, while the page's id is not known here yet, by what is paid."""
    if session_id is None:
        return named_by_intent(gateway, payload["intent"]) if payload.get("intent") else None
    known = named_by_session(gateway, session_id)
    if known is not None or not payload.get("reference"):
        return known
    opening = named_by_reference(payload["reference"])
    return opening if opening is not None and opening.session_id is None else None


def _follow(verdict: Verdict, event_id: int, dispute: str | None, at: datetime) -> None:
    """Has the gateway asked about what an event names."""
    if verdict.payment is None:
        return
    if dispute:
        hear_of_dispute(verdict.payment, dispute, f"event-{event_id}", at)
    else:
        ask_about(verdict.payment, f"event-{event_id}", at)


JOB_KINDS = (JobKind(LOOK_AT, record=look_at_event),)
