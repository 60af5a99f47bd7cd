"""What waits for the office's eyes: held by the first look, or reported by readers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.festival.models import Offer
from marketplace.reviews.models import Answer, Question, Review, SaidKind, SaidReport, SaidState
from marketplace.reviews.queries import pictures_of
from marketplace.reviews.shown import CaseShown, PictureFile
from marketplace.reviews.wording import offer_path, word, writer_name
from marketplace.stores.models import Store

_MODEL: dict[SaidKind, Any] = {
    SaidKind.review: Review,
    SaidKind.question: Question,
    SaidKind.answer: Answer,
}
_AT = {
    SaidKind.review: Review.written_at,
    SaidKind.question: Question.asked_at,
    SaidKind.answer: Answer.answered_at,
}


def cases(
    kind: SaidKind, *, is_removed: bool = False, cursor: str | None = None, limit: int = 20
) -> Page[CaseShown]:
    """Held and reported words of a kind, the longest waiting first; or removed ones, the newest first."""
    model = _MODEL[kind]
    about: Any = Question if kind is SaidKind.answer else model
    reports = (
        select(func.count())
        .select_from(SaidReport)
        .where(SaidReport.kind == kind, SaidReport.said_id == model.id, SaidReport.settled_at.is_(None))
        .correlate(model)
        .scalar_subquery()
    )
    query = select(
        model,
        _AT[kind].label("at"),
        reports.label("report_count"),
        Person.given_name,
        Person.surname,
        Offer.id.label("offer_id"),
        Offer.slug,
        Offer.title_fa,
        Offer.title_en,
        Store.name_fa,
        Store.name_en,
    ).select_from(model)
    if kind is SaidKind.answer:
        query = query.join(Question, Question.id == Answer.question_id)
    query = (
        query.join(Person, Person.id == model.person_id)
        .join(Offer, Offer.id == about.offer_id)
        .join(Store, Store.id == about.store_id)
        .where((model.state == SaidState.removed) if is_removed else _waits(kind))
    )
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(model.id < after[0] if is_removed else model.id > after[0])
    rows = db.session.execute(
        query.order_by(model.id.desc() if is_removed else model.id).limit(limit + 1)
    ).all()
    pictures = pictures_of([row[0].id for row in rows]) if kind is SaidKind.review else {}
    shown = [_case(kind, row, pictures.get(row[0].id, ())) for row in rows]
    return page_of(shown, limit, lambda case: (case.id,))


def _case(kind: SaidKind, row: AnyRow, files: tuple[PictureFile, ...]) -> CaseShown:
    said = row[0]
    return CaseShown(
        kind.value,
        said.id,
        writer_name(row.given_name, row.surname),
        said.body,
        said.state.value,
        said.stars if kind is SaidKind.review else None,
        word(row.title_fa, row.title_en),
        offer_path(row.offer_id, row.slug),
        word(row.name_fa, row.name_en),
        row.at,
        said.held_for,
        row.report_count,
        said.removed_reason,
        files,
    )


def waiting_counts() -> dict[str, int]:
    """How much of each kind waits for a decision."""
    return {
        kind.value: db.session.scalar(select(func.count()).select_from(model).where(_waits(kind))) or 0
        for kind, model in _MODEL.items()
    }


def _waits(kind: SaidKind) -> ColumnElement[bool]:
    model = _MODEL[kind]
    is_reported = exists().where(
        SaidReport.kind == kind, SaidReport.said_id == model.id, SaidReport.settled_at.is_(None)
    )
    waits: ColumnElement[bool] = (model.state == SaidState.held) | (
        (model.state == SaidState.published) & is_reported
    )
    return waits
