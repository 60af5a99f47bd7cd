"""The shopper's pages: filing, the case, and what can be done in it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.complaints.answering import decide_offer, evaluate_complaint
from marketplace.complaints.case_page import show_case as case_shown
from marketplace.complaints.case_page import word
from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.evidence import UPLOAD_BYTES, keep_files
from marketplace.complaints.filing import (
    add_to_complaint,
    file_complaint,
    file_outside_complaint,
    window_of,
    withdraw_complaint,
)
from marketplace.complaints.inputs import ComplaintWish, free_text
from marketplace.complaints.lists import list_of_person
from marketplace.complaints.models import Side
from marketplace.complaints.queries import (
    complaint_of_person,
    open_complaint_about,
    purchase_of,
    sealed_store,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid, MarketplaceError, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body
from marketplace.files.evidence import take_uploads
from marketplace.orders.models import StoreOrder
from marketplace.orders.queries import order_of_person, store_order_of_person
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, Store
from marketplace.stores.standing import Category

blueprint = Blueprint("complaints", __name__)


@blueprint.get("/complaints")
@signed_in
def list_complaints() -> str:
    """The person's complaints."""
    page = list_of_person(visitor().id, request.args.get("cursor"), clock.now())
    return render_template("complaints/list.html", page=page)


@blueprint.get("/complaints/new")
@public
def new_guest_complaint() -> str:
    """Where somebody who is not signed in begins: order number and mobile; a code to the mobile opens the form."""
    return render_template("complaints/begin.html", errors={}, number="")


@blueprint.post("/complaints/new")
@public
def create_guest_complaint() -> Response | tuple[str, int]:
    """On to the code and then to the order; whether there is such an order is told to its buyer alone."""
    number = request.form.get("number", "")[:40]
    digits = "".join(sign for sign in ascii_digits(number) if sign in "0123456789")
    if len(digits) != 9:
        page = render_template(
            "complaints/begin.html", errors={"number": t("field.bad_order_number")}, number=number
        )
        return page, 422
    following = url_for("complaints.choose_part", number=digits)
    return redirect(url_for("accounts.new_sign_in", next=following), 303)


@blueprint.get("/orders/<number>/complaint")
@signed_in
def choose_part(number: str) -> str | Response:
    """Which store's part of an order it is about; straight on where there is one."""
    order = order_of_person(number, visitor().id)
    rows = db.session.execute(
        select(Store.name_fa, Store.name_en, StoreOrder.id)
        .join(StoreOrder, StoreOrder.store_id == Store.id)
        .where(StoreOrder.order_id == order.id, StoreOrder.paid_at.is_not(None))
        .order_by(StoreOrder.id)
    ).all()
    parts = [
        {
            "name": word(row.name_fa, row.name_en),
            "url": url_for(".new_complaint", number=number, store_order_id=row.id),
        }
        for row in rows
    ]
    if len(parts) == 1:
        return redirect(parts[0]["url"], 302)
    return render_template("complaints/parts.html", number=number, parts=parts)


@blueprint.get("/orders/<number>/store-orders/<int:store_order_id>/complaint")
@signed_in
def new_complaint(number: str, store_order_id: int) -> str | Response:
    """The form; one that is open about the same order is shown in its place."""
    part = store_order_of_person(store_order_id, visitor().id)
    known = open_complaint_about(part.id)
    if known is not None:
        return redirect(url_for(".show_complaint", number=known.number), 302)
    return _form(store_order_id, number)


@blueprint.post("/orders/<number>/store-orders/<int:store_order_id>/complaint")
@signed_in
@takes_body(UPLOAD_BYTES)
def create_complaint(number: str, store_order_id: int) -> Response | tuple[str, int]:
    """Files the complaint with its evidence in one unit."""
    store_order_of_person(store_order_id, visitor().id)
    try:
        wish = ComplaintWish.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            complaint = file_complaint(store_order_id, visitor().id, wish, clock.now())
            keep_files(files, complaint.number, visitor().actor(), clock.now())
            filed = complaint.number
    except Invalid as error:
        return _form(store_order_id, number, error), error.status
    put_notice("complaint_filed")
    return redirect(url_for(".show_complaint", number=filed), 303)


@blueprint.get("/seal/<code>/complaint")
@signed_in
def new_outside_complaint(code: str) -> str:
    """The form about a purchase on the store's own site, reached from its badge."""
    return _outside_form(sealed_store(code))


