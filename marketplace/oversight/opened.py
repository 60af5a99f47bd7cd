"""Pages and calls that show one person's data, and whose: what opens them is written down for that person to read.

The note is made after the answer, in a unit of its own. One that fails must not keep an office from its work while the
database is in trouble: it is told to the operator instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from sqlalchemy import select

from marketplace.accounts.access import Visitor, visitor
from marketplace.accounts.readings import new_readers_of, note_readings
from marketplace.complaints.models import Complaint
from marketplace.core import clock
from marketplace.core.db import AnySelect, db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import in_unit
from marketplace.festival.models import Application
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.recourse_models import ClaimPayment
from marketplace.messages.ticket_models import Ticket
from marketplace.orders.after_models import Return
from marketplace.orders.models import Order, OrderPayment, StoreOrder
from marketplace.payments.models import Refund
from marketplace.payments.payout_models import Payout, ShopperTransfer
from marketplace.stores.models import Clearance, MemberRole, StoreMember
from marketplace.suspicions.models import Suspicion

log = structlog.get_logger(__name__)
STORE = "store"
Persons = Callable[[Any], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A kind of page: what it is, which part of its address names it, and whose data it shows."""

    what: str
    part: str
    persons: Persons


def _one(statement: AnySelect) -> Iterable[int]:
    return set(db.session.scalars(statement))


def _buyer(store_order_id: int) -> Iterable[int]:
    parts = select(Order.person_id).join(StoreOrder, StoreOrder.order_id == Order.id)
    return _one(parts.where(StoreOrder.id == store_order_id))


def _sender(number: str) -> Iterable[int]:
    parts = select(Order.person_id).join(StoreOrder, StoreOrder.order_id == Order.id)
    return _one(parts.join(Return, Return.store_order_id == StoreOrder.id).where(Return.number == number))


def _owners(store_id: Any) -> AnySelect:
    return select(StoreMember.person_id).where(
        StoreMember.store_id.in_(store_id),
        StoreMember.role == MemberRole.owner,
        StoreMember.ended_at.is_(None),
    )


def _payees(batch_id: int) -> Iterable[int]:
    """The shoppers among those whom a bank's file pays; stores are paid as stores."""
    transfers = select(ShopperTransfer).join(Payout, Payout.shopper_transfer_id == ShopperTransfer.id)
    rows = db.session.scalars(transfers.where(Payout.batch_id == batch_id)).all()
    refunds = [row.refund_id for row in rows if row.refund_id is not None]
    claims = [int(row.subject.partition(":")[2]) for row in rows if row.subject.startswith("claim-payment:")]
    of_refunds = (
        select(Order.person_id)
        .join(OrderPayment, OrderPayment.order_id == Order.id)
        .join(Refund, Refund.payment_id == OrderPayment.payment_id)
        .where(Refund.id.in_(refunds))
    )
    of_claims = select(Claim.person_id).join(ClaimPayment, ClaimPayment.claim_id == Claim.id)
    return {*_one(of_refunds), *_one(of_claims.where(ClaimPayment.id.in_(claims)))}


ORDER = Opened("order", "store_order_id", _buyer)
RETURN = Opened("return", "number", _sender)
COMPLAINT = Opened(
    "complaint", "number", lambda n: _one(select(Complaint.person_id).where(Complaint.number == n))
)
CLAIM = Opened("claim", "number", lambda n: _one(select(Claim.person_id).where(Claim.number == n)))
TICKET = Opened("ticket", "number", lambda n: _one(select(Ticket.person_id).where(Ticket.number == n)))
APPLICATION = Opened(
    "application",
    "application_id",
    lambda n: _one(_owners(select(Application.store_id).where(Application.id == n))),
)
CLEARANCE = Opened(
    "clearance", "clearance_id", lambda n: _one(_owners(select(Clearance.store_id).where(Clearance.id == n)))
)
SUSPICION = Opened(
    "suspicion",
    "number",
    lambda n: _one(
        select(Suspicion.person_id).where(Suspicion.number == n, Suspicion.person_id.is_not(None))
    ),
)
PAYOUT = Opened("payout", "batch_id", _payees)
_VIEWS = (
    (
        ORDER,
        "panel.show_store_order",
        "api.show_store_order",
        "panel_after.show_invoice",
        "panel_after.print_invoice",
    ),
    (ORDER, "panel_after.show_slip", "panel_after.print_slip"),
    (RETURN, "panel_after.show_return", "api.show_store_return"),
    (COMPLAINT, "complaints_desk.show_case", "complaints_panel.show_case", "api.show_office_complaint"),
    (
        CLAIM,
        "claims_desk.show_claim",
        "claims_panel.show_claim",
        "fund_debts.download_case",
        "api.show_office_claim",
    ),
    (TICKET, "ticket_desk.show_ticket", "api.show_office_ticket"),
    (APPLICATION, "application_file.show_application", "api.show_office_application"),
    (CLEARANCE, "clearances.show_inquiry", "api.show_clearance"),
    (SUSPICION, "suspicions_desk.show_case", "api.show_office_suspicion"),
    (PAYOUT, "payouts.show_file", "api.show_payout_file"),
)
OPENED: Mapping[str, Opened] = {view: opened for opened, *views in _VIEWS for view in views}
"""By the name of the view. A test holds every page of one thing at a desk to stand here, or to show nobody."""


def fit(app: Flask) -> None:
    """Fits the note to the app."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    opened = OPENED.get(request.endpoint or "")
    if opened is None or request.method != "GET" or response.status_code not in (200, 304):
        return response
    if "_login_user" not in g or not current_user.is_authenticated:
        return response
    key = (request.view_args or {})[opened.part]
    subject, reader, at = f"{opened.what}:{key}", visitor(), clock.now()
    try:
        persons = new_readers_of(set(opened.persons(key)), reader.id, subject, at)
        if persons:
            role = _role_of(reader)
            in_unit(lambda: note_readings(persons, reader.id, role, opened.what, subject, at))
    except MarketplaceError as failed:
        log.error("reading_not_noted", code=failed.code, subject=subject)
    return response


def _role_of(reader: Visitor) -> str:
    """The role by which they may: at a store's pages the store, else one that the page asks for."""
    path = request.path.removeprefix("/en")
    if path.startswith(("/panel/", "/api/v1/store/")):
        return STORE
    asked = getattr(current_app.view_functions[request.endpoint or ""], "access", None)
    roles = reader.roles & asked.roles if asked is not None else frozenset()
    return min((role.value for role in roles or reader.roles), default=STORE)
