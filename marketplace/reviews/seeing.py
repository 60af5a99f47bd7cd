"""Who sees the pictures of a review: everybody while it is published, its author and the office always."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.reviews.models import Review, SaidState


def is_published(subject: str) -> bool:
    """Whether a review (`review:17`) is read by everybody."""
    return db.session.scalar(select(Review.state).where(Review.id == _number(subject))) is SaidState.published


def may_see_review(visitor: Visitor, subject: str) -> bool:
    """Whether this person sees the pictures of a review that is held or removed."""
    review = db.session.execute(
        select(Review.person_id, Review.store_id).where(Review.id == _number(subject))
    ).first()
    if review is None:
        return False
    return review.person_id == visitor.id or bool(visitor.roles & {Role.office, Role.auditor})


def _number(subject: str) -> int:
    number = subject.partition(":")[2]
    return int(number) if number.isascii() and number.isdecimal() else 0
