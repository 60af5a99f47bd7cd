"""Inspections for programs: the plan of visits, findings, the checklist, guidelines, letters, spot checks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import request

from marketplace.accounts.access import visitor
from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.answers import whole
from marketplace.api.schemas import made
from marketplace.api.schemas import office_inspections as schemas
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.inspections.checklist import checklist_at, checklist_numbered, parse_items, write_checklist
from marketplace.inspections.guidelines import coverage_at, remind_stores_of
from marketplace.inspections.inputs import PlannedVisit, Report, parse_visit_day, parse_words
from marketplace.inspections.planning import cancel_visit, move_visit, plan_visit
from marketplace.inspections.queries import open_findings_of, visit_of
from marketplace.inspections.visits import record_visit
from marketplace.lottery.figure_rules import differing_names
from marketplace.office.inspection_pages import open_findings, recent_reports, show_desk, store_named
from marketplace.office.visit_page import show_visit as visit_shown
from marketplace.oversight.letters import letters, number_of, write_letter
from marketplace.oversight.picking import bring_round, type_figures, typed_of
from marketplace.oversight.spot_check_page import list_checks, show_check
from marketplace.oversight.spot_checks import SIGNERS, check_named, open_spot_check, sign_spot_check

TAG, SCOPE = "office", "office:inspections"
READERS = (Role.health_inspector, Role.office, Role.auditor)
PLANNERS = (Role.office, Role.health_inspector)
CHECK_READERS = (*READERS, Role.seal_officer)


@reading("/office/visits", TAG, "office:read", *READERS, gives=schemas.VisitList, asks=schemas.VisitQuery)
def list_visits() -> Any:
    """The visits that are planned, by day and city."""
    mine = request.args.get("mine") == "true"
    desk = show_desk(visitor().id, request.args.get("city", "")[:60], mine, clock.now())
    return whole(
        [
            {"planned_on": day.day, **schemas.VISIT_LINE(line)}
            for day in desk.days
            for _, lines in day.cities
            for line in lines
        ]
    )


@reading("/office/visits/<int:visit_id>", TAG, "office:read", *READERS, gives=schemas.VISIT.schema)
def show_visit(visit_id: int) -> Any:
    """One visit: its plan, and its report once there is one. `checklist_version` goes into the report."""
    return schemas.VISIT(visit_shown(visit_id, visitor().id, clock.now()))


@act("/office/visits", TAG, SCOPE, *PLANNERS, says=schemas.VisitBody, status=201, makes=made.VISIT)
def create_visit(said: Said) -> Verb:
    """Plans a visit of a store."""
    store_id, wanted = store_named(said.get("store", "")), PlannedVisit.parse(said, clock.now())
    return lambda at: plan_visit(store_id, wanted, acting(*PLANNERS), at).id


@act("/office/visits/<int:visit_id>/plan", TAG, SCOPE, *PLANNERS, says=schemas.VisitPlan)
def create_visit_plan(said: Said, visit_id: int) -> Verb:
    """Gives a planned visit another day or another inspector."""
    errors: dict[str, str] = {}
    day = parse_visit_day(said.get("planned_on"), clock.now(), errors)
    if errors or day is None:
        raise Invalid("bad_visit", fields=errors)
    inspector: int | None = said.body.get("inspector_id")
    return lambda at: move_visit(visit_id, day, inspector, acting(*PLANNERS), at)


@act("/office/visits/<int:visit_id>/cancellation", TAG, SCOPE, *PLANNERS, says=schemas.ReasonBody)
def create_visit_cancellation(said: Said, visit_id: int) -> Verb:
    """Takes a visit off the plan, with the reason."""
    reason = parse_words(said, "reason")
    return lambda at: cancel_visit(visit_id, reason, acting(*PLANNERS), at)


@act("/office/visits/<int:visit_id>/report", TAG, SCOPE, Role.health_inspector, says=schemas.ReportBody)
def create_visit_report(said: Said, visit_id: int) -> Verb:
    """The report of a visit, without pictures (those come with the page); sent twice it is one report.

    A critical finding hides the store at once.
    """
    visit, told = visit_of(visit_id), _report_form(said)
    checklist = checklist_numbered(said.body["checklist_version"])
    still = {finding.id for finding in open_findings_of(visit.store_id)}
    report = Report.parse(told, checklist, [n for n in _earlier(said) if n in still])
    return lambda at: record_visit(visit_id, report, {}, acting(Role.health_inspector), at)


@reading("/office/visit-reports", TAG, "office:read", *READERS, gives=schemas.REPORT.listed)
def list_visit_reports() -> Any:
    """The reports that came in, the newest first."""
    return schemas.REPORT.many(recent_reports())


@reading("/office/findings", TAG, "office:read", *READERS, gives=schemas.OPEN_FINDING.listed)
def list_findings() -> Any:
    """Findings that are not cleared, the gravest first."""
    return schemas.OPEN_FINDING.many(open_findings(clock.now()))


@reading("/office/checklist", TAG, "office:read", *READERS, gives=schemas.CHECKLIST.schema)
def show_checklist() -> Any:
    """The checklist in force; its `number` goes into the next version."""
    return schemas.CHECKLIST(checklist_at(clock.now()))


@act(
    "/office/checklist",
    TAG,
    "office:texts",
    Role.office,
    says=schemas.ChecklistBody,
    status=201,
    makes=made.VERSION,
)
def create_checklist(said: Said) -> Verb:
    """Writes the next version of the checklist; visits from now on are made by it."""
    items, seen = parse_items(said.body["items"]), said.body["seen"]
    return lambda at: write_checklist(items, seen, acting(Role.office), at)


@reading("/office/guidelines", TAG, "office:read", *READERS, gives=schemas.COVERAGE.listed)
def list_coverage() -> Any:
    """How many stores acknowledged each guideline in force."""
    return schemas.COVERAGE.many(coverage_at(clock.now()))


@act("/office/guidelines/<key>/reminder", TAG, SCOPE, *PLANNERS, makes=made.REMINDED)
def create_guideline_reminder(key: str) -> Verb:
    """Reminds every store that has not acknowledged a guideline, at most once a day."""
    return lambda at: remind_stores_of(key, acting(*PLANNERS), at)


@reading("/office/letters", TAG, "office:read", *READERS, gives=schemas.LetterList)
def list_letters() -> Any:
    """The letters to the ministry with their lists' digests."""
    found = letters()
    return {
        "items": [{**schemas.LETTER(one), "number": number_of(one)} for one in found],
        "next_cursor": None,
    }


