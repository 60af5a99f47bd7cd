"""Public figures typed by two persons, for a stage whose round did not come in its waiting time.

The names of the figures and the moment after which they are taken stand in the manifest; the first two persons who
type the same decide, and none of them can choose anything. The rules themselves are `figure_rules`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Forbidden, Invalid
from marketplace.lottery import figure_rules as rules
from marketplace.lottery.errors import AlreadySigned, DrawNotOpen, TooEarly
from marketplace.lottery.figure_models import FigureEntry
from marketplace.lottery.freezing import ensure_takes_no_part
from marketplace.lottery.models import DrawStage, DrawState, StageState
from marketplace.lottery.publishing import canonical
from marketplace.lottery.queries import lock_draw, lock_stage


def figures_from(stage: DrawStage) -> datetime:
    """From when figures count instead of the round: when all sources before them were waited for."""
    return rules.figures_from(stage.planned_at, json.loads(stage.sources))


def figure_names(stage: DrawStage) -> list[str]:
    """The figures that the manifest names for a stage, in their order."""
    return rules.names_of_figures(json.loads(stage.sources))


def read_figures(stage: DrawStage, values: Mapping[str, Any]) -> rules.Figures:
    """Whole numbers by name, as people type them: several of a name parted by spaces. Raises Invalid by field."""
    return rules.parse_figures(figure_names(stage), values)


def round_counts(stage: DrawStage, at: datetime) -> bool:
    """Whether the round still counts: afterwards it is the next source's turn, and nobody may choose."""
    return rules.round_counts(stage.planned_at, json.loads(stage.sources), at)


def type_figures(
    draw_id: int, number: int, figures: Mapping[str, Sequence[int]], actor: Actor, at: datetime
) -> bool:
    """One officer types the figures; true when a second one typed the same and the stage has its randomness.

    Raises TooEarly before the waiting time is over, DrawNotOpen, AlreadySigned for the same person again,
    OfficerTakesPart. Where two persons differ both rows stand, `differing_figures` names what, and both type anew.
    """
    draw, stage = lock_draw(draw_id), lock_stage(draw_id, number)
    if stage.state is not StageState.listed or draw.state not in (DrawState.frozen, DrawState.drawn):
        raise DrawNotOpen(params={"state": stage.state.value})
    if stage.randomness is not None:
        raise DrawNotOpen(params={"state": stage.state.value})
    if at < figures_from(stage):
        raise TooEarly()
    if actor.id is None:
        raise Forbidden()
    ensure_takes_no_part(draw.id, actor)
    if sorted(figures) != sorted(figure_names(stage)):
        raise Invalid("bad_figures", fields=dict.fromkeys(figure_names(stage), "bad_figure"))
    typed = _typed(draw_id, number)
    plain = {name: sorted(numbers) for name, numbers in figures.items()}
    mine = rules.Typed(actor.id, f"{actor.role}-{actor.id}", plain)
    try:
        agreed = rules.agreed_by(typed, mine)
    except rules.SamePerson as error:
        raise AlreadySigned() from error
    entry = FigureEntry(
        draw_id=draw_id,
        stage=number,
        attempt=len(typed) // 2 + 1,
        place=len(typed) % 2 + 1,
        person_id=mine.person_id,
        typed_by=mine.by,
        figures=canonical(plain).decode(),
        typed_at=at,
    )
    db.session.add(entry)
    db.session.flush()
    told = {"attempt": entry.attempt, "figures": entry.figures}
    record(actor, "type_figures", f"draw:{draw.slug}", at, stage=number, **told)
    if agreed is None:
        return False
    changed_count(
        update(DrawStage)
        .where(DrawStage.id == stage.id, DrawStage.randomness.is_(None))
        .values(
            randomness=canonical(agreed).decode(),
            source_number=rules.place_of_figures(json.loads(stage.sources)),
        )
    )
    db.session.refresh(stage)
    return True


def differing_figures(draw_id: int, number: int) -> list[str]:
    """The names about which the last two persons did not agree; empty when nobody differed since."""
    return rules.differing_names(_typed(draw_id, number))


def typed_first(draw_id: int, number: int) -> rules.Typed | None:
    """What one officer typed and nobody else yet."""
    return rules.waiting_of(_typed(draw_id, number))


def _typed(draw_id: int, number: int) -> list[rules.Typed]:
    rows = db.session.scalars(
        select(FigureEntry)
        .where(FigureEntry.draw_id == draw_id, FigureEntry.stage == number)
        .order_by(FigureEntry.attempt, FigureEntry.place)
    )
    return [rules.Typed(row.person_id, row.typed_by, json.loads(row.figures)) for row in rows]
