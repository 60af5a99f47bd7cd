"""The texts of inspections: the checklist in versions, and how far the guidelines are acknowledged."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.inspections.checklist import GROUPS, MOST_ITEMS, checklist_at, parse_items, write_checklist
from marketplace.inspections.guidelines import coverage_at, remind_stores_of
from marketplace.inspections.models import Severity
from marketplace.inspections.queries import stores_without
from marketplace.office.inspection_pages import stores_facts
from marketplace.policy.inputs import parse_seen

blueprint = Blueprint("inspection_texts", __name__, url_prefix="/office/inspections")
READERS = (Role.health_inspector, Role.office, Role.auditor)
EMPTY_ROWS = 3
FIELDS = ("key", "group", "severity", "fa", "en")
MOST_NAMED = 200


@blueprint.get("/checklist")
@official(*READERS)
def show_checklist() -> str:
    """The checklist in force; for the office with the form of the next version."""
    return _checklist()


@blueprint.post("/checklist")
@official(Role.office)
def create_checklist() -> Response | tuple[str, int]:
    """Writes the next version; visits from now on are made by it."""
    try:
        items = parse_items(_rows())
        with unit_of_work():
            write_checklist(items, parse_seen(request.form), visitor().actor(Role.office.value), clock.now())
    except (Invalid, Conflict) as error:
        return _checklist(error), error.status
    put_notice("checklist_saved")
    return redirect(url_for(".show_checklist"), 303)


@blueprint.get("/guidelines")
@official(*READERS)
def list_coverage() -> str:
    """How many stores acknowledged each guideline in force, and who has not."""
    rows = coverage_at(clock.now())
    ids = {r.document.key: stores_without(r.document.key, r.document.version, MOST_NAMED) for r in rows}
    facts = stores_facts({store_id for named in ids.values() for store_id in named})
    waiting = {key: [facts[store_id] for store_id in named] for key, named in ids.items()}
    may_remind = bool(visitor().roles & {Role.office, Role.health_inspector})
    return render_template("inspections/guidelines.html", rows=rows, waiting=waiting, may_remind=may_remind)


@blueprint.post("/guidelines/<key>/reminder")
@official(Role.office, Role.health_inspector)
def create_reminder(key: str) -> Response:
    """Reminds every store that has not acknowledged a guideline, at most once a day."""
    role = Role.office if Role.office in visitor().roles else Role.health_inspector
    with unit_of_work():
        remind_stores_of(key, visitor().actor(role.value), clock.now())
    put_notice("stores_reminded")
    return redirect(url_for(".list_coverage"), 303)


def _rows() -> list[dict[str, Any]]:
    told = request.form.get("count", "")
    count = int(told) if re.fullmatch(r"[0-9]{1,3}", told) else 0
    return [
        {name: request.form.get(f"{name}-{place}", "") for name in FIELDS}
        for place in range(min(count, MOST_ITEMS + EMPTY_ROWS))
    ]


def _checklist(error: Invalid | Conflict | None = None) -> str:
    version = checklist_at(clock.now())
    rows: list[dict[str, Any]] = [
        {"key": i.key, "group": i.group, "severity": i.severity.value, "fa": i.fa, "en": i.en}
        for i in version.items
    ]
    rows += [dict.fromkeys(FIELDS, "") for _ in range(EMPTY_ROWS)]
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = (
        {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
        if error and not fields
        else None
    )
    return render_template(
        "inspections/checklist.html",
        version=version,
        rows=_rows() if isinstance(error, Invalid) else rows,
        may_change=Role.office in visitor().roles,
        groups=GROUPS,
        severities=tuple(Severity),
        errors=fields,
        refusal=refusal,
    )
