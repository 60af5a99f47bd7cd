"""The reconciliation desk: what differs between us and the gateway, and the runs that looked."""

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
from marketplace.office.reconciliation_pages import (
    difference_counts,
    ended_differences,
    last_runs,
    open_differences,
)
from marketplace.payments.gateway import gateway
from marketplace.payments.reconciling import begin_run, close_finding

blueprint = Blueprint("reconciliation", __name__, url_prefix="/office/reconciliation")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_findings() -> str:
    """Open differences, those that ended lately, and the last runs."""
    return _page()


@blueprint.post("")
@official(Role.office)
def create_run() -> Response:
    """Compares with the gateway now; what takes longer than a moment is finished by the worker."""
    at = clock.now()
    with unit_of_work():
        _, errand = begin_run(gateway().name, visitor().actor("office"), at)
    put_notice("reconciled" if errands.run(errand, patience=8) else "reconciliation_begun")
    return redirect(url_for(".list_findings"), 303)


@blueprint.post("/<int:finding_id>/closing")
@official(Role.office)
@freshly
def create_closing(finding_id: int) -> Response | tuple[str, int]:
    """A person settled a difference."""
    try:
        with unit_of_work():
            close_finding(finding_id, request.form.get("note", ""), visitor().actor("office"), clock.now())
    except Invalid as error:
        return _page(finding_id, t(f"field.{error.fields['note']}")), error.status
    put_notice("finding_closed")
    return redirect(url_for(".list_findings"), 303)


def _page(wrong_id: int | None = None, error: str | None = None) -> str:
    return render_template(
        "office/reconciliation.html",
        findings={"open": open_differences(), "ended": ended_differences()},
        counts=difference_counts(),
        runs=last_runs(),
        wrong_id=wrong_id,
        error=error,
    )
