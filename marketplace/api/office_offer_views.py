"""Offers before the office, the emergency switch of stores, and how stores keep their pledges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_offers as schemas
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.festival.deciding import approve_offer, freeze_offer, reject_offer, unfreeze_offer
from marketplace.festival.offer_inputs import parse_whole
from marketplace.inspections.inputs import parse_words
from marketplace.office.offers_page import show_case, show_queue
from marketplace.oversight.kit_cases import close_kit_case, freeze_for_kits
from marketplace.oversight.pledge_page import RULES, case_of, show_monitor, show_store, store_id_of
from marketplace.stores.visibility import hidden_stores, hide_store, reinstate_store

TAG, SCOPE = "office", "office:offers"
READERS = (Role.office, Role.auditor)


@reading("/office/offers", TAG, "office:read", *READERS, gives=schemas.OFFER.listed, asks=schemas.OfferQuery)
def list_office_offers() -> Any:
    """Offers that wait for the office, or those in another state; `version` goes into a decision."""
    shown = show_queue(request.args, clock.now())
    return {**schemas.OFFER.many(shown.rows), "next_cursor": shown.next_cursor}


@reading("/office/offers/<int:offer_id>", TAG, "office:read", *READERS, gives=schemas.CASE.schema)
def show_office_offer(offer_id: int) -> Any:
    """One offer with everything to decide by."""
    return schemas.CASE(show_case(offer_id, clock.now()))


@act("/office/offers/<int:offer_id>/approval", TAG, SCOPE, Role.office, says=schemas.OfferApproval)
def create_offer_approval(said: Said, offer_id: int) -> Verb:
    """Lets an offer in; where evidence was needed, with the price that was read in it."""
    read = parse_whole(said, "evidence_toman", money=True) if "evidence_toman" in said else None
    version, note = said.body["version"], said.get("note", "")
    return lambda at: approve_offer(
        offer_id, version, acting(Role.office), at, evidence_toman=read, note=note
    )


@act("/office/offers/<int:offer_id>/rejection", TAG, SCOPE, Role.office, says=schemas.OfferStop)
def create_offer_rejection(said: Said, offer_id: int) -> Verb:
    """Turns an offer down with its reasons."""
    version, codes, note = said.body["version"], said.getlist("reasons"), said.get("note", "")
    return lambda at: reject_offer(offer_id, version, codes, acting(Role.office), at, note=note)


@act("/office/offers/<int:offer_id>/freezing", TAG, SCOPE, Role.office, says=schemas.OfferStop)
def create_offer_freezing(said: Said, offer_id: int) -> Verb:
    """Stops a running offer at once."""
    version, codes, note = said.body["version"], said.getlist("reasons"), said.get("note", "")
    return lambda at: freeze_offer(offer_id, version, codes, acting(Role.office), at, note=note)


@act("/office/offers/<int:offer_id>/unfreezing", TAG, SCOPE, Role.office, says=schemas.OfferRelease)
def create_offer_unfreezing(said: Said, offer_id: int) -> Verb:
    """Sets a stopped offer free."""
    version, note = said.body["version"], said.get("note", "")
    return lambda at: unfreeze_offer(offer_id, version, note, acting(Role.office), at)


@act("/office/offers/decisions", TAG, SCOPE, Role.office, says=schemas.OfferDecisions, makes=made.DECIDED)
def create_offer_decisions(said: Said) -> Verb:
    """One decision over several offers: all of them, or none where one has changed or needs a look by itself."""
    marks = {item["id"]: item["version"] for item in said.body["items"]}
    if not marks:
        raise Invalid("nothing_chosen", fields={"items": "choose_one"})
    codes, note = said.getlist("reasons"), said.get("note", "")

    def verb(at: datetime) -> int:
        for offer_id, version in sorted(marks.items()):
            if said["verdict"] == "approve":
                approve_offer(offer_id, version, acting(Role.office), at, is_one_of_many=True)
            else:
                reject_offer(offer_id, version, codes, acting(Role.office), at, note=note)
        return len(marks)

    return verb


@reading("/office/hidden-stores", TAG, "office:read", *READERS, gives=schemas.HIDDEN.listed)
def list_hidden_stores() -> Any:
    """The stores that the emergency switch hides now."""
    return schemas.HIDDEN.many(hidden_stores())


@act("/office/stores/<int:store_id>/hiding", TAG, SCOPE, Role.office, says=schemas.StoreHiding)
def create_store_hiding(said: Said, store_id: int) -> Verb:
    """Hides a store and all that it offers, at once."""
    reason, note = said.get("reason", ""), said.get("note", "")
    return lambda at: hide_store(store_id, reason, note, acting(Role.office), at)


@act("/office/stores/<int:store_id>/reinstatement", TAG, SCOPE, Role.office, says=schemas.StoreShowing)
def create_store_reinstatement(said: Said, store_id: int) -> Verb:
    """Shows a hidden store again."""
    note = said.get("note", "")
    return lambda at: reinstate_store(store_id, note, acting(Role.office), at)


@reading(
    "/office/pledges", TAG, "office:read", *READERS, gives=schemas.PLEDGE.listed, asks=schemas.PledgeQuery
)
def list_office_pledges() -> Any:
    """How every store keeps its pledges, those that broke one first."""
    rule = request.args.get("rule", "")
    return schemas.PLEDGE.many(show_monitor(rule if rule in RULES else "", clock.now()).lines)


@reading("/office/pledges/<slug>", TAG, "office:read", *READERS, gives=schemas.PLEDGES.schema)
def show_office_pledges(slug: str) -> Any:
    """What lies behind the figures of one store, and its cases of missing kits."""
    return schemas.PLEDGES(show_store(store_id_of(slug), clock.now()))


@act("/office/pledges/<slug>/freeze", TAG, SCOPE, Role.office, makes=made.FROZEN)
def create_kit_freeze(slug: str) -> Verb:
    """Stops the offers of a store whose kits were missing, after it was heard."""
    case_id = case_of(slug, clock.now())
    return lambda at: freeze_for_kits(case_id, acting(Role.office), at)


@act("/office/pledges/<slug>/closing", TAG, SCOPE, Role.office, says=schemas.KitClosing)
def create_kit_closing(said: Said, slug: str) -> Verb:
    """Ends a case of missing kits with its reason; what it stopped is free again."""
    reason, case_id = parse_words(said, "reason"), case_of(slug, clock.now())
    return lambda at: close_kit_case(case_id, reason, acting(Role.office), at)
