"""The clearance officers' desk: `/office/clearances`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.clearance_pages import show_desk
from marketplace.office.clearance_pages import show_inquiry as inquiry_shown
from marketplace.stores.clearances import answer_clearance, mark_asked
from marketplace.stores.inputs import ADVERSE_CATEGORIES, MISSING_CATEGORIES, Outcome
from marketplace.stores.rules import Colour

blueprint = Blueprint("clearances", __name__, url_prefix="/office/clearances")


@blueprint.get("")
@official(Role.clearance_officer, Role.auditor)
def list_clearances() -> str:
    """Inquiries by age, the oldest first, and the figures that are published."""
    colour = request.args.get("colour", "")
    colour = colour if colour in Colour.__members__ else ""
    may_open = Role.clearance_officer in visitor().roles
    desk = show_desk(clock.now(), colour)
    return render_template("office/clearances.html", desk=desk, colour=colour, may_open=may_open)


@blueprint.get("/<int:clearance_id>")
@official(Role.clearance_officer)
def show_inquiry(clearance_id: int) -> str:
    """One inquiry with the least that it needs; not for auditors, who see outcomes and figures."""
    return _page(clearance_id)


@blueprint.post("/<int:clearance_id>/asking")
@official(Role.clearance_officer)
def create_asking(clearance_id: int) -> Response:
    """The inquiry went to the police."""
    with unit_of_work():
        mark_asked(clearance_id, _actor(), clock.now())
    put_notice("clearance_asked")
    return redirect(url_for(".show_inquiry", clearance_id=clearance_id), 303)


@blueprint.post("/<int:clearance_id>/answer")
@official(Role.clearance_officer)
def create_clearance_answer(clearance_id: int) -> Response | tuple[str, int]:
    """The police answered."""
    try:
        outcome = Outcome.parse(request.form)
        with unit_of_work():
            answer_clearance(clearance_id, outcome, _actor(), clock.now())
    except Invalid as error:
        return _page(clearance_id, error), error.status
    put_notice("clearance_answered")
    return redirect(url_for(".list_clearances"), 303)


def _page(clearance_id: int, error: Invalid | None = None) -> str:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    return render_template(
        "office/clearance.html",
        page=inquiry_shown(clearance_id, visitor().id, clock.now()),
        errors=fields,
        typed=request.form.get("outcome", ""),
        adverse=[(code, t(f"clearance_reason.{code}")) for code in ADVERSE_CATEGORIES],
        missing=[(code, t(f"clearance_missing.{code}")) for code in MISSING_CATEGORIES],
    )


def _actor() -> Actor:
    return visitor().actor(Role.clearance_officer.value)
