"""The office's desks of the fund: `/office/fund` and `/office/recourse`. The auditor reads and changes nothing."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Conflict, Invalid, MarketplaceError
from marketplace.core.language import has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.assessments import propose_assessment
from marketplace.guarantee.claim_inputs import toman_field
from marketplace.guarantee.fund_desk_page import show_desk as desk_shown
from marketplace.guarantee.fund_desk_page import show_recourses
from marketplace.guarantee.gifts import GiftWish, propose_gift, today_of
from marketplace.guarantee.recourse import book_payment, propose_write_off

blueprint = Blueprint("fund_desk", __name__, url_prefix="/office")


@blueprint.get("/fund")
@official(Role.office, Role.auditor)
def show_desk() -> str:
    """Solvency, exposure, gifts and assessments."""
    return _desk()


@blueprint.post("/fund/gifts")
@official(Role.office)
@freshly
def create_gift() -> Response | tuple[str, int]:
    """A gift that arrived is put before a second official."""
    at = clock.now()
    try:
        wish = GiftWish.parse(request.form, today_of(at))
        with unit_of_work():
            propose_gift(wish, _actor(), at)
    except (Invalid, Conflict) as error:
        return _desk(error), error.status
    put_notice("fund_gift_proposed")
    return redirect(url_for(".show_desk"), 303)


@blueprint.post("/fund/assessments")
@official(Role.office)
@freshly
def create_assessment() -> Response | tuple[str, int]:
    """Asking the stores for shares is put before a second official."""
    try:
        with unit_of_work():
            propose_assessment(request.form.get("reason", ""), _actor(), clock.now())
    except (Invalid, Conflict) as error:
        return _desk(error), error.status
    put_notice("fund_assessment_proposed")
    return redirect(url_for(".show_desk"), 303)


@blueprint.get("/recourse")
@official(Role.office, Role.auditor)
def list_recourses() -> str:
    """What stores owe the fund."""
    return _recourses()


@blueprint.post("/recourse/<int:recourse_id>/payments")
@official(Role.office)
@freshly
def create_payment(recourse_id: int) -> Response | tuple[str, int]:
    """A store paid into our bank account."""
    wrong: dict[str, str] = {}
    amount = toman_field(request.form, "amount_toman", wrong, least=1, required=True)
    reference = ascii_digits(" ".join(request.form.get("bank_reference", "").split()))[:80]
    try:
        if not reference:
            wrong["bank_reference"] = "required"
        if wrong:
            raise Invalid(fields=wrong)
        with unit_of_work():
            book_payment(recourse_id, amount, reference, _actor(), clock.now())
    except (Invalid, Conflict) as error:
        return _recourses(error, recourse_id, "payment"), error.status
    put_notice("recourse_booked")
    return redirect(url_for(".list_recourses"), 303)


@blueprint.post("/recourse/<int:recourse_id>/write-off")
@official(Role.office)
@freshly
def create_write_off(recourse_id: int) -> Response | tuple[str, int]:
    """Giving up a debt is put before a second official."""
    wrong: dict[str, str] = {}
    amount = toman_field(request.form, "amount_toman", wrong, least=1, required=True)
    try:
        if wrong:
            raise Invalid(fields=wrong)
        with unit_of_work():
            propose_write_off(recourse_id, amount, request.form.get("reason", ""), _actor(), clock.now())
    except (Invalid, Conflict) as error:
        return _recourses(error, recourse_id, "write_off"), error.status
    put_notice("write_off_proposed")
    return redirect(url_for(".list_recourses"), 303)


def _desk(error: MarketplaceError | None = None) -> str:
    shown = desk_shown(clock.now())
    return render_template("guarantee/desk.html", page=shown, **told(error))


def _recourses(error: MarketplaceError | None = None, wrong_id: int = 0, act: str = "") -> str:
    return render_template(
        "guarantee/recourses.html", page=show_recourses(), wrong_id=wrong_id, wrong_act=act, **told(error)
    )


def told(error: MarketplaceError | None) -> dict[str, object]:
    """What was typed, what is wrong with it, and whether this visitor may act."""
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = None
    if error is not None and not fields:
        now = t(f"advice.{error.code}") if has_text(f"advice.{error.code}", "fa") else None
        refusal = {"title": t(f"error.{error.code}", **error.params), "now": now}
    names = ("giver", "amount_toman", "bank_reference", "received_on", "reason", "is_named", "insurer")
    return {
        "errors": fields,
        "refusal": refusal,
        "values": {name: request.form.get(name, "")[:500] for name in names},
        "may_act": Role.office in visitor().roles,
    }


def _actor() -> Actor:
    return visitor().actor("office")
