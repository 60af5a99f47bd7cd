"""The registry of seals as a whole: as a file, and beside what an outside registry says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from marketplace.core.clock import tehran
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language
from marketplace.core.tables import Cell
from marketplace.stores.case_models import RegistryAnswer
from marketplace.stores.import_rules import COLUMNS
from marketplace.stores.models import Seal, Store

MOST = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """A seal of which the outside registry says something else. `points`: what differs, ours and theirs."""

    code: str
    store_name: str
    points: tuple[tuple[str, str, str], ...]
    fetched_at: datetime


def differences() -> tuple[Difference, ...]:
    """Where registry and platform differ in state, domain or stars, what was heard last first; a page of them."""
    other = or_(
        RegistryAnswer.state != Seal.state,
        func.coalesce(RegistryAnswer.domain, Seal.domain) != Seal.domain,
        func.coalesce(RegistryAnswer.stars, Seal.stars) != Seal.stars,
    )
    rows = db.session.execute(
        select(Seal, RegistryAnswer, Store.name_fa, Store.name_en)
        .join(RegistryAnswer, RegistryAnswer.code == Seal.code)
        .join(Store, Store.id == Seal.store_id)
        .where(RegistryAnswer.fetched_at.is_not(None), other)
        .order_by(RegistryAnswer.fetched_at.desc(), Seal.id)
        .limit(MOST)
    )
    return tuple(_difference(row) for row in rows)


def _difference(row: AnyRow) -> Difference:
    seal, said = row.Seal, row.RegistryAnswer
    facts = (
        ("state", seal.state.value, said.state),
        ("domain", seal.domain or "", said.domain),
        ("stars", str(seal.stars), str(said.stars) if said.stars is not None else None),
    )
    points = tuple(
        (what, ours, theirs) for what, ours, theirs in facts if theirs is not None and ours != theirs
    )
    return Difference(
        seal.code, row.name_fa if current_language() == "fa" else row.name_en, points, said.fetched_at
    )


def registry_rows() -> Iterator[tuple[Cell, ...]]:
    """Every seal in the columns of the registry's import, after the headings; dates are days in Tehran."""
    yield COLUMNS["seal"]
    rows = db.session.execute(
        select(Seal, Store.slug)
        .join(Store, Store.id == Seal.store_id)
        .order_by(Seal.id)
        .execution_options(yield_per=500)
    )
    for row in rows:
        seal: Seal = row.Seal
        dates = (tehran(at).date() if at else None for at in (seal.valid_from, seal.valid_until))
        yield (row.slug, seal.code, seal.domain, seal.stars, seal.state.value, *dates)
