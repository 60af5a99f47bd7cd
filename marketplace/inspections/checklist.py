"""The checklist of a visit in versions. The first edition comes with the house; later ones are rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import current_language
from marketplace.inspections.errors import ChecklistChanged
from marketplace.inspections.models import Checklist, Severity

FILE = Path(__file__).with_name("first_checklist.json")
GROUPS = (
    "guideline_storage",
    "guideline_disinfection",
    "guideline_transport",
    "guideline_permit",
    "guideline_receiver",
    "guideline_bleach",
)
"""Keys of the guidelines in the order in which a visit goes through a place; worded as `guideline_group.<key>`."""
MOST_ITEMS, LONGEST = 60, 300
_FIELDS = ("key", "group", "severity", "fa", "en")
_KEY = re.compile(r"[a-z][a-z0-9_]{2,39}")


@dataclass(frozen=True, slots=True)
class Item:
    """A line: `severity` is what a finding of it weighs unless the inspector says otherwise."""

    key: str
    group: str
    severity: Severity
    fa: str
    en: str

    @property
    def words(self) -> str:
        return self.fa if current_language() == "fa" else self.en


@dataclass(frozen=True, slots=True)
class Version:
    """A checklist as it is or was in force."""

    number: int
    items: tuple[Item, ...]

    def by_group(self) -> list[tuple[str, list[Item]]]:
        """The lines under their guideline, in the order of `GROUPS`."""
        return [(group, [i for i in self.items if i.group == group]) for group in GROUPS]

    def item(self, key: str) -> Item | None:
        return next((item for item in self.items if item.key == key), None)


@cache
def first_version() -> Version:
    """The edition that comes with the house."""
    return Version(1, _items(json.loads(FILE.read_text(encoding="utf-8"))))


def checklist_at(at: datetime) -> Version:
    """The version in force."""
    row = db.session.execute(
        select(Checklist.version, Checklist.items)
        .where(Checklist.effective_from <= at)
        .order_by(Checklist.version.desc())
        .limit(1)
    ).first()
    return first_version() if row is None else Version(row.version, _items(row.items))


def checklist_numbered(number: int | None) -> Version:
    """A version by its number; the first for a visit before there were numbers."""
    row = db.session.execute(
        select(Checklist.version, Checklist.items).where(Checklist.version == number)
    ).first()
    return first_version() if row is None else Version(row.version, _items(row.items))


def parse_items(rows: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Lines as they were typed, empty ones left out. Raises Invalid with `<field>-<place>` -> code."""
    errors: dict[str, str] = {}
    items: list[Item] = []
    for place, row in enumerate(rows):
        told = {name: " ".join(str(row.get(name) or "").split()) for name in _FIELDS}
        if not told["fa"] and not told["en"]:
            continue
        told["key"] = told["key"] or f"line_{place + 1:02d}"
        wrong = _wrong(told, {item.key for item in items})
        errors.update({f"{name}-{place}": code for name, code in wrong.items()})
        if not wrong:
            items.append(_item(told))
    if not items and not errors:
        errors["fa-0"] = "required"
    if errors or len(items) > MOST_ITEMS:
        raise Invalid("bad_checklist", fields=errors)
    return tuple(items)


def _wrong(told: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """Field -> code of what is wrong with one line."""
    errors = {name: "too_long" for name in ("fa", "en") if len(told[name]) > LONGEST}
    errors.update({name: "required" for name in ("fa", "en") if not told[name]})
    if told["group"] not in GROUPS:
        errors["group"] = "choose_one"
    if told["severity"] not in Severity.__members__:
        errors["severity"] = "choose_one"
    if not _KEY.fullmatch(told["key"]) or told["key"] in taken:
        errors["key"] = "bad_key"
    return errors


def write_checklist(items: tuple[Item, ...], seen: int, actor: Actor, at: datetime) -> int:
    """Adds the next version, in force from now on, and gives its number; `seen` is the one that was edited.

    Visits that are done keep the version by which they were made. Raises ChecklistChanged, Conflict('text_same').
    """
    newest = db.session.scalar(select(Checklist.version).order_by(Checklist.version.desc()).limit(1)) or 1
    if newest != seen:
        raise ChecklistChanged()
    if checklist_numbered(newest).items == items:
        raise Conflict("text_same")
    db.session.add(
        Checklist(
            version=newest + 1,
            items=[{**asdict(item), "severity": item.severity.value} for item in items],
            effective_from=at,
            written_by_id=actor.id,
        )
    )
    db.session.flush()
    record(actor, "write_checklist", f"checklist:{newest + 1}", at, lines=len(items))
    return newest + 1


def _items(rows: Sequence[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(_item(row) for row in rows)


def _item(row: Mapping[str, Any]) -> Item:
    return Item(row["key"], row["group"], Severity(row["severity"]), row["fa"], row["en"])
