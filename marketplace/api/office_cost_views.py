"""A draw's prizes, their cost, its witnesses, figures, rings and awards for programs of the office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_costs as schemas
from marketplace.core import clock
from marketplace.core.errors import Malformed
from marketplace.lottery.announcing import PrizeWish, add_prize, announce_draw, drop_prize
from marketplace.lottery.cost_acts import propose_booking, propose_payment, propose_release
from marketplace.lottery.cost_pages import show_costs
from marketplace.lottery.desk_page import awards_of, rings_of, waiting_stage
from marketplace.lottery.figures import differing_figures, figure_names, read_figures, type_figures
from marketplace.lottery.prizes import check_identity, hand_over_prize
from marketplace.lottery.queries import draw_by_slug, prizes_of
from marketplace.lottery.rings import decide_ring
from marketplace.lottery.sponsors import GiftWish, promise_gift, receive_gift, withdraw_gift
from marketplace.lottery.witnesses import enter_witness, witnesses_of

TAG, MONEY, DRAWS = "office", "office:money", "office:draws"
READERS = (Role.office, Role.auditor)
OFFICERS = (Role.office, Role.seal_officer, Role.auditor)


@act("/office/draws", TAG, DRAWS, Role.office, says=schemas.DrawBody, status=201, makes=made.DRAW)
def create_draw(said: Said) -> Verb:
    """Announces the draw of an edition."""
    festival_id, permit = said.body["festival_id"], said.get("permit", "")
    return lambda at: announce_draw(festival_id, permit, acting(Role.office), at).slug


@reading("/office/draws/<slug>/costs", TAG, "office:read", *READERS, gives=schemas.COST.schema)
def show_draw_costs(slug: str) -> Any:
    """What the prizes cost, what sponsors give, what is missing, and the stores' shares."""
    return schemas.COST(show_costs(draw_by_slug(slug), clock.now()))


@reading("/office/draws/<slug>/prizes", TAG, "office:read", *READERS, gives=schemas.PRIZE.listed)
def list_draw_prizes(slug: str) -> Any:
    """The prizes of a draw."""
    return schemas.PRIZE.many(prizes_of(draw_by_slug(slug).id))


@act(
    "/office/draws/<slug>/prizes",
    TAG,
    MONEY,
    Role.office,
    says=schemas.PrizeBody,
    status=201,
    makes=made.PRIZE,
)
def create_draw_prize(said: Said, slug: str) -> Verb:
    """A prize more."""
    draw_id, wish = draw_by_slug(slug).id, PrizeWish.parse(said)
    return lambda at: add_prize(draw_id, wish, acting(Role.office), at).rank


@act("/office/draws/<slug>/prizes/<int:rank>", TAG, MONEY, Role.office, method="DELETE")
def delete_draw_prize(slug: str, rank: int) -> Verb:
    """A prize less, while the draw is only announced."""
    draw_id = draw_by_slug(slug).id
    return lambda at: drop_prize(draw_id, rank, acting(Role.office), at)


@act(
    "/office/draws/<slug>/gifts",
    TAG,
    MONEY,
    Role.office,
    says=schemas.SponsorBody,
    status=201,
    makes=made.GIFT,
)
def create_sponsor_gift(said: Said, slug: str) -> Verb:
    """A sponsor's letter."""
    draw_id, wish = draw_by_slug(slug).id, GiftWish.parse(said)
    return lambda at: promise_gift(draw_id, wish, acting(Role.office), at).id


@act("/office/draws/<slug>/gifts/<int:gift_id>/receipt", TAG, MONEY, Role.office, moves_money=True)
def create_gift_receipt(slug: str, gift_id: int) -> Verb:
    """A sponsor's gift is here."""
    draw_by_slug(slug)
    return lambda at: receive_gift(gift_id, acting(Role.office), at)


@act("/office/draws/<slug>/gifts/<int:gift_id>/withdrawal", TAG, MONEY, Role.office, moves_money=True)
def create_gift_withdrawal(slug: str, gift_id: int) -> Verb:
    """A sponsor's gift does not come."""
    draw_by_slug(slug)
    return lambda at: withdraw_gift(gift_id, acting(Role.office), at)


@act(
    "/office/draws/<slug>/shares", TAG, MONEY, Role.office, moves_money=True, status=201, makes=made.APPROVAL
)
def create_share_proposal(slug: str) -> Verb:
    """Puts the stores' shares before a second officer."""
    return lambda at: propose_booking(draw_by_slug(slug), acting(Role.office), at)


@act(
    "/office/draws/<slug>/shares/<int:store_id>/release",
    TAG,
    MONEY,
    Role.office,
    says=schemas.ReleaseBody,
    moves_money=True,
    status=201,
    makes=made.APPROVAL,
)
def create_release_proposal(said: Said, slug: str, store_id: int) -> Verb:
    """Puts the end of a store's share before a second officer."""
    reason = said.get("reason", "")
    return lambda at: propose_release(draw_by_slug(slug), store_id, reason, acting(Role.office), at)


