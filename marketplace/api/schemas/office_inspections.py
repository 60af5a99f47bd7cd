"""Visits, findings, texts and letters of inspections, and spot checks, as their desk reads and writes them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish, text
from marketplace.api.schemas.said import Truth, body, choice, day, part, several, truth, whole, words
from marketplace.api.shapes.told import Shape, listing
from marketplace.inspections.checklist import GROUPS, Item, Version
from marketplace.inspections.guidelines import Coverage
from marketplace.inspections.models import Mark, Severity
from marketplace.inspections.rules import Outcome
from marketplace.inspections.shown import ActionShown, FindingShown, VisitShown
from marketplace.office.inspection_pages import OpenFinding, PlanLine, ReportLine, StoreFacts
from marketplace.office.visit_page import VisitPage
from marketplace.oversight.spot_check_page import PickShown, SpotCheckLine, SpotCheckShown
from marketplace.oversight.watch_models import MinistryLetter

STORE = Shape("VisitedStore", StoreFacts, "slug name city province address phone")
VISIT_LINE = Shape(
    "PlannedVisit", PlanLine, "id store kind note inspector is_mine open_findings", store=STORE
)
ACTION = Shape("CorrectiveAction", ActionShown, "text at", "What the store says it did.")
FINDING = Shape(
    "Finding",
    FindingShown,
    "id line text severity status found_at due_at mended_at cleared_at actions",
    "What an inspector found, and what became of it.",
    actions=ACTION,
)
VISIT = Shape(
    "Visit",
    VisitPage,
    "id store kind state planned_on note inspector inspector_id is_own checklist_version count kept of submission_key "
    "earlier found met_name summary inspected_at reported_at reported_by cancelled_reason",
    "A visit. `earlier`: what was found before and is to be looked at again; `found`: what this one found.",
    store=STORE,
    earlier=FINDING,
    found=FINDING,
)
REPORTED = Shape("VisitResult", VisitShown, "id kind is_met at kept of found")
REPORT = Shape(
    "VisitReport", ReportLine, "visit store by", "A report that came in.", visit=REPORTED, store=STORE
)
OPEN_FINDING = Shape("OpenFinding", OpenFinding, "finding store visit_id", finding=FINDING, store=STORE)
ITEM = Shape("ChecklistItem", Item, "key group severity fa en", "A line of the checklist.")
CHECKLIST = Shape("Checklist", Version, "number items", "A version of the checklist.", items=ITEM)
COVERAGE = Shape(
    "Coverage",
    Coverage,
    "key=document.key version=document.version title_fa=document.title_fa title_en=document.title_en "
    "acknowledged=count asked",
    "A guideline in force, how many stores acknowledged it, of how many.",
)
LETTER = Shape("LetterFacts", MinistryLetter, "id addressee note sha256 written_by written_at")
CHECK_LINE = Shape("SpotCheckLine", SpotCheckLine, "slug state picked_count frozen_at planned_at")
PICK = Shape("SpotPick", PickShown, "place index ticket of pseudonym weight name slug visit_id is_over")
CHECK = Shape(
    "SpotCheck",
    SpotCheckShown,
    "slug state picked_count frozen_at planned_at drawn_at count weight merkle_root round seed may_sign has_randomness "
    "wants_figures figure_names typed_count picks files",
    "A spot check: the published list, its randomness, and the stores that were picked.",
    picks=PICK,
)


class VisitRow(VISIT_LINE.schema):  # type: ignore[misc, name-defined]
    """A visit of the plan."""

    planned_on = fields.Date()


class LetterRow(LETTER.schema):  # type: ignore[misc, name-defined]
    """A letter to the ministry; `sha256` is of its list of stores."""

    number = text()


VisitList = listing(VisitRow)
LetterList = listing(LetterRow)


class VisitQuery(Wish):
    city = fields.String(metadata={"description": "only in this city (its Persian name)"})
    mine = Truth(metadata={"description": "only one's own"})


ReasonBody = body("ReasonWish", reason=words(most=500, needed=True))
VisitBody = body(
    "VisitWish",
    store=words("the slug or the exact name of the store", 120, needed=True),
    planned_on=day(),
    kind=choice(("planned", "complaint"), needed=False),
    inspector_id=whole(least=1, most=10**11),
    note=words(most=500),
)
VisitPlan = body("VisitPlanWish", planned_on=day(), inspector_id=whole(least=1, most=10**11))
ReportBody = body(
    "VisitReportWish",
    "Every line of the checklist, and every earlier finding, with what was seen.",
    submission_key=words(
        "of your own, 16 to 64 letters and digits: sent twice it is one report", 64, needed=True, least=16
    ),
    checklist_version=whole("of the visit", 1, 10**6, needed=True),
    is_met=truth("false: nobody was there, and nothing was looked at"),
    met_name=words("who was met", 80),
    inspected_at=words("RFC 3339", 40),
    summary=words(most=2_000),
    lines=several(
        part(
            "VisitReportLine",
            key=words(most=40, needed=True),
            mark=choice(Mark),
            note=words(most=500),
            severity=choice(Severity, needed=False),
        )
    ),
    earlier=several(part("EarlierFinding", id=whole(least=1, needed=True), outcome=choice(Outcome))),
)
ChecklistBody = body(
    "ChecklistWish",
    seen=whole("the `number` of the version that was read", needed=True),
    items=several(
        part(
            "ChecklistLine",
            key=words("of the line, kept between versions", 40),
            group=choice(GROUPS),
            severity=choice(Severity),
            fa=words(most=400, needed=True),
            en=words(most=400, needed=True),
        ),
        needed=True,
        least=1,
    ),
)
LetterBody = body("LetterWish", addressee=words(most=160, needed=True), note=words(most=1_000))
CheckBody = body(
    "SpotCheckWish",
    count=whole("how many stores are picked", 1, 1_000, needed=True),
    wait_minutes=whole("between the published list and its randomness", 1, 10_000, needed=True),
)
RoundBody = body(
    "RoundWish", document=fields.Dict(required=True, metadata={"description": "as drand has it"})
)
FiguresBody = body(
    "FiguresWish",
    "The public figures by the names of the manifest; several of a name are parted by spaces.",
    figures=fields.Dict(keys=words(most=80), values=words(most=400), required=True),
)
