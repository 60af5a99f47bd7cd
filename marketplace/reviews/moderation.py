"""Readers report; the office publishes or removes, with a reason that the author reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.audit import Actor, record
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.reviews.errors import SaidStale
from marketplace.reviews.inputs import Decision
from marketplace.reviews.limits import ensure_seldom
from marketplace.reviews.models import Answer, Question, Review, SaidKind, SaidReport, SaidState
from marketplace.reviews.notices import tell_removed
from marketplace.reviews.queries import lock_said
from marketplace.reviews.ratings import sum_up
from marketplace.reviews.rules import TRANSITIONS

REPORTS_A_DAY = 20
Said = Review | Question | Answer


def report_said(wish: Decision, reporter: Actor, at: datetime) -> None:
    """A reader's report of something that is published; twice is once. Raises NotFound, SaidTooOften."""
    said = lock_said(wish.kind, wish.said_id)
    if said.state is not SaidState.published or reporter.id is None:
        raise NotFound()
    ensure_seldom(SaidReport.person_id, SaidReport.reported_at, reporter.id, at, most=REPORTS_A_DAY, hours=24)
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    db.session.execute(
        insert(SaidReport)
        .values(
            kind=wish.kind,
            said_id=wish.said_id,
            person_id=reporter.id,
            reason=wish.reason,
            reported_at=at,
        )
        .on_conflict_do_nothing()
    )


def publish_said(kind: SaidKind, said_id: int, actor: Actor, at: datetime, *, seen: SaidState) -> None:
    """The office lets something stand, or brings it back; its open reports are settled.

    `seen` is the state that the desk showed. Raises NotFound, SaidStale.
    """
    said = _decided(kind, said_id, seen)
    if said.state is not SaidState.published:
        _step(said, SaidState.published)
        said.removed_reason, said.removed_note = None, ""
    said.held_for = None
    _settle(kind, said_id, at)
    _sum(said)
    record(actor, "said.published", f"{kind.value}:{said_id}", at)


def remove_said(wish: Decision, actor: Actor, at: datetime, *, seen: SaidState) -> None:
    """The office takes something down, with a reason; its author is told. Raises NotFound, SaidStale."""
    said = _decided(wish.kind, wish.said_id, seen)
    if said.state is SaidState.removed:
        raise SaidStale()
    _step(said, SaidState.removed)
    said.removed_reason, said.removed_note = wish.reason.value, wish.note
    _settle(wish.kind, wish.said_id, at)
    _sum(said)
    record(actor, "said.removed", f"{wish.kind.value}:{wish.said_id}", at, reason=wish.reason.value)
    if isinstance(said, Review):
        tell_removed(said, at)


def _decided(kind: SaidKind, said_id: int, seen: SaidState) -> Any:
    said = lock_said(kind, said_id)
    if said.state is not seen:
        raise SaidStale()
    return said


def _step(said: Any, goal: SaidState) -> None:
    if goal not in TRANSITIONS[said.state]:
        raise SaidStale()
    said.state = goal


def _settle(kind: SaidKind, said_id: int, at: datetime) -> None:
    db.session.execute(
        update(SaidReport)
        .where(SaidReport.kind == kind, SaidReport.said_id == said_id, SaidReport.settled_at.is_(None))
        .values(settled_at=at)
    )


def _sum(said: Said) -> None:
    if isinstance(said, Review):
        sum_up(said.product_id, said.store_id)
