"""Spot checks, letters and the pledge monitor on a real database."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.complaints.models import Complaint
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.tables import write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer, OfferState
from marketplace.inspections.models import Visit, VisitKind
from marketplace.lottery.errors import FalseBeacon, RoundTooLate
from marketplace.lottery.figure_rules import differing_names
from marketplace.lottery.proof.check import verify
from marketplace.lottery.proof.published import Wrong
from marketplace.lottery.publishing import pseudonym_of
from marketplace.lottery.sources import FIGURE_NAMES
from marketplace.messages.models import Message
from marketplace.orders.errors import KitReportOver, WrongStep
from marketplace.orders.kit_reports import report_missing_kit
from marketplace.orders.models import StoreOrder
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.errors import (
    CaseOver,
    NotHeardYet,
    NothingToPick,
    SecondPerson,
    SignedAlready,
    SpotCheckNotOpen,
)
from marketplace.oversight.kit_cases import (
    close_kit_case,
    explain_kits,
    freeze_for_kits,
    open_case,
    watch_kits,
)
from marketplace.oversight.kit_reports import reports_by_store, reports_of_store
from marketplace.oversight.letters import letters, sheet_rows, write_letter
from marketplace.oversight.picking import bring_round, end_spot_checks, pick_stores, type_figures, typed_of
from marketplace.oversight.pledge_page import show_monitor, show_store
from marketplace.oversight.published import write_files
from marketplace.oversight.shipping import check_shipping
from marketplace.oversight.spot_checks import open_spot_check, salts_of, sign_spot_check
from marketplace.oversight.watch_models import (
    KitCaseState,
    ShippingCheck,
    ShippingWrong,
    SpotCheck,
    SpotCheckEntry,
    SpotCheckState,
)
from marketplace.stores.models import StoreMember
from marketplace.stores.record_models import Mark, RecordMark
from tests.factories import an_official, change, world
from tests.factories.buying import paid, parts_of
from tests.factories.inspections import a_visit
from tests.factories.rows import put
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once
from tests.unchanged import nothing_written

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FIGURES = dict(zip(FIGURE_NAMES, ("2145678", "۵۱۲۳۴", "98, 760"), strict=True))


@pytest.fixture
def w(ctx, at):
    return world(at)


def someone(role):
    return Actor(an_official(role).id, role.value, "کارشناس")


def act(verb, *args, **options):
    with unit_of_work():
        return verb(*args, **options)


def one(model):
    db.session.rollback()
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


def rows(model, **conditions):
    db.session.rollback()
    query = select(model).filter_by(**conditions).order_by(model.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


# --- spot checks


def test_a_spot_check_is_drawn_by_nobody_and_computed_again_by_anybody(w, at, tmp_path: Path):
    inspector, auditor, seal = map(someone, (Role.health_inspector, Role.auditor, Role.seal_officer))
    a_visit(w.stores[2])
    slug = act(open_spot_check, 1, at + HOUR, inspector, at).slug
    entries = rows(SpotCheckEntry)
    assert {entry.store_id for entry in entries} == {w.stores[0].id, w.stores[1].id}, (
        "one has a visit on the plan"
    )
    assert all(entry.weight == sum(entry.parts.values()) for entry in entries)

    with nothing_written(), pytest.raises(Forbidden):
        act(sign_spot_check, slug, Role.office, someone_known(inspector), at)
    act(sign_spot_check, slug, Role.auditor, auditor, at)
    for again in (auditor, Actor(auditor.id, "seal_officer", "x")):
        with nothing_written(), pytest.raises(SignedAlready):
            act(sign_spot_check, slug, Role(again.role), again, at)
    act(sign_spot_check, slug, Role.seal_officer, seal, at)
    assert end_spot_checks(at) == 0

    drawn_at = at + HOUR
    with nothing_written(), pytest.raises(SpotCheckNotOpen):
        act(sign_spot_check, slug, Role.auditor, auditor, drawn_at)
    assert end_spot_checks(drawn_at) == 1
    assert one(SpotCheck).state is SpotCheckState.frozen, "no relay was asked yet"
    with nothing_written(), pytest.raises(FalseBeacon):
        act(bring_round, slug, {"round": 1, "signature": "00" * 48}, inspector, drawn_at)
    with nothing_written(), pytest.raises(SpotCheckNotOpen):
        act(type_figures, slug, FIGURES, inspector, drawn_at)

    late = drawn_at + 72 * HOUR
    with nothing_written(), pytest.raises(Invalid):
        act(type_figures, slug, {**FIGURES, FIGURE_NAMES[0]: "x"}, inspector, late)
    assert act(type_figures, slug, FIGURES, inspector, late) is False
    with nothing_written(), pytest.raises(SecondPerson):
        act(type_figures, slug, FIGURES, inspector, late)
    assert act(type_figures, slug, {**FIGURES, FIGURE_NAMES[0]: "7"}, auditor, late) is False
    assert differing_names(typed_of(one(SpotCheck))) == [FIGURE_NAMES[0]]
    with nothing_written(), pytest.raises(RoundTooLate):
        act(bring_round, slug, {"round": 1, "signature": "00" * 48}, inspector, late)
    assert act(type_figures, slug, FIGURES, auditor, late) is False
    assert act(type_figures, slug, FIGURES, inspector, late) is True
    check = one(SpotCheck)
    assert (check.state, check.source_number) == (SpotCheckState.drawn, 1)
    [visit] = rows(Visit, kind=VisitKind.spot_check)
    assert visit.origin is not None
    assert visit.origin.startswith(slug)
    with nothing_written():
        assert act(pick_stores, slug, late + DAY) is False

    write_files(check, tmp_path)
    said: list[str] = []
    verify(tmp_path, said.append)
    assert any("prize 1.1" in line for line in said)
    entry = next(e for e in entries if e.store_id == visit.store_id)
    store = next(s for s in w.stores if s.id == visit.store_id)
    assert pseudonym_of(salts_of(check, store.id)[0], slug, store.slug) == entry.pseudonym
    lines = (tmp_path / "entries.csv").read_text().replace(f",{entry.weight}\n", f",{entry.weight + 1}\n", 1)
    (tmp_path / "entries.csv").write_text(lines)
    with pytest.raises(Wrong):
        verify(tmp_path, said.append)


def someone_known(actor):
    return Actor(actor.id, "office", actor.label)


def test_what_is_not_signed_in_time_lapses(w, at):
    slug = act(open_spot_check, 1, at + HOUR, someone(Role.office), at).slug
    act(sign_spot_check, slug, Role.auditor, someone(Role.auditor), at)
    end_spot_checks(at + HOUR)
    assert one(SpotCheck).state is SpotCheckState.lapsed
    assert rows(Visit) == []


@pytest.mark.parametrize(
    ("count", "ahead", "error"),
    [
        (0, HOUR, Invalid),
        (101, HOUR, Invalid),
        (1, timedelta(minutes=10) - SECOND, Invalid),
        (1, 7 * DAY + SECOND, Invalid),
        (4, HOUR, NothingToPick),
    ],
)
def test_spot_checks_that_are_not_opened(w, at, count, ahead, error):
    office = someone(Role.office)
    with nothing_written(), pytest.raises(error):
        act(open_spot_check, count, at + ahead, office, at)


# --- letters


def test_letters_are_numbered_kept_and_never_a_formula(w, at):
    office = someone(Role.office)
    change(w.stores[0], name_fa='=HYPERLINK("http://x")', phone="+982112345678")
    for _ in range(2):
        act(write_letter, {"addressee": "وزارت بهداشت"}, office, at)
    change(w.stores[0], name_fa="نامی دیگر")
    newest, first = letters()
    assert [(x.year, x.serial) for x in (first, newest)] == [(1405, 1), (1405, 2)]
    assert len(first.rows) == 3
    with write_xlsx(sheet_rows(first), "x") as book:
        cells = CalamineWorkbook.from_filelike(io.BytesIO(book.read())).get_sheet_by_index(0).to_python()
    assert any('=HYPERLINK("http://x")' in row for row in cells), "as it was, as text"
    with nothing_written(), pytest.raises(Invalid):
        act(write_letter, {"addressee": " "}, office, at)


# --- the pledge monitor


@pytest.fixture
def bought(w, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    return paid(gateway, w.shopper, (w.scarf, 1), (w.saffron, 1), (w.bowl, 1), at=at)


def test_every_order_is_recomputed_once(w, bought, at):
    soon = at + 4 * timedelta(minutes=1)
    assert check_shipping(soon) == 0, "what was just paid waits"
    before = show_monitor("", soon)
    assert (before.sums["checked"], before.sums["paid"]) == (0, 3)
    later = at + HOUR
    assert check_shipping(later) == 3
    assert check_shipping(later) == 0
    monitor = show_monitor("", later)
    assert (monitor.sums["checked"], monitor.sums["paid"], monitor.sums["wrong"], monitor.sums["free"]) == (
        3,
        3,
        0,
        2,
    )


def test_a_wrong_charge_is_found_and_named(w, bought, at):
    part = next(p for p in parts_of(bought) if p.store_id == w.stores[2].id)
    change(part, shipping_toman=part.tariff_toman, borne_toman=0)
    check_shipping(at + HOUR)
    [wrong] = rows(ShippingWrong)
    assert (wrong.store_order_id, wrong.charged_toman, wrong.due_toman) == (part.id, part.tariff_toman, 0)
    assert [x.slug for x in show_monitor("shipping", at + HOUR).lines] == [w.stores[2].slug]
    assert show_store(w.stores[2].id, at).wrongs[0].charged_toman == part.tariff_toman


def test_a_missed_deadline_counts_from_the_second_after_it(w, bought, at):
    part = parts_of(bought)[0]
    due = part.ship_by_at
    assert show_store(part.store_id, due).line.late == 0
    assert show_store(part.store_id, due + SECOND).line.late == 1
    change(part, state="shipped", shipped_at=due, tracking_code="T1")
    assert show_store(part.store_id, due + DAY).line.late == 0
    change(part, shipped_at=due + SECOND)
    assert show_store(part.store_id, due + DAY).line.late == 1


def test_each_deadline_is_judged_once_and_sums_are_a_recount(w, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    first, second, third, fourth = (
        change(parts_of(paid(gateway, w.shopper, (w.soap, 1), at=at))[0], ship_by_at=at + n * DAY)
        for n in range(1, 5)
    )
    store = first.store_id
    change(first, state="shipped", shipped_at=first.ship_by_at, tracking_code="T1")
    change(second, state="cancelled", ended_at=second.ship_by_at)
    change(third, state="cancelled", ended_at=third.ship_by_at + SECOND)
    end = fourth.ship_by_at + 5 * timedelta(minutes=1)

    def seen(moment):
        line = show_store(store, moment).line
        return line.late, line.due

    before = [seen(moment) for moment in (first.ship_by_at, third.ship_by_at + SECOND, end + DAY)]
    assert before == [(0, 0), (1, 2), (2, 3)], "what was called off in time has no deadline"
    assert check_deadlines(first.ship_by_at) == 0
    while check_deadlines(end):
        pass
    assert one(ShippingCheck).due_count == 2, "the last is judged five minutes after it is over"
    assert seen(end + DAY) == (2, 3)
    while check_deadlines(end + DAY):
        pass
    kept = one(ShippingCheck)
    assert (kept.due_count, kept.late_count) == (3, 2)
    with nothing_written():
        assert check_deadlines(end + DAY) == 0
    change(fourth, state="shipped", shipped_at=end + DAY, tracking_code="T4")
    assert seen(end + 2 * DAY) == (2, 3), "sent at last, it is late all the same"
    assert len(show_store(store, end + 2 * DAY).late) == 2


def test_two_runs_of_the_sweep_judge_once(w, bought, app, at):
    later = max(part.ship_by_at for part in parts_of(bought)) + DAY
    done = at_once(app, 3, lambda n: check_deadlines(later))
    assert sum(done) == 1
    assert sum(row.due_count for row in rows(ShippingCheck)) == 3


# --- a missing kit, with one click


def test_a_missing_kit_is_told_once_and_counts(w, bought, at):
    part = parts_of(bought)[0]
    with nothing_written(), pytest.raises(WrongStep):
        act(report_missing_kit, part.id, w.shopper.id, at)
    change(part, state="shipped", shipped_at=at, tracking_code="T1")
    with nothing_written(), pytest.raises(NotFound):
        act(report_missing_kit, part.id, w.shopper2.id, at)
    assert act(report_missing_kit, part.id, w.shopper.id, at) is True
    assert db.session.get(StoreOrder, part.id, populate_existing=True).state == "delivered", (
        "whoever tells has received"
    )
    members = len(rows(StoreMember, store_id=part.store_id))
    assert len(rows(Message, template="kit_missing_reported")) == members > 0
    with nothing_written():
        assert act(report_missing_kit, part.id, w.shopper.id, at + DAY) is False
    kit_complaint(part, w, at, "K-1")
    assert reports_of_store(part.store_id) == 1, "one order counts once, however it was told"
    assert reports_by_store() == {part.store_id: 1}
    assert {told.complaint for told in show_store(part.store_id, at).told} == {None, "K-1"}
    [line] = show_monitor("kits", at).lines
    assert (line.store_id, line.kits) == (part.store_id, 1)


@pytest.mark.parametrize(("late", "refused"), [(timedelta(0), False), (SECOND, True)])
def test_a_missing_kit_is_told_of_for_sixty_days(w, bought, at, late, refused):
    part = change(parts_of(bought)[0], state="delivered", shipped_at=at, delivered_at=at)
    moment = at + 60 * DAY + late
    if refused:
        with nothing_written(), pytest.raises(KitReportOver):
            act(report_missing_kit, part.id, w.shopper.id, moment)
    else:
        assert act(report_missing_kit, part.id, w.shopper.id, moment) is True


def test_missing_kits_from_a_warning_to_a_stop_and_back(w, app, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    store, office = w.stores[0], someone(Role.office)
    parts = []
    for _ in range(5):
        order = paid(gateway, w.shopper, (w.soap, 1), at=at)
        [part] = parts_of(order)
        parts.append(change(part, state="delivered", delivered_at=at, shipped_at=at))
    kit_complaint(parts[0], w, at, "K-0")
    act(report_missing_kit, parts[1].id, w.shopper.id, at)
    assert watch_kits(at) == 0
    kit_complaint(parts[2], w, at, "K-2")
    kit_complaint(parts[2], w, at, "K-2b", state="closed")
    assert watch_kits(at) == 1
    assert open_case(store.id).state is KitCaseState.warned
    with nothing_written():
        assert watch_kits(at) == 0
    with nothing_written(), pytest.raises(CaseOver):
        act(explain_kits, store.id, "چرا", office, at)
    kit_complaint(parts[3], w, at, "K-3")
    kit_complaint(parts[4], w, at, "K-4", state="withdrawn")
    assert watch_kits(at) == 0, "one that was withdrawn counts nothing"
    change(one_complaint("K-4"), state="filed")
    assert watch_kits(at) == 1
    case = open_case(store.id)
    assert (case.state, case.heard_until_at) == (KitCaseState.hearing, at + 72 * HOUR)
    with nothing_written(), pytest.raises(NotHeardYet):
        act(freeze_for_kits, case.id, office, at + 72 * HOUR)
    act(explain_kits, store.id, "انبار خالی بود", Actor(w.owners[0].id, "store", "صاحب"), at)
    assert act(freeze_for_kits, case.id, office, at) == 2
    assert {o.state for o in rows(Offer, store_id=store.id)} == {OfferState.frozen}
    assert len(rows(RecordMark, store_id=store.id, mark=Mark.price_freeze)) == 2, "the record tells of it"
    with nothing_written(), pytest.raises(CaseOver):
        act(freeze_for_kits, case.id, office, at)
    assert act(close_kit_case, case.id, "بسته‌ها رسید", office, at + DAY) == 2
    assert {o.state for o in rows(Offer, store_id=store.id)} == {OfferState.live}
    assert watch_kits(at + DAY) == 0, "what was reported before counts no more"
    with nothing_written(), pytest.raises(Conflict):
        act(close_kit_case, case.id, "باز هم", office, at + DAY)


def kit_complaint(part: StoreOrder, w, at, number, **columns):
    return put(
        Complaint,
        **{
            "number": number, "store_id": part.store_id, "store_order_id": part.id, "person_id": w.shopper.id,
            "category": "kit_missing", "state": "filed", "filed_at": at, "answer_due_at": at + 7 * DAY, **columns,
        },
    )  # fmt: skip


def one_complaint(number):
    db.session.rollback()
    return db.session.scalars(select(Complaint).where(Complaint.number == number)).one()
