"""Which pictures the demo has, and which of them fit a product."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

from marketplace.demo.tones import distance
from marketplace.files.tints import with_tint, without_tint

ART = Path(__file__).parent / "data" / "art"
# Colours nearer to each other than this count as the same when a picture is looked for.
_NEAR = 6.0
# Farther from each other than this, a picture shows another colour than the product has.
_FAR = 26.0


class PictureRow(TypedDict):
    """What the index says of one composition. `tint`: its average colour, for the key."""

    object: str
    categories: list[str]
    colour_fa: str
    colour_en: str
    hex: str
    alt_fa: str
    alt_en: str
    tint: str


DRAWN: dict[str, PictureRow] = json.loads((ART / "index.json").read_text(encoding="utf-8"))
"""By the name of the file that holds the composition."""
INDEX = {with_tint(name, row["tint"]): row for name, row in DRAWN.items()}
"""By key."""
PICTURE_KEYS: tuple[str, ...] = tuple(INDEX)


def drawing(key: str) -> Path | None:
    """The composition of a key, of one without a colour too; None when we have none such."""
    name = without_tint(key)
    return ART / f"{name}.svg" if name in DRAWN else None


@cache
def pictures_for(category: str, object_name: str) -> tuple[str, ...]:
    """The keys of the pictures of an object that a category may show."""
    return tuple(
        key for key, row in INDEX.items() if row["object"] == object_name and category in row["categories"]
    )


def pictures_like(category: str, objects: tuple[str, ...], colour: str | None, turn: int) -> tuple[str, ...]:
    """One to four pictures of the first of these objects in the nearest colour, or in any when `colour` is None;
    `turn` varies among equal ones."""
    if not objects:
        return ()
    best, more = _ranked(category, objects, colour)
    start = turn % len(best)
    return (best[start:] + best[:start])[: 1 + turn % 3] + more[: turn % 2]


def is_shown_in(category: str, object_name: str, colour: str) -> bool:
    """True when some picture of the object has about this colour, or when its pictures differ in none."""
    shown = {INDEX[key]["hex"] for key in pictures_for(category, object_name)}
    return len(shown) == 1 or any(distance(each, colour) <= _FAR for each in shown)


@cache
def _ranked(
    category: str, objects: tuple[str, ...], colour: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The equally good pictures of the first object, and the best ones of the others."""
    found = [_nearest(pictures_for(category, name), colour) for name in objects]
    return found[0], tuple(keys[0] for keys in found[1:])


def _nearest(keys: tuple[str, ...], colour: str | None) -> tuple[str, ...]:
    if colour is None:
        return keys
    distances = {key: distance(INDEX[key]["hex"], colour) for key in keys}
    nearest = min(distances.values())
    return tuple(key for key in sorted(keys, key=distances.__getitem__) if distances[key] <= nearest + _NEAR)
