"""What a row of a registry file says, and what it would change. Values in, decision out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.core.language import LANGUAGES, t
from marketplace.core.text import fold
from marketplace.stores.inputs import domain_of, first_moment_of, last_moment_of
from marketplace.stores.models import LicenceState, SealState
from marketplace.stores.rules import may_become

COLUMNS = {
    "seal": ("store", "code", "domain", "stars", "state", "valid_from", "valid_until"),
    "licence": ("store", "number", "state", "valid_from", "valid_until"),
}
"""The columns that a file must have, in the order of the file to fill in."""
_CODE = re.compile(r"[A-Za-z0-9/-]{3,40}")
FAMILIES = {"seal": "seal", "licence": "licence_state"}
STATES: dict[str, type[SealState] | type[LicenceState]] = {"seal": SealState, "licence": LicenceState}


@dataclass(frozen=True, slots=True)
class Known:
    """What is there: store ids by slug, papers by store, store of each number, stores of the person who asks."""

    stores: Mapping[str, int]
    papers: Mapping[int, Any]
    numbers: Mapping[str, int]
    own: frozenset[int]


@dataclass(frozen=True, slots=True)
class Found:
    """One row: its number in the file, its facts, what it would do, and the code of what is wrong by column."""

    row: int
    facts: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    action: str = "error"
    store_id: int | None = None


def header_of(kind: str, cells: Sequence[str]) -> dict[str, int]:
    """The place of each known column, by its English or Persian name."""
    names = {
        fold(name.replace("_", " ")): column
        for column in COLUMNS[kind]
        for name in (column, *(t(f"imports.column.{column}", lang=lang) for lang in LANGUAGES))
    }
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = names.get(fold(cell.replace("_", " ")))
        if column is not None:
            found.setdefault(column, place)
    return found


def read_row(kind: str, raw: Mapping[str, Any]) -> Found:
    """A row's facts with their kinds; what cannot be read is an error of its column."""
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {"store": raw.get("store", "").lower()}
    if not facts["store"]:
        errors["store"] = "required"
    number = "code" if kind == "seal" else "number"
    facts[number] = raw.get(number, "")
    if not _CODE.fullmatch(facts[number]):
        errors[number] = "bad_code" if facts[number] else "required"
    facts["state"] = _state(kind, raw.get("state", ""), errors)
    facts["valid_from"] = first_moment_of(raw.get("valid_from", ""))
    facts["valid_until"] = last_moment_of(raw.get("valid_until", ""))
    for name in ("valid_from", "valid_until"):
        if facts[name] is None:
            errors[name] = "bad_date"
    if facts["valid_from"] and facts["valid_until"] and facts["valid_from"] >= facts["valid_until"]:
        errors["valid_until"] = "ends_before_it_begins"
    if kind == "seal":
        facts["domain"] = domain_of(raw.get("domain", ""))
        if facts["domain"] is None:
            errors["domain"] = "bad_domain"
        facts["stars"] = int(raw["stars"]) if raw.get("stars") in tuple("012345") else None
        if facts["stars"] is None:
            errors["stars"] = "bad_stars"
    return Found(raw.get("row", 0), facts, errors)


def _state(kind: str, value: str, errors: dict[str, str]) -> SealState | LicenceState | None:
    states = STATES[kind]
    folded = fold(value)
    for state in states:
        words = (t(f"papers.{FAMILIES[kind]}.{state.value}", lang=lang) for lang in LANGUAGES)
        if folded in (state.value, *(fold(word) for word in words)):
            if state is SealState.applied:
                break
            return state
    errors["state"] = "bad_state" if value else "required"
    return None


def judge(kind: str, row: Found, known: Known, seen: set[str]) -> Found:
    """The row with what it would do against what is there: new, change, same, or an error."""
    if row.errors:
        return row
    number = row.facts["code" if kind == "seal" else "number"]
    column = "code" if kind == "seal" else "number"
    store_id = known.stores.get(row.facts["store"])
    paper = known.papers.get(store_id) if store_id is not None else None
    errors: dict[str, str] = {}
    if store_id is None:
        errors["store"] = "unknown_store_slug"
    elif store_id in known.own:
        errors["store"] = "own_store"
    if number in seen or row.facts["store"] in seen:
        errors[column] = "twice_in_file"
    if known.numbers.get(number, store_id) != store_id:
        errors[column] = "of_another_store"
    elif paper is not None and getattr(paper, column) != number:
        errors[column] = "other_number_known"
    seen.update((number, row.facts["store"]))
    changes = _changes(row.facts, paper) if paper is not None else True
    state = paper.state if paper is not None else row.facts["state"]
    if state != row.facts["state"] and not may_become(state, row.facts["state"]):
        errors["state"] = "unlawful_step"
    action = "error" if errors else "new" if paper is None else "change" if changes else "same"
    return Found(row.row, row.facts, errors, action, store_id)


def _changes(facts: Mapping[str, Any], paper: Any) -> bool:
    names = [name for name in ("domain", "stars", "state", "valid_from", "valid_until") if name in facts]
    return any(_plain(getattr(paper, name)) != _plain(facts[name]) for name in names)


def _plain(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value
