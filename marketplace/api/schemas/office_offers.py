"""Offers, hidden stores and pledges as the office reads and moves them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import NOTE, VERSION, body, choice, part, several, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.festival.models import OfferState
from marketplace.festival.offer_rules import FREEZE_CODES, REJECT_CODES
from marketplace.festival.offer_words import FindingShown
from marketplace.festival.price_story import PricePoint, PriceStory
from marketplace.office.offers_shown import OfferCase, QueuedOffer
from marketplace.oversight.pledge_page import OrderMatter, PledgeLine, StoreMatters
from marketplace.oversight.watch_models import KitCase
from marketplace.stores.models import Store
from marketplace.stores.visibility import HIDE_CODES

FINDING = Shape("OfferFinding", FindingShown, "code message weight", "What the honesty checks found.")
OFFER = Shape(
    "OfficeOffer",
    QueuedOffer,
    "id version title store store_stars category state submitted_at regular_toman reference_toman festival_toman "
    "discount_percent findings needs_person",
    "An offer before the office. `needs_person`: its evidence is to be looked at by itself.",
    findings=FINDING,
)
POINT = Shape("OfficePricePoint", PricePoint, "at price_toman")
STORY = Shape(
    "PriceStory",
    PriceStory,
    "points window_from reduced_at lowest_at regular_toman reference_toman festival_toman percent_off_regular "
    "percent_off_reference",
    "The price of the days before the reduction.",
    points=POINT,
)
CASE = Shape(
    "OfficeOfferCase",
    OfferCase,
    "offer=row store_id store_reasons is_store_hidden description sku permit_number permit_is_asked health_code "
    "weight_grams stocked_count sold_count limit_per_buyer evidence_url evidence_toman needs_evidence story until "
    "may_decide may_freeze may_unfreeze",
    "One offer with everything to decide by.",
    offer=OFFER,
    story=STORY,
)
HIDDEN = Shape(
    "HiddenStore", Store, "id slug name_fa name_en hidden_at hidden_reason", "A store that is hidden."
)
PLEDGE = Shape(
    "PledgeLine",
    PledgeLine,
    "slug name checked paid free wrong kits case_state late due owed_toman",
    "How a store keeps its pledges: orders checked, parcels that went free, wrong ones, missing kits, parcels late.",
)
MATTER = Shape("OrderMatter", OrderMatter, "number charged_toman due_toman ship_by_at shipped_at")
KIT = Shape(
    "KitCase",
    KitCase,
    "id state counted_from report_count warned_at heard_until_at statement stated_at frozen_at closed_at "
    "closing_reason",
    "A case of missing kits.",
)
PLEDGES = Shape(
    "StorePledges",
    StoreMatters,
    "line wrongs late case cases",
    "What lies behind the figures of one store.",
    line=PLEDGE,
    wrongs=MATTER,
    late=MATTER,
    case=KIT,
    cases=KIT,
)


class OfferQuery(Wish):
    """What the queue is narrowed to; without a state those that wait."""

    state = fields.String(metadata={"description": f"one of {', '.join(OfferState)}"})
    q = fields.String(metadata={"description": "words of the offer or its store"})
    category = fields.String(metadata={"description": "the slug of a category"})
    finding = fields.String(metadata={"description": "the code of a finding, or `clean`"})
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


class PledgeQuery(Wish):
    rule = fields.String(metadata={"description": "only stores that broke this rule"})


OfferApproval = body(
    "OfferApprovalWish",
    **VERSION,
    **NOTE,
    evidence_toman=whole("the price that was read in the evidence", 1, 10**12),
)
OfferStop = body(
    "OfferStopWish",
    "Why; codes of the desk's list.",
    **VERSION,
    **NOTE,
    reasons=several(choice(dict.fromkeys((*REJECT_CODES, *FREEZE_CODES))), 10, needed=True),
)
OfferRelease = body("OfferReleaseWish", **VERSION, note=words(most=1_000, needed=True))
OfferDecisions = body(
    "OfferDecisionsWish",
    **NOTE,
    verdict=choice(("approve", "reject")),
    reasons=several(choice(REJECT_CODES), 10),
    items=several(part("OfferMark", id=whole(least=1, needed=True), **VERSION), 100, needed=True, least=1),
)
StoreHiding = body("StoreHidingWish", reason=choice(HIDE_CODES), note=words(most=500, needed=True))
StoreShowing = body("StoreShowingWish", note=words(most=500, needed=True))
KitClosing = body("KitClosingWish", reason=words(most=1_000, needed=True))
