"""What waits for a second person: `/office/approvals`."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts import approvals
from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.approvals import ApprovalKind
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.approvals_page import show_approvals

blueprint = Blueprint("approvals", __name__, url_prefix="/office/approvals")


@blueprint.get("")
@official(*Role)
def list_approvals() -> str:
    """What waits for this person's signature, what they proposed, and what ended lately."""
    return _page()


@blueprint.post("/<int:approval_id>/agreement")
@official(*Role)
@freshly
def create_agreement(approval_id: int) -> Response:
    """The second person agrees to what they saw, and the act is done."""
    kind, signer, at = kind_of(approval_id), actor(), clock.now()
    if kind.carry_out is None:
        raise Forbidden()
    with unit_of_work():
        agreed = approvals.approve(
            approval_id, signer, at, seen=request.form.get("digest", ""), roles=kind.roles
        )
        kind.carry_out(agreed, signer, at)
    return _done("approval_given")


@blueprint.post("/<int:approval_id>/refusal")
@official(*Role)
def create_refusal(approval_id: int) -> Response | tuple[str, int]:
    """The second person says no, and why."""
    kind = kind_of(approval_id)
    try:
        with unit_of_work():
            approvals.refuse(
                approval_id, request.form.get("reason", ""), actor(), clock.now(), roles=kind.roles
            )
    except Invalid as error:
        return _page(approval_id, t(f"field.{error.fields['reason']}")), error.status
    return _done("approval_refused")


@blueprint.post("/<int:approval_id>/withdrawal")
@official(*Role)
def create_withdrawal(approval_id: int) -> Response:
    """The proposer takes it back."""
    with unit_of_work():
        approvals.withdraw(approval_id, actor(), clock.now())
    return _done("approval_withdrawn")


def _page(wrong_id: int | None = None, error: str | None = None) -> str:
    at = clock.now()
    shown = show_approvals(visitor().id, visitor().roles, kinds(), at)
    return render_template("office/approvals.html", page=shown, wrong_id=wrong_id, error=error)


def kinds() -> dict[str, ApprovalKind]:
    """How each action is decided, by its name."""
    kinds: dict[str, ApprovalKind] = current_app.extensions["bazargah"].approval_kinds
    return kinds


def kind_of(approval_id: int) -> ApprovalKind:
    """How a proposal is decided. Raises NotFound, Forbidden for a role that has no say in it."""
    kind = kinds().get(approvals.approval(approval_id).action)
    if kind is None or not kind.roles & visitor().roles:
        raise Forbidden("role_needed")
    return kind


def actor() -> Actor:
    """The person under the first of their roles."""
    return visitor().actor(sorted(visitor().roles)[0].value)


def _done(notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".list_approvals"), 303)
