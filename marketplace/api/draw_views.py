"""Draws of the lottery, for everybody."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import public
from marketplace.api.answers import absolute, answer
from marketplace.api.blueprint import answers, call, refuses
from marketplace.api.schemas import draws as schemas
from marketplace.core import clock
from marketplace.lottery.pages import list_draws as draw_cards
from marketplace.lottery.pages import show_draw as draw_shown
from marketplace.lottery.shown import DrawCard, DrawShown, PrizeShown


@call("GET", "/draws", "lottery")
@public
@answers(200, schemas.DrawPage)
def list_draws() -> Response:
    """All draws, the newest first."""
    return answer({"items": [_card(card) for card in draw_cards()], "next_cursor": None})


@call("GET", "/draws/<slug>", "lottery")
@public
@answers(200, schemas.Draw)
@refuses(404)
def show_draw(slug: str) -> Response:
    """One draw: prizes, winners, stages with their public numbers, and the files that prove it."""
    return answer(_document(draw_shown(slug, clock.now())))


def _card(card: DrawCard | DrawShown) -> dict[str, Any]:
    return {
        "slug": card.slug,
        "title": card.title,
        "state": card.state,
        "draw_at": card.draw_at,
        "url": absolute(card.url),
    }


def _document(draw: DrawShown) -> dict[str, Any]:
    return {
        **_card(draw),
        "permit": draw.permit,
        "freeze_at": draw.freeze_at,
        "frozen_at": draw.frozen_at,
        "entry_count": draw.count,
        "weight": draw.weight,
        "person_count": draw.persons,
        "merkle_root": draw.merkle_root,
        "voided_reason": draw.voided_reason,
        "prizes": [_prize(prize) for prize in draw.prizes],
        "stages": [
            {
                "number": stage.number,
                "planned_at": stage.planned_at,
                "state": stage.state,
                "round": stage.round,
                "randomness": stage.randomness,
                "seed": stage.seed,
            }
            for stage in draw.stages
        ],
        "files": [{"name": name, "url": absolute(url)} for name, url in draw.files],
    }


def _prize(prize: PrizeShown) -> dict[str, Any]:
    return {
        "rank": prize.rank,
        "title": prize.title,
        "unit_count": prize.unit_count,
        "value_toman": prize.value_toman,
        "sponsor": prize.sponsor,
        "winners": [
            {
                "name": winner.name,
                "city": winner.city,
                "mobile": winner.mobile,
                "ticket": winner.ticket,
                "of": winner.of,
                "state": winner.state,
                "stage": winner.stage,
            }
            for winner in prize.winners
        ],
    }