@act("/office/letters", TAG, SCOPE, *PLANNERS, says=schemas.LetterBody, status=201, makes=made.LETTER)
def create_letter(said: Said) -> Verb:
    """Numbers a letter to the ministry and keeps its list of stores as it is now."""
    return lambda at: write_letter(said, acting(*PLANNERS), at).id


@reading("/office/spot-checks", TAG, "office:read", *CHECK_READERS, gives=schemas.CHECK_LINE.listed)
def list_spot_checks() -> Any:
    """All spot checks, the newest first."""
    return schemas.CHECK_LINE.many(list_checks())


@reading("/office/spot-checks/<slug>", TAG, "office:read", *CHECK_READERS, gives=schemas.CHECK.schema)
def show_spot_check(slug: str) -> Any:
    """One spot check with the stores that were picked."""
    return schemas.CHECK(show_check(slug, is_official=True, at=clock.now()))


@act("/office/spot-checks", TAG, SCOPE, *PLANNERS, says=schemas.CheckBody, status=201, makes=made.SPOT_CHECK)
def create_spot_check(said: Said) -> Verb:
    """Publishes the list from which stores will be picked."""
    count, wait = said.body["count"], timedelta(minutes=said.body["wait_minutes"])
    return lambda at: open_spot_check(count, at + wait, acting(*PLANNERS), at).slug


@act("/office/spot-checks/<slug>/signature", TAG, "office:sign", *SIGNERS)
def create_spot_check_signature(slug: str) -> Verb:
    """The auditor, or the seal officer, signs the list."""
    role = next(role for role in SIGNERS if role in visitor().roles)
    return lambda at: sign_spot_check(slug, role, visitor().actor(role.value), at)


@act("/office/spot-checks/<slug>/round", TAG, "office:sign", *CHECK_READERS, says=schemas.RoundBody)
def create_spot_check_round(said: Said, slug: str) -> Verb:
    """Brings the named round as drand publishes it; it is checked here."""
    document = said.body["document"]
    return lambda at: bring_round(slug, document, acting(*CHECK_READERS), at)


@act(
    "/office/spot-checks/<slug>/figures",
    TAG,
    "office:sign",
    *CHECK_READERS,
    says=schemas.FiguresBody,
    makes=made.CHECK_FIGURES,
)
def create_spot_check_figures(said: Said, slug: str) -> Verb:
    """Types the public figures where no round came in time; a second person must type the same.

    `made`: `drawn` once both agree, else `typed`.
    """
    figures = said.body["figures"]

    def verb(at: datetime) -> str:
        if type_figures(slug, figures, acting(*CHECK_READERS), at):
            return "drawn"
        return "differs" if differing_names(typed_of(check_named(slug))) else "typed"

    return verb


def _report_form(said: Said) -> dict[str, str]:
    """A report in the words of its form: `mark-KEY`, `note-KEY`, `severity-KEY`, `earlier-ID`."""
    told = said.to_dict()
    told["is_met"] = "no" if said.body.get("is_met") is False else "yes"
    for line in said.body.get("lines", ()):
        for name in ("mark", "note", "severity"):
            if line.get(name):
                told[f"{name}-{line['key']}"] = line[name]
    for one in said.body.get("earlier", ()):
        told[f"earlier-{one['id']}"] = one["outcome"]
    return told


def _earlier(said: Said) -> list[int]:
    return [one["id"] for one in said.body.get("earlier", ())]
