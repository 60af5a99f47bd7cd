"""Visits, findings and guidelines on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import explain_store
from marketplace.festival.rules import Why
from marketplace.inspections.checklist import checklist_at, checklist_numbered, write_checklist
from marketplace.inspections.errors import ChecklistChanged, FindingCleared, GuidelineChanged, VisitOver
from marketplace.inspections.guidelines import (
    acknowledge,
    ask_for_acknowledgements,
    coverage_at,
    guidelines_of_store,
    remind_stores_of,
)
from marketplace.inspections.inputs import PlannedVisit
from marketplace.inspections.mending import correct_finding, end_mending_time
from marketplace.inspections.models import (
    Finding,
    Severity,
    Visit,
    VisitAnswer,
    VisitKind,
    VisitState,
)
from marketplace.inspections.planning import cancel_visit, move_visit, plan_re_visit, plan_visit
from marketplace.inspections.visits import record_visit
from marketplace.messages.models import Message
from marketplace.stores.errors import OwnStore
from marketplace.stores.models import StoreMember
from marketplace.stores.record_models import Mark, RecordMark
from tests.factories import an_official, change, world
from tests.factories.inspections import a_guideline, a_report, a_visit
from tests.together import at_once
from tests.unchanged import nothing_written

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def inspector(w):
    person = an_official(Role.health_inspector)
    return Actor(person.id, "health_inspector", "ندا بهرامی")


def owner_of(store):
    person = db.session.scalars(select(StoreMember.person_id).where(StoreMember.store_id == store.id)).first()
    return Actor(person, "store", "صاحب")


def act(verb, *args, **options):
    with unit_of_work():
        return verb(*args, **options)


def told(template):
    db.session.rollback()
    return db.session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.template == template, Message.channel == "app")
    )


def rows(model, **conditions):
    db.session.rollback()
    return list(
        db.session.scalars(
            select(model).filter_by(**conditions).order_by(model.id).execution_options(populate_existing=True)
        )
    )


def marks_of(store):
    return [m.key for m in rows(RecordMark, store_id=store.id, mark=Mark.guideline_breach)]


# --- the report of a visit


def test_a_report_is_kept_whole(w, inspector, at):
    store = w.stores[0]
    visit = a_visit(store)
    report = a_report(
        at=at,
        mark__storage_dry="not_ok", note__storage_dry="سقف نم می‌دهد",
        mark__packing_kit="not_ok", note__packing_kit="کم است", severity__packing_kit="minor",
        mark__transport_cold="not_here",
    )  # fmt: skip
    act(record_visit, visit.id, report, {}, inspector, at)
    [done] = rows(Visit)
    assert (done.state, done.reported_by_id, done.reported_at, done.checklist_version) == (
        VisitState.done, inspector.id, at, 1,
    )  # fmt: skip
    assert len(rows(VisitAnswer)) == len(checklist_at(at).items)
    dry, kit = rows(Finding)
    assert (dry.item_key, dry.severity, dry.due_at) == ("storage_dry", Severity.minor, at + 7 * DAY)
    assert (kit.item_key, kit.severity, kit.due_at) == ("packing_kit", Severity.minor, at + 7 * DAY)
    assert told("visit_findings") == 1
    assert marks_of(store) == []
    [entry] = [e for e in rows(AuditEntry) if e.action == "record_visit"]
    assert len(entry.details["findings"]) == 2


def test_the_same_report_twice_is_one_report(w, inspector, at):
    visit = a_visit(w.stores[0])
    report = a_report(mark__storage_dry="not_ok", note__storage_dry="نم")
    act(record_visit, visit.id, report, {}, inspector, at)
    with nothing_written():
        act(record_visit, visit.id, report, {}, inspector, at + DAY)
    assert len(rows(Finding)) == 1


def test_the_same_report_by_four_at_once_is_one_report_and_nobody_is_refused(w, app, inspector, at):
    visit = a_visit(w.stores[0])
    report = a_report(mark__storage_dry="not_ok", note__storage_dry="نم")
    done = at_once(app, 4, lambda n: act(record_visit, visit.id, report, {}, inspector, at) and None)
    assert done == [None] * 4
    assert len(rows(Finding)) == 1


def test_of_two_reports_the_first_stands(w, inspector, at):
    visit = a_visit(w.stores[0])
    act(record_visit, visit.id, a_report(), {}, inspector, at)
    other = a_report(mark__permit_label="not_ok", note__permit_label="بی‌برچسب")
    with nothing_written(), pytest.raises(VisitOver):
        act(record_visit, visit.id, other, {}, inspector, at + SECOND)


def test_two_officers_at_once(w, app, inspector, at):
    """However they meet, one report stands and its findings alone."""
    visit = a_visit(w.stores[0])
    reports = [
        a_report(mark__storage_dry="not_ok", note__storage_dry=f"یافته {n}", summary=f"گزارش {n}")
        for n in range(4)
    ]

    done = at_once(app, 4, lambda n: act(record_visit, visit.id, reports[n], {}, inspector, at) and None)
    assert sorted(done, key=str) == [VisitOver, VisitOver, VisitOver, None]
    [finding] = rows(Finding)
    [kept] = rows(Visit)
    assert kept.summary is not None
    assert finding.text_fa[-1] == kept.summary[-1]


def test_nobody_there_is_tried_again(w, inspector, at):
    visit = a_visit(w.stores[0])
    report = a_report(is_met="no", summary="در بسته بود")
    act(record_visit, visit.id, report, {}, inspector, at)
    first, again = rows(Visit)
    assert (first.state, again.kind, again.state) == (
        VisitState.unmet, VisitKind.re_visit, VisitState.planned,
    )  # fmt: skip
    assert rows(Finding) == []
    assert told("visit_unmet") == 1


def test_nobody_inspects_their_own_store(w, at):
    store = w.stores[0]
    visit = a_visit(store)
    report = a_report()
    with nothing_written(), pytest.raises(OwnStore):
        act(record_visit, visit.id, report, {}, owner_of(store), at)
    with nothing_written(), pytest.raises(NotFound):
        act(record_visit, visit.id + 100, report, {}, SYSTEM, at)


def test_a_critical_finding_hides_at_once_and_a_re_visit_brings_back(w, inspector, at):
    store = w.stores[0]
    an_official(Role.office)
    visit = a_visit(store)
    report = a_report(mark__packing_ill="not_ok", note__packing_ill="تب")
    assert explain_store(store.id, w.festival.id, at) == []
    act(record_visit, visit.id, report, {}, inspector, at)
    db.session.rollback()
    assert [o.code for o in explain_store(store.id, w.festival.id, at)] == [Why.critical_finding]
    assert (told("visit_critical"), told("critical_found"), told("visit_findings")) == (1, 2, 0)
    [finding] = rows(Finding)
    assert (finding.due_at, finding.breached_at, marks_of(store)) == (None, at, [f"finding:{finding.id}"])

    act(correct_finding, finding.id, store.id, "او به خانه رفت", (), owner_of(store), at + SECOND)
    db.session.rollback()
    assert explain_store(store.id, w.festival.id, at + SECOND), "the store's own word clears nothing"
    assert told("finding_mended") == 1
    [again] = rows(Visit, kind=VisitKind.re_visit)
    act(
        record_visit,
        again.id,
        a_report(store, **{f"earlier__{finding.id}": "mended"}),
        {},
        inspector,
        at + DAY,
    )
    db.session.rollback()
    assert explain_store(store.id, w.festival.id, at + DAY) == []
    [finding] = rows(Finding)
    assert (finding.cleared_at, finding.cleared_by_visit_id) == (at + DAY, again.id)
    assert told("finding_cleared") == 1


def test_what_stands_is_visited_again_and_what_grew_worse_weighs_more(w, inspector, at):
    store = w.stores[0]
    visit = a_visit(store)
    report = a_report(
        mark__storage_dry="not_ok",
        note__storage_dry="نم",
        mark__transport_box="not_ok",
        note__transport_box="بو",
    )
    act(record_visit, visit.id, report, {}, inspector, at)
    dry, box = rows(Finding)
    act(correct_finding, dry.id, store.id, "خشک شد", (), owner_of(store), at)
    [again] = rows(Visit, kind=VisitKind.re_visit)
    later = at + 2 * DAY
    outcome = a_report(store, **{f"earlier__{dry.id}": "worse", f"earlier__{box.id}": "stands"})
    act(record_visit, again.id, outcome, {}, inspector, later)
    dry, box = rows(Finding)
    assert (dry.severity, dry.due_at, dry.mended_at) == (Severity.major, later + 2 * DAY, None)
    assert (box.severity, box.due_at) == (Severity.minor, at + 7 * DAY)
    assert marks_of(store) == [f"finding:{dry.id}"]
    assert [v.state for v in rows(Visit, kind=VisitKind.re_visit)] == [VisitState.done, VisitState.planned]


# --- the time to mend


def test_the_time_to_mend_ends_to_the_second(w, inspector, at):
    store = w.stores[0]
    report = a_report(mark__storage_dry="not_ok", note__storage_dry="نم")
    act(record_visit, a_visit(store).id, report, {}, inspector, at)
    due = at + 7 * DAY
    with nothing_written():
        assert end_mending_time(due) == 0
    assert end_mending_time(due + SECOND) == 1
    [finding] = rows(Finding)
    assert (finding.late_told_at, marks_of(store)) == (due + SECOND, [f"finding:{finding.id}"])
    assert told("finding_late") == 1
    assert len(rows(Visit, kind=VisitKind.re_visit)) == 1
    with nothing_written():
        assert end_mending_time(due + DAY) == 0


def test_said_in_time_is_no_breach_and_said_late_is_one(w, inspector, at):
    due = at + 7 * DAY
    for store, moment, breaches in ((w.stores[0], due, 0), (w.stores[1], due + SECOND, 1)):
        report = a_report(mark__storage_dry="not_ok", note__storage_dry="نم")
        act(record_visit, a_visit(store).id, report, {}, inspector, at)
        [finding] = rows(Finding, store_id=store.id)
        act(correct_finding, finding.id, store.id, "خشک شد", (), owner_of(store), moment)
        end_mending_time(due + DAY)
        assert len(marks_of(store)) == breaches


def test_another_store_and_a_cleared_finding_are_refused(w, inspector, at):
    store, other = w.stores[:2]
    report = a_report(mark__storage_dry="not_ok", note__storage_dry="نم")
    act(record_visit, a_visit(store).id, report, {}, inspector, at)
    [finding] = rows(Finding)
    with nothing_written(), pytest.raises(NotFound):
        act(correct_finding, finding.id, other.id, "خشک شد", (), owner_of(other), at)
    change(finding, cleared_at=at)
    with nothing_written(), pytest.raises(FindingCleared):
        act(correct_finding, finding.id, store.id, "خشک شد", (), owner_of(store), at)


# --- the plan


def test_planning_moving_and_cancelling(w, inspector, at):
    store = w.stores[0]
    office = Actor(an_official(Role.office).id, "office", "دفتر")
    wanted = PlannedVisit.parse({"planned_on": "1405/01/10", "inspector_id": str(inspector.id)}, at)
    visit_id = act(plan_visit, store.id, wanted, office, at).id
    assert told("visit_assigned") == 1
    act(move_visit, visit_id, wanted.planned_on + DAY, None, office, at)
    [visit] = rows(Visit)
    assert (visit.planned_on, visit.inspector_id) == (wanted.planned_on + DAY, None)
    act(cancel_visit, visit_id, "فروشگاه جابه‌جا شد", office, at)
    for verb, rest in ((move_visit, (wanted.planned_on, None)), (cancel_visit, ("باز هم",))):
        with nothing_written(), pytest.raises(VisitOver):
            act(verb, visit_id, *rest, office, at)
    with nothing_written(), pytest.raises(VisitOver):
        act(record_visit, visit_id, a_report(), {}, inspector, at)
    assert {e.action for e in rows(AuditEntry)} >= {"plan_visit", "move_visit", "cancel_visit"}


def test_only_a_disinterested_inspector_is_sent(w, at):
    store = w.stores[0]
    office = Actor(an_official(Role.office).id, "office", "دفتر")
    own = an_official(Role.health_inspector)
    with unit_of_work():
        db.session.add(StoreMember(store_id=store.id, person_id=own.id, role="staff", joined_at=at))
    for wrong in (office.id, own.id):
        wanted = PlannedVisit.parse({"planned_on": "1405/01/10", "inspector_id": str(wrong)}, at)
        with nothing_written(), pytest.raises(Invalid):
            act(plan_visit, store.id, wanted, office, at)
    with nothing_written(), pytest.raises(OwnStore):
        act(plan_visit, store.id, replace(wanted, inspector_id=None), owner_of(store), at)


def test_what_a_draw_picked_must_be_made(w, inspector, at):
    for kind in ("spot_check", "re_visit"):
        visit = a_visit(w.stores[0], kind=kind)
        with nothing_written(), pytest.raises(Invalid):
            act(cancel_visit, visit.id, "نمی‌خواهیم", inspector, at)


def test_one_re_visit_of_a_store_is_planned(w, at):
    assert act(plan_re_visit, w.stores[0].id, at) is not None
    assert act(plan_re_visit, w.stores[0].id, at) is None
    with pytest.raises(Conflict):
        a_visit(w.stores[0], kind="re_visit")


# --- the checklist


def test_a_new_checklist_leaves_old_visits_as_they_were(w, inspector, at):
    first = checklist_at(at)
    items = (*first.items[1:], replace(first.items[0], fa="انبار خشک و روشن است."))
    assert act(write_checklist, items, 1, inspector, at) == 2
    assert checklist_at(at).items == items
    assert checklist_at(at - SECOND) == first
    assert checklist_numbered(1) == first
    with nothing_written(), pytest.raises(ChecklistChanged):
        act(write_checklist, first.items, 1, inspector, at)
    with nothing_written(), pytest.raises(Conflict):
        act(write_checklist, items, 2, inspector, at)


# --- guidelines


def test_each_version_is_acknowledged_once(w, at):
    store = w.stores[0]
    owner = owner_of(store)
    a_guideline()
    assert [a.is_open for a in guidelines_of_store(store.id, at)] == [True]
    assert act(acknowledge, store.id, "guideline_storage", 1, owner, at) is True
    with nothing_written():
        assert act(acknowledge, store.id, "guideline_storage", 1, owner, at + DAY) is False
    assert [(a.is_open, a.acknowledged) for a in guidelines_of_store(store.id, at)] == [(False, 1)]
    a_guideline(version=2)
    assert [(a.is_open, a.acknowledged) for a in guidelines_of_store(store.id, at)] == [(True, 1)]
    with nothing_written(), pytest.raises(GuidelineChanged):
        act(acknowledge, store.id, "guideline_storage", 1, owner, at)
    act(acknowledge, store.id, "guideline_storage", 2, owner, at)
    assert [a.is_open for a in guidelines_of_store(store.id, at)] == [False]
    with nothing_written(), pytest.raises(NotFound):
        act(acknowledge, store.id, "pledge_hygiene_kit", 1, owner, at)


def test_a_new_version_is_told_once_to_whom_it_concerns(w, at):
    a_guideline()
    assert ask_for_acknowledgements(at) == 0, "the first version is no news"
    a_guideline(version=2)
    act(acknowledge, w.stores[0].id, "guideline_storage", 2, owner_of(w.stores[0]), at)
    assert ask_for_acknowledgements(at) == 2
    with nothing_written():
        assert ask_for_acknowledgements(at + DAY) == 0
    assert told("guideline_changed") == 2
    assert [(c.count, c.asked) for c in coverage_at(at)] == [(1, 3)]


def test_the_office_reminds_at_most_once_a_day(w, at):
    office = Actor(an_official(Role.office).id, "office", "دفتر")
    a_guideline()
    assert act(remind_stores_of, "guideline_storage", office, at) == 3
    act(remind_stores_of, "guideline_storage", office, at + SECOND)
    assert told("guideline_changed") == 3
    act(remind_stores_of, "guideline_storage", office, at + DAY)
    assert told("guideline_changed") == 6
