"""Public figures typed by two persons, for a stage whose round did not come in its waiting time.

The names of the figures and the moment after which they are taken stand in the manifest; the first two persons who
type the same decide, and none of them can choose anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.text import ascii_digits
from marketplace.lottery.errors import AlreadySigned, DrawNotOpen, TooEarly
from marketplace.lottery.figure_models import FigureEntry
from marketplace.lottery.freezing import ensure_takes_no_part
from marketplace.lottery.models import DrawStage, DrawState, StageState
from marketplace.lottery.publishing import canonical
from marketplace.lottery.queries import lock_draw, lock_stage
from marketplace.lottery.sources import FIGURES, QUICKNET

MOST_NUMBERS, LONGEST_NUMBER = 20, 18


def figures_from(stage: DrawStage) -> datetime:
    """From when figures count instead of the round: when all sources before them were waited for."""
    waited = 0
    for source in json.loads(stage.sources):
        if source["kind"] == FIGURES:
            break
        waited += source.get("wait_hours", 0)
    return stage.planned_at + timedelta(hours=waited)


def figure_names(stage: DrawStage) -> list[str]:
    """The figures that the manifest names for a stage, in their order."""
    source = next(each for each in json.loads(stage.sources) if each["kind"] == FIGURES)
    return [each["name"] for each in source["figures"]]


def read_figures(stage: DrawStage, values: Mapping[str, Any]) -> dict[str, list[int]]:
    """Whole numbers by name, as people type them: several of a name parted by spaces. Raises Invalid by field."""
    found: dict[str, list[int]] = {}
    wrong: dict[str, str] = {}
    for name in figure_names(stage):
        plain = ascii_digits(str(values.get(name) or "")).replace("٬", "").replace(",", "")
        parts = plain.split()
        fits = 0 < len(parts) <= MOST_NUMBERS and all(
            part.isascii() and part.isdecimal() and len(part) <= LONGEST_NUMBER for part in parts
        )
        if fits:
            found[name] = sorted(int(part) for part in parts)
        else:
            wrong[name] = "bad_figure"
    if wrong:
        raise Invalid("bad_figures", fields=wrong)
    return found


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
    attempt, before = _standing(draw_id, number)
    if before is not None and before.person_id == actor.id:
        raise AlreadySigned()
    entry = FigureEntry(
        draw_id=draw_id,
        stage=number,
        attempt=attempt,
        place=1 if before is None else 2,
        person_id=actor.id,
        typed_by=f"{actor.role}-{actor.id}",
        figures=canonical({name: sorted(numbers) for name, numbers in figures.items()}).decode(),
        typed_at=at,
    )
    db.session.add(entry)
    db.session.flush()
    record(
        actor, "type_figures", f"draw:{draw.slug}", at, stage=number, attempt=attempt, figures=entry.figures
    )
    if before is None or before.figures != entry.figures:
        return False
    _keep(stage, before, entry)
    return True


def differing_figures(draw_id: int, number: int) -> list[str]:
    """The names about which the last two persons did not agree; empty when nobody differed since."""
    rows = db.session.scalars(
        select(FigureEntry)
        .where(FigureEntry.draw_id == draw_id, FigureEntry.stage == number)
        .order_by(FigureEntry.attempt.desc(), FigureEntry.place)
        .limit(2)
    ).all()
    if len(rows) < 2 or rows[0].attempt != rows[1].attempt:
        return []
    one, other = json.loads(rows[0].figures), json.loads(rows[1].figures)
    return [name for name in one if one[name] != other[name]]


def typed_first(draw_id: int, number: int) -> FigureEntry | None:
    """What one officer typed and nobody else yet."""
    return _standing(draw_id, number)[1]


def round_counts(stage: DrawStage, at: datetime) -> bool:
    """Whether the round still counts: afterwards it is the next source's turn, and nobody may choose."""
    is_first = json.loads(stage.sources)[0]["kind"] == QUICKNET
    return is_first and at < figures_from(stage)


def _standing(draw_id: int, number: int) -> tuple[int, FigureEntry | None]:
    """(the attempt that a new row belongs to, the one row that it has by now)."""
    rows = db.session.scalars(
        select(FigureEntry)
        .where(FigureEntry.draw_id == draw_id, FigureEntry.stage == number)
        .order_by(FigureEntry.attempt.desc(), FigureEntry.place)
        .limit(2)
    ).all()
    if not rows:
        return 1, None
    newest = rows[0].attempt
    of_it = [row for row in rows if row.attempt == newest]
    return (newest + 1, None) if len(of_it) == 2 else (newest, of_it[0])


def _keep(stage: DrawStage, first: FigureEntry, second: FigureEntry) -> None:
    found = {
        "kind": FIGURES,
        "typed": [{"by": each.typed_by, "figures": json.loads(each.figures)} for each in (first, second)],
    }
    place = next(i for i, each in enumerate(json.loads(stage.sources)) if each["kind"] == FIGURES)
    changed_count(
        update(DrawStage)
        .where(DrawStage.id == stage.id, DrawStage.randomness.is_(None))
        .values(randomness=canonical(found).decode(), source_number=place)
    )
    db.session.refresh(stage)
