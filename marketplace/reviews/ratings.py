"""Stars summed by product and by store, kept beside every change of a review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.reviews.models import RatedKind, Rating, Review, SaidState

_COLUMN = {RatedKind.product: Review.product_id, RatedKind.store: Review.store_id}


def sum_up(product_id: int, store_id: int) -> None:
    """Counts the published reviews of a product and of a store afresh.

    The rating's row is locked before it is counted: of two changes at once the later one sees the earlier.
    """
    db.session.flush()
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    for kind, subject_id in ((RatedKind.product, product_id), (RatedKind.store, store_id)):
        row = insert(Rating).values(kind=kind, subject_id=subject_id, review_count=0, stars_sum=0)
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=[Rating.kind, Rating.subject_id], set_={"kind": row.excluded.kind}
            )
        )
        which = (_COLUMN[kind] == subject_id) & (Review.state == SaidState.published)
        count, stars = db.session.execute(
            select(func.count(), func.coalesce(func.sum(Review.stars), 0)).where(which)
        ).one()
        db.session.execute(
            update(Rating)
            .where(Rating.kind == kind, Rating.subject_id == subject_id)
            .values(review_count=count, stars_sum=int(stars))
        )


def wrong_ratings() -> Iterator[Any]:
    """Products and stores whose kept sums are not those of their published reviews."""
    for kind, column in _COLUMN.items():
        counted = (
            select(column.label("id"), func.count().label("n"), func.sum(Review.stars).label("stars"))
            .where(Review.state == SaidState.published)
            .group_by(column)
            .subquery()
        )
        query = (
            select(Rating.subject_id, Rating.review_count, counted.c.n)
            .outerjoin(counted, counted.c.id == Rating.subject_id)
            .where(
                Rating.kind == kind,
                (Rating.review_count != func.coalesce(counted.c.n, 0))
                | (Rating.stars_sum != func.coalesce(counted.c.stars, 0)),
            )
        )
        for row in db.session.execute(query):
            yield (kind.value, *row)
        missing = select(counted.c.id).where(
            counted.c.id.not_in(select(Rating.subject_id).where(Rating.kind == kind))
        )
        for subject_id in db.session.scalars(missing):
            yield (kind.value, subject_id, None, None)


CHECKS = {"ratings_are_their_reviews": wrong_ratings}
