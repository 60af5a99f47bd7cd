"""The office decides on offers, stops them, and hides whole stores. Every act names the version that was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Invalid, Malformed, MarketplaceError
from marketplace.core.language import has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number, word_reasons
from marketplace.festival.deciding import approve_offer, freeze_offer, reject_offer, unfreeze_offer
from marketplace.festival.offer_inputs import parse_whole
from marketplace.office.offers_page import show_case, show_queue
from marketplace.stores.visibility import hidden_stores, hide_store, reinstate_store

MOST_AT_ONCE = 100

blueprint = Blueprint("office_offers", __name__, url_prefix="/office")
Answer = Response | tuple[str, int]


@blueprint.get("/offers")
@official(Role.office, Role.auditor)
def list_offers() -> str:
    """The queue, or offers in another state."""
    return render_template("office/offers.html", page=show_queue(request.args, clock.now()))


@blueprint.get("/offers/<int:offer_id>")
@official(Role.office, Role.auditor)
def show_offer(offer_id: int) -> str:
    """One offer with everything to decide by."""
    return render_template("office/offer.html", case=show_case(offer_id, clock.now()))


@blueprint.post("/offers/<int:offer_id>/approval")
@official(Role.office)
def create_approval(offer_id: int) -> Answer:
    """Lets an offer in; where evidence was needed the price that was read in it is compulsory."""

    def verb(at: datetime) -> None:
        read = (
            parse_whole(request.form, "evidence_toman", money=True)
            if request.form.get("evidence_toman")
            else None
        )
        approve_offer(
            offer_id, _version(), _actor(), at, evidence_toman=read, note=request.form.get("note", "")
        )

    return _do(offer_id, verb, "offer_approved", goes_on=True)


@blueprint.post("/offers/<int:offer_id>/rejection")
@official(Role.office)
def create_rejection(offer_id: int) -> Answer:
    """Turns an offer down with its reasons."""

    def verb(at: datetime) -> None:
        codes, note = request.form.getlist("reasons"), request.form.get("note", "")
        reject_offer(offer_id, _version(), codes, _actor(), at, note=note)

    return _do(offer_id, verb, "offer_rejected", goes_on=True)


@blueprint.post("/offers/<int:offer_id>/freezing")
@official(Role.office)
def create_freezing(offer_id: int) -> Answer:
    """Stops a running offer at once."""

    def verb(at: datetime) -> None:
        codes, note = request.form.getlist("reasons"), request.form.get("note", "")
        freeze_offer(offer_id, _version(), codes, _actor(), at, note=note)

    return _do(offer_id, verb, "offer_frozen")


@blueprint.post("/offers/<int:offer_id>/unfreezing")
@official(Role.office)
def create_unfreezing(offer_id: int) -> Answer:
    """Sets a stopped offer free."""

    def verb(at: datetime) -> None:
        unfreeze_offer(offer_id, _version(), request.form.get("note", ""), _actor(), at)

    return _do(offer_id, verb, "offer_unfrozen")


@blueprint.post("/offers/decisions")
@official(Role.office)
def create_decisions() -> Answer:
    """One decision about several offers: all of them, or none where one has changed or needs a look by itself."""
    act, at = request.form.get("act", ""), clock.now()
    marks = _marks()
    try:
        if not marks:
            raise Invalid("nothing_chosen", fields={"offer": "choose_one"})
        if act not in ("approve", "reject"):
            raise Malformed()
        with unit_of_work():
            for offer_id, version in marks:
                _decide(act, offer_id, version, at)
    except (Invalid, Conflict, Forbidden) as error:
        db.session.rollback()
        page = show_queue(request.args, clock.now(), _refusal(error))
        return render_template("office/offers.html", page=page), error.status
    put_notice("offers_decided")
    here: dict[str, Any] = {name: request.args.get(name) for name in ("state", "q", "category", "finding")}
    return redirect(url_for(".list_offers", **here), 303)


@blueprint.get("/hidden-stores")
@official(Role.office, Role.auditor)
def list_hidden_stores() -> str:
    """The stores that the emergency switch hides now."""
    return render_template("office/hidden_stores.html", stores=hidden_stores(), wrong_id=None, error="")


@blueprint.post("/stores/<int:store_id>/hiding")
@official(Role.office)
def create_hiding(store_id: int) -> Answer:
    """Hides a store and all it offers; from an offer's page, to which it leads back."""
    offer_id = request.form.get("offer", type=int) or 0

    def verb(at: datetime) -> None:
        hide_store(store_id, request.form.get("reason", ""), request.form.get("note", ""), _actor(), at)

    return _do(offer_id, verb, "store_hidden", leads_to=".list_hidden_stores")


@blueprint.post("/stores/<int:store_id>/reinstatement")
@official(Role.office)
def create_reinstatement(store_id: int) -> Answer:
    """Shows a store again."""
    try:
        with unit_of_work():
            reinstate_store(store_id, request.form.get("note", ""), _actor(), clock.now())
    except Invalid as error:
        page = render_template(
            "office/hidden_stores.html", stores=hidden_stores(), wrong_id=store_id, error=t("field.required")
        )
        return page, error.status
    put_notice("store_reinstated")
    return redirect(url_for(".list_hidden_stores"), 303)


def _decide(act: str, offer_id: int, version: int, at: datetime) -> None:
    if act == "approve":
        approve_offer(offer_id, version, _actor(), at, is_one_of_many=True)
    else:
        codes, note = request.form.getlist("reasons"), request.form.get("note", "")
        reject_offer(offer_id, version, codes, _actor(), at, note=note)


def _marks() -> list[tuple[int, int]]:
    """Ids with the versions that the page showed."""
    found = []
    for mark in request.form.getlist("offer")[:MOST_AT_ONCE]:
        offer_id, _, version = mark.partition(":")
        if not (offer_id.isdecimal() and version.isdecimal()) or len(mark) > 30:
            raise Malformed()
        found.append((int(offer_id), int(version)))
    return sorted(found)


def _do(
    offer_id: int,
    verb: Callable[[datetime], object],
    notice: str,
    *,
    goes_on: bool = False,
    leads_to: str | None = None,
) -> Answer:
    """A verb in its unit; a refusal shows the offer as it stands now. `goes_on`: to the next one of the queue."""
    try:
        with unit_of_work():
            verb(clock.now())
    except (Invalid, Conflict) as error:
        db.session.rollback()
        if not offer_id:
            raise
        errors = {name: t(f"field.{code}") for name, code in error.fields.items()}
        case = show_case(offer_id, clock.now(), errors=errors, refusal=_refusal(error))
        return render_template("office/offer.html", case=case), error.status
    put_notice(notice)
    if leads_to:
        return redirect(url_for(leads_to), 303)
    following = show_case(offer_id, clock.now()).next_url if goes_on else None
    return redirect(following or url_for(".show_offer", offer_id=offer_id), 303)


def _refusal(error: MarketplaceError) -> dict[str, Any]:
    words = {key: number(value) if isinstance(value, int) else value for key, value in error.params.items()}
    return {
        "title": t(f"error.{error.code}", **words),
        "reasons": [reason["message"] for reason in word_reasons(error)],
        "now": t(f"advice.{error.code}") if has_text(f"advice.{error.code}", "fa") else None,
    }


def _version() -> int:
    version = request.form.get("version", type=int)
    if version is None:
        raise Malformed()
    return version


def _actor() -> Actor:
    return visitor().actor("office")
