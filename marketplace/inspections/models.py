"""Tables of visits, their checklists and findings, and of the guidelines that a store acknowledged."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class VisitKind(StrEnum):
    """planned: of the plan by city and day; spot_check: picked by a draw; complaint: somebody told of something;
    re_visit: to see whether findings were mended."""

    planned = "planned"
    spot_check = "spot_check"
    complaint = "complaint"
    re_visit = "re_visit"


class VisitState(StrEnum):
    """planned: to be made on its day; done: its report is in; unmet: nobody was there; cancelled: not to be made."""

    planned = "planned"
    done = "done"
    unmet = "unmet"
    cancelled = "cancelled"


PLANNED_RE_VISIT = text("state = 'planned' AND kind = 're_visit'")


class Visit(Base):
    """A visit to a store. `origin` names what it came of (`spot-check:NAME:7`, `finding:12`), empty for the plan.

    `submission_key` is chosen by the page on which the report is written: a report that comes twice is one report.
    `inspected_at` is what the inspector's telephone said when the form was finished, `reported_at` when it came in:
    deadlines run from the latter, when the store could read of it. At most one re-visit of a store is planned.
    """

    __tablename__ = "visits"
    __table_args__ = table_args(
        UniqueConstraint("submission_key"),
        UniqueConstraint("origin"),
        Index("ix_visits_plan", "state", "planned_on", "store_id"),
        Index("ix_visits_store_id", "store_id", "reported_at"),
        Index(
            "uq_visits_re_visit",
            "store_id",
            unique=True,
            sqlite_where=PLANNED_RE_VISIT,
            postgresql_where=PLANNED_RE_VISIT,
        ),
        CheckConstraint(
            "(state IN ('done', 'unmet')) = (submission_key IS NOT NULL AND reported_at IS NOT NULL)",
            name="reported",
        ),
        CheckConstraint("state <> 'done' OR checklist_version IS NOT NULL", name="by_a_checklist"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason IS NOT NULL)", name="cancelled_with_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    kind: Mapped[VisitKind] = one_of(VisitKind, "kind", default=VisitKind.planned)
    state: Mapped[VisitState] = one_of(VisitState, default=VisitState.planned)
    planned_on: Mapped[date]
    inspector_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    origin: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    planned_at: Mapped[datetime]
    checklist_version: Mapped[int | None]
    submission_key: Mapped[str | None]
    met_name: Mapped[str | None]
    summary: Mapped[str | None]
    inspected_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    cancelled_reason: Mapped[str | None]


class Mark(StrEnum):
    """ok: as it must be; not_ok: a finding; not_here: the store has nothing of the kind."""

    ok = "ok"
    not_ok = "not_ok"
    not_here = "not_here"


class VisitAnswer(Base):
    """One line of the checklist as it was answered on a visit; written once."""

    __tablename__ = "visit_answers"
    __table_args__ = table_args(UniqueConstraint("visit_id", "item_key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    item_key: Mapped[str]
    mark: Mapped[Mark] = one_of(Mark, "mark")
    note: Mapped[str] = mapped_column(default="", server_default="")


class Checklist(Base):
    """A version of the checklist from a moment on: `items` as `checklist.Item` reads them; written once.

    The first edition stands in `first_checklist.json` and needs no row.
    """

    __tablename__ = "checklists"
    __table_args__ = table_args(
        UniqueConstraint("version"), CheckConstraint("version > 1", name="after_first")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    items: Mapped[list[Any]]
    effective_from: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class Severity(StrEnum):
    """minor: seven days to mend; major: 48 hours; critical: the store is hidden until a re-visit clears it."""

    minor = "minor"
    major = "major"
    critical = "critical"


class Finding(Base):
    """Something an inspector found; open while `cleared_at` is empty.

    `text_fa` is what the inspector wrote, in whatever language. `due_at` is the end of the time to mend it, in which
    it counts as mended in time to the last second; a critical one has none, for the store is hidden at once.
    `mended_at`: when the store last said so; `breached_at`: since when the record tells of a breach;
    `late_told_at`: when the sweep said that the time is over.
    """

    __tablename__ = "findings"
    __table_args__ = table_args(
        Index("ix_findings_store_id", "store_id", "severity"),
        UniqueConstraint("visit_id", "item_key"),
        Index("ix_findings_due_at", "cleared_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    severity: Mapped[Severity] = one_of(Severity, "severity")
    text_fa: Mapped[str]
    found_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    item_key: Mapped[str | None]
    mended_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    late_told_at: Mapped[datetime | None]
    cleared_by_visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))


class CorrectiveAction(Base):
    """What a store says it did about a finding, with its pictures; written once."""

    __tablename__ = "corrective_actions"
    __table_args__ = table_args(
        Index("ix_corrective_actions_finding_id", "finding_id", "id"),
        CheckConstraint("length(text) > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    at: Mapped[datetime]


class Acknowledgement(Base):
    """A store has read a version of a guideline and will keep to it; written once per version."""

    __tablename__ = "guideline_acknowledgements"
    __table_args__ = table_args(
        UniqueConstraint("store_id", "key", "version"),
        Index("ix_guideline_acknowledgements_key", "key", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    key: Mapped[str]
    version: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class AcknowledgementRound(Base):
    """A new version of a guideline on its way to the stores: told up to `last_store_id`, ended with `finished_at`."""

    __tablename__ = "acknowledgement_rounds"
    __table_args__ = table_args(UniqueConstraint("key", "version"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    last_store_id: Mapped[int] = mapped_column(default=0, server_default="0")
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
