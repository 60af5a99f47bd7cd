"""A shopper's side: what the office suspects and asks, and the answer to it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import signed_in, visitor
from marketplace.complaints.evidence import UPLOAD_BYTES
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid, TooMany
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body
from marketplace.files.evidence import MOST_FILES, take_uploads
from marketplace.suspicions.case_page import show_suspicion
from marketplace.suspicions.hearing import answer_as_person
from marketplace.suspicions.inputs import answer_words
from marketplace.suspicions.lists import list_of_person
from marketplace.suspicions.queries import suspicion_of_person
from marketplace.suspicions.refusals import again

blueprint = Blueprint("suspicions", __name__, url_prefix="/me/suspicions")


@blueprint.get("")
@signed_in
def list_own() -> str:
    """What the office asked, the newest first."""
    return render_template(
        "suspicions/list.html", page=list_of_person(visitor().id, request.args.get("cursor"))
    )


@blueprint.get("/<number>")
@signed_in
def show_own(number: str) -> str:
    """One case about oneself: what is suspected, on what evidence, until when one may answer, how it ended."""
    return _case(number)


@blueprint.post("/<number>/answer")
@signed_in
@takes_body(UPLOAD_BYTES)
def create_answer(number: str) -> Response | tuple[str, int]:
    """One's own words and files."""
    suspicion_of_person(number, visitor().id)
    try:
        text = answer_words(request.form)
        files = take_uploads(request.files.getlist("files"), most=MOST_FILES)
        with unit_of_work():
            answer_as_person(number, visitor().id, text, files, visitor().actor(), clock.now())
    except (Conflict, Invalid, TooMany) as error:
        return _case(number, error), error.status
    put_notice("suspicion_answered")
    return redirect(url_for(".show_own", number=number), 303)


def _case(number: str, error: Conflict | Invalid | TooMany | None = None) -> str:
    typed = request.form
    case = suspicion_of_person(number, visitor().id)
    return render_template(
        "suspicions/case.html",
        case=show_suspicion(case, clock.now(), for_officials=False),
        **again(error, typed),
    )
