"""The office's desk of money matters that need a person."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official
from marketplace.accounts.models import Role
from marketplace.payments.queries import flagged_payments, refused_refunds, reported_events

blueprint = Blueprint("office", __name__, url_prefix="/office")


@blueprint.get("")
@official(Role.office, Role.auditor)
def show_office() -> Response:
    """The office opens on its desk."""
    return redirect(url_for(".list_payment_matters"), 302)


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
