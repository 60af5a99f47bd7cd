"""Files that a store sends for an offer: pictures of the goods for everybody, invoices for the office."""

from __future__ import annotations

from datetime import datetime

from flask import g, request

from marketplace.accounts.access import Visitor, store_member
from marketplace.core.db import db
from marketplace.core.errors import Invalid, MarketplaceError
from marketplace.festival.offer_pictures import add_picture, lead_picture, remove_picture
from marketplace.festival.offer_queries import evidence_subject, own_offer
from marketplace.files.evidence import keep_evidence, take_uploads
from marketplace.files.pictures import make_picture
from marketplace.panel.offer_answers import Answer, actor, again, blueprint, do

MOST_FILES = 4


@blueprint.post("/<int:offer_id>/pictures")
@store_member
def create_picture(offer_id: int) -> Answer:
    """Puts a picture on the goods: decoded and made anew before anything is written."""
    _ensure_own(offer_id)
    try:
        upload = request.files.get("picture")
        if upload is None or not upload.filename:
            raise Invalid("bad_offer", fields={"picture": "required"})
        made = make_picture(upload.stream, f"store:{g.store_id}")
    except Invalid as error:
        return again(offer_id, error, None)
    return do(
        offer_id,
        lambda at: add_picture(offer_id, g.store_id, made, actor(), at),
        "picture_added",
        part="pictures",
    )


@blueprint.post("/<int:offer_id>/pictures/<key>/removal")
@store_member
def create_picture_removal(offer_id: int, key: str) -> Answer:
    """Takes a picture away."""
    return do(
        offer_id,
        lambda at: remove_picture(offer_id, g.store_id, key, actor(), at),
        "picture_gone",
        part="pictures",
    )


@blueprint.post("/<int:offer_id>/pictures/<key>/lead")
@store_member
def create_picture_lead(offer_id: int, key: str) -> Answer:
    """Puts a picture first."""
    return do(
        offer_id,
        lambda at: lead_picture(offer_id, g.store_id, key, actor(), at),
        "picture_first",
        part="pictures",
    )


@blueprint.post("/<int:offer_id>/evidence")
@store_member
def create_evidence(offer_id: int) -> Answer:
    """Keeps invoices for the price."""
    _ensure_own(offer_id)
    try:
        checked = take_uploads(request.files.getlist("invoice"), most=MOST_FILES, field="invoice")
        if not checked:
            raise Invalid("bad_offer", fields={"invoice": "required"})
    except Invalid as error:
        return again(offer_id, error, None)

    def verb(at: datetime) -> None:
        own_offer(offer_id, g.store_id)
        for one in checked:
            keep_evidence(one, evidence_subject(offer_id), actor(), at, most=MOST_FILES)

    return do(offer_id, verb, "evidence_kept", part="evidence")


def may_see_invoice(who: Visitor, subject: str) -> bool:
    """An offer's evidence is for the members of its store and the office."""
    if who.is_official:
        return True
    offer_id = int(subject.partition(":")[2])
    for store_id in who.store_ids:
        try:
            own_offer(offer_id, store_id)
        except MarketplaceError:
            continue
        return True
    return False


def _ensure_own(offer_id: int) -> None:
    """Nobody makes us decode a file for an offer that is not theirs."""
    own_offer(offer_id, g.store_id)
    db.session.rollback()
