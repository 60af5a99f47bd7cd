"""Announcing a draw and its prizes: the office's work before the list is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.unit_of_work import on_violation
from marketplace.festival.models import Festival
from marketplace.lottery.errors import DrawKnown, DrawNotOpen
from marketplace.lottery.models import Draw, DrawState, Prize
from marketplace.lottery.queries import lock_draw, prizes_of
from marketplace.lottery.sponsors import read_toman

MOST_PIECES = 10_000
on_violation("uq_draws_festival_id", DrawKnown)
on_violation("uq_draws_slug", DrawKnown)


@dataclass(frozen=True, slots=True)
class PrizeWish:
    """A prize as the office announces it."""

    title_fa: str
    title_en: str
    unit_count: int
    value_toman: int
    sponsor: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> PrizeWish:
        """From a form. Raises Invalid with the code of each wrong field."""
        words = {
            name: " ".join(str(values.get(name) or "").split())
            for name in ("title_fa", "title_en", "sponsor")
        }
        count, value = read_toman(values.get("unit_count")), read_toman(values.get("value_toman"))
        fields = {name: "required" for name in ("title_fa", "title_en") if not 2 <= len(words[name]) <= 120}
        if len(words["sponsor"]) > 120:
            fields["sponsor"] = "too_long"
        if count is None or count > MOST_PIECES:
            fields["unit_count"] = "bad_number"
        if value is None:
            fields["value_toman"] = "bad_amount"
        if fields or count is None or value is None:
            raise Invalid("bad_prize", fields=fields)
        return cls(words["title_fa"], words["title_en"], count, value, words["sponsor"])


def announce_draw(festival_id: int, permit: str, actor: Actor, at: datetime) -> Draw:
    """The draw of an edition, at the moment that the edition names. Raises Invalid without a permit, DrawKnown."""
    number = " ".join(permit.split())
    if not 2 <= len(number) <= 60:
        raise Invalid(fields={"permit": "required"})
    festival = db.session.get(Festival, festival_id)
    if festival is None:
        raise NotFound("unknown_festival")
    draw = Draw(
        festival_id=festival.id,
        slug=festival.slug,
        title_fa=t("draw.of_festival", festival=festival.title_fa, lang="fa"),
        title_en=t("draw.of_festival", festival=festival.title_en, lang="en"),
        permit=number,
        state=DrawState.announced,
        opens_at=festival.live_from,
        draw_at=festival.draw_at,
    )
    db.session.add(draw)
    db.session.flush()
    record(actor, "announce_draw", f"draw:{draw.slug}", at, permit=number)
    return draw


def add_prize(draw_id: int, wish: PrizeWish, actor: Actor, at: datetime) -> Prize:
    """A prize more, behind the others; until the list is closed. Raises DrawNotOpen."""
    draw = lock_draw(draw_id)
    if draw.state not in (DrawState.announced, DrawState.open):
        raise DrawNotOpen(params={"state": draw.state.value})
    last = db.session.scalar(select(func.max(Prize.rank)).where(Prize.draw_id == draw_id)) or 0
    prize = Prize(
        draw_id=draw_id,
        rank=last + 1,
        title_fa=wish.title_fa,
        title_en=wish.title_en,
        unit_count=wish.unit_count,
        value_toman=wish.value_toman,
        sponsor=wish.sponsor,
    )
    db.session.add(prize)
    db.session.flush()
    record(actor, "add_prize", f"draw:{draw.slug}", at, rank=prize.rank, value_toman=prize.value_toman)
    return prize


def drop_prize(draw_id: int, rank: int, actor: Actor, at: datetime) -> None:
    """Takes a prize away, only while nobody could count on it: before the festival is live. Raises DrawNotOpen."""
    draw = lock_draw(draw_id)
    if draw.state is not DrawState.announced or at >= draw.opens_at:
        raise DrawNotOpen(params={"state": draw.state.value})
    prizes = prizes_of(draw_id)
    gone = next((prize for prize in prizes if prize.rank == rank), None)
    if gone is None:
        raise NotFound("unknown_prize")
    db.session.delete(gone)
    db.session.flush()
    for prize in prizes:
        if prize.rank > rank:
            prize.rank -= 1
            db.session.flush()
    record(actor, "drop_prize", f"draw:{draw.slug}", at, rank=rank)
