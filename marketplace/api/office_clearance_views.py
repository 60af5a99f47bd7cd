"""The clearance desk for its officers' programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, reads, refuses
from marketplace.api.once import once
from marketplace.api.schemas import office_papers as schemas
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.office.clearance_pages import show_desk
from marketplace.office.clearance_pages import show_inquiry as inquiry_shown
from marketplace.stores.clearances import answer_clearance, mark_asked
from marketplace.stores.inputs import Outcome

TOLD = tuple(schemas.ClearanceInquiry().fields)


@call("GET", "/office/clearances", "office")
@scoped("office:read", Role.clearance_officer, Role.auditor)
@answers(200, schemas.ClearanceQueue)
def list_clearances() -> Response:
    """Inquiries that wait, the oldest first. Auditors read them without names."""
    desk = show_desk(clock.now())
    items = [asdict(line) for line in desk.lines]
    if Role.clearance_officer not in visitor().roles:
        items = [{**item, "name": None} for item in items]
    return answer({"items": items, "waiting_count": desk.waiting_count, "counts": desk.counts})


@call("GET", "/office/clearances/<int:clearance_id>", "office")
@scoped("office:read", Role.clearance_officer)
@answers(200, schemas.ClearanceInquiry)
@refuses(404)
def show_clearance(clearance_id: int) -> Response:
    """One inquiry with the person it is about."""
    return answer(_inquiry(clearance_id))


@call("POST", "/office/clearances/<int:clearance_id>/asking", "office")
@scoped("office:clearances", Role.clearance_officer)
@answers(200, schemas.ClearanceInquiry)
@refuses(404)
def create_clearance_asking(clearance_id: int) -> Response:
    """The inquiry went to the police. 409 when it did before, 403 where the caller has an interest."""
    return once(lambda at: mark_asked(clearance_id, _officer(), at), lambda: _inquiry(clearance_id))


@call("POST", "/office/clearances/<int:clearance_id>/answer", "office")
@scoped("office:clearances", Role.clearance_officer)
@reads(schemas.OutcomeWish)
@answers(200, schemas.ClearanceInquiry)
@refuses(404)
def create_clearance_answer(wish: dict[str, Any], clearance_id: int) -> Response:
    """The police answered. The answer to an objection is final, and never the first officer's (409)."""
    outcome = Outcome.parse(wish)
    return once(
        lambda at: answer_clearance(clearance_id, outcome, _officer(), at), lambda: _inquiry(clearance_id)
    )


def _inquiry(clearance_id: int) -> dict[str, Any]:
    shown = inquiry_shown(clearance_id, visitor().id, clock.now())
    return {name: getattr(shown, name) for name in TOLD}


def _officer() -> Actor:
    return visitor().actor(Role.clearance_officer.value)
