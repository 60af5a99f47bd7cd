"""Reviews, replies, reports and decisions: who may, how often, and that the sums follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Message
from marketplace.orders.models import OrderLine, StoreOrder
from marketplace.reviews.errors import (
    ChangeOver,
    NotABuyer,
    NotYetArrived,
    OwnGoods,
    SaidStale,
    SaidTooOften,
)
from marketplace.reviews.inputs import Decision, ReviewWords, Words
from marketplace.reviews.models import (
    Answer,
    Question,
    RatedKind,
    ReportReason,
    Review,
    SaidKind,
    SaidReport,
    SaidState,
)
from marketplace.reviews.moderation import publish_said, remove_said, report_said
from marketplace.reviews.queries import rating_of
from marketplace.reviews.questions import answer_question, ask_question
from marketplace.reviews.ratings import wrong_ratings
from marketplace.reviews.reviews import change_review, reply_to_review, write_review
from tests.factories import World, a_person, world
from tests.factories.buying import order, paid, rows_of
from tests.factories.said import actor_of, arrived, reviewed
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once

GOOD = ReviewWords(4, "دوختش تمیز است.")
INSULT = ReviewWords(1, "فروشنده حرامزاده")


@pytest.fixture
def gateway(app: Flask, ctx) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def small(gateway, at) -> World:
    return world(at)


def review(review_id: int) -> Review:
    db.session.rollback()
    return db.session.get_one(Review, review_id, populate_existing=True)


def stars_of(offer) -> tuple[int, int | None]:
    db.session.rollback()
    rating = rating_of(RatedKind.product, offer.product_id)
    return rating.count, rating.tenths


def decide(review_id: int, seen: str, at, office, reason=ReportReason.insult) -> None:
    with unit_of_work():
        remove_said(
            Decision(SaidKind.review, review_id, reason, "نرم‌تر بنویسید"), office, at, seen=SaidState(seen)
        )


def test_a_review_of_a_delivered_purchase_is_published_and_summed(gateway, small, at):
    line = arrived(gateway, small.shopper, small.soap)
    with unit_of_work():
        first = write_review(line, actor_of(small.shopper), GOOD, at)
    with unit_of_work():
        again = write_review(line, actor_of(small.shopper), INSULT, at)
    assert again == first and rows_of(Review) == 1 and review(first).stars == 4
    assert stars_of(small.soap) == (1, 40)
    assert rating_of(RatedKind.store, small.stores[0].id).tenths == 40
    told = set(db.session.scalars(select(Message.template).where(Message.person_id == small.owners[0].id)))
    assert "store_reviewed" in told and not list(wrong_ratings())


def test_what_has_not_arrived_or_is_anothers_is_not_reviewed(gateway, small, at):
    made = paid(gateway, small.shopper, (small.soap, 1), at=at)
    line = _line_of(made.id)
    with pytest.raises(NotYetArrived), unit_of_work():
        write_review(line, actor_of(small.shopper), GOOD, at)
    arrived_line = arrived(gateway, small.shopper, small.tea)
    with pytest.raises(NotFound), unit_of_work():
        write_review(arrived_line, actor_of(small.shopper2), GOOD, at)
    own = arrived(gateway, small.owners[0], small.scarf)
    with pytest.raises(OwnGoods), unit_of_work():
        write_review(own, actor_of(small.owners[0]), GOOD, at)
    assert rows_of(Review) == 0 and order(made.id).state == "paid"


def _line_of(order_id: int) -> int:
    return db.session.scalars(
        select(OrderLine.id)
        .join(StoreOrder, StoreOrder.id == OrderLine.store_order_id)
        .where(StoreOrder.order_id == order_id)
    ).one()


def test_eight_at_once_write_one(app: Flask, gateway, small, at):
    line = arrived(gateway, small.shopper, small.soap)
    writer = actor_of(small.shopper)

    def write() -> int:
        with unit_of_work():
            return write_review(line, writer, GOOD, at)

    ids = at_once(app, 8, lambda n: write())
    assert len(set(ids)) == 1 and rows_of(Review) == 1 and stars_of(small.soap) == (1, 40)


def test_reviews_of_one_product_at_once_are_all_summed(app: Flask, gateway, small, at):
    people = [a_person() for _ in range(4)]
    lines = [arrived(gateway, person, small.soap) for person in people]

    writers = [actor_of(person) for person in people]

    def write(n: int) -> int:
        with unit_of_work():
            return write_review(lines[n], writers[n], GOOD, at)

    at_once(app, 4, write)
    assert stars_of(small.soap) == (4, 40) and not list(wrong_ratings())


def test_an_insult_waits_for_the_office(gateway, small, at):
    line = arrived(gateway, small.shopper, small.soap)
    with unit_of_work():
        held = write_review(line, actor_of(small.shopper), INSULT, at)
    assert (review(held).state, review(held).held_for, stars_of(small.soap)) == ("held", "insult", (0, None))
    office = actor_of(small.office, "office")
    with unit_of_work():
        publish_said(SaidKind.review, held, office, at, seen=SaidState.held)
    assert stars_of(small.soap) == (1, 10)
    with pytest.raises(SaidStale), unit_of_work():
        publish_said(SaidKind.review, held, office, at, seen=SaidState.held)


def test_a_removed_review_keeps_its_reason_and_leaves_the_sums(gateway, small, at):
    made = reviewed(gateway, small.shopper, small.soap, stars=2)
    office = actor_of(small.office, "office")
    decide(made, "published", at, office)
    row = review(made)
    assert (row.state, row.removed_reason, row.body) == ("removed", "insult", "جنسش خوب بود.")
    assert stars_of(small.soap) == (0, None)
    told = db.session.scalars(select(Message.template).where(Message.person_id == small.shopper.id))
    assert "review_hidden" in set(told)
    with pytest.raises(SaidStale):
        decide(made, "published", at, office)
    with unit_of_work():
        change_review(made, actor_of(small.shopper), GOOD, at)
    assert (review(made).state, stars_of(small.soap)) == ("held", (0, None))


def test_a_review_is_changed_by_its_author_in_time(gateway, small, at):
    made = reviewed(gateway, small.shopper, small.soap, stars=5)
    with unit_of_work():
        change_review(made, actor_of(small.shopper), ReviewWords(1, "خراب شد"), at + timedelta(days=13))
    assert stars_of(small.soap) == (1, 10) and review(made).edited_at is not None
    with pytest.raises(NotFound), unit_of_work():
        change_review(made, actor_of(small.shopper2), GOOD, at)
    with pytest.raises(ChangeOver), unit_of_work():
        change_review(made, actor_of(small.shopper), GOOD, at + timedelta(days=14))
    assert review(made).stars == 1


def test_the_store_replies_to_its_own_reviews_alone(gateway, small, at):
    made = reviewed(gateway, small.shopper, small.soap)
    owner = actor_of(small.owners[0], "store")
    with unit_of_work():
        reply_to_review(made, small.stores[0].id, Words("سپاس از شما"), owner, at)
    assert review(made).reply == "سپاس از شما"
    with pytest.raises(NotFound), unit_of_work():
        reply_to_review(made, small.stores[1].id, Words("x"), actor_of(small.owners[1], "store"), at)
    with pytest.raises(Invalid), unit_of_work():
        reply_to_review(made, small.stores[0].id, Words("حرامزاده"), owner, at)
    assert review(made).reply == "سپاس از شما"


def test_reports_count_once_a_reader_and_are_bounded(gateway, small, at):
    made = reviewed(gateway, small.shopper, small.soap)
    wish = Decision(SaidKind.review, made, ReportReason.falsehood)
    for _ in range(2):
        with unit_of_work():
            report_said(wish, actor_of(small.shopper2), at)
    assert rows_of(SaidReport) == 1
    with pytest.raises(NotFound), unit_of_work():
        report_said(Decision(SaidKind.review, 999, ReportReason.other), actor_of(small.shopper2), at)
    with unit_of_work():
        publish_said(SaidKind.review, made, actor_of(small.office, "office"), at, seen=SaidState.published)
    db.session.rollback()
    assert db.session.scalars(select(SaidReport.settled_at)).one() == at


def test_questions_are_asked_once_and_not_without_end(gateway, small, at):
    asker = actor_of(small.shopper)
    with unit_of_work():
        first = ask_question(small.soap.id, asker, Words("وزنش چقدر است؟"), at)
    with unit_of_work():
        assert ask_question(small.soap.id, asker, Words("وزنش چقدر  است؟"), at) == first
    for n in range(4):
        with unit_of_work():
            ask_question(small.soap.id, asker, Words(f"پرسش {n} درباره کالا"), at)
    with pytest.raises(SaidTooOften), unit_of_work():
        ask_question(small.soap.id, asker, Words("باز هم یکی"), at)
    assert rows_of(Question) == 5
    with unit_of_work():
        ask_question(small.soap.id, asker, Words("یک ساعت بعد"), at + timedelta(hours=1))
    with pytest.raises(OwnGoods), unit_of_work():
        ask_question(small.soap.id, actor_of(small.owners[0]), Words("چرا این‌قدر خوب است؟"), at)


def test_the_store_and_buyers_answer_and_nobody_else(gateway, small, at):
    with unit_of_work():
        asked = ask_question(small.soap.id, actor_of(small.shopper), Words("وزنش چقدر است؟"), at)
    with pytest.raises(NotABuyer), unit_of_work():
        answer_question(asked, actor_of(small.shopper2), Words("نمی‌دانم"), at)
    arrived(gateway, small.shopper2, small.soap)
    for person, words in (
        (small.owners[0], "۲۰۰ گرم"),
        (small.shopper2, "درست است"),
        (small.owners[0], "۲۱۰"),
    ):
        with unit_of_work():
            answer_question(asked, actor_of(person), Words(words), at)
    db.session.rollback()
    rows = db.session.execute(select(Answer.is_store, Answer.body).order_by(Answer.id)).all()
    assert [tuple(row) for row in rows] == [(True, "۲۱۰"), (False, "درست است")]
    told = db.session.scalars(
        select(Message.key).where(Message.template == "question_answered", Message.channel == "app")
    ).all()
    assert len(told) == 2
