"""The store's pages: claims about its orders, its answer, its appeal, and what it owes."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid, MarketplaceError
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import take_uploads
from marketplace.guarantee.answering import (
    add_words_of_store,
    answer_claim,
    ask_for_inspection,
    extend_request,
)
from marketplace.guarantee.appealing import appeal_as_store
from marketplace.guarantee.claim_evidence import keep_files
from marketplace.guarantee.claim_inputs import Words
from marketplace.guarantee.claim_lists import list_of_store
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_of_store
from marketplace.guarantee.claim_views import again

blueprint = Blueprint("claims_panel", __name__, url_prefix="/panel/claims")


@blueprint.get("")
@store_member
def list_claims() -> str:
    """Claims about the store's orders, the newest first."""
    page = list_of_store(g.store_id, request.args.get("cursor"), clock.now())
    return render_template("guarantee/panel_claims.html", page=page)


@blueprint.get("/<number>")
@store_member
def show_claim(number: str) -> str:
    """One claim."""
    return _case(number)


@blueprint.post("/<number>/answer")
@store_member
def create_answer(number: str) -> Response | tuple[str, int]:
    """The store's answer with its evidence, once."""
    actor = visitor().actor("store")
    try:
        words = Words.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            answer_claim(number, g.store_id, words.text, actor, clock.now())
            keep_files(files, number, actor, clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_answered")


@blueprint.post("/<number>/messages")
@store_member
def create_message(number: str) -> Response | tuple[str, int]:
    """More words or files."""
    actor = visitor().actor("store")
    try:
        words = Words.parse(request.form, least=3)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            add_words_of_store(number, g.store_id, words.text, actor, clock.now())
            keep_files(files, number, actor, clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_said")


@blueprint.post("/<number>/extension")
@store_member
def create_extension(number: str) -> Response:
    """More time for what was asked, once."""
    with unit_of_work():
        extend_request(claim_of_store(number, g.store_id), Party.store, clock.now())
    return _done(number, "claim_extended")


@blueprint.post("/<number>/inspection")
@store_member
def create_inspection(number: str) -> Response:
    """Somebody independent shall look at the goods."""
    with unit_of_work():
        claim = claim_of_store(number, g.store_id)
        ask_for_inspection(number, Party.store, claim.version, visitor().actor("store"), clock.now())
    return _done(number, "claim_inspection")


@blueprint.post("/<number>/appeal")
@store_member
def create_appeal(number: str) -> Response | tuple[str, int]:
    """The store does not accept the decision."""
    try:
        words = Words.parse(request.form)
        with unit_of_work():
            appeal_as_store(number, g.store_id, words.text, visitor().actor("store"), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_appealed")


def _done(number: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_claim", number=number), 303)


def _case(number: str, error: MarketplaceError | None = None) -> str:
    claim = claim_of_store(number, g.store_id)
    shown = claim_shown(claim, clock.now(), reader=Party.store)
    return render_template("guarantee/panel_claim.html", case=shown, **again(error))
