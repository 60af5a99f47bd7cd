"""Asking about an offer, and answering: the store, or somebody who bought the product."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.text import fold
from marketplace.festival.models import Offer, OfferState
from marketplace.reviews.errors import NotABuyer, OwnGoods
from marketplace.reviews.first_look import found_in
from marketplace.reviews.inputs import Words
from marketplace.reviews.limits import ensure_seldom
from marketplace.reviews.models import Answer, Question, SaidState
from marketplace.reviews.notices import tell_answered, tell_store_asked
from marketplace.reviews.queries import has_bought, lock_question
from marketplace.reviews.rules import state_after
from marketplace.stores.queries import is_member

PUBLIC = (OfferState.approved, OfferState.live, OfferState.frozen, OfferState.ended)
QUESTIONS_AN_HOUR = 5
ANSWERS_AN_HOUR = 10


def ask_question(offer_id: int, asker: Actor, words: Words, at: datetime) -> int:
    """A question about an offer's product; gives its id. The same one sent twice is asked once.

    The store is told unless the first look finds something: then it waits for the office. Raises NotFound, OwnGoods,
    SaidTooOften.
    """
    offer = db.session.execute(
        select(Offer.store_id, Offer.product_id, Offer.state).where(Offer.id == offer_id)
    ).first()
    if offer is None or offer.state not in PUBLIC or asker.id is None:
        raise NotFound("unknown_offer")
    if is_member(asker.id, offer.store_id):
        raise OwnGoods()
    digest = sha256(fold(words.body).encode()).hexdigest()
    ensure_seldom(Question.person_id, Question.asked_at, asker.id, at, most=QUESTIONS_AN_HOUR, hours=1)
    same = db.session.scalar(
        select(Question.id).where(
            Question.product_id == offer.product_id,
            Question.person_id == asker.id,
            Question.digest == digest,
        )
    )
    if same is not None:
        return same
    found = found_in(words.body)
    question = Question(
        person_id=asker.id,
        store_id=offer.store_id,
        product_id=offer.product_id,
        offer_id=offer_id,
        body=words.body,
        digest=digest,
        state=state_after(found),
        held_for=found,
        asked_at=at,
    )
    db.session.add(question)
    db.session.flush()
    if question.state is SaidState.published:
        tell_store_asked(question, at)
    return question.id


def answer_question(question_id: int, answerer: Actor, words: Words, at: datetime) -> int:
    """An answer by the store's member or a buyer of the product; gives its id. A second one takes the first's place.

    A store's insulting words are refused, a buyer's are held. Raises NotFound, NotABuyer, SaidTooOften, Invalid.
    """
    question = lock_question(question_id)
    if question.state is not SaidState.published or answerer.id is None:
        raise NotFound()
    is_store = is_member(answerer.id, question.store_id)
    if not is_store and not has_bought(answerer.id, question.product_id):
        raise NotABuyer()
    found = found_in(words.body)
    if is_store and found:
        raise Invalid(fields={"body": f"found_{found}"})
    before = db.session.scalar(
        select(Answer).where(Answer.question_id == question_id, Answer.person_id == answerer.id)
    )
    if before is not None:
        before.state = state_after(found, before.state)
        before.body, before.answered_at, before.held_for = words.body, at, found or before.held_for
        before.removed_reason, before.removed_note = None, ""
        db.session.flush()
        return before.id
    if not is_store:
        ensure_seldom(Answer.person_id, Answer.answered_at, answerer.id, at, most=ANSWERS_AN_HOUR, hours=1)
    answer = Answer(
        question_id=question_id,
        person_id=answerer.id,
        is_store=is_store,
        body=words.body,
        state=state_after(found),
        held_for=found,
        answered_at=at,
    )
    db.session.add(answer)
    db.session.flush()
    if is_store:
        record(answerer, "question.answered", f"question:{question_id}", at)
    if answer.state is SaidState.published:
        tell_answered(question, answer, at)
    return answer.id
