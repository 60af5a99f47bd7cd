"""Writing and changing a review, and the store's reply to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.festival.models import Offer
from marketplace.files.evidence import Checked, keep_evidence
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.reviews.errors import ChangeOver, NotYetArrived, OwnGoods, ReviewedBefore
from marketplace.reviews.first_look import found_in
from marketplace.reviews.inputs import ReviewWords, Words
from marketplace.reviews.limits import ensure_seldom
from marketplace.reviews.models import Review, SaidState
from marketplace.reviews.notices import tell_review_answered, tell_store_reviewed
from marketplace.reviews.queries import lock_review
from marketplace.reviews.ratings import sum_up
from marketplace.reviews.rules import may_change, may_review, state_after
from marketplace.stores.queries import is_member

MOST_A_DAY = 20
MOST_PICTURES = 5

on_violation("uq_reviews_order_line_id", ReviewedBefore)


def write_review(
    order_line_id: int,
    writer: Actor,
    said: ReviewWords,
    at: datetime,
    pictures: Sequence[Checked] = (),
) -> int:
    """A buyer's review of one line of an own, delivered order; gives its id. Sent twice, the first one stands.

    Held for the office when the first look finds something. Raises NotFound for a line of somebody else's,
    NotYetArrived, OwnGoods, SaidTooOften.
    """
    person_id = _id_of(writer)
    bought = _bought(order_line_id, person_id)
    if not may_review(bought.state):
        raise NotYetArrived()
    if is_member(person_id, bought.store_id):
        raise OwnGoods()
    ensure_seldom(Review.person_id, Review.written_at, person_id, at, most=MOST_A_DAY, hours=24)
    before = db.session.scalar(select(Review).where(Review.order_line_id == order_line_id))
    if before is not None:
        return before.id
    found = found_in(said.body)
    review = Review(
        order_line_id=order_line_id,
        person_id=person_id,
        store_id=bought.store_id,
        product_id=bought.product_id,
        offer_id=bought.offer_id,
        stars=said.stars,
        body=said.body,
        state=state_after(found),
        held_for=found,
        written_at=at,
    )
    db.session.add(review)
    db.session.flush()
    for picture in pictures:
        keep_evidence(picture, f"review:{review.id}", writer, at, most=MOST_PICTURES)
    sum_up(review.product_id, review.store_id)
    if review.state is SaidState.published:
        tell_store_reviewed(review, at)
    return review.id


def change_review(
    review_id: int, writer: Actor, said: ReviewWords, at: datetime, pictures: Sequence[Checked] = ()
) -> None:
    """The author changes stars, words and adds pictures, for as long as the policy of the writing gives.

    What was removed or is held waits for the office again. Raises NotFound for another's, ChangeOver.
    """
    review = lock_review(review_id)
    if review.person_id != _id_of(writer):
        raise NotFound()
    if not may_change(review.written_at, policy_at(review.written_at).review_change_days, at):
        raise ChangeOver()
    found = found_in(said.body)
    review.state = state_after(found, review.state)
    review.held_for = found or (review.held_for if review.state is SaidState.held else None)
    review.removed_reason, review.removed_note = None, ""
    review.stars, review.body, review.edited_at = said.stars, said.body, at
    for picture in pictures:
        keep_evidence(picture, f"review:{review.id}", writer, at, most=MOST_PICTURES)
    sum_up(review.product_id, review.store_id)


def reply_to_review(review_id: int, store_id: int, words: Words, actor: Actor, at: datetime) -> None:
    """The store's one reply to a published review, which it may write anew; the author hears of the first.

    Raises NotFound for a review of another store's goods, Invalid when the first look finds something.
    """
    review = lock_review(review_id)
    if review.store_id != store_id or review.state is not SaidState.published:
        raise NotFound()
    found = found_in(words.body)
    if found:
        raise Invalid(fields={"body": f"found_{found}"})
    is_first = review.reply is None
    review.reply, review.replied_at = words.body, at
    record(actor, "review.replied", f"review:{review.id}", at)
    if is_first:
        tell_review_answered(review, at)


def _bought(order_line_id: int, person_id: int) -> AnyRow:
    row = db.session.execute(
        select(StoreOrder.state, StoreOrder.store_id, OrderLine.offer_id, Offer.product_id)
        .select_from(OrderLine)
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Offer, Offer.id == OrderLine.offer_id)
        .where(OrderLine.id == order_line_id, Order.person_id == person_id)
    ).first()
    if row is None:
        raise NotFound("unknown_order")
    return row


def _id_of(writer: Actor) -> int:
    if writer.id is None:
        raise NotFound()
    return writer.id
