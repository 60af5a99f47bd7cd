"""Disputes at payers' banks: which are open, what of them is of use to the gateway, how they ended."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.audit import record
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.dispute_pages import decided_disputes, dispute_of, open_disputes
from marketplace.payments.disputes import hear_of_dispute

blueprint = Blueprint("office_disputes", __name__, url_prefix="/office/disputes")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_disputes() -> str:
    """The open ones with what proves a delivery, and how the last ended."""
    return render_template(
        "office/disputes.html",
        cases=open_disputes(),
        decided=decided_disputes(),
        can_act=Role.office in visitor().roles,
    )


@blueprint.post("/<int:dispute_id>/question")
@official(Role.office)
def create_question(dispute_id: int) -> Response:
    """Has the gateway asked about a dispute now."""
    at = clock.now()
    found = dispute_of(dispute_id)
    with unit_of_work():
        record(visitor().actor("office"), "ask_about_dispute", f"dispute:{dispute_id}", at)
        errand = hear_of_dispute(found.payment_id, found.gateway_dispute_id, f"desk-{at.isoformat()}", at)
    errands.run(errand, patience=5)
    put_notice("dispute_asked")
    return redirect(url_for(".list_disputes"), 303)
