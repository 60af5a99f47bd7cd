"""The shopper's pages: own reviews, all reviews and questions of an offer, wishes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.accounts.next_page import in_language, safe_next
from marketplace.core import clock
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body
from marketplace.festival.models import Offer
from marketplace.files.errors import FileRefused
from marketplace.files.evidence import Checked, take_uploads
from marketplace.files.models import EvidenceKind
from marketplace.policy.policy import policy_at
from marketplace.reviews import queries, question_queries, wish_queries, wishes
from marketplace.reviews.inputs import LONGEST_QUESTION, LONGEST_REPLY, Decision, ReviewWords, Words
from marketplace.reviews.models import RatedKind, ReportReason
from marketplace.reviews.moderation import report_said
from marketplace.reviews.questions import PUBLIC, answer_question, ask_question
from marketplace.reviews.reviews import MOST_PICTURES, change_review, write_review
from marketplace.reviews.rules import may_change
from marketplace.reviews.wording import offer_path, word

blueprint = Blueprint("reviews", __name__)
UPLOAD_BYTES = 44 * 1024 * 1024


@blueprint.get("/me/reviews")
@signed_in
def list_own_reviews() -> str:
    """What waits for a review, and one's own reviews in every state."""
    person_id, cursor = visitor().id, request.args.get("cursor")
    page = queries.reviews_of_person(person_id, cursor)
    at = clock.now()
    days = policy_at(at).review_change_days
    return render_template(
        "reviews/own.html",
        waiting=[] if cursor else queries.purchases_to_review(person_id),
        reviews=page.items,
        changeable={review.id for review in page.items if may_change(review.written_at, days, at)},
        next_url=url_for(".list_own_reviews", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.get("/me/purchases/<int:line_id>/review")
@signed_in
def new_review(line_id: int) -> str:
    """The form for one purchase, filled with what was said before."""
    return _review_form(line_id)


@blueprint.post("/me/purchases/<int:line_id>/review")
@signed_in
@takes_body(UPLOAD_BYTES)
def create_review(line_id: int) -> Any:
    """Writes the review of a purchase, or changes it."""
    person = visitor()
    queries.purchase(line_id, person.id)
    try:
        said = ReviewWords.parse(request.form)
        pictures = _pictures()
        at = clock.now()
        with unit_of_work():
            before = queries.review_of_line(line_id, person.id)
            if before is None:
                write_review(line_id, person.actor(), said, at, pictures)
            else:
                change_review(before.id, person.actor(), said, at, pictures)
    except Invalid as refused:
        return _review_form(line_id, refused), refused.status
    written = queries.review_of_line(line_id, person.id)
    put_notice("review_held" if written is not None and written.state == "held" else "review_kept")
    return redirect(url_for(".list_own_reviews"), 303)


@blueprint.get("/offers/<int:offer_id>/reviews")
@public
def list_reviews(offer_id: int) -> str:
    """All published reviews of an offer's product."""
    offer = _offer(offer_id)
    page = queries.reviews_of_product(offer.product_id, request.args.get("cursor"))
    return render_template(
        "reviews/of_offer.html",
        offer=_shown(offer),
        rating=queries.rating_of(RatedKind.product, offer.product_id),
        reviews=page.items,
        reasons=[reason.value for reason in ReportReason],
        next_url=url_for(".list_reviews", offer_id=offer_id, cursor=page.next_cursor)
        if page.next_cursor
        else None,
    )


@blueprint.get("/offers/<int:offer_id>/questions")
@public
def list_questions(offer_id: int) -> str:
    """All published questions of an offer's product, with the form to ask and, for buyers, to answer."""
    return _questions_page(_offer(offer_id))


@blueprint.post("/offers/<int:offer_id>/questions")
@signed_in
def create_question(offer_id: int) -> Any:
    """Asks a question."""
    try:
        words = Words.parse(request.form, least=5, most=LONGEST_QUESTION)
        at = clock.now()
        with unit_of_work():
            ask_question(offer_id, visitor().actor(), words, at)
    except Invalid as refused:
        return _questions_page(_offer(offer_id), refused), refused.status
    put_notice("question_kept")
    return redirect(url_for(".list_questions", offer_id=offer_id), 303)


@blueprint.post("/questions/<int:question_id>/answers")
@signed_in
def create_answer(question_id: int) -> Any:
    """Answers a question, as the store or as a buyer."""
    words = Words.parse(request.form, least=2, most=LONGEST_REPLY)
    at = clock.now()
    with unit_of_work():
        answer_question(question_id, visitor().actor(), words, at)
    put_notice("answer_kept")
    return redirect(in_language(safe_next(request.form.get("next"), "/me")), 303)


@blueprint.post("/reports")
@signed_in
def create_report() -> Any:
    """A reader reports a review, a question or an answer."""
    wish = Decision.parse(request.form)
    at = clock.now()
    with unit_of_work():
        report_said(wish, visitor().actor(), at)
    put_notice("report_kept")
    return redirect(in_language(safe_next(request.form.get("next"), "/")), 303)


@blueprint.get("/me/wishlist")
@signed_in
def list_wishes() -> str:
    """The wished offers as they are now."""
    page = wish_queries.wishes_of(visitor().id, request.args.get("cursor"))
    return render_template(
        "reviews/wishlist.html",
        wishes=page.items,
        next_url=url_for(".list_wishes", cursor=page.next_cursor) if page.next_cursor else None,
    )


@blueprint.post("/me/wishlist/<int:offer_id>")
@signed_in
def create_wish(offer_id: int) -> Any:
    """Puts an offer on the list."""
    at = clock.now()
    with unit_of_work():
        wishes.add_wish(visitor().id, offer_id, at)
    put_notice("wish_kept")
    return redirect(in_language(safe_next(request.form.get("next"), "/me/wishlist")), 303)


@blueprint.post("/me/wishlist/<int:offer_id>/removal")
@signed_in
def delete_wish(offer_id: int) -> Any:
    """Takes an offer off the list."""
    with unit_of_work():
        wishes.remove_wish(visitor().id, offer_id)
    put_notice("wish_gone")
    return redirect(in_language(safe_next(request.form.get("next"), "/me/wishlist")), 303)


@blueprint.post("/me/wishlist/<int:offer_id>/alerts")
@signed_in
def update_wish(offer_id: int) -> Any:
    """Says which news of a wish are wanted."""
    with unit_of_work():
        wishes.change_wish(
            visitor().id,
            offer_id,
            tells_price=request.form.get("price") == "1",
            tells_stock=request.form.get("stock") == "1",
        )
    put_notice("wishes_kept")
    return redirect(url_for(".list_wishes"), 303)


def _pictures() -> tuple[Checked, ...]:
    pictures = take_uploads(request.files.getlist("files"), most=MOST_PICTURES)
    if any(picture.kind is EvidenceKind.pdf for picture in pictures):
        raise FileRefused(fields={"files": "file_picture_only"})
    return pictures


def _review_form(line_id: int, refused: Invalid | None = None) -> str:
    person_id = visitor().id
    purchase = queries.purchase(line_id, person_id)
    before = queries.review_of_line(line_id, person_id)
    form = request.form if refused else {}
    return render_template(
        "reviews/form.html",
        purchase=purchase,
        before=before,
        stars=form.get("stars") or (before.stars if before else None),
        body=form.get("body", before.body if before else ""),
        files=queries.pictures_of([before.id]).get(before.id, ()) if before else (),
        most=MOST_PICTURES,
        errors={name: t(f"field.{code}") for name, code in refused.fields.items()} if refused else {},
    )


def _questions_page(offer: AnyRow, refused: Invalid | None = None) -> str:
    page = question_queries.questions_of_product(offer.product_id, request.args.get("cursor"))
    is_buyer = current_user.is_authenticated and queries.has_bought(visitor().id, offer.product_id)
    return render_template(
        "reviews/questions.html",
        offer=_shown(offer),
        questions=page.items,
        may_answer=is_buyer or (current_user.is_authenticated and offer.store_id in visitor().store_ids),
        reasons=[reason.value for reason in ReportReason],
        typed=request.form.get("body", "") if refused else "",
        errors={name: t(f"field.{code}") for name, code in refused.fields.items()} if refused else {},
        next_url=url_for(".list_questions", offer_id=offer.id, cursor=page.next_cursor)
        if page.next_cursor
        else None,
    )


def _offer(offer_id: int) -> AnyRow:
    row = db.session.execute(
        select(
            Offer.id,
            Offer.slug,
            Offer.title_fa,
            Offer.title_en,
            Offer.product_id,
            Offer.store_id,
        ).where(Offer.id == offer_id, Offer.state.in_(PUBLIC))
    ).first()
    if row is None:
        raise NotFound("unknown_offer")
    return row


def _shown(offer: AnyRow) -> dict[str, Any]:
    return {
        "id": offer.id,
        "title": word(offer.title_fa, offer.title_en),
        "path": offer_path(offer.id, offer.slug),
    }
