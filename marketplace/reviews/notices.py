"""News of reviews and questions, put in the outbox with what they tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.language import t
from marketplace.festival.models import Offer
from marketplace.messages.outbox import tell
from marketplace.reviews.models import Answer, Question, Review
from marketplace.stores.announcing import tell_store
from marketplace.stores.models import Store


def tell_store_reviewed(review: Review, at: datetime) -> None:
    """The store's members read that there is a review."""
    tell_store(
        review.store_id,
        key=f"review:{review.id}:store",
        template="store_reviewed",
        params={"title": _offer(review.offer_id).title_fa, "stars": review.stars, "path": "/panel/reviews"},
        subject=f"review:{review.id}",
        at=at,
    )


def tell_store_asked(question: Question, at: datetime) -> None:
    """The store's members read that somebody asked."""
    tell_store(
        question.store_id,
        key=f"question:{question.id}:store",
        template="store_asked",
        params={"title": _offer(question.offer_id).title_fa, "path": "/panel/reviews?show=questions"},
        subject=f"question:{question.id}",
        at=at,
    )


def tell_review_answered(review: Review, at: datetime) -> None:
    """The author reads that the store replied."""
    language, offer, store = _for(review.person_id, review.offer_id, review.store_id)
    tell(
        key=f"review:{review.id}:reply",
        person=review.person_id,
        template="review_answered",
        params={"title": _title(offer, language), "store": store, "path": "/me/reviews"},
        subject=f"review:{review.id}",
        at=at,
    )


def tell_removed(review: Review, at: datetime) -> None:
    """The author reads that their review was taken down, and why."""
    language, offer, _ = _for(review.person_id, review.offer_id, review.store_id)
    tell(
        key=f"review:{review.id}:removed:{at.isoformat()}",
        person=review.person_id,
        template="review_hidden",
        params={
            "title": _title(offer, language),
            "reason": t(f"report_reason.{review.removed_reason}", lang=language),
            "path": "/me/reviews",
        },
        subject=f"review:{review.id}",
        at=at,
    )


def tell_answered(question: Question, answer: Answer, at: datetime) -> None:
    """Who asked reads that there is an answer."""
    language, offer, store = _for(question.person_id, question.offer_id, question.store_id)
    tell(
        key=f"answer:{answer.id}",
        person=question.person_id,
        template="question_answered",
        params={
            "title": _title(offer, language),
            "who": store if answer.is_store else t("reviews.a_buyer", lang=language),
            "path": f"/offers/{question.offer_id}/questions",
        },
        subject=f"question:{question.id}",
        at=at,
    )


def _for(person_id: int, offer_id: int, store_id: int) -> tuple[str, AnyRow, str]:
    """The person's language, the offer, and the store's name in that language."""
    language = db.session.scalar(select(Person.language).where(Person.id == person_id)) or "fa"
    store = db.session.execute(select(Store.name_fa, Store.name_en).where(Store.id == store_id)).one()
    return language, _offer(offer_id), store.name_en if language == "en" else store.name_fa


def _offer(offer_id: int) -> AnyRow:
    return db.session.execute(select(Offer.title_fa, Offer.title_en).where(Offer.id == offer_id)).one()


def _title(offer: AnyRow, language: str) -> str:
    return str(offer.title_en if language == "en" else offer.title_fa)
