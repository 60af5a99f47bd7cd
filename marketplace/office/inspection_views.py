"""The inspections desk: `/office/inspections`. Inspectors and the office plan, inspectors report, auditors read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.assets import content
from marketplace.core.audit import Actor
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body, wants_problem
from marketplace.files.evidence import Checked, take_uploads
from marketplace.inspections.checklist import GROUPS, Version, checklist_numbered
from marketplace.inspections.errors import VisitOver
from marketplace.inspections.inputs import PlannedVisit, Report, parse_visit_day, parse_words
from marketplace.inspections.models import Severity
from marketplace.inspections.planning import cancel_visit, move_visit, plan_visit
from marketplace.inspections.queries import open_findings_of, visit_of
from marketplace.inspections.visits import MOST_PHOTOS, record_visit
from marketplace.office.inspection_pages import (
    inspectors,
    open_findings,
    recent_reports,
    show_desk,
    store_named,
)
from marketplace.office.visit_page import show_visit as visit_shown

blueprint = Blueprint("inspections", __name__, url_prefix="/office/inspections")
READERS = (Role.health_inspector, Role.office, Role.auditor)
PLANNERS = (Role.health_inspector, Role.office)
MOST_BYTES = 96 * 1024 * 1024
"""A report with pictures of every line, made smaller by the telephone."""


@blueprint.get("")
@official(*READERS)
def list_visits() -> str:
    """The plan by day and city, and the form of another visit."""
    return _desk()


@blueprint.post("/visits")
@official(*PLANNERS)
def create_visit() -> Response | tuple[str, int]:
    """Plans a visit."""
    at = clock.now()
    try:
        store_id = store_named(request.form.get("store", ""))
        wanted = PlannedVisit.parse(request.form, at)
        with unit_of_work():
            plan_visit(store_id, wanted, _actor(), at)
    except Invalid as error:
        return _desk(error), error.status
    put_notice("visit_planned")
    return redirect(url_for(".list_visits"), 303)


@blueprint.get("/worker.js")
@official(Role.health_inspector)
def show_worker() -> Response:
    """The worker that keeps the pages of visits for a telephone without a network; it may stand nowhere above."""
    return Response(content("js/visit-worker.js"), mimetype="text/javascript")


@blueprint.get("/reports")
@official(*READERS)
def list_reports() -> str:
    """The reports that came in, the newest first."""
    return render_template("inspections/reports.html", lines=recent_reports())


@blueprint.get("/findings")
@official(*READERS)
def list_findings() -> str:
    """Findings that are not cleared, the gravest first."""
    return render_template("inspections/findings.html", lines=open_findings(clock.now()))


@blueprint.get("/visits/<int:visit_id>")
@official(*READERS)
def show_visit(visit_id: int) -> str:
    """A visit: the form of its report while it is planned, the report afterwards."""
    return _visit(visit_id)


@blueprint.post("/visits/<int:visit_id>/report")
@official(Role.health_inspector)
@takes_body(MOST_BYTES)
def create_report(visit_id: int) -> Response | tuple[str, int]:
    """The report comes in, from the page or from what a telephone kept; sent twice it is one report."""
    at, actor = clock.now(), visitor().actor(Role.health_inspector.value)
    try:
        visit = visit_of(visit_id)
        version = request.form.get("checklist_version", "")
        checklist = checklist_numbered(int(version) if re.fullmatch(r"[0-9]{1,6}", version) else None)
        still = {finding.id for finding in open_findings_of(visit.store_id)}
        report = Report.parse(request.form, checklist, [n for n in _shown_findings() if n in still])
        photos = _photos(checklist)
        with unit_of_work():
            record_visit(visit_id, report, photos, actor, at)
    except (Invalid, VisitOver) as error:
        if wants_problem():
            raise
        return _visit(visit_id, error), error.status
    put_notice("visit_recorded")
    return redirect(url_for(".show_visit", visit_id=visit_id), 303)


@blueprint.post("/visits/<int:visit_id>/plan")
@official(*PLANNERS)
def update_plan(visit_id: int) -> Response | tuple[str, int]:
    """Another day or another inspector."""
    at = clock.now()
    errors: dict[str, str] = {}
    try:
        day = parse_visit_day(request.form.get("planned_on"), at, errors)
        inspector = request.form.get("inspector_id", "")
        if errors or day is None or not re.fullmatch(r"[0-9]{0,12}", inspector):
            raise Invalid("bad_visit", fields=errors or {"inspector_id": "choose_one"})
        with unit_of_work():
            move_visit(visit_id, day, int(inspector) if inspector else None, _actor(), at)
    except (Invalid, VisitOver) as error:
        return _visit(visit_id, error), error.status
    put_notice("visit_moved")
    return redirect(url_for(".show_visit", visit_id=visit_id), 303)


@blueprint.post("/visits/<int:visit_id>/cancellation")
@official(*PLANNERS)
def create_cancellation(visit_id: int) -> Response | tuple[str, int]:
    """Takes a visit off the plan, with the reason."""
    try:
        reason = parse_words(request.form, "reason")
        with unit_of_work():
            cancel_visit(visit_id, reason, _actor(), clock.now())
    except (Invalid, VisitOver) as error:
        return _visit(visit_id, error), error.status
    put_notice("visit_cancelled")
    return redirect(url_for(".list_visits"), 303)


def _shown_findings() -> list[int]:
    """The earlier findings that the page of this report showed."""
    told = request.form.get("earlier", "").split()
    return [int(number) for number in told if re.fullmatch(r"[0-9]{1,15}", number)]


def _photos(checklist: Version) -> Mapping[str, tuple[Checked, ...]]:
    """Pictures by line of the checklist, checked and made harmless before the unit."""
    found = {}
    for item in checklist.items:
        field = f"photos-{item.key}"
        files = take_uploads(request.files.getlist(field), most=MOST_PHOTOS, field=field)
        if files:
            found[item.key] = files
    return found


def _desk(error: Invalid | None = None) -> str:
    at, roles = clock.now(), visitor().roles
    city, mine = request.args.get("city", "")[:60], request.args.get("mine") == "1"
    return render_template(
        "inspections/desk.html",
        desk=show_desk(visitor().id, city, mine, at),
        city=city,
        mine=mine,
        may_plan=bool(roles & set(PLANNERS)),
        is_inspector=Role.health_inspector in roles,
        errors=_worded(error),
        typed={
            name: (request.form.get(name) or request.args.get(name, ""))[:200]
            for name in ("store", "planned_on", "kind", "inspector_id", "note")
        },
    )


def _visit(visit_id: int, error: Invalid | Conflict | None = None) -> str:
    at, roles = clock.now(), visitor().roles
    page = visit_shown(visit_id, visitor().id, at)
    fields = _worded(error)
    refusal = (
        {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
        if error and not fields
        else None
    )
    is_report = error is not None and "submission_key" in request.form
    return render_template(
        "inspections/visit.html",
        page=page,
        errors=fields,
        refusal=refusal,
        typed=request.form.to_dict() if is_report else {},
        asked=request.form.to_dict() if error is not None and not is_report else {},
        may_report=Role.health_inspector in roles and page.state == "planned" and not page.is_own,
        may_plan=bool(roles & set(PLANNERS)) and page.state == "planned" and not page.is_own,
        inspectors=inspectors(),
        severities=tuple(Severity),
        groups=GROUPS,
        most_photos=MOST_PHOTOS,
    )


def _worded(error: Invalid | Conflict | None) -> dict[str, str]:
    return {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}


def _actor() -> Actor:
    role = Role.office if Role.office in visitor().roles else Role.health_inspector
    return visitor().actor(role.value)
