"""Public figures in the place of a round that did not come: when they count, what a figure is, and when two persons
have typed the same. Pure; the draw and the spot checks both go by it.

Sources are those of a manifest's stage, in their one order. What was typed stands in pairs: a pair is an attempt, and
two who differ are followed by a further pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.lottery.sources import FIGURES, QUICKNET

MOST_NUMBERS, LONGEST_NUMBER = 20, 18
Figures = dict[str, list[int]]
Source = Mapping[str, Any]


class SamePerson(Exception):
    """Who typed first types again; it takes two."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What one person typed: numbers by name, each name's sorted. `by` is what the public reads."""

    person_id: int
    by: str
    figures: Figures


def figures_from(planned_at: datetime, sources: Sequence[Source]) -> datetime:
    """From when figures count: when all sources before them were waited for."""
    waited = 0
    for source in sources:
        if source["kind"] == FIGURES:
            break
        waited += source.get("wait_hours", 0)
    return planned_at + timedelta(hours=waited)


def round_counts(planned_at: datetime, sources: Sequence[Source], at: datetime) -> bool:
    """Whether the round still counts: afterwards it is the next source's turn, and nobody may choose."""
    return sources[0]["kind"] == QUICKNET and at < figures_from(planned_at, sources)


def place_of_figures(sources: Sequence[Source]) -> int:
    """Which of the sources the figures are."""
    return next(place for place, source in enumerate(sources) if source["kind"] == FIGURES)


def names_of_figures(sources: Sequence[Source]) -> list[str]:
    """The figures that the manifest names, in their order."""
    return [each["name"] for each in sources[place_of_figures(sources)]["figures"]]


def parse_figures(names: Sequence[str], values: Mapping[str, Any]) -> Figures:
    """Whole numbers by name, as people type them: several of a name parted by spaces. Raises Invalid by field."""
    found: Figures = {}
    wrong: dict[str, str] = {}
    for name in names:
        plain = ascii_digits(str(values.get(name) or "")).replace("٬", "").replace(",", "")
        parts = plain.replace("،", " ").split()
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


def waiting_of(typed: Sequence[Typed]) -> Typed | None:
    """Who typed and waits for a second person."""
    return typed[-1] if len(typed) % 2 else None


def agreed_by(typed: Sequence[Typed], mine: Typed) -> dict[str, Any] | None:
    """What is published once `mine` is typed after these: the figures by both, None while nobody agrees.

    Raises SamePerson.
    """
    first = waiting_of(typed)
    if first is not None and first.person_id == mine.person_id:
        raise SamePerson()
    if first is None or first.figures != mine.figures:
        return None
    return {"kind": FIGURES, "typed": [{"by": each.by, "figures": each.figures} for each in (first, mine)]}


def differing_names(typed: Sequence[Typed]) -> list[str]:
    """The names about which the last two did not agree; empty when nobody differed since."""
    if not typed or waiting_of(typed) is not None:
        return []
    one, other = typed[-2].figures, typed[-1].figures
    return [name for name in one if one[name] != other.get(name)]
