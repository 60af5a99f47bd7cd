"""The stores are picked: from what was fixed before and the randomness that came after, once, by nobody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import changed_count, db
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.inspections.planning import plan_picked
from marketplace.lottery.beacons import MOST_ATTEMPTS, ask_relays
from marketplace.lottery.draw import Entry, Unit, draw_stage, seed_of
from marketplace.lottery.errors import RoundTooLate
from marketplace.lottery.figure_rules import (
    SamePerson,
    Typed,
    agreed_by,
    figures_from,
    names_of_figures,
    parse_figures,
    place_of_figures,
    round_counts,
)
from marketplace.lottery.publishing import canonical, signed, stage_document
from marketplace.lottery.sources import QUICKNET, checked_beacon, randomness_of
from marketplace.oversight.errors import SecondPerson, SpotCheckNotOpen
from marketplace.oversight.spot_checks import key_of, lock_check, signers_of
from marketplace.oversight.watch_models import SpotCheck, SpotCheckEntry, SpotCheckState
from marketplace.policy.calendar import add_working_days
from marketplace.policy.policy import policy_at

FETCH = "fetch_spot_beacon"


def end_spot_checks(at: datetime) -> int:
    """The sweep: asks for the round of each spot check whose moment has come, lets lapse what was not signed in time,
    and picks where the randomness is there. Gives how many steps it made."""
    rows = db.session.execute(
        select(SpotCheck.id, SpotCheck.slug, SpotCheck.randomness).where(
            SpotCheck.state == SpotCheckState.frozen, SpotCheck.planned_at <= at
        )
    ).all()
    db.session.rollback()
    for row in rows:
        with unit_of_work():
            if not _lapse_unsigned(row.slug, at):
                enqueue(FETCH, {"spot_check": row.id}, key=f"{FETCH}:{row.id}", at=at)
                pick_stores(row.slug, at)
    return len(rows)


def bring_round(slug: str, document: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Anybody of the desk may bring the named round as a file; it is checked, and then the stores are picked.

    Raises SpotCheckNotOpen before its moment or after the draw, FalseBeacon, RoundTooLate once the figures count.
    """
    check = _open_after_its_moment(slug, at)
    if not round_counts(check.planned_at, sources_of(check), at):
        raise RoundTooLate()
    _keep(check.id, 0, checked_beacon(document, _round_of(check)))
    record(actor, "bring_spot_round", f"spot-check:{slug}", at)
    pick_stores(slug, at)


def type_figures(slug: str, values: Mapping[str, Any], actor: Actor, at: datetime) -> bool:
    """Types the public figures that stand in when no round came for so many hours; two persons must type the same.

    True once a second person agreed and the stores are picked. Raises SpotCheckNotOpen before the wait is over,
    Invalid, SecondPerson. Where two differ both stay written, `differing_figures` names what, and both type anew.
    """
    check = _open_after_its_moment(slug, at)
    sources = sources_of(check)
    if actor.id is None or at < figures_from(check.planned_at, sources):
        raise SpotCheckNotOpen()
    figures = parse_figures(names_of_figures(sources), values)
    mine = Typed(actor.id, f"{actor.role}-{actor.id}", figures)
    try:
        agreed = agreed_by(typed_of(check), mine)
    except SamePerson as error:
        raise SecondPerson() from error
    check.typed = [*check.typed, {"by": mine.by, "figures": figures}]
    db.session.flush()
    record(actor, "type_spot_figures", f"spot-check:{slug}", at, figures=figures, agreed=agreed is not None)
    if agreed is None:
        return False
    _keep(check.id, place_of_figures(sources), agreed)
    pick_stores(slug, at)
    return True


def typed_of(check: SpotCheck) -> list[Typed]:
    """What was typed for a spot check, in pairs of two persons."""
    return [Typed(int(each["by"].rpartition("-")[2]), each["by"], each["figures"]) for each in check.typed]


