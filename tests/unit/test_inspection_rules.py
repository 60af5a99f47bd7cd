"""The rules of visits and findings, each with its boundaries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.errors import Invalid
from marketplace.inspections.checklist import GROUPS, first_version, parse_items
from marketplace.inspections.inputs import PlannedVisit, Report
from marketplace.inspections.models import Mark, Severity, VisitState
from marketplace.inspections.rules import (
    TRANSITIONS,
    Outcome,
    Status,
    bleach_millilitres,
    due_at,
    inspected_moment,
    is_breach_at_once,
    is_late,
    may_become,
    one_worse,
    share_kept,
    status_of,
)
from marketplace.policy.policy import Policy

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
MINOR, MAJOR, CRITICAL = Severity


@pytest.mark.parametrize(
    ("severity", "expected"), [(MINOR, AT + 7 * DAY), (MAJOR, AT + 2 * DAY), (CRITICAL, None)]
)
def test_time_to_mend(severity, expected):
    assert due_at(severity, AT, Policy()) == expected


def test_time_to_mend_is_the_policys():
    policy = Policy(finding_minor_days=3, finding_major_hours=12)
    assert due_at(MINOR, AT, policy) == AT + 3 * DAY
    assert due_at(MAJOR, AT, policy) == AT + timedelta(hours=12)


@pytest.mark.parametrize(
    ("due", "mended", "at", "late"),
    [
        (AT, None, AT, False),
        (AT, None, AT + SECOND, True),
        (AT, AT, AT + DAY, False),
        (AT, AT + SECOND, AT + DAY, True),
        (None, None, AT + 100 * DAY, False),
    ],
)
def test_in_time_to_the_last_second(due, mended, at, late):
    assert is_late(due, mended, at) is late


@pytest.mark.parametrize(
    ("severity", "due", "mended", "cleared", "expected"),
    [
        (MINOR, AT + DAY, None, None, Status.open),
        (MINOR, AT - DAY, None, None, Status.late),
        (MAJOR, AT - DAY, AT - 2 * DAY, None, Status.mended),
        (MAJOR, AT - DAY, AT, None, Status.mended),
        (CRITICAL, None, None, None, Status.hides),
        (CRITICAL, None, AT, None, Status.hides),
        (CRITICAL, None, AT, AT, Status.cleared),
        (MINOR, AT - DAY, None, AT, Status.cleared),
    ],
)
def test_how_a_finding_stands(severity, due, mended, cleared, expected):
    assert status_of(severity, due, mended, cleared, AT) is expected


def test_one_step_worse():
    assert [one_worse(severity) for severity in Severity] == [MAJOR, CRITICAL, CRITICAL]
    assert [is_breach_at_once(severity) for severity in Severity] == [False, True, True]


def test_a_visit_ends_once():
    assert set(TRANSITIONS) == set(VisitState)
    for state in VisitState:
        for following in VisitState:
            lawful = state is VisitState.planned and following is not VisitState.planned
            assert may_become(state, following) is lawful


def test_share_in_order_leaves_out_what_is_not_there():
    assert share_kept([Mark.ok, Mark.not_ok, Mark.not_here, Mark.ok]) == (2, 3)
    assert share_kept([]) == (0, 0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, AT),
        (AT - DAY, AT - DAY),
        (AT + SECOND, AT),
        (AT - 7 * DAY, AT - 7 * DAY),
        (AT - 7 * DAY - SECOND, AT),
    ],
)
def test_a_telephones_clock_is_believed_within_a_week(told, expected):
    assert inspected_moment(told, AT) == expected


def test_bleach_is_what_the_guideline_says():
    assert [bleach_millilitres(n) for n in (4, 5, 6, 8, 10)] == [25, 20, 17, 13, 10]
    for wrong in (0, -5, 21):
        with pytest.raises(ValueError, match="household"):
            bleach_millilitres(wrong)


# --- the checklist


def test_the_first_checklist_covers_every_guideline_with_lines_of_its_own():
    items = first_version().items
    assert {item.group for item in items} == set(GROUPS)
    assert len({item.key for item in items}) == len(items)
    assert all(item.fa and item.en for item in items)
    assert Severity.critical in {item.severity for item in items}


def line(**values):
    return {"key": "a_line", "group": GROUPS[0], "severity": "minor", "fa": "خط", "en": "line", **values}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([], {"fa-0": "required"}),
        ([line(en="")], {"en-0": "required"}),
        ([line(), line(fa="دیگر")], {"key-1": "bad_key"}),
        ([line(group="elsewhere")], {"group-0": "choose_one"}),
        ([line(severity="grave")], {"severity-0": "choose_one"}),
        ([line(fa="x" * 301)], {"fa-0": "too_long"}),
        ([line(key="1 bad")], {"key-0": "bad_key"}),
    ],
)
def test_lines_that_are_refused(rows, wrong):
    with pytest.raises(Invalid) as refused:
        parse_items(rows)
    assert refused.value.fields == wrong


def test_empty_lines_are_left_out_and_get_keys():
    items = parse_items([line(key=""), line(key="", fa="", en=""), line(key="other")])
    assert [item.key for item in items] == ["line_01", "other"]


# --- what an inspector sends


def form(**values):
    filled = {f"mark-{item.key}": "ok" for item in first_version().items}
    return {"submission_key": "k" * 20, "checklist_version": "1", "met_name": "رضا", **filled, **values}


def test_a_whole_report():
    report = Report.parse(
        form(**{"mark-storage_dry": "not_ok", "note-storage_dry": "نم", "earlier-7": "mended"}),
        first_version(),
        [7],
    )
    assert report.is_met
    assert report.earlier == {7: Outcome.mended}
    bad = [x for x in report.lines if x.mark is Mark.not_ok]
    assert [(x.key, x.severity, x.note) for x in bad] == [("storage_dry", MINOR, "نم")]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"submission_key": "short"}, {"submission_key": "required"}),
        ({"met_name": " "}, {"met_name": "required"}),
        ({"mark-storage_dry": ""}, {"mark-storage_dry": "choose_one"}),
        ({"mark-storage_dry": "not_ok"}, {"note-storage_dry": "required"}),
        (
            {"mark-storage_dry": "not_ok", "note-storage_dry": "x", "severity-storage_dry": "grave"},
            {"severity-storage_dry": "choose_one"},
        ),
        ({"is_met": "no"}, {"summary": "required"}),
        ({"summary": "x" * 2001}, {"summary": "too_long"}),
    ],
)
def test_a_report_that_is_refused(values, wrong):
    with pytest.raises(Invalid) as refused:
        Report.parse(form(**values), first_version(), [])
    assert refused.value.fields == wrong


def test_every_earlier_finding_that_was_shown_is_answered():
    with pytest.raises(Invalid) as refused:
        Report.parse(form(), first_version(), [7])
    assert refused.value.fields == {"earlier-7": "choose_one"}


def test_nobody_there_needs_no_answers():
    report = Report.parse(
        {"submission_key": "k" * 20, "is_met": "no", "summary": "بسته بود"}, first_version(), [7]
    )
    assert (report.is_met, report.lines, report.earlier) == (False, (), {})


@pytest.mark.parametrize(
    ("day", "code"),
    [("", "required"), ("x", "bad_date"), ("1405/01/04", "date_past"), ("1405/06/01", "date_far")],
)
def test_days_of_a_plan(day, code):
    with pytest.raises(Invalid) as refused:
        PlannedVisit.parse({"planned_on": day}, AT)
    assert refused.value.fields == {"planned_on": code}


def test_today_is_a_day_of_a_plan():
    assert PlannedVisit.parse({"planned_on": "۱۴۰۵/۰۱/۰۵"}, AT).planned_on.isoformat() == "2026-03-25"
    with pytest.raises(Invalid):
        PlannedVisit.parse({"planned_on": "1405/01/05", "kind": "spot_check"}, AT)
