"""Reviews of a store's goods and questions about them, for its programs."""

from __future__ import annotations

from typing import Any

from flask import g, request

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import store_cases as schemas
from marketplace.core.audit import Actor
from marketplace.reviews import queries, question_queries
from marketplace.reviews.inputs import LONGEST_REPLY, Words
from marketplace.reviews.questions import answer_question
from marketplace.reviews.reviews import reply_to_review

TAG, SCOPE = "store", "store:orders"


@reading("/store/reviews", TAG, SCOPE, store=True, gives=schemas.REVIEW.listed, asks=schemas.CursorQuery)
def list_store_reviews() -> Any:
    """Reviews of the store's goods, the newest first."""
    return schemas.REVIEW.page(queries.reviews_of_store(g.store_id, request.args.get("cursor")))


@act("/store/reviews/<int:review_id>/reply", TAG, SCOPE, store=True, says=schemas.ReplyBody)
def create_review_reply(said: Said, review_id: int) -> Verb:
    """The store's reply to a review."""
    words, store_id = Words.parse(said, most=LONGEST_REPLY), g.store_id
    return lambda at: reply_to_review(review_id, store_id, words, _actor(), at)


@reading("/store/questions", TAG, SCOPE, store=True, gives=schemas.QUESTION.listed, asks=schemas.CursorQuery)
def list_store_questions() -> Any:
    """Questions about the store's goods, the newest first."""
    return schemas.QUESTION.page(question_queries.questions_of_store(g.store_id, request.args.get("cursor")))


@act(
    "/store/questions/<int:question_id>/answer",
    TAG,
    SCOPE,
    store=True,
    says=schemas.ReplyBody,
    status=201,
    makes=made.ANSWER,
)
def create_store_answer(said: Said, question_id: int) -> Verb:
    """The store's answer to a question about its own goods."""
    question_queries.ensure_asked_of(question_id, g.store_id)
    words = Words.parse(said, most=LONGEST_REPLY)
    return lambda at: answer_question(question_id, _actor(), words, at)


def _actor() -> Actor:
    return visitor().actor("store")