@blueprint.post("/seal/<code>/complaint")
@signed_in
@takes_body(UPLOAD_BYTES)
def create_outside_complaint(code: str) -> Response | tuple[str, int]:
    """Files it; without a proof of the purchase there is nothing to look at."""
    store = sealed_store(code)
    try:
        wish = ComplaintWish.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        if not files:
            raise BadComplaint(fields={"files": "proof_needed"})
        with unit_of_work():
            complaint = file_outside_complaint(store.id, visitor().id, wish, clock.now())
            keep_files(files, complaint.number, visitor().actor(), clock.now())
            filed = complaint.number
    except Invalid as error:
        return _outside_form(store, error), error.status
    put_notice("complaint_filed")
    return redirect(url_for(".show_complaint", number=filed), 303)


@blueprint.get("/complaints/<number>")
@signed_in
def show_complaint(number: str) -> str:
    """An own complaint: the thread, the clock, what is to be done."""
    return _case(number)


@blueprint.post("/complaints/<number>/messages")
@signed_in
@takes_body(UPLOAD_BYTES)
def create_message(number: str) -> Response | tuple[str, int]:
    """More words or files; what stands is not changed."""
    try:
        text = _text(required=True)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            add_to_complaint(number, visitor().id, text, clock.now())
            keep_files(files, number, visitor().actor(), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "message_added")


@blueprint.post("/complaints/<number>/offer")
@signed_in
def create_decision_on_offer(number: str) -> Response:
    """Takes the store's offer, or declines it."""
    is_accepted = request.form.get("decision") == "accept"
    with unit_of_work():
        decide_offer(number, visitor().id, is_accepted, clock.now())
    return _done(number, "offer_accepted" if is_accepted else "offer_declined")


@blueprint.post("/complaints/<number>/evaluation")
@signed_in
def create_evaluation(number: str) -> Response | tuple[str, int]:
    """Solved, or not."""
    raw = request.form.get("evaluation", "")
    try:
        if raw not in ("solved", "not_solved"):
            raise BadComplaint(fields={"evaluation": "required"})
        text = _text(required=False)
        with unit_of_work():
            evaluate_complaint(number, visitor().id, raw == "solved", text, clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "complaint_evaluated")


@blueprint.post("/complaints/<number>/withdrawal")
@signed_in
def create_withdrawal(number: str) -> Response:
    """Takes it back within 48 hours."""
    with unit_of_work():
        withdraw_complaint(number, visitor().id, clock.now())
    return _done(number, "complaint_withdrawn")


def _done(number: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_complaint", number=number), 303)


def _case(number: str, error: MarketplaceError | None = None) -> str:
    complaint = complaint_of_person(number, visitor().id)
    shown = case_shown(complaint, clock.now(), reader=Side.shopper)
    return render_template("complaints/case.html", case=shown, **_again(error))


def _form(store_order_id: int, number: str, error: Invalid | None = None) -> str:
    bought = purchase_of(store_order_id)
    if bought.order.number != number:
        raise NotFound("unknown_order")
    store = db.session.get_one(Store, bought.part.store_id)
    policy = policy_at(clock.now())
    window = window_of(bought.part, policy)
    is_open = window is not None and window[0] <= clock.now() <= window[1]
    lines = [(line.id, word(line.title_fa, line.title_en)) for line in bought.lines]
    return render_template(
        "complaints/new.html",
        store_name=word(store.name_fa, store.name_en),
        order_number=number,
        lines=lines,
        until=window[1] if window else None,
        is_open=is_open,
        hours=policy.complaint_answer_hours,
        categories=_categories(),
        is_outside=False,
        action=url_for(".create_complaint", number=number, store_order_id=store_order_id),
        chosen_line=request.values.get("line", ""),
        **_again(error),
    )


def _outside_form(store: Store, error: Invalid | None = None) -> str:
    code = db.session.scalars(select(Seal.code).where(Seal.store_id == store.id)).one()
    return render_template(
        "complaints/new.html",
        store_name=word(store.name_fa, store.name_en),
        order_number=None,
        lines=[],
        until=None,
        is_open=True,
        hours=policy_at(clock.now()).complaint_answer_hours,
        categories=_categories(),
        is_outside=True,
        action=url_for(".create_outside_complaint", code=code),
        chosen_line="",
        **_again(error),
    )


def _categories() -> list[dict[str, str]]:
    return [{"value": c.value, "label": t(f"complaint_category.{c.value}")} for c in Category]


def _text(*, required: bool) -> str:
    errors: dict[str, str] = {}
    text = free_text(request.form, "text", errors, least=3)
    if errors and (required or text):
        raise BadComplaint(fields=errors)
    return text


def _again(error: MarketplaceError | None) -> dict[str, Any]:
    if error is None:
        return {"errors": {}, "values": {}}
    sentences = {name: t(f"field.{code}") for name, code in error.fields.items()}
    return {
        "errors": sentences or {"": t(f"error.{error.code}")},
        "values": {name: value[:4_000] for name, value in request.form.items() if name != "csrf_token"},
    }
