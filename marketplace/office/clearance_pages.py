"""What the clearance officers' desk shows: inquiries by their age, one inquiry with the least that it needs, figures.

The officer sees a name, a national id and a mobile; which store is meant is not shown. Others see outcomes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.files.evidence import evidence_of
from marketplace.files.models import EvidenceFile
from marketplace.policy.policy import policy_at
from marketplace.stores.case_models import CallbackState, ClearanceCallback, ClearanceHistory
from marketplace.stores.clearance_figures import figures_of_year
from marketplace.stores.clearances import hours_of
from marketplace.stores.interest import has_interest
from marketplace.stores.models import Clearance, ClearanceState, StoreHolder
from marketplace.stores.paper_queries import history_of_clearance
from marketplace.stores.rules import (
    WAITING,
    ClearanceFigures,
    ClockHours,
    Colour,
    clock_colour,
)

C = ClearanceState
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class InquiryLine:
    """An inquiry that waits. `hours_left` is negative once the limit has passed."""

    id: int
    reference: str
    name: str
    state: str
    clock_from: datetime
    due_at: datetime
    hours_left: int
    colour: str


@dataclass(frozen=True, slots=True)
class ClearanceDesk:
    """The queue by age, how many are of each colour, and the figures of the last year."""

    lines: tuple[InquiryLine, ...]
    counts: dict[str, int]
    waiting_count: int
    figures: ClearanceFigures
    hours: ClockHours
    reported: Sequence[ClearanceCallback]


@dataclass(frozen=True, slots=True)
class InquiryShown:
    """One inquiry for its officer: the person, the clock, what was done. `may_answer`: not by whom it concerns."""

    id: int
    reference: str
    name: str
    national_id: str | None
    mobile: str | None
    state: str
    clock_from: datetime | None
    due_at: datetime | None
    hours_left: int
    colour: str | None
    answered_at: datetime | None
    valid_until: datetime | None
    reason_category: str | None
    information: str | None
    files: Sequence[EvidenceFile]
    history: Sequence[ClearanceHistory]
    is_own: bool
    is_first_officer: bool


def show_desk(at: datetime, colour: str = "") -> ClearanceDesk:
    """The desk; `colour` narrows the queue."""
    hours = hours_of(policy_at(at))
    rows = db.session.execute(
        select(Clearance, Person.given_name, Person.surname)
        .outerjoin(Person, Person.id == Clearance.person_id)
        .where(Clearance.state.in_(WAITING))
        .order_by(Clearance.clock_from, Clearance.id)
    ).all()
    lines = [_line(row, at, hours) for row in rows]
    counts = {one.value: sum(line.colour == one for line in lines) for one in Colour}
    chosen = [line for line in lines if not colour or line.colour == colour]
    reported = select(ClearanceCallback).where(ClearanceCallback.state == CallbackState.reported)
    return ClearanceDesk(
        lines=tuple(chosen[:PER_PAGE]),
        counts=counts,
        waiting_count=len(lines),
        figures=figures_of_year(at, hours, [line.clock_from for line in lines]),
        hours=hours,
        reported=list(db.session.scalars(reported.order_by(ClearanceCallback.id.desc()).limit(10))),
    )


def _line(row: AnyRow, at: datetime, hours: ClockHours) -> InquiryLine:
    clearance: Clearance = row.Clearance
    begun = clearance.clock_from or at
    due_at = begun + timedelta(hours=hours.breach)
    return InquiryLine(
        id=clearance.id,
        reference=clearance.reference or f"#{clearance.id}",
        name=f"{row.given_name or ''} {row.surname or ''}".strip() or "—",
        state=clearance.state.value,
        clock_from=begun,
        due_at=due_at,
        hours_left=(due_at - at) // timedelta(hours=1),
        colour=clock_colour(begun, at, hours).value,
    )


def show_inquiry(clearance_id: int, person_id: int, at: datetime) -> InquiryShown:
    """One inquiry. Raises NotFound."""
    row = db.session.execute(
        select(
            Clearance,
            Person.given_name,
            Person.surname,
            Person.mobile,
            func.coalesce(StoreHolder.national_id, Person.national_id).label("national_id"),
        )
        .outerjoin(Person, Person.id == Clearance.person_id)
        .outerjoin(StoreHolder, StoreHolder.store_id == Clearance.store_id)
        .where(Clearance.id == clearance_id)
    ).first()
    if row is None:
        raise NotFound()
    hours = hours_of(policy_at(at))
    clearance: Clearance = row.Clearance
    line = _line(row, at, hours)
    is_waiting, subject = clearance.state in WAITING, f"clearance:{clearance.id}"
    return InquiryShown(
        id=clearance.id,
        reference=line.reference,
        name=line.name,
        national_id=row.national_id if is_waiting else None,
        mobile=row.mobile if is_waiting else None,
        state=clearance.state.value,
        clock_from=line.clock_from if is_waiting else None,
        due_at=line.due_at if is_waiting else None,
        hours_left=line.hours_left,
        colour=line.colour if is_waiting else None,
        answered_at=clearance.answered_at,
        valid_until=clearance.valid_until,
        reason_category=clearance.reason_category,
        information=clearance.information if is_waiting else None,
        files=evidence_of([subject])[subject] if is_waiting else (),
        history=history_of_clearance(clearance.id),
        is_own=has_interest(person_id, clearance.store_id),
        is_first_officer=clearance.state is C.objected and clearance.officer_id == person_id,
    )
