"""The recovery of hard-hit stores: `/office/recovery`."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from marketplace.accounts.access import official
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.office.recovery_page import show_recovery

blueprint = Blueprint("recovery", __name__, url_prefix="/office/recovery")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_recovery() -> str:
    """Declared falls beside festival sales per month, for all hard-hit stores or for one of them."""
    shown = show_recovery(clock.now(), request.args.get("store", "")[:80] or None)
    return render_template("office/recovery.html", page=shown)
