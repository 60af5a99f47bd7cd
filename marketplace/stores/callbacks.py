"""What the outside inquiry service calls back with: stored first, once per its own id, then looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Malformed
from marketplace.core.jobs import JobKind, enqueue
from marketplace.stores.case_models import CallbackState, ClearanceCallback
from marketplace.stores.clearances import answer_clearance, mark_asked
from marketplace.stores.errors import BadCallback
from marketplace.stores.gateways.inquiry_service import call_inquiry
from marketplace.stores.inputs import Outcome, inquiry_answer
from marketplace.stores.inquiry import SEND, prepare_inquiry
from marketplace.stores.models import Clearance, ClearanceState
from marketplace.stores.signed import is_signed

LOOK = "look-at-callback"
SERVICE = Actor(None, "inquiry_service", "inquiry service")


def read_callback(key: str | None, body: bytes, signature: str, at: datetime) -> dict[str, Any]:
    """The facts of a signed call: id, reference, outcome, category. Raises BadCallback, Malformed."""
    if not key or not is_signed(key, body, signature, at):
        raise BadCallback()
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("bad_callback") from error
    return inquiry_answer(told)


def store_callback(told: dict[str, Any], at: datetime) -> bool:
    """Stores a call with the job that looks at it; False when it was stored before. Inside a unit of work."""
    known = select(ClearanceCallback.id).where(ClearanceCallback.event_id == told["id"])
    if db.session.scalar(known) is not None:
        return False
    row = ClearanceCallback(
        event_id=told["id"],
        reference=told["reference"],
        outcome=told["outcome"],
        reason_category=told["category"],
        state=CallbackState.stored,
        received_at=at,
    )
    db.session.add(row)
    db.session.flush()
    enqueue(LOOK, {"callback": row.id}, key=f"{LOOK}:{row.id}", at=at)
    return True


def look_at_callback(payload: dict[str, Any], answer: Any, at: datetime) -> None:
    """The outcome becomes the answer of its inquiry; what fits nothing is reported and changes nothing."""
    row = db.session.get_one(ClearanceCallback, payload["callback"])
    if row.state is not CallbackState.stored:
        return
    row.looked_at = at
    clearance = db.session.scalars(
        select(Clearance).where(Clearance.reference == row.reference)
    ).one_or_none()
    if clearance is None:
        row.state, row.problem = CallbackState.reported, "unknown_reference"
        return
    if clearance.state not in (ClearanceState.queued, ClearanceState.asked):
        row.state, row.problem = CallbackState.reported, "not_waiting"
        return
    if clearance.state is ClearanceState.queued:
        mark_asked(clearance.id, SERVICE, at)
    outcome = Outcome(ClearanceState(row.outcome), row.reason_category)
    answer_clearance(clearance.id, outcome, SERVICE, at)
    row.state = CallbackState.applied


def _record_sent(payload: dict[str, Any], is_taken: bool | None, at: datetime) -> None:
    clearance = db.session.get_one(Clearance, payload["clearance"])
    is_same = clearance.reference == payload["reference"] and clearance.state is ClearanceState.queued
    if is_taken and is_same:
        mark_asked(clearance.id, SERVICE, at)


JOB_KINDS = (
    JobKind(SEND, prepare=prepare_inquiry, call=call_inquiry, record=_record_sent, max_attempts=40),
    JobKind(LOOK, record=look_at_callback),
)
