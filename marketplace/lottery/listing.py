"""What is fixed before a stage's round: which prizes are drawn, and who lost the right meanwhile."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.draw import Unit
from marketplace.lottery.errors import DrawNotOpen, TooLate
from marketplace.lottery.freezing import keys_of
from marketplace.lottery.models import (
    AwardState,
    Draw,
    DrawStage,
    DrawState,
    PublishedEntry,
    Skip,
    StageState,
)
from marketplace.lottery.publishing import canonical, signed, skip_document
from marketplace.lottery.queries import (
    awards_of,
    lock_draw,
    lock_stage,
    officials_among,
    prizes_of,
    skips_added,
    stages_of,
    undone_since,
)
from marketplace.policy.policy import policy_at

STANDS = (DrawState.frozen, DrawState.drawn)
LONGEST_REASON = 200


def open_draws(at: datetime) -> int:
    """A sweep: a draw is open from the first moment of its live window on."""
    from_announced = select(Draw.id).where(Draw.state == DrawState.announced, Draw.opens_at <= at)
    ids = list(db.session.scalars(from_announced))
    db.session.rollback()
    for draw_id in ids:
        with unit_of_work():
            draw = lock_draw(draw_id)
            if draw.state is DrawState.announced:
                draw.state = DrawState.open
    return len(ids)


def list_stages(at: datetime) -> int:
    """A sweep: fixes the prizes of a redraw a day before its round, and the skip list of a stage an hour before."""
    done = 0
    for draw_id, number in _waiting(at):
        with unit_of_work():
            done += _list_stage(draw_id, number, at)
    return done


def skip_entry(draw_id: int, entry_id: str, reason: str, actor: Actor, at: datetime) -> None:
    """An entry loses the right after the freeze. Raises Invalid, DrawNotOpen; see `_ensure_listable`."""
    _add(draw_id, "entry", entry_id, reason, actor, at)


def skip_person(draw_id: int, pseudonym: str, reason: str, actor: Actor, at: datetime) -> None:
    """All entries of a person do. For the second signature, since it takes a right from somebody."""
    _add(draw_id, "person", pseudonym, reason, actor, at)


def units_of(draw_id: int, number: int) -> list[Unit]:
    """The pieces that a stage draws: all of them at first, afterwards those that were not taken."""
    prizes = prizes_of(draw_id)
    every = [Unit(prize.rank, piece) for prize in prizes for piece in range(1, prize.unit_count + 1)]
    if number == 0:
        return every
    ranks = {prize.id: prize.rank for prize in prizes}
    is_open = (AwardState.lapsed, AwardState.given_up)
    kept = {Unit(ranks[a.prize_id], a.unit) for a in awards_of(draw_id) if a.state not in is_open}
    before = [unit for unit in _units_before(draw_id, number) if unit not in kept]
    return before


def _units_before(draw_id: int, number: int) -> list[Unit]:
    earlier = [stage for stage in stages_of(draw_id) if stage.number < number and stage.units]
    return parse_units(earlier[-1].units or "[]") if earlier else []


def parse_units(text: str) -> list[Unit]:
    """Pieces from their JSON."""
    return [Unit(rank, piece) for rank, piece in json.loads(text)]


def _waiting(at: datetime) -> list[tuple[int, int]]:
    policy = policy_at(at)
    soonest = at + timedelta(hours=max(policy.redraw_notice_hours, policy.lottery_skip_list_hours))
    rows = db.session.execute(
        select(DrawStage.draw_id, DrawStage.number)
        .join(Draw, Draw.id == DrawStage.draw_id)
        .where(DrawStage.state == StageState.planned, DrawStage.planned_at <= soonest, Draw.state.in_(STANDS))
        .order_by(DrawStage.draw_id, DrawStage.number)
    ).all()
    db.session.rollback()
    return [(row.draw_id, row.number) for row in rows]


def _list_stage(draw_id: int, number: int, at: datetime) -> int:
    draw, stage = lock_draw(draw_id), lock_stage(draw_id, number)
    policy = policy_at(at)
    if stage.state is not StageState.planned or draw.state not in STANDS:
        return 0
    is_next = all(
        s.state in (StageState.drawn, StageState.idle) for s in stages_of(draw_id) if s.number < number
    )
    if not is_next:
        return 0
    notice = timedelta(hours=policy.redraw_notice_hours)
    if stage.units is None and (number == 0 or stage.planned_at - notice <= at):
        units = units_of(draw_id, number)
        stage.units = canonical([[unit.rank, unit.number] for unit in units]).decode()
        if not units:
            stage.state = StageState.idle
            record(SYSTEM, "idle_stage", f"draw:{draw.slug}", at, stage=number)
            return 1
    if stage.planned_at - timedelta(hours=policy.lottery_skip_list_hours) > at:
        return 0
    skips = [("entry", row.entry_id, row.state.value) for row in undone_since(draw_id)]
    skips += [("person", pseudonym, "official") for pseudonym in officials_among(draw_id, at)]
    told = {(kind, key): reason for kind, key, reason in skips}
    told |= {(skip.kind, skip.key): skip.reason for skip in skips_added(draw_id)}
    document = skip_document(draw.slug, number, [(kind, key, why) for (kind, key), why in told.items()])
    stage.skips = canonical(signed("told", document, keys_of(draw_id))).decode()
    stage.state, stage.listed_at = StageState.listed, at
    record(SYSTEM, "list_stage", f"draw:{draw.slug}", at, stage=number, skips=len(told))
    return 1


def _add(draw_id: int, kind: str, key: str, reason: str, actor: Actor, at: datetime) -> None:
    draw = lock_draw(draw_id)
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise Invalid(fields={"reason": "required"})
    if draw.state not in STANDS:
        raise DrawNotOpen(params={"state": draw.state.value})
    if not any(stage.state is StageState.planned for stage in stages_of(draw_id)):
        raise TooLate()
    column = PublishedEntry.entry_id if kind == "entry" else PublishedEntry.pseudonym
    known = db.session.scalar(
        select(PublishedEntry.id).where(PublishedEntry.draw_id == draw_id, column == key).limit(1)
    )
    if known is None:
        raise Invalid(fields={"key": "unknown_entry"})
    db.session.add(Skip(draw_id=draw_id, kind=kind, key=key, reason=words, added_at=at))
    db.session.flush()
    record(actor, f"skip_{kind}", f"draw:{draw.slug}", at, key=key, reason=words)
