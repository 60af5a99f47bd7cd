"""Lists of complaints: a person's own, a store's inbox by deadline, the seal centre's queues. Each is one statement and
a page long, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from marketplace.complaints.case_page import TONES, clock_hours_left, here, state_label, word
from marketplace.complaints.models import UNPROVEN, Complaint, ComplaintState, Evaluation
from marketplace.complaints.shown import CaseRow, CasesShown
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.paging import decode_cursor, encode_cursor, moment_of
from marketplace.stores.models import Store
from marketplace.stores.moving import unsettled_dues
from marketplace.stores.pauses import Pause
from marketplace.stores.record_rows import pauses_from

C = ComplaintState
PAGE = 25
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
"""A range is walked by its index, where "not null" would be looked for in every row."""
INBOX: dict[str, ColumnElement[bool]] = {
    "open": Complaint.state == C.filed,
    "overdue": Complaint.state == C.overdue,
    "answered": Complaint.state == C.answered,
    "done": Complaint.state.in_((C.evaluated, C.reviewed, C.closed, C.withdrawn, C.unfounded, C.referred)),
}
QUEUES: dict[str, ColumnElement[bool]] = {
    "escalated": and_(Complaint.state == C.overdue),
    "review": and_(Complaint.state == C.evaluated, Complaint.evaluation == Evaluation.not_solved),
    "contested": and_(Complaint.contested_at > BEFORE_ALL, Complaint.contest_decided_at.is_(None)),
    "outside": and_(UNPROVEN),
    "running": Complaint.state == C.filed,
    "referred": Complaint.state == C.referred,
}


def list_of_person(person_id: int, cursor: str | None, at: datetime) -> CasesShown:
    """A person's complaints, the newest first."""
    query = _rows().where(Complaint.person_id == person_id).order_by(Complaint.id.desc()).limit(PAGE + 1)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Complaint.id < after[0])
    rows = db.session.execute(query).all()
    following = (
        here(f"/complaints?cursor={encode_cursor([rows[PAGE - 1].Complaint.id])}")
        if len(rows) > PAGE
        else None
    )
    return CasesShown(_shown(rows[:PAGE], "/complaints", at), following)


def list_inbox(store_id: int, tab: str, cursor: str | None, at: datetime) -> CasesShown:
    """A store's complaints of one kind: open ones by deadline, the others the newest first."""
    mine = Complaint.store_id == store_id
    return _by_tab(INBOX, tab, "open", mine, "/panel/complaints", cursor, at)


def list_queue(tab: str, cursor: str | None, at: datetime, limit: int = PAGE) -> CasesShown:
    """The seal centre's complaints of one kind, what waits longest first."""
    return _by_tab(QUEUES, tab, "escalated", None, "/office/complaints", cursor, at, limit)


def _by_tab(
    tabs: dict[str, ColumnElement[bool]],
    tab: str,
    usual: str,
    scope: ColumnElement[bool] | None,
    base: str,
    cursor: str | None,
    at: datetime,
    limit: int = PAGE,
) -> CasesShown:
    tab = tab if tab in tabs else usual
    is_newest_first = tab in ("answered", "done", "referred")
    query = _rows().where(tabs[tab], *([scope] if scope is not None else []))
    due, key = Complaint.answer_due_at, Complaint.id
    query = query.order_by(due.desc(), key.desc()) if is_newest_first else query.order_by(due, key)
    after = decode_cursor(cursor, (str, int))
    if after is not None:
        moment, last = moment_of(after[0]), after[1]
        query = (
            query.where((due < moment) | ((due == moment) & (key < last)))
            if is_newest_first
            else query.where((due > moment) | ((due == moment) & (key > last)))
        )
    rows = db.session.execute(query.limit(limit + 1)).all()
    following, mark = None, None
    if len(rows) > limit:
        last_row: Complaint = rows[limit - 1].Complaint
        mark = encode_cursor([last_row.answer_due_at.isoformat(), last_row.id])
        following = here(f"{base}?tab={tab}&cursor={mark}")
    return CasesShown(_shown(rows[:limit], base, at), following, _tabs(tabs, tab, scope, base), mark)


MOST_COUNTED = 1_000


def _tabs(
    tabs: dict[str, ColumnElement[bool]], present: str, scope: ColumnElement[bool] | None, base: str
) -> tuple[dict[str, Any], ...]:
    """The chips with their numbers; counting stops at a thousand, so that it costs the same among a million."""
    found = []
    for name, condition in tabs.items():
        some = (
            select(Complaint.id).where(condition, *([scope] if scope is not None else [])).limit(MOST_COUNTED)
        )
        count = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
        found.append(
            {
                "label": t(f"complaint_tab.{name}"),
                "count": count,
                "url": here(f"{base}?tab={name}"),
                "on": name == present,
            }
        )
    return tuple(found)


def _rows() -> Any:
    return select(Complaint, Store.name_fa, Store.name_en, Store.province_id).join(
        Store, Store.id == Complaint.store_id
    )


def _shown(rows: Sequence[Any], base: str, at: datetime) -> tuple[CaseRow, ...]:
    dues = unsettled_dues([row.Complaint.number for row in rows])
    pauses = pauses_from(at)
    return tuple(
        _row(row, base, dues.get(row.Complaint.number, row.Complaint.answer_due_at), pauses, at)
        for row in rows
    )


def _row(row: Any, base: str, due_at: datetime, pauses: Sequence[Pause], at: datetime) -> CaseRow:
    complaint: Complaint = row.Complaint
    is_running = complaint.state is C.filed and at <= due_at
    return CaseRow(
        number=complaint.number,
        url=here(f"{base}/{complaint.number}"),
        state=complaint.state.value,
        state_label=state_label(complaint),
        tone=TONES[complaint.state],
        category_label=t(f"complaint_category.{complaint.category.value}"),
        store_name=word(row.name_fa, row.name_en),
        filed_at=complaint.filed_at,
        answer_due_at=due_at,
        hours_left=clock_hours_left(at, due_at, pauses, row.province_id) if is_running else None,
        is_outside=complaint.is_outside,
    )
