"""The draw as an event: each pick in its order, with the numbers from which it was computed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.language import t
from marketplace.lottery.draw import words_of
from marketplace.lottery.pages import show_draw
from marketplace.lottery.queries import draw_by_slug, entries_at, stages_of
from marketplace.lottery.shown import DrawShown

WORDS = 2**64


@dataclass(frozen=True, slots=True)
class Reveal:
    """A pick: the word of the stream that counted, how many were passed over before it, the ticket, and whom it met."""

    rank: int
    prize: str
    stage: int
    word: str
    passed_over: int
    ticket: int
    of: int
    index: int
    weight: int
    pseudonym: str
    skipped: str | None
    name: str
    city: str
    mobile: str


@dataclass(frozen=True, slots=True)
class EventShown:
    draw: DrawShown
    reveals: tuple[Reveal, ...]
    seed: str | None

    @property
    def prize_count(self) -> int:
        return sum(reveal.skipped is None for reveal in self.reveals)


def show_event(slug: str, at: datetime) -> EventShown:
    """The picks of all stages in the order in which they were computed. Raises NotFound."""
    shown = show_draw(slug, at)
    draw = draw_by_slug(slug)
    winners = {
        (winner.stage, prize.rank, winner.unit): winner for prize in shown.prizes for winner in prize.winners
    }
    titles = {prize.rank: prize.title for prize in shown.prizes}
    reveals = []
    for stage in stages_of(draw.id):
        if stage.result is None:
            continue
        drawn = json.loads(stage.result)["drawn"]
        words = words_of(bytes.fromhex(drawn["seed"]))
        entries = entries_at(draw.id, {pick["index"] for pick in drawn["picks"]})
        for pick in drawn["picks"]:
            word, passed_over = _next(words, pick["of"])
            rank, unit = pick["prize"]
            winner = winners.get((stage.number, rank, unit)) if pick["skipped"] is None else None
            reveals.append(
                Reveal(
                    rank=rank,
                    prize=titles[rank],
                    stage=stage.number,
                    word=f"{word:016x}",
                    passed_over=passed_over,
                    ticket=pick["ticket"],
                    of=pick["of"],
                    index=pick["index"],
                    weight=entries[pick["index"]].weight,
                    pseudonym=pick["pseudonym"],
                    skipped=pick["skipped"],
                    name=winner.name if winner else t("event.skipped"),
                    city=winner.city if winner else "",
                    mobile=winner.mobile if winner else "",
                )
            )
    return EventShown(shown, tuple(reveals), shown.stages[0].seed if shown.stages else None)


def _next(words: Iterator[int], bound: int) -> tuple[int, int]:
    """The word that counts for a bound, and how many were passed over before it."""
    for passed_over, word in enumerate(words):
        if word < WORDS - WORDS % bound:
            return word, passed_over
    raise AssertionError("the words never end")
