"""Fetching the named round: an errand that asks several relays and believes none of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import requests
from flask import current_app
from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.http import client
from marketplace.core.jobs import JobKind, TryLater, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.errors import DrawNotOpen, FalseBeacon, RoundTooLate, TooEarly
from marketplace.lottery.figures import round_counts
from marketplace.lottery.models import Draw, DrawStage, DrawState, StageState
from marketplace.lottery.publishing import canonical
from marketplace.lottery.queries import lock_draw, lock_stage
from marketplace.lottery.sources import CHAIN_HASH, QUICKNET, checked_beacon

FETCH = "fetch_beacon"
MOST_ATTEMPTS = 200


def wait_for_beacons(at: datetime) -> int:
    """A sweep: asks for the round of each stage whose moment has come, once."""
    rows = db.session.execute(
        select(DrawStage.id, DrawStage.draw_id, DrawStage.number)
        .join(Draw, Draw.id == DrawStage.draw_id)
        .where(
            DrawStage.state == StageState.listed,
            DrawStage.planned_at <= at,
            DrawStage.randomness.is_(None),
            Draw.state.in_((DrawState.frozen, DrawState.drawn)),
        )
    ).all()
    db.session.rollback()
    for row in rows:
        with unit_of_work():
            enqueue(FETCH, {"stage": row.id}, key=f"{FETCH}:{row.id}", at=at)
    return len(rows)


def bring_beacon(draw_id: int, number: int, document: dict[str, Any], actor: Actor, at: datetime) -> None:
    """Anybody may bring the round as a file; it is checked and kept. Bringing it twice changes nothing.

    Raises TooEarly before its moment, DrawNotOpen, FalseBeacon, RoundTooLate once the next source counts.
    """
    draw, stage = lock_draw(draw_id), lock_stage(draw_id, number)
    if stage.state is not StageState.listed or draw.state not in (DrawState.frozen, DrawState.drawn):
        raise DrawNotOpen(params={"state": draw.state.value})
    if at < stage.planned_at:
        raise TooEarly()
    if stage.randomness is not None:
        return
    if not round_counts(stage, at):
        raise RoundTooLate()
    _keep(stage.id, checked_beacon(document, round_of(stage)))
    record(actor, "bring_beacon", f"draw:{draw.slug}", at, stage=number)


def round_of(stage: DrawStage) -> int:
    """The round of quicknet that the manifest names for a stage."""
    return next(int(s["round"]) for s in json.loads(stage.sources) if s["kind"] == QUICKNET)


def _prepare(payload: dict[str, Any]) -> dict[str, Any] | None:
    stage = db.session.get(DrawStage, payload["stage"])
    if stage is None or stage.randomness is not None or stage.state is not StageState.listed:
        return None
    return {"round": round_of(stage), "relays": current_app.config["SETTINGS"].drand_urls}


def ask_relays(request: dict[str, Any], patience: float) -> dict[str, Any]:
    """The first true answer of the relays. Raises TryLater when none gives one."""
    for relay in request["relays"]:
        address = f"{relay.rstrip('/')}/{CHAIN_HASH}/public/{request['round']}"
        try:
            answer = client(read_seconds=patience, retries=0).get(address)
            if answer.status_code == 200:
                return checked_beacon(answer.json(), request["round"])
        except (requests.RequestException, ValueError, RecursionError, FalseBeacon):
            continue
    raise TryLater(f"no relay gave round {request['round']}")


def _record(payload: dict[str, Any], answer: dict[str, Any] | None, at: datetime) -> None:
    stage = db.session.get(DrawStage, payload["stage"])
    if answer is not None and stage is not None and round_counts(stage, at):
        _keep(payload["stage"], answer)


def _keep(stage_id: int, found: dict[str, Any]) -> None:
    changed_count(
        update(DrawStage)
        .where(DrawStage.id == stage_id, DrawStage.randomness.is_(None))
        .values(randomness=canonical(found).decode(), source_number=0)
    )


JOB_KINDS = (JobKind(FETCH, record=_record, prepare=_prepare, call=ask_relays, max_attempts=MOST_ATTEMPTS),)
