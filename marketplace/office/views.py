"""The office's desk of money matters that need a person."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core.errors import NotFound
from marketplace.office.navigation import desks_of
from marketplace.payments.queries import flagged_payments, refused_refunds, reported_events

blueprint = Blueprint("office", __name__, url_prefix="/office")


@blueprint.get("")
@official(*Role)
def show_office() -> Response:
    """The office opens on the first desk of the visitor's roles. Raises NotFound where there is none."""
    desks = desks_of(visitor().roles)
    if not desks:
        raise NotFound()
    return redirect(request.script_root + desks[0].path, 302)


@blueprint.get("/payments")
@official(Role.office, Role.auditor)
def list_payment_matters() -> str:
    """Events that fit nothing we know, payments of another amount, refunds that the gateway refused."""
    return render_template(
        "office/payments.html",
        events=reported_events(),
        payments=flagged_payments(),
        refunds=refused_refunds(),
    )
