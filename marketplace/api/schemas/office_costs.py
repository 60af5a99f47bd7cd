"""A draw's prizes and their cost, its witnesses, rings and awards."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, count, ident, moment, one_of, text
from marketplace.api.schemas.said import body, choice, money, truth, whole, words
from marketplace.api.shapes.told import Shape, listing
from marketplace.lottery.cost_models import GiftKind
from marketplace.lottery.cost_pages import CostShown, GiftShown, ShareRow
from marketplace.lottery.figure_models import DrawWitness, EntryRing
from marketplace.lottery.models import AwardState, Prize

GIFT = Shape("SponsorGift", GiftShown, "id sponsor kind=kind_label state amount_toman letter")
SHARE = Shape(
    "StoreShare", ShareRow, "store_id store net_toman amount_toman is_capped released_toman can_release"
)
COST = Shape(
    "DrawCosts",
    CostShown,
    "slug title cost_toman received_toman promised_toman missing_toman deadline_at missing_at_deadline_toman booked_at "
    "unsettled_count is_final gifts shares=rows equal_percent cap_times cap_toman",
    "What the prizes cost, what sponsors give, what is missing, and the stores' shares.",
    gifts=GIFT,
    shares=SHARE,
)
PRIZE = Shape("DrawPrize", Prize, "rank title_fa title_en unit_count value_toman sponsor", "A prize.")
WITNESS = Shape("DrawWitness", DrawWitness, "name capacity entered_at", "Somebody who was there.")
RING = Shape("EntryRing", EntryRing, "id kind state found_at reason decided_by decided_at")
AWARD_FIELDS = ("id", "prize", "winner", "mobile", "state", "until", "note")


class RingRow(RING.schema):  # type: ignore[misc, name-defined]
    """Entries that share a trait."""

    grants = count("how many entries")
    persons = count("of how many people")
    weight = count("with how many chances")


class AwardRow(Answer):
    """Who won what; the number is masked."""

    id = ident()
    prize = text()
    winner = text(allow_none=True)
    mobile = text()
    state = one_of(AwardState)
    until = moment("until when it can be claimed", allow_none=True)
    note = text(allow_none=True)


class Figures(Answer):
    """The public figures that two officers type where no round came in time."""

    stage = fields.Integer(allow_none=True)
    names = fields.List(fields.String())


RingList, AwardList = listing(RingRow), listing(AwardRow)
DrawBody = body("DrawWish", festival_id=whole(least=1, needed=True), permit=words("of the lottery", 80))
PrizeBody = body(
    "PrizeWish",
    title_fa=words(most=120, needed=True),
    title_en=words(most=120, needed=True),
    unit_count=whole("how many there are", 1, 1_000, needed=True),
    value_toman=money("of one"),
    sponsor=words("who gives it", 120),
)
SponsorBody = body(
    "SponsorGiftWish",
    sponsor=words(most=120, needed=True),
    letter=words("its number", 80, needed=True),
    kind=choice(GiftKind),
    amount_toman=money(),
)
ReleaseBody = body("ShareReleaseWish", reason=words(most=500, needed=True))
PrizePaymentBody = body("PrizePaymentWish", amount_toman=money(), note=words(most=200, needed=True))
WitnessBody = body(
    "WitnessWish", name=words(most=80, needed=True), capacity=words("as what", 80, needed=True)
)
FiguresBody = body(
    "DrawFiguresWish",
    "By the names that the manifest gives; several of a name are parted by spaces.",
    figures=fields.Dict(keys=words(most=80), values=words(most=400), required=True),
)
RingBody = body(
    "RingWish", stands=truth("false: they earn nothing", needed=True), reason=words(most=500, needed=True)
)
AwardBody = body("AwardWish", note=words("the record of it", 500))
