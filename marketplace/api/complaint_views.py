"""A person's complaints, a store's answers, and a store's public record."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from marketplace.accounts.access import public, scoped, visitor
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses
from marketplace.api.once import once
from marketplace.api.schemas import complaints as schemas
from marketplace.api.shapes.complaints import complaint_document, record_document
from marketplace.complaints.answering import answer_complaint, evaluate_complaint
from marketplace.complaints.case_page import show_case
from marketplace.complaints.errors import BadComplaint, UnknownComplaint
from marketplace.complaints.filing import add_to_complaint, file_complaint
from marketplace.complaints.inputs import Answer, ComplaintWish, free_text
from marketplace.complaints.models import Side
from marketplace.complaints.performance import peers_of, record_of
from marketplace.complaints.queries import complaint_by_number, complaint_of_person, complaint_of_store
from marketplace.core import clock
from marketplace.storefront.sellers import seller_row
from marketplace.storefront.shown import words


@call("POST", "/store-orders/<int:store_order_id>/complaint", "complaints")
@scoped("orders:write")
@reads(schemas.ComplaintWish)
@answers(201, schemas.Complaint)
@refuses(404)
def create_complaint(wish: dict[str, Any], store_order_id: int) -> Response:
    """Files a complaint about one store's part of an own order; the store's clock of 168 hours runs from now.

    409 outside the window of 60 days after delivery or the promised date, and while one about it is open.
    """
    parsed = ComplaintWish.parse(wish)
    person_id = visitor().id
    filed: list[str] = []
    return once(
        lambda at: filed.append(file_complaint(store_order_id, person_id, parsed, at).number),
        lambda: _own(filed[0]),
        201,
    )


@call("GET", "/complaints/<number>", "complaints")
@scoped("orders:read")
@answers(200, schemas.Complaint)
@refuses(404)
def show_complaint(number: str) -> Response:
    """An own complaint, or one against the store that the caller works for."""
    person = visitor()
    complaint = complaint_by_number(number)
    if complaint.person_id == person.id:
        return answer(_own(number))
    if complaint.store_id not in person.store_ids:
        raise UnknownComplaint()
    return answer(complaint_document(show_case(complaint, clock.now(), reader=Side.store)))


@call("POST", "/complaints/<number>/messages", "complaints")
@scoped("orders:write")
@reads(schemas.MessageWish)
@answers(201, schemas.Complaint)
@refuses(404)
def create_message(wish: dict[str, Any], number: str) -> Response:
    """Adds to an own complaint; what was said is not changed."""
    text = _text(wish, required=True)
    person_id = visitor().id
    return once(lambda at: add_to_complaint(number, person_id, text, at), lambda: _own(number), 201)


@call("POST", "/complaints/<number>/evaluation", "complaints")
@scoped("orders:write")
@reads(schemas.EvaluationWish)
@answers(200, schemas.Complaint)
@refuses(404)
def create_evaluation(wish: dict[str, Any], number: str) -> Response:
    """Solved or not solved, within ten days of the answer; "not solved" goes to an expert."""
    said = wish.get("evaluation")
    if said not in ("solved", "not_solved"):
        raise BadComplaint(fields={"evaluation": "required"})
    text = _text(wish, required=False)
    person_id = visitor().id
    return once(
        lambda at: evaluate_complaint(number, person_id, said == "solved", text, at), lambda: _own(number)
    )


@call("POST", "/store/complaints/<number>/answer", "store")
@scoped("store:orders", store=True)
@needs_key
@reads(schemas.AnswerWish)
@answers(200, schemas.Complaint)
@refuses(404)
def create_answer(wish: dict[str, Any], number: str) -> Response:
    """The store's answer. An acceptance gives all the money back at once; an offer when the shopper takes it."""
    parsed = Answer.parse(wish)
    store_id, actor = g.store_id, visitor().actor("store")
    return once(
        lambda at: answer_complaint(number, store_id, parsed, actor, at),
        lambda: complaint_document(
            show_case(complaint_of_store(number, store_id), clock.now(), reader=Side.store)
        ),
    )


@call("GET", "/stores/<slug>/record", "stores")
@public
@answers(200, schemas.Record)
@refuses(404)
def show_record(slug: str) -> Response:
    """A store's performance record: what the public sees when it clicks a seal."""
    row = seller_row(slug=slug)
    record = record_of(row.id, clock.now())
    peers = peers_of(row.id, record["orders_band"][0])
    return answer(record_document(slug, words(row.name_fa, row.name_en), record, peers))


def _own(number: str) -> dict[str, Any]:
    complaint = complaint_of_person(number, visitor().id)
    return complaint_document(show_case(complaint, clock.now(), reader=Side.shopper))


def _text(wish: dict[str, Any], *, required: bool) -> str:
    """What was said; where nothing need be said, only null and an empty text stand for silence."""
    if not required and wish.get("text") in (None, ""):
        return ""
    errors: dict[str, str] = {}
    text = free_text(wish, "text", errors, least=3)
    if errors:
        raise BadComplaint(fields=errors)
    return text
