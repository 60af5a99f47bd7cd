"""A stage is drawn: once, from what was fixed before, by two persons who cannot choose anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.lottery.draw import Drawn, Entry, Skips, Unit, draw_stage, seed_of
from marketplace.lottery.errors import DrawNotOpen, NoRandomness, NotSigned, TooEarly
from marketplace.lottery.freezing import ensure_takes_no_part, keys_of, manifest_of
from marketplace.lottery.listing import parse_units
from marketplace.lottery.models import Award, Draw, DrawStage, DrawState, StageState
from marketplace.lottery.notices import tell_winners
from marketplace.lottery.publishing import canonical, signed, stage_document
from marketplace.lottery.queries import (
    entries_at,
    lock_draw,
    lock_stage,
    prizes_of,
    published_entries,
    signers_of,
    stages_of,
)
from marketplace.lottery.roll import Roll
from marketplace.lottery.sources import randomness_of
from marketplace.policy.policy import policy_at


def draw_winners(draw_id: int, number: int, actor: Actor, at: datetime) -> DrawStage:
    """Draws one stage, once; drawing it again changes nothing and gives the same. For the second signature.

    Raises NotSigned, DrawNotOpen (no skip list yet, voided), TooEarly, NoRandomness, OfficerTakesPart.
    """
    draw, stage = lock_draw(draw_id), lock_stage(draw_id, number)
    if stage.state is StageState.drawn:
        return stage
    _ensure_drawable(draw, stage, at)
    ensure_takes_no_part(draw.id, actor)
    entries = Roll(published_entries(draw.id))
    drawn = _draw(draw, stage, entries, at)
    _award(draw, number, drawn.winners, at)
    draw.state = DrawState.drawn
    db.session.flush()
    record(actor, "draw_winners", f"draw:{draw.slug}", at, stage=number, winners=len(drawn.winners))
    return stage


def _ensure_drawable(draw: Draw, stage: DrawStage, at: datetime) -> None:
    if draw.state not in (DrawState.frozen, DrawState.drawn):
        raise DrawNotOpen(params={"state": draw.state.value})
    if any(signer.signed_at is None for signer in signers_of(draw.id)):
        raise NotSigned()
    if at < stage.planned_at:
        raise TooEarly()
    if stage.state is not StageState.listed:
        raise DrawNotOpen(params={"state": stage.state.value})
    if stage.randomness is None:
        raise NoRandomness()


def _draw(draw: Draw, stage: DrawStage, entries: Sequence[Entry], at: datetime) -> Drawn:
    manifest = manifest_of(draw)
    source = json.loads(stage.sources)[stage.source_number or 0]
    found, skips = json.loads(stage.randomness or "{}"), json.loads(stage.skips or "{}")
    units = parse_units(stage.units or "[]")
    told = manifest["entries"]
    seed = seed_of(
        draw.slug,
        hashlib.sha256(canonical(manifest)).digest(),
        bytes.fromhex(told["merkle_root"]),
        count=told["count"],
        weight=told["weight"],
        stage=stage.number,
        randomness=randomness_of(source, found),
    )
    won, skipped = _taken_before(draw.id, stage.number)
    drawn = draw_stage(
        entries,
        units,
        seed,
        skips=_as_skips(skips["told"]["list"]),
        earlier_winners=won,
        earlier_skipped=skipped,
    )
    document = stage_document(
        stage.number,
        drawn,
        units,
        entries,
        source_number=stage.source_number or 0,
        source=found,
        seed=seed,
        skips=skips,
    )
    result = canonical(signed("drawn", document, keys_of(draw.id))).decode()
    changed_count(
        update(DrawStage)
        .where(DrawStage.id == stage.id, DrawStage.result.is_(None))
        .values(result=result, drawn_at=at, state=StageState.drawn)
    )
    db.session.refresh(stage)
    return drawn


def _taken_before(draw_id: int, number: int) -> tuple[frozenset[str], frozenset[str]]:
    """Pseudonyms and entries that earlier stages took out."""
    persons: set[str] = set()
    entries: set[str] = set()
    for stage in stages_of(draw_id):
        if stage.number >= number or stage.result is None:
            continue
        drawn = json.loads(stage.result)["drawn"]
        barred = {each["id"] for each in drawn["skips"]["told"]["list"] if each["kind"] == "person"}
        for pick in drawn["picks"]:
            is_entry_alone = pick["skipped"] is not None and pick["pseudonym"] not in barred
            (entries if is_entry_alone else persons).add(
                pick["entry_id"] if is_entry_alone else pick["pseudonym"]
            )
    return frozenset(persons), frozenset(entries)


def _as_skips(listed: list[dict[str, str]]) -> Skips:
    return Skips(
        {each["id"]: each["reason"] for each in listed if each["kind"] == "entry"},
        {each["id"]: each["reason"] for each in listed if each["kind"] == "person"},
    )


def _award(draw: Draw, number: int, winners: Mapping[Unit, int], at: datetime) -> None:
    prizes = {prize.rank: prize for prize in prizes_of(draw.id)}
    entries = entries_at(draw.id, winners.values())
    claim_until = at + timedelta(days=policy_at(at).prize_claim_days)
    awards = [
        Award(
            draw_id=draw.id,
            stage=number,
            prize_id=prizes[unit.rank].id,
            unit=unit.number,
            person_id=entries[place].person_id,
            place=place,
            won_at=at,
            claim_until=claim_until,
        )
        for unit, place in winners.items()
    ]
    db.session.add_all(awards)
    db.session.flush()
    tell_winners([(award, prizes[unit.rank]) for award, unit in zip(awards, winners, strict=True)], draw, at)
