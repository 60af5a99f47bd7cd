"""What shoppers say, beside an offer and on a shop front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_login import current_user

from marketplace.core.holes import Question, shape
from marketplace.reviews.models import RatedKind, ReportReason
from marketplace.reviews.queries import rating_of, reviews_of_product, reviews_of_store
from marketplace.reviews.question_queries import questions_of_product
from marketplace.reviews.shown import QuestionShown, RatingShown, ReviewShown
from marketplace.reviews.wish_queries import has_wish

BESIDE_AN_OFFER = 3
WISH = "wish"
"""What a page for many asks of its reader: whether they wish for this offer."""
REASONS = tuple(reason.value for reason in ReportReason)


@dataclass(frozen=True, slots=True)
class SaidShown:
    """The stars with the newest reviews and questions; `reasons` are those for which one may report."""

    rating: RatingShown
    reviews: Sequence[ReviewShown]
    questions: Sequence[QuestionShown] = ()
    is_wished: bool | Question = False
    reasons: tuple[str, ...] = REASONS


def said_of_product(product_id: int, offer_id: int) -> SaidShown:
    """The newest reviews and questions of a product, and whether the visitor wishes for the offer."""
    rating = rating_of(RatedKind.product, product_id)
    return SaidShown(
        rating=rating,
        reviews=reviews_of_product(product_id, limit=BESIDE_AN_OFFER).items if rating.count else (),
        questions=questions_of_product(product_id, limit=BESIDE_AN_OFFER).items,
        is_wished=_is_wished(offer_id),
    )


def _is_wished(offer_id: int) -> bool | Question:
    if not current_user.is_authenticated:
        return False
    return Question(WISH, offer_id) if shape() is not None else has_wish(current_user.id, offer_id)


def said_of_store(store_id: int) -> SaidShown:
    """The newest reviews of a store's goods."""
    rating = rating_of(RatedKind.store, store_id)
    return SaidShown(rating, reviews_of_store(store_id, limit=BESIDE_AN_OFFER).items if rating.count else ())
