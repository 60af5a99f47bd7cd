"""What the office does about refunds that the gateway refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.models import AuditEntry
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.models import Refund
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.queries import refused_refunds
from marketplace.payments.refund_cases import (
    ACTION,
    TransferWish,
    note_on_refund,
    propose_transfer,
    retry_refund,
    send_by_file,
)
from marketplace.payments.refunds import UNSURE

blueprint = Blueprint("office_refunds", __name__, url_prefix="/office/refunds")


@dataclass(frozen=True, slots=True)
class RefundCase:
    """A refused refund on the desk. `waits`: a transfer waits for its second signature."""

    id: int
    key: str
    amount_toman: int
    reason: str
    problem: str
    asked_at: datetime
    can_transfer: bool
    waits: bool
    notes: tuple[tuple[str, str, datetime], ...]


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_refund_cases() -> str:
    """Refunds that the gateway refused, each with what was noted."""
    return _page({}, None)


@blueprint.post("/<int:refund_id>/retry")
@official(Role.office)
@freshly
def create_retry(refund_id: int) -> Response:
    """Has the gateway asked again, now if it can be reached."""
    with unit_of_work():
        errand_id = retry_refund(refund_id, visitor().actor("office"), clock.now())
    errands.run(errand_id, patience=5)
    put_notice("refund_retried")
    return redirect(url_for(".list_refund_cases"), 303)


@blueprint.post("/<int:refund_id>/transfer")
@official(Role.office)
@freshly
def create_transfer(refund_id: int) -> Response | tuple[str, int]:
    """Puts a bank transfer before a second person."""
    try:
        wish = TransferWish.parse(request.form)
        with unit_of_work():
            propose_transfer(refund_id, wish, visitor().actor("office"), clock.now())
    except Invalid as error:
        return _page(_sentences(error), refund_id), error.status
    put_notice("refund_proposed")
    return redirect(url_for(".list_refund_cases"), 303)


@blueprint.post("/<int:refund_id>/file")
@official(Role.office)
@freshly
def create_file_transfer(refund_id: int) -> Response | tuple[str, int]:
    """Puts a refund into the bank's next file."""
    try:
        wish = AccountWish.parse(request.form)
    except Invalid as error:
        return _page(_sentences(error), refund_id, by_file=True), error.status
    with unit_of_work():
        send_by_file(refund_id, wish, visitor().actor("office"), clock.now())
    put_notice("refund_in_file")
    return redirect(url_for(".list_refund_cases"), 303)


@blueprint.post("/<int:refund_id>/note")
@official(Role.office)
def create_note(refund_id: int) -> Response | tuple[str, int]:
    """Adds a note to a case."""
    try:
        with unit_of_work():
            note_on_refund(refund_id, request.form.get("note", ""), visitor().actor("office"), clock.now())
    except Invalid as error:
        return _page(_sentences(error), refund_id), error.status
    put_notice("refund_noted")
    return redirect(url_for(".list_refund_cases"), 303)


def _page(errors: dict[str, str], wrong_id: int | None, *, by_file: bool = False) -> str:
    return render_template(
        "office/refunds.html",
        cases=_cases(),
        errors=errors,
        wrong_id=wrong_id,
        by_file=by_file,
        values=request.form,
        can_act=Role.office in visitor().roles,
    )


def _cases() -> list[RefundCase]:
    refunds = refused_refunds()
    subjects = [f"refund:{refund.id}" for refund in refunds]
    waiting = {approval.subject for approval in pending(ACTION)}
    notes: dict[str, list[tuple[str, str, datetime]]] = {}
    for entry in db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject.in_(subjects), AuditEntry.action == "note_refund")
        .order_by(AuditEntry.id)
    ):
        notes.setdefault(entry.subject, []).append(
            (entry.actor_label, str(entry.details.get("note", "")), entry.at)
        )
    return [_case(refund, waiting, notes) for refund in refunds]


def _case(refund: Refund, waiting: set[str], notes: dict[str, list[tuple[str, str, datetime]]]) -> RefundCase:
    subject = f"refund:{refund.id}"
    is_unknown = refund.problem in UNSURE
    return RefundCase(
        id=refund.id,
        key=refund.key,
        amount_toman=refund.amount_toman,
        reason=t(f"state.refund_reason.{refund.reason}"),
        problem=t(f"office.refund_{refund.problem}") if is_unknown else refund.problem or "—",
        asked_at=refund.asked_at,
        can_transfer=not is_unknown,
        waits=subject in waiting,
        notes=tuple(notes.get(subject, ())),
    )


def _sentences(error: Invalid) -> dict[str, str]:
    return {name: t(f"field.{code}") for name, code in error.fields.items()}