def pick_stores(slug: str, at: datetime) -> bool:
    """Picks, once, and puts the visits on the plan of the next working days. False while there is no randomness.

    The same list and randomness always give the same stores; drawing again changes nothing.
    """
    check = lock_check(slug)
    if check.state is not SpotCheckState.frozen or check.randomness is None:
        return False
    manifest, found = json.loads(check.manifest), json.loads(check.randomness)
    number = check.source_number or 0
    rows = list(
        db.session.scalars(
            select(SpotCheckEntry)
            .where(SpotCheckEntry.spot_check_id == check.id)
            .order_by(SpotCheckEntry.place)
        )
    )
    entries = [Entry(row.entry_id, row.pseudonym, row.weight) for row in rows]
    told = manifest["entries"]
    seed = seed_of(
        check.slug,
        hashlib.sha256(canonical(manifest)).digest(),
        bytes.fromhex(told["merkle_root"]),
        count=told["count"],
        weight=told["weight"],
        stage=0,
        randomness=randomness_of(sources_of(check)[number], found),
    )
    units = [Unit(1, place) for place in range(1, check.picked_count + 1)]
    drawn = draw_stage(entries, units, seed)
    document = stage_document(
        0, drawn, units, entries, source_number=number, source=found, seed=seed, skips=json.loads(check.skips)
    )
    keys = {signer.role: key_of(signer) for signer in signers_of(check.id)}
    result = canonical(signed("drawn", document, keys)).decode()
    if not changed_count(
        update(SpotCheck)
        .where(SpotCheck.id == check.id, SpotCheck.result.is_(None))
        .values(result=result, drawn_at=at, state=SpotCheckState.drawn)
    ):
        return False
    a_day = policy_at(at).spot_check_visits_a_day
    for place, index in enumerate(drawn.winners.values()):
        day = tehran(add_working_days(at, 1 + place // a_day)).date()
        plan_picked(rows[index].store_id, day, f"{check.slug}:{index}", at)
    record(SYSTEM, "pick_stores", f"spot-check:{slug}", at, picked=len(drawn.winners))
    return True


def sources_of(check: SpotCheck) -> list[dict[str, Any]]:
    """The named randomness in its one order."""
    found: list[dict[str, Any]] = json.loads(check.manifest)["stages"][0]["sources"]
    return found


def _lapse_unsigned(slug: str, at: datetime) -> bool:
    check = lock_check(slug)
    if check.state is not SpotCheckState.frozen:
        return True
    if all(signer.signed_at is not None for signer in signers_of(check.id)):
        return False
    check.state = SpotCheckState.lapsed
    db.session.flush()
    record(SYSTEM, "lapse_spot_check", f"spot-check:{slug}", at)
    return True


def _open_after_its_moment(slug: str, at: datetime) -> SpotCheck:
    check = lock_check(slug)
    is_signed = all(signer.signed_at is not None for signer in signers_of(check.id))
    is_open = check.state is SpotCheckState.frozen and check.randomness is None
    if not is_open or not is_signed or at < check.planned_at:
        raise SpotCheckNotOpen()
    return check


def _round_of(check: SpotCheck) -> int:
    return next(int(s["round"]) for s in sources_of(check) if s["kind"] == QUICKNET)


def _keep(check_id: int, number: int, found: Mapping[str, Any]) -> None:
    changed_count(
        update(SpotCheck)
        .where(SpotCheck.id == check_id, SpotCheck.randomness.is_(None))
        .values(randomness=canonical(dict(found)).decode(), source_number=number)
    )


def _prepare(payload: dict[str, Any]) -> dict[str, Any] | None:
    check = db.session.get(SpotCheck, payload["spot_check"])
    if check is None or check.randomness is not None or check.state is not SpotCheckState.frozen:
        return None
    return {"round": _round_of(check), "relays": current_app.config["SETTINGS"].drand_urls}


def _record(payload: dict[str, Any], answer: dict[str, Any] | None, at: datetime) -> None:
    if answer is None:
        return
    check = db.session.get_one(SpotCheck, payload["spot_check"])
    if round_counts(check.planned_at, sources_of(check), at):
        _keep(check.id, 0, answer)
        pick_stores(check.slug, at)


JOB_KINDS = (JobKind(FETCH, record=_record, prepare=_prepare, call=ask_relays, max_attempts=MOST_ATTEMPTS),)
