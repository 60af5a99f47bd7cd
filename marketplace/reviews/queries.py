"""Reading reviews, questions, wishes and what waits for the office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
from marketplace.festival.models import Offer
from marketplace.files.evidence import evidence_of
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.reviews.models import (
    Answer,
    Question,
    RatedKind,
    Rating,
    Review,
    SaidKind,
    SaidState,
)
from marketplace.reviews.rules import ARRIVED, average_tenths
from marketplace.reviews.shown import (
    PictureFile,
    PurchaseShown,
    RatingShown,
    ReviewShown,
)
from marketplace.reviews.wording import offer_path, word, writer_name
from marketplace.stores.models import Store

MODELS = {SaidKind.review: Review, SaidKind.question: Question, SaidKind.answer: Answer}
_PUBLISHED = SaidState.published
_REVIEW = (
    select(
        Review,
        Person.given_name,
        Person.surname,
        Offer.slug,
        Offer.title_fa,
        Offer.title_en,
        Store.name_fa,
        Store.name_en,
    )
    .join(Person, Person.id == Review.person_id)
    .join(Offer, Offer.id == Review.offer_id)
    .join(Store, Store.id == Review.store_id)
)


def lock_said(kind: SaidKind, said_id: int) -> Any:
    """A review, question or answer, locked and read anew. Raises NotFound."""
    model: Any = MODELS[kind]
    query = select(model).where(model.id == said_id).execution_options(populate_existing=True)
    found = db.session.scalar(query if is_sqlite() else query.with_for_update())
    if found is None:
        raise NotFound()
    return found


def lock_review(review_id: int) -> Review:
    """A review, locked. Raises NotFound."""
    found: Review = lock_said(SaidKind.review, review_id)
    return found


def lock_question(question_id: int) -> Question:
    """A question, locked. Raises NotFound."""
    found: Question = lock_said(SaidKind.question, question_id)
    return found


def has_bought(person_id: int, product_id: int) -> bool:
    """Whether a product of some store order of this person arrived."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    OrderLine.store_order_id == StoreOrder.id,
                    StoreOrder.order_id == Order.id,
                    Order.person_id == person_id,
                    StoreOrder.state.in_(ARRIVED),
                    OrderLine.offer_id == Offer.id,
                    Offer.product_id == product_id,
                )
            )
        )
    )


_RATING = Ready(
    select(Rating.review_count, Rating.stars_sum).where(
        Rating.kind == bindparam("kind"), Rating.subject_id == bindparam("subject")
    )
)


def rating_of(kind: RatedKind, subject_id: int) -> RatingShown:
    """The stars of a product or a store."""
    row = _RATING.first(kind=kind, subject=subject_id)
    return (
        RatingShown(row.review_count, average_tenths(row.stars_sum, row.review_count))
        if row
        else RatingShown(0, None)
    )


def reviews_of_product(product_id: int, cursor: str | None = None, limit: int = 10) -> Page[ReviewShown]:
    """Published reviews of a product, the newest first."""
    return _reviews((Review.product_id == product_id) & (Review.state == _PUBLISHED), cursor, limit)


def reviews_of_store(store_id: int, cursor: str | None = None, limit: int = 10) -> Page[ReviewShown]:
    """Published reviews of a store's goods, the newest first."""
    return _reviews((Review.store_id == store_id) & (Review.state == _PUBLISHED), cursor, limit)


def reviews_of_person(person_id: int, cursor: str | None = None, limit: int = 10) -> Page[ReviewShown]:
    """A person's own reviews in every state, the newest first."""
    return _reviews(Review.person_id == person_id, cursor, limit, is_own=True)


def review_of_line(order_line_id: int, person_id: int) -> Review | None:
    """An own review of a purchase."""
    return db.session.scalar(
        select(Review).where(Review.order_line_id == order_line_id, Review.person_id == person_id)
    )


def _reviews(
    which: ColumnElement[bool], cursor: str | None, limit: int, *, is_own: bool = False
) -> Page[ReviewShown]:
    query = _REVIEW.where(which)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Review.id < after[0])
    rows = db.session.execute(query.order_by(Review.id.desc()).limit(limit + 1)).all()
    pictures = pictures_of([row.Review.id for row in rows])
    shown = [_review(row, pictures.get(row.Review.id, ()), is_own) for row in rows]
    return page_of(shown, limit, lambda review: (review.id,))


def pictures_of(review_ids: Sequence[int]) -> dict[int, tuple[PictureFile, ...]]:
    """The pictures of some reviews, in one statement; in none where there are no reviews."""
    if not review_ids:
        return {}
    found = evidence_of([f"review:{review_id}" for review_id in review_ids])
    return {
        int(subject.partition(":")[2]): tuple(PictureFile(f"/files/{file.key}", file.name) for file in files)
        for subject, files in found.items()
    }


def _review(row: AnyRow, files: tuple[PictureFile, ...], is_own: bool) -> ReviewShown:
    review: Review = row.Review
    return ReviewShown(
        id=review.id,
        who=writer_name(row.given_name, row.surname),
        stars=review.stars,
        body=review.body,
        state=review.state.value,
        written_at=review.written_at,
        is_edited=review.edited_at is not None,
        reply=review.reply,
        replied_at=review.replied_at,
        title=word(row.title_fa, row.title_en),
        offer_url=offer_path(review.offer_id, row.slug),
        store=word(row.name_fa, row.name_en),
        files=files,
        removed_reason=review.removed_reason if is_own else None,
        removed_note=review.removed_note if is_own else "",
        order_line_id=review.order_line_id,
    )


def purchases_to_review(person_id: int, limit: int = 30) -> list[PurchaseShown]:
    """Lines of a person's orders that arrived and have no review yet, the newest first."""
    rows = db.session.execute(
        select(
            OrderLine.id,
            OrderLine.title_fa,
            OrderLine.title_en,
            OrderLine.picture_key,
            Store.name_fa,
            Store.name_en,
            StoreOrder.delivered_at,
        )
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Store, Store.id == StoreOrder.store_id)
        .outerjoin(Review, Review.order_line_id == OrderLine.id)
        .where(Order.person_id == person_id, StoreOrder.state.in_(ARRIVED), Review.id.is_(None))
        .order_by(OrderLine.id.desc())
        .limit(limit)
    )
    return [
        PurchaseShown(
            row.id,
            word(row.title_fa, row.title_en),
            word(row.name_fa, row.name_en),
            row.picture_key,
            row.delivered_at,
        )
        for row in rows
    ]


def purchase(order_line_id: int, person_id: int) -> PurchaseShown:
    """One line of an own order that arrived. Raises NotFound."""
    row = db.session.execute(
        select(OrderLine, Store.name_fa, Store.name_en, StoreOrder.delivered_at)
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Store, Store.id == StoreOrder.store_id)
        .where(OrderLine.id == order_line_id, Order.person_id == person_id, StoreOrder.state.in_(ARRIVED))
    ).first()
    if row is None:
        raise NotFound("unknown_order")
    line: OrderLine = row.OrderLine
    return PurchaseShown(
        line.id,
        word(line.title_fa, line.title_en),
        word(row.name_fa, row.name_en),
        line.picture_key,
        row.delivered_at,
    )
