"""What may be asked of visits and findings, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.core.clock import tehran
from marketplace.core.dates import parse_date
from marketplace.core.errors import Invalid
from marketplace.inspections.checklist import Version
from marketplace.inspections.models import Mark, Severity, VisitKind
from marketplace.inspections.rules import Outcome

LONGEST_NOTE, LONGEST_SUMMARY, LONGEST_NAME = 1_000, 2_000, 80
FARTHEST_DAYS = 120
_KEY = re.compile(r"[A-Za-z0-9\-]{16,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit to be made: on which day, of which kind, by whom (None: whoever is there), and why."""

    planned_on: date
    kind: VisitKind
    inspector_id: int | None
    note: str

    @classmethod
    def parse(cls, values: Mapping[str, Any], at: datetime) -> PlannedVisit:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        day = parse_visit_day(values.get("planned_on"), at, errors)
        kind = str(values.get("kind") or VisitKind.planned)
        if kind not in (VisitKind.planned, VisitKind.complaint):
            errors["kind"] = "choose_one"
        inspector = str(values.get("inspector_id") or "")
        if inspector and not re.fullmatch(r"[0-9]{1,12}", inspector):
            errors["inspector_id"] = "choose_one"
        note = words_of(values.get("note"))
        if len(note) > LONGEST_NOTE:
            errors["note"] = "too_long"
        if errors or day is None:
            raise Invalid("bad_visit", fields=errors)
        return cls(day, VisitKind(kind), int(inspector) if inspector else None, note)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the checklist as answered; a finding has its weight and words."""

    key: str
    mark: Mark
    severity: Severity | None
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that an inspector brings from a visit. `is_met` False: nobody was there, and nothing was looked at."""

    submission_key: str
    checklist_version: int
    is_met: bool
    met_name: str
    inspected_at: datetime | None
    lines: tuple[Line, ...]
    earlier: Mapping[int, Outcome]
    summary: str

    @classmethod
    def parse(cls, values: Mapping[str, Any], checklist: Version, earlier: Sequence[int]) -> Report:
        """Reads a form: `mark-KEY`, `note-KEY`, `severity-KEY`, `earlier-ID`. `earlier`: findings that are open now.

        Raises Invalid with the code of each wrong field.
        """
        errors: dict[str, str] = {}
        key = str(values.get("submission_key") or "")
        if not _KEY.fullmatch(key):
            errors["submission_key"] = "required"
        is_met = str(values.get("is_met") or "yes") == "yes"
        summary = words_of(values.get("summary"))
        name = " ".join(words_of(values.get("met_name")).split())
        if len(summary) > LONGEST_SUMMARY:
            errors["summary"] = "too_long"
        if is_met and not name:
            errors["met_name"] = "required"
        elif len(name) > LONGEST_NAME:
            errors["met_name"] = "too_long"
        if not is_met and not summary:
            errors["summary"] = "required"
        lines = (
            tuple(_line(values, item.key, item.severity, errors) for item in checklist.items)
            if is_met
            else ()
        )
        outcomes = {number: _outcome(values, number, errors) for number in earlier} if is_met else {}
        if errors:
            raise Invalid("bad_report", fields=errors)
        version = str(values.get("checklist_version") or "")
        return cls(
            key,
            int(version) if re.fullmatch(r"[0-9]{1,6}", version) else 0,
            is_met,
            name,
            _moment(values.get("inspected_at")),
            tuple(line for line in lines if line is not None),
            {number: outcome for number, outcome in outcomes.items() if outcome is not None},
            summary,
        )


def parse_visit_day(value: Any, at: datetime, errors: dict[str, str]) -> date | None:
    """A day from today on, not farther than four months away."""
    told = str(value or "").strip()
    day = parse_date(told)
    today = tehran(at).date()
    if day is None:
        errors["planned_on"] = "bad_date" if told else "required"
    elif day < today:
        errors["planned_on"] = "date_past"
    elif day > today + timedelta(days=FARTHEST_DAYS):
        errors["planned_on"] = "date_far"
    return day


def parse_words(values: Mapping[str, Any], name: str, most: int = LONGEST_NOTE) -> str:
    """Words that must be there. Raises Invalid."""
    said = words_of(values.get(name))
    if not said or len(said) > most:
        raise Invalid("reason_needed", fields={name: "too_long" if said else "required"})
    return said


def words_of(value: Any) -> str:
    """Typed words without signs that nobody sees."""
    return _CONTROL.sub(" ", str(value or "")).replace("\r\n", "\n").strip()


def _line(values: Mapping[str, Any], key: str, usual: Severity, errors: dict[str, str]) -> Line | None:
    mark = str(values.get(f"mark-{key}") or "")
    if mark not in Mark.__members__:
        errors[f"mark-{key}"] = "choose_one"
        return None
    note = words_of(values.get(f"note-{key}"))
    if len(note) > LONGEST_NOTE:
        errors[f"note-{key}"] = "too_long"
    if mark != Mark.not_ok:
        return Line(key, Mark(mark), None, note)
    if not note:
        errors[f"note-{key}"] = "required"
    severity = str(values.get(f"severity-{key}") or usual)
    if severity not in Severity.__members__:
        errors[f"severity-{key}"] = "choose_one"
        return None
    return Line(key, Mark.not_ok, Severity(severity), note)


def _outcome(values: Mapping[str, Any], number: int, errors: dict[str, str]) -> Outcome | None:
    told = str(values.get(f"earlier-{number}") or "")
    if told not in Outcome.__members__:
        errors[f"earlier-{number}"] = "choose_one"
        return None
    return Outcome(told)


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
