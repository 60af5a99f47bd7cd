"""Gifts of sponsors for the prizes: promised by letter, received, or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.money import LARGEST_TOMAN
from marketplace.core.text import ascii_digits
from marketplace.ledger.chart import BANK, PRIZE_POOL
from marketplace.ledger.transfers import post_transfer
from marketplace.lottery.cost_models import GiftKind, GiftState, SponsorGift
from marketplace.lottery.cost_queries import lock_gift, plan_of
from marketplace.lottery.errors import CostsBooked, GiftOver
from marketplace.lottery.queries import lock_draw


def read_toman(value: object) -> int | None:
    """A positive amount as people type it, with any digits and separators; None for anything else."""
    plain = ascii_digits(str(value or "")).translate({ord(c): None for c in " ,٬،\u200c\u00a0"})
    return int(plain) if plain.isascii() and plain.isdecimal() and 0 < int(plain) <= LARGEST_TOMAN else None


@dataclass(frozen=True, slots=True)
class GiftWish:
    """A gift as its letter says it."""

    sponsor: str
    kind: GiftKind
    amount_toman: int
    letter: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> GiftWish:
        """From a form. Raises Invalid with the code of each wrong field."""
        fields: dict[str, str] = {}
        sponsor = " ".join(str(values.get("sponsor") or "").split())
        letter = " ".join(str(values.get("letter") or "").split())
        amount = read_toman(values.get("amount_toman"))
        kind = str(values.get("kind") or "")
        if not 2 <= len(sponsor) <= 120:
            fields["sponsor"] = "required"
        if not 1 <= len(letter) <= 80:
            fields["letter"] = "required"
        if amount is None:
            fields["amount_toman"] = "bad_amount"
        if kind not in {each.value for each in GiftKind}:
            fields["kind"] = "required"
        if fields or amount is None:
            raise Invalid("bad_gift", fields=fields)
        return cls(sponsor, GiftKind(kind), amount, letter)


def promise_gift(draw_id: int, wish: GiftWish, actor: Actor, at: datetime) -> SponsorGift:
    """Enters a gift by its letter. Raises CostsBooked once the stores' shares are booked."""
    draw = lock_draw(draw_id)
    _ensure_unbooked(draw_id)
    gift = SponsorGift(
        draw_id=draw_id,
        sponsor=wish.sponsor,
        kind=wish.kind,
        amount_toman=wish.amount_toman,
        letter=wish.letter,
        promised_at=at,
    )
    db.session.add(gift)
    db.session.flush()
    record(
        actor, "promise_gift", f"draw:{draw.slug}", at, sponsor=wish.sponsor, amount_toman=wish.amount_toman
    )
    return gift


def receive_gift(gift_id: int, actor: Actor, at: datetime) -> SponsorGift:
    """It is here: money goes into the book's prize pool, goods count at their value. Twice changes nothing.

    Raises GiftOver for a withdrawn one, CostsBooked.
    """
    gift = lock_gift(gift_id)
    draw = lock_draw(gift.draw_id)
    if gift.state is GiftState.received:
        return gift
    if gift.state is not GiftState.promised:
        raise GiftOver()
    _ensure_unbooked(gift.draw_id)
    gift.state, gift.received_at = GiftState.received, at
    if gift.kind is GiftKind.money:
        post_transfer(
            key=f"sponsor-gift:{gift.id}",
            debit=BANK,
            credit=PRIZE_POOL,
            amount_toman=gift.amount_toman,
            code="sponsor_gift",
            subject=f"draw:{draw.slug}",
            at=at,
        )
    db.session.flush()
    record(actor, "receive_gift", f"draw:{draw.slug}", at, gift=gift.id, amount_toman=gift.amount_toman)
    return gift


def withdraw_gift(gift_id: int, actor: Actor, at: datetime) -> SponsorGift:
    """A promised gift does not come. Raises GiftOver for one that is here."""
    gift = lock_gift(gift_id)
    draw = lock_draw(gift.draw_id)
    if gift.state is GiftState.received:
        raise GiftOver()
    if gift.state is GiftState.promised:
        gift.state = GiftState.withdrawn
        db.session.flush()
        record(actor, "withdraw_gift", f"draw:{draw.slug}", at, gift=gift.id)
    return gift


def _ensure_unbooked(draw_id: int) -> None:
    plan = plan_of(draw_id)
    if plan is not None and plan.booked_at is not None:
        raise CostsBooked()
