"""The store's health: `/panel/health`. Every member reads, acknowledges and mends; `g.store_id` is whose."""

from __future__ import annotations

import re

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import take_uploads
from marketplace.inspections.errors import FindingCleared, GuidelineChanged
from marketplace.inspections.guidelines import acknowledge
from marketplace.inspections.inputs import parse_words
from marketplace.inspections.mending import MOST_FILES, correct_finding
from marketplace.panel.health_page import show_health

blueprint = Blueprint("panel_health", __name__, url_prefix="/panel/health")


@blueprint.get("")
@store_member
def show_own_health() -> str:
    """Guidelines, findings and visits of the own store."""
    return _page()


@blueprint.post("/guidelines/<key>")
@store_member
def create_acknowledgement(key: str) -> Response | tuple[str, int]:
    """The store has read a version of a guideline; of another version than the page showed it is asked again."""
    seen = request.form.get("version", "")
    try:
        with unit_of_work():
            acknowledge(
                g.store_id,
                key,
                int(seen) if re.fullmatch(r"[0-9]{1,6}", seen) else 0,
                visitor().actor("store"),
                clock.now(),
            )
    except GuidelineChanged as error:
        return _page(error), error.status
    put_notice("guideline_acknowledged")
    return redirect(url_for(".show_own_health"), 303)


@blueprint.post("/findings/<int:finding_id>/action")
@store_member
def create_corrective_action(finding_id: int) -> Response | tuple[str, int]:
    """What the store did about a finding, with pictures; a re-visit is planned."""
    try:
        words = parse_words(request.form, "text")
        files = take_uploads(request.files.getlist("files"), most=MOST_FILES)
        with unit_of_work():
            correct_finding(finding_id, g.store_id, words, files, visitor().actor("store"), clock.now())
    except (Invalid, FindingCleared) as error:
        return _page(error, finding_id), error.status
    put_notice("finding_corrected")
    return redirect(url_for(".show_own_health"), 303)


def _page(error: Invalid | Conflict | None = None, finding_id: int | None = None) -> str:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")} if error else None
    return render_template(
        "panel/health.html",
        page=show_health(g.store_id, clock.now()),
        errors=fields,
        wrong_finding=finding_id,
        refusal=refusal if error and not fields else None,
        typed=request.form.get("text", "")[:1000] if error else "",
        most_files=MOST_FILES,
    )