@act(
    "/office/draws/<slug>/payments",
    TAG,
    MONEY,
    Role.office,
    says=schemas.PrizePaymentBody,
    moves_money=True,
    status=201,
    makes=made.APPROVAL,
)
def create_prize_payment(said: Said, slug: str) -> Verb:
    """Puts a payment for prizes before a second officer."""
    amount, note = said.body["amount_toman"], said.get("note", "")
    return lambda at: propose_payment(draw_by_slug(slug), amount, note, acting(Role.office), at)


@reading("/office/draws/<slug>/witnesses", TAG, "office:read", *OFFICERS, gives=schemas.WITNESS.listed)
def list_draw_witnesses(slug: str) -> Any:
    """Who was there."""
    return schemas.WITNESS.many(witnesses_of(draw_by_slug(slug).id))


@act("/office/draws/<slug>/witnesses", TAG, DRAWS, Role.office, says=schemas.WitnessBody, status=201)
def create_draw_witness(said: Said, slug: str) -> Verb:
    """Somebody who was there."""
    draw_id, name, capacity = draw_by_slug(slug).id, said.get("name", ""), said.get("capacity", "")
    return lambda at: enter_witness(draw_id, name, capacity, acting(Role.office), at)


@reading("/office/draws/<slug>/figures", TAG, "office:read", *OFFICERS, gives=schemas.Figures)
def show_draw_figures(slug: str) -> Any:
    """The public figures that the manifest names for the stage that waits; none where no stage waits."""
    stage = waiting_stage(draw_by_slug(slug))
    return {
        "stage": stage.number if stage is not None else None,
        "names": figure_names(stage) if stage is not None else [],
    }


@act(
    "/office/draws/<slug>/figures",
    TAG,
    "office:sign",
    *OFFICERS,
    says=schemas.FiguresBody,
    makes=made.DRAW_FIGURES,
)
def create_draw_figures(said: Said, slug: str) -> Verb:
    """Types the public figures where no round came in time; a second officer must type the same.

    `made`: `kept` once both agree, `differs` where they do not, else `typed`.
    """
    draw = draw_by_slug(slug)
    stage = waiting_stage(draw)
    if stage is None:
        raise Malformed("malformed")
    draw_id, number = draw.id, stage.number
    figures = read_figures(stage, said.body["figures"])

    def verb(at: datetime) -> str:
        if type_figures(draw_id, number, figures, acting(*OFFICERS), at):
            return "kept"
        return "differs" if differing_figures(draw_id, number) else "typed"

    return verb


@reading("/office/draws/<slug>/rings", TAG, "office:read", *READERS, gives=schemas.RingList)
def list_rings(slug: str) -> Any:
    """Entries that share a trait, those that wait first."""
    rows = rings_of(draw_by_slug(slug).festival_id)
    return {
        "items": [
            {
                **schemas.RING(row.EntryRing),
                "grants": row.grants,
                "persons": row.persons,
                "weight": int(row.weight),
            }
            for row in rows
        ],
        "next_cursor": None,
    }


@act("/office/draws/<slug>/rings/<int:ring_id>/decision", TAG, DRAWS, Role.office, says=schemas.RingBody)
def create_ring_decision(said: Said, slug: str, ring_id: int) -> Verb:
    """The entries of a ring stand, or earn nothing; with a reason."""
    draw_by_slug(slug)
    stands, reason = said.body["stands"], said.get("reason", "")
    return lambda at: decide_ring(ring_id, stands=stands, reason=reason, actor=acting(Role.office), at=at)


@reading("/office/draws/<slug>/awards", TAG, "office:read", *OFFICERS, gives=schemas.AwardList)
def list_awards(slug: str) -> Any:
    """Who won what, with masked numbers, and how far the handing over is."""
    return {
        "items": [
            {name: award[name] for name in schemas.AWARD_FIELDS} for award in awards_of(draw_by_slug(slug))
        ],
        "next_cursor": None,
    }


@act("/office/draws/<slug>/awards/<int:award_id>/identity", TAG, DRAWS, Role.office, says=schemas.AwardBody)
def create_award_identity(said: Said, slug: str, award_id: int) -> Verb:
    """The winner's identity was seen; the note is the record of it."""
    draw_by_slug(slug)
    note = said.get("note", "")
    return lambda at: check_identity(award_id, note, acting(Role.office), at)


@act("/office/draws/<slug>/awards/<int:award_id>/handover", TAG, DRAWS, Role.office, says=schemas.AwardBody)
def create_award_handover(said: Said, slug: str, award_id: int) -> Verb:
    """The prize was handed over; the note is the record of it."""
    draw_by_slug(slug)
    note = said.get("note", "")
    return lambda at: hand_over_prize(award_id, note, acting(Role.office), at)
