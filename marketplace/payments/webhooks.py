"""What the gateway tells by itself: stored first, answered fast, and only a reason to ask the gateway.

An event is stored once per its id; its order, its repetition and its absence change nothing in the end, since every
event leads to the same question, and the sweep of `reconciliation.py` asks without any.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, select

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.ready import Ready
from marketplace.core.unit_of_work import part_of_unit
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.gateways.port import GatewayEvent as Told
from marketplace.payments.models import EventState, GatewayEvent, Payment
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import alive_payment, payment_by_intent, payment_by_session

log = structlog.get_logger(__name__)
LOOK_AT = "look-at-event"
REPORTED_TYPES = ("checkout.session.", "charge.dispute.")
"""About a payment that we do not know, these are no accident: a person looks."""
_KNOWN = Ready(
    select(GatewayEvent.id).where(
        GatewayEvent.gateway == bindparam("gateway"), GatewayEvent.event_id == bindparam("event")
    )
)
USED_TYPES = ("checkout.session.", "payment_intent.", "charge.", "refund.")


def store_event(gateway: str, event: Told, body: str, at: datetime) -> bool:
    """Stores a signed event and what follows from it, asking nobody outside; False when it was stored before."""
    if _KNOWN.scalar(gateway=gateway, event=event.id) is not None:
        return False
    row = GatewayEvent(
        gateway=gateway,
        event_id=event.id,
        type=event.type,
        session_id=event.session.id if event.session else None,
        amount_toman=event.session.amount_toman if event.session else None,
        body=body,
        state=EventState.stored,
        received_at=at,
    )
    db.session.add(row)
    db.session.flush()
    payload = {
        "event": row.id,
        "intent": event.intent_id,
        "reference": event.session.reference if event.session else None,
        "dispute": event.dispute.id if event.dispute else None,
    }
    _look_now(payload, at)
    return True


def _look_now(payload: dict[str, Any], at: datetime) -> None:
    """Looks at once, since that asks our own database alone; what cannot be looked at now is stored all the same."""
    try:
        with part_of_unit():
            look_at_event(payload, None, at)
    except Exception as error:
        log.error("event_not_looked_at", stored=payload["event"], error=repr(error)[:300])
        enqueue(LOOK_AT, payload, key=f"{LOOK_AT}:{payload['event']}", at=at)


def look_at_event(payload: dict[str, Any], answer: Any, at: datetime) -> None:
    """Finds the payment of a stored event and has the gateway asked; what does not fit is reported, never paid."""
    event = db.session.get_one(GatewayEvent, payload["event"])
    if event.state is not EventState.stored:
        return
    is_used = event.type.startswith(USED_TYPES)
    payment = _payment_of(event, payload) if is_used else None
    event.looked_at = at
    if not is_used:
        event.state = EventState.ignored
    elif payment is None:
        event.state = EventState.reported if event.type.startswith(REPORTED_TYPES) else EventState.ignored
        event.problem = "unknown_session"
    elif event.amount_toman is not None and event.amount_toman != payment.amount_toman:
        event.state = EventState.reported
        event.problem = "amount_differs"
    elif payload.get("dispute"):
        event.state = EventState.applied
        hear_of_dispute(payment.id, payload["dispute"], f"event-{event.id}", at)
    else:
        event.state = EventState.applied
        ask_about(payment.id, f"event-{event.id}", at)


def _payment_of(event: GatewayEvent, payload: dict[str, Any]) -> Payment | None:
    """By the page's id, the intent's id, or, while the page's id is not known here yet, by what is paid."""
    if event.session_id is None:
        return payment_by_intent(event.gateway, payload["intent"]) if payload.get("intent") else None
    known = payment_by_session(event.gateway, event.session_id)
    if known is not None or not payload.get("reference"):
        return known
    opening = alive_payment(payload["reference"])
    return opening if opening is not None and opening.session_id is None else None


JOB_KINDS = (JobKind(LOOK_AT, record=look_at_event),)
