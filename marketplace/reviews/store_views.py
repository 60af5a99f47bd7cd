"""The store's page of what shoppers say: reviews to reply to, questions to answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.reviews import queries, question_queries
from marketplace.reviews.inputs import LONGEST_REPLY, Words
from marketplace.reviews.models import RatedKind
from marketplace.reviews.questions import answer_question
from marketplace.reviews.reviews import reply_to_review

blueprint = Blueprint("store_reviews", __name__, url_prefix="/panel/reviews")


@blueprint.get("")
@store_member
def list_said() -> str:
    """Reviews or questions about the store's goods, the newest first."""
    return _page()


@blueprint.post("/<int:review_id>/reply")
@store_member
def create_reply(review_id: int) -> Any:
    """The store's reply to a review."""
    try:
        words = Words.parse(request.form, most=LONGEST_REPLY)
        at = clock.now()
        with unit_of_work():
            reply_to_review(review_id, g.store_id, words, visitor().actor("store"), at)
    except Invalid as refused:
        return _page(refused, f"review-{review_id}"), refused.status
    put_notice("reply_kept")
    return redirect(url_for(".list_said"), 303)


@blueprint.post("/questions/<int:question_id>/answer")
@store_member
def create_store_answer(question_id: int) -> Any:
    """The store's answer to a question about its own goods; any other is a 404."""
    question_queries.ensure_asked_of(question_id, g.store_id)
    try:
        words = Words.parse(request.form, most=LONGEST_REPLY)
        at = clock.now()
        with unit_of_work():
            answer_question(question_id, visitor().actor("store"), words, at)
    except Invalid as refused:
        return _page(refused, f"question-{question_id}", show="questions"), refused.status
    put_notice("answer_kept")
    return redirect(url_for(".list_said", show="questions"), 303)


def _page(refused: Invalid | None = None, where: str = "", show: str | None = None) -> str:
    chosen = "questions" if (show or request.args.get("show")) == "questions" else "reviews"
    cursor = request.args.get("cursor")
    if chosen == "questions":
        page: Any = question_queries.questions_of_store(g.store_id, cursor)
    else:
        page = queries.reviews_of_store(g.store_id, cursor)
    return render_template(
        "reviews/panel.html",
        show=chosen,
        items=page.items,
        rating=queries.rating_of(RatedKind.store, g.store_id),
        wrong_at=where,
        typed=request.form.get("body", "") if refused else "",
        error=t(f"field.{next(iter(refused.fields.values()))}") if refused and refused.fields else None,
        next_url=url_for(".list_said", show=chosen, cursor=page.next_cursor) if page.next_cursor else None,
    )
