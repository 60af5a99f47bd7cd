"""Spot checks as the desk and the public see them. Stores are named to the public once their visit is over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.inspections.models import Visit, VisitState
from marketplace.lottery.figure_rules import figures_from, names_of_figures
from marketplace.oversight.picking import sources_of
from marketplace.oversight.published import NAMES
from marketplace.oversight.spot_checks import check_named, salts_of, signers_of
from marketplace.oversight.watch_models import SpotCheck, SpotCheckEntry, SpotCheckState
from marketplace.stores.models import Store


@dataclass(frozen=True, slots=True)
class PickShown:
    """A picked store. `name`, `slug` and the salts are empty for whoever may not know it yet."""

    place: int
    index: int
    ticket: int
    of: int
    pseudonym: str
    weight: int
    name: str
    slug: str
    visit_id: int | None
    is_over: bool
    salts: tuple[str, str] | None
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SpotCheckShown:
    """A spot check with every step of its proof."""

    slug: str
    state: str
    picked_count: int
    frozen_at: datetime
    planned_at: datetime
    drawn_at: datetime | None
    count: int
    weight: int
    merkle_root: str
    round: int
    seed: str
    source: dict[str, Any]
    signers: tuple[tuple[str, datetime | None], ...]
    may_sign: bool
    has_randomness: bool
    wants_figures: bool
    figure_names: tuple[str, ...]
    typed_count: int
    picks: tuple[PickShown, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpotCheckLine:
    slug: str
    state: str
    picked_count: int
    frozen_at: datetime
    planned_at: datetime


def list_checks() -> list[SpotCheckLine]:
    """All spot checks, the newest first."""
    rows = db.session.scalars(select(SpotCheck).order_by(SpotCheck.id.desc()).limit(60))
    return [SpotCheckLine(r.slug, r.state.value, r.picked_count, r.frozen_at, r.planned_at) for r in rows]


def show_check(slug: str, *, is_official: bool, at: datetime) -> SpotCheckShown:
    """A spot check. Raises NotFound."""
    check = check_named(slug)
    manifest, sources = json.loads(check.manifest), sources_of(check)
    signers = signers_of(check.id)
    is_signed = all(signer.signed_at is not None for signer in signers)
    drawn = json.loads(check.result)["drawn"] if check.result else None
    is_open = check.state is SpotCheckState.frozen
    return SpotCheckShown(
        slug=check.slug,
        state=check.state.value,
        picked_count=check.picked_count,
        frozen_at=check.frozen_at,
        planned_at=check.planned_at,
        drawn_at=check.drawn_at,
        count=manifest["entries"]["count"],
        weight=manifest["entries"]["weight"],
        merkle_root=manifest["entries"]["merkle_root"],
        round=sources[0]["round"],
        seed=drawn["seed"] if drawn else "",
        source=drawn["source"] if drawn else {},
        signers=tuple((signer.role, signer.signed_at) for signer in signers),
        may_sign=is_open and at < check.planned_at,
        has_randomness=check.randomness is not None,
        wants_figures=is_open
        and is_signed
        and check.randomness is None
        and at >= figures_from(check.planned_at, sources),
        figure_names=tuple(names_of_figures(sources)),
        typed_count=len(check.typed) % 2,
        picks=_picks(check, drawn["picks"], is_official) if drawn else (),
        files=tuple(name for name in NAMES if name != "result.json" or drawn),
    )


def _picks(check: SpotCheck, picks: list[dict[str, Any]], is_official: bool) -> tuple[PickShown, ...]:
    entries = {
        entry.place: entry
        for entry in db.session.scalars(
            select(SpotCheckEntry).where(
                SpotCheckEntry.spot_check_id == check.id,
                SpotCheckEntry.place.in_([pick["index"] for pick in picks]),
            )
        )
    }
    stores = {
        store.id: store
        for store in db.session.scalars(
            select(Store).where(Store.id.in_({entry.store_id for entry in entries.values()}))
        )
    }
    origins = [f"{check.slug}:{pick['index']}" for pick in picks]
    visits = {v.origin: v for v in db.session.scalars(select(Visit).where(Visit.origin.in_(origins)))}
    return tuple(
        _pick(
            check,
            pick,
            entries[pick["index"]],
            stores,
            visits.get(f"{check.slug}:{pick['index']}"),
            is_official,
        )
        for pick in picks
    )


def _pick(
    check: SpotCheck,
    pick: dict[str, Any],
    entry: SpotCheckEntry,
    stores: dict[int, Store],
    visit: Visit | None,
    is_official: bool,
) -> PickShown:
    is_over = visit is not None and visit.state is not VisitState.planned
    is_known = is_official or is_over
    store = stores[entry.store_id]
    salts = salts_of(check, entry.store_id) if is_over else None
    return PickShown(
        place=pick["prize"][1],
        index=pick["index"],
        ticket=pick["ticket"],
        of=pick["of"],
        pseudonym=pick["pseudonym"],
        weight=entry.weight,
        name=(store.name_fa if current_language() == "fa" else store.name_en) if is_known else "",
        slug=store.slug if is_known else "",
        visit_id=visit.id if visit is not None and is_official else None,
        is_over=is_over,
        salts=(salts[0].hex(), salts[1].hex()) if salts else None,
        parts=tuple(entry.parts.items()) if is_known else (),
    )
