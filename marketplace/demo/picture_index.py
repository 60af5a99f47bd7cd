"""Which pictures the demo has, and which of them fit a product."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

ART = Path(__file__).parent / "data" / "art"
# Colours nearer to each other than this count as the same when a picture is looked for.
_NEAR = 28.0


class PictureRow(TypedDict):
    """What the index says of one composition."""

    object: str
    categories: list[str]
    colour_fa: str
    colour_en: str
    hex: str
    alt_fa: str
    alt_en: str


INDEX: dict[str, PictureRow] = json.loads((ART / "index.json").read_text(encoding="utf-8"))
PICTURE_KEYS: tuple[str, ...] = tuple(INDEX)


@cache
def pictures_for(category: str, object_name: str) -> tuple[str, ...]:
    """The keys of the pictures of an object that a category may show."""
    return tuple(
        key for key, row in INDEX.items() if row["object"] == object_name and category in row["categories"]
    )


def pictures_like(category: str, objects: tuple[str, ...], colour: str, turn: int) -> tuple[str, ...]:
    """One to four pictures of the first of these objects in the nearest colour; `turn` varies among equal ones."""
    if not objects:
        return ()
    best, more = _ranked(category, objects, colour)
    start = turn % len(best)
    return (best[start:] + best[:start])[: 1 + turn % 3] + more[: turn % 2]


@cache
def _ranked(category: str, objects: tuple[str, ...], colour: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The equally good pictures of the first object, and the best ones of the others."""
    found = [_nearest(pictures_for(category, name), colour) for name in objects]
    return found[0], tuple(keys[0] for keys in found[1:])


def _nearest(keys: tuple[str, ...], colour: str) -> tuple[str, ...]:
    distances = {key: _distance(INDEX[key]["hex"], colour) for key in keys}
    nearest = min(distances.values())
    return tuple(key for key in sorted(keys, key=distances.__getitem__) if distances[key] <= nearest + _NEAR)


def _distance(one: str, other: str) -> float:
    """How different two colours look: the weighted distance of their channels, 0 to about 765."""
    red, green, blue = (
        int(one[place : place + 2], 16) - int(other[place : place + 2], 16) for place in (1, 3, 5)
    )
    mean = (int(one[1:3], 16) + int(other[1:3], 16)) / 2
    return float(
        ((2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue) ** 0.5
    )
