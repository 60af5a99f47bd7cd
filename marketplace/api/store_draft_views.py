"""The rest of a store's offers for its programs: drafts, pictures, evidence, and for which guest one is sold."""

from __future__ import annotations

from datetime import datetime

from flask import g

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, content_of, files_in
from marketplace.api.schemas import made
from marketplace.api.schemas import store_papers as schemas
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid
from marketplace.festival.drafting import discard_draft, update_draft
from marketplace.festival.guest_offers import name_guest
from marketplace.festival.imports import drop_import
from marketplace.festival.offer_inputs import FIELDS, OfferWish
from marketplace.festival.offer_pictures import add_picture, lead_picture, remove_picture
from marketplace.festival.offer_queries import category_rules, evidence_subject, own_offer
from marketplace.files.evidence import keep_evidence
from marketplace.files.pictures import make_picture

TAG, OFFERS = "store", "store:offers"
MOST_INVOICES = 4


@act("/store/offers/<int:offer_id>/guest", TAG, OFFERS, store=True, says=schemas.GuestBody, method="PUT")
def update_offer_guest(said: Said, offer_id: int) -> Verb:
    """Says for which guest an offer is sold; null for none."""
    store_id, guest = g.store_id, said.body["guest_id"]
    return lambda at: name_guest(offer_id, store_id, guest, _actor(), at)


@act("/store/offers/<int:offer_id>/draft", TAG, OFFERS, store=True, says=schemas.DraftBody, method="PUT")
def update_store_draft(said: Said, offer_id: int) -> Verb:
    """Puts a draft into other words and figures, whole."""
    own_offer(offer_id, g.store_id)
    wish = OfferWish.parse({name: said.get(name, "") for name in FIELDS}, category_rules())
    store_id, version = g.store_id, said.body["version"]
    return lambda at: update_draft(offer_id, store_id, wish, version, _actor(), at)


@act("/store/offers/<int:offer_id>/discarding", TAG, OFFERS, store=True)
def create_store_offer_discarding(offer_id: int) -> Verb:
    """Gives up a draft."""
    store_id = g.store_id
    return lambda at: discard_draft(offer_id, store_id, _actor(), at)


@act("/store/offers/<int:offer_id>/pictures/<key>", TAG, OFFERS, store=True, method="DELETE")
def delete_offer_picture(offer_id: int, key: str) -> Verb:
    """Takes a picture off the goods."""
    store_id = g.store_id
    return lambda at: remove_picture(offer_id, store_id, key, _actor(), at)


@act("/store/offers/<int:offer_id>/pictures/<key>/lead", TAG, OFFERS, store=True)
def create_picture_lead(offer_id: int, key: str) -> Verb:
    """Puts a picture first."""
    store_id = g.store_id
    return lambda at: lead_picture(offer_id, store_id, key, _actor(), at)


@act(
    "/store/offers/<int:offer_id>/pictures",
    TAG,
    OFFERS,
    store=True,
    says=schemas.PictureBody,
    carries_files=True,
    status=201,
    makes=made.PICTURE,
)
def create_offer_picture(said: Said, offer_id: int) -> Verb:
    """Puts a picture on the goods; it is made anew before anything is written."""
    own_offer(offer_id, g.store_id)
    store_id = g.store_id
    picture = make_picture(content_of(said.body["picture"]), f"store:{store_id}")

    def verb(at: datetime) -> str:
        add_picture(offer_id, store_id, picture, _actor(), at)
        return picture.key

    return verb


@act(
    "/store/offers/<int:offer_id>/evidence",
    TAG,
    OFFERS,
    store=True,
    says=schemas.FilesBody,
    carries_files=True,
    status=201,
    makes=made.FILES,
)
def create_offer_evidence(said: Said, offer_id: int) -> Verb:
    """Keeps invoices for the price of an offer."""
    own_offer(offer_id, g.store_id)
    store_id, kept = g.store_id, files_in(said, most=MOST_INVOICES)
    if not kept:
        raise Invalid("bad_offer", fields={"files": "required"})

    def verb(at: datetime) -> int:
        own_offer(offer_id, store_id)
        for one in kept:
            keep_evidence(one, evidence_subject(offer_id), _actor(), at, most=MOST_INVOICES)
        return len(kept)

    return verb


@act("/store/offers/imports/<int:import_id>", TAG, OFFERS, store=True, method="DELETE")
def delete_import(import_id: int) -> Verb:
    """Gives a file of offers up."""
    store_id = g.store_id
    return lambda at: drop_import(import_id, store_id)


def _actor() -> Actor:
    return visitor().actor("store")
