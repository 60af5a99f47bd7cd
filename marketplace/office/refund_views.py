"""What the office does about refunds that the gateway refused."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.refund_cases import refund_cases
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.refund_cases import (
    TransferWish,
    note_on_refund,
    propose_transfer,
    retry_refund,
    send_by_file,
)

blueprint = Blueprint("office_refunds", __name__, url_prefix="/office/refunds")


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
        cases=refund_cases(),
        errors=errors,
        wrong_id=wrong_id,
        by_file=by_file,
        values=request.form,
        can_act=Role.office in visitor().roles,
    )


def _sentences(error: Invalid) -> dict[str, str]:
    return {name: t(f"field.{code}") for name, code in error.fields.items()}
