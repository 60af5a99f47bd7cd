"""Reading questions with their answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, bindparam, exists, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.errors import NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
from marketplace.festival.models import Offer
from marketplace.reviews.models import Answer, Question, SaidState
from marketplace.reviews.shown import AnswerShown, QuestionShown
from marketplace.reviews.wording import offer_path, word, writer_name
from marketplace.stores.models import Store

_PUBLISHED = SaidState.published


_COLUMNS: AnySelect = (
    select(
        Question.id,
        Question.body,
        Question.state,
        Question.asked_at,
        Question.offer_id,
        Person.given_name,
        Person.surname,
        Offer.slug,
        Offer.title_fa,
        Offer.title_en,
    )
    .join(Person, Person.id == Question.person_id)
    .join(Offer, Offer.id == Question.offer_id)
    .order_by(Question.id.desc())
)
_NEWEST_OF_PRODUCT = Ready(
    _COLUMNS.where(Question.product_id == bindparam("product"), Question.state == _PUBLISHED).limit(
        bindparam("most", type_=Integer())
    )
)


def questions_of_product(product_id: int, cursor: str | None = None, limit: int = 10) -> Page[QuestionShown]:
    """Published questions of a product with their published answers, the newest first; two statements."""
    if cursor is None:
        return _shown(_NEWEST_OF_PRODUCT.all(product=product_id, most=limit + 1), limit)
    which = (Question.product_id == product_id) & (Question.state == _PUBLISHED)
    return _questions(which, cursor, limit)


def questions_of_store(
    store_id: int, cursor: str | None = None, limit: int = 10, *, is_open: bool = False
) -> Page[QuestionShown]:
    """Published questions about a store's goods; with `is_open` those that it has not answered."""
    which = (Question.store_id == store_id) & (Question.state == _PUBLISHED)
    if is_open:
        which &= ~exists().where(Answer.question_id == Question.id, Answer.is_store)
    return _questions(which, cursor, limit)


def _questions(which: ColumnElement[bool], cursor: str | None, limit: int) -> Page[QuestionShown]:
    query = _COLUMNS.where(which)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Question.id < after[0])
    return _shown(db.session.execute(query.limit(limit + 1)).all(), limit)


def _shown(rows: Sequence[AnyRow], limit: int) -> Page[QuestionShown]:
    answers = _answers([row.id for row in rows])
    shown = [
        QuestionShown(
            row.id,
            writer_name(row.given_name, row.surname),
            row.body,
            row.state.value,
            row.asked_at,
            word(row.title_fa, row.title_en),
            row.offer_id,
            offer_path(row.offer_id, row.slug),
            tuple(answers.get(row.id, ())),
        )
        for row in rows
    ]
    return page_of(shown, limit, lambda question: (question.id,))


def _answers(question_ids: Sequence[int]) -> dict[int, list[AnswerShown]]:
    found: dict[int, list[AnswerShown]] = {}
    if not question_ids:
        return found
    rows = db.session.execute(
        select(Answer, Person.given_name, Person.surname, Store.name_fa, Store.name_en)
        .join(Question, Question.id == Answer.question_id)
        .join(Store, Store.id == Question.store_id)
        .join(Person, Person.id == Answer.person_id)
        .where(Answer.question_id.in_(question_ids), Answer.state == _PUBLISHED)
        .order_by(Answer.is_store.desc(), Answer.id)
    )
    for row in rows:
        answer: Answer = row.Answer
        who = word(row.name_fa, row.name_en) if answer.is_store else writer_name(row.given_name, row.surname)
        found.setdefault(answer.question_id, []).append(
            AnswerShown(answer.id, who, answer.is_store, answer.body, answer.answered_at)
        )
    return found


def ensure_asked_of(question_id: int, store_id: int) -> None:
    """Raises NotFound for a question that is not about this store's goods."""
    if db.session.scalar(select(Question.store_id).where(Question.id == question_id)) != store_id:
        raise NotFound()
